"""Emails that come in: the mail server's call, and the list of those that a person must look at."""

from __future__ import annotations

from services.notifications import mail_door
from services.notifications.channels.email.inbound import LARGEST
from services.notifications.store import mail
from services.notifications.web.routes import api, on_the_clock, zone_for
from shared.web import Request, Response, json_response, not_found, page, provider, redirect, staff

OFFICE = staff("office", "principal", "administrator")


def verify(request: Request) -> str | None:
    """The district whose mail it is; None where the signature does not hold or is old."""
    recipient = request.header(mail_door.RECIPIENT) or ""
    given = request.header(mail_door.SIGNATURE)
    if not mail_door.holds(request.ports, given, request.raw_body, recipient=recipient, now=request.now):
        return None
    return mail_door.district_of(request.ports, [recipient], otherwise=request.raw.get_param("district"))


@api.post("/webhooks/email/inbound", access=provider(verify), max_body=LARGEST, media="message/rfc822")
def email_inbound(request: Request) -> Response:
    """A mail as it came (RFC 5322): an answer, a bounce, a complaint."""
    recipient = request.header(mail_door.RECIPIENT)
    taken = mail_door.take(
        lambda _: request.unit_of_work(),
        request.ports,
        request.district,
        request.raw_body,
        recipients=[recipient] if recipient else [],
    )
    return json_response({"taken_for": taken})


@api.get("/mail/unreadable", access=OFFICE, page=True, nav="notifications.mail_nav")
def unreadable_mail(request: Request) -> Response:
    """What came by email and could not be placed."""
    with request.unit_of_work() as uow:
        zone = zone_for(uow, request.schools)
        rows = mail.waiting(uow.connection, request.schools)
    return page(
        "notifications/mail.html",
        request,
        title=request.t("notifications.mail"),
        mails=[
            {
                "id": row["mail_id"],
                "why": request.t(f"mail.why.{row['unreadable']}"),
                "when": on_the_clock(row["received_at"], zone, request.locale),
                "sender": row["sender"],
                "subject": row["subject"],
                "text": row["text"],
            }
            for row in rows
        ],
    )


@api.post("/mail/unreadable/{mail_id}/done", access=OFFICE)
def mail_seen_to(request: Request) -> Response:
    """A person has looked at it."""
    with request.unit_of_work() as uow:
        mail_id = str(request.params["mail_id"])
        if not mail.close(uow.connection, mail_id, request.schools, by=request.person_id, now=request.now):
            raise not_found("mail")
    return redirect("/notifications/mail/unreadable")
