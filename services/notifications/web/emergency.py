"""What needs a decision about sends to many: alarms, approvals, alerts from outside; and the sends of the last month."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from services.notifications.domain.blast import confirmed
from services.notifications.domain.cap import Status
from services.notifications.handlers import alarms, alerts_in, announcing, approving
from services.notifications.store import broadcasts, messages, people
from services.notifications.store import emergency as store
from services.notifications.web import announcement
from services.notifications.web.paper import OFFICE
from services.notifications.web.progress import concerns
from services.notifications.web.routes import api, author, full_name, on_the_clock, zone_for
from shared.web import Request, Response, not_found, page, redirect

RECENT = timedelta(days=30)


class ListQuery(Schema):
    asked = fields.Bool(load_default=False)


class DecisionIn(Schema):
    decision = fields.Str(required=True, validate=validate.OneOf(("approve", "decline")))


class CapIn(Schema):
    decision = fields.Str(required=True, validate=validate.OneOf(("send", "dismiss")))
    confirm = fields.Str(load_default=None, validate=validate.Length(max=20))


def _own(request: Request) -> tuple[str, ...] | None:
    return None if request.role == "administrator" else request.schools


@api.get("/emergency", access=OFFICE, query=ListQuery(), page=True, nav="notifications.alerts")
def alerts_page(request: Request) -> Response:
    """What needs a decision, what was raised, and the sends of the last month."""
    own = _own(request)
    with request.unit_of_work() as uow:
        zone = zone_for(uow, request.schools)
        raised = store.open_alarms(uow.connection, own)
        waiting = approving.open_to(uow, author(request))
        received = [
            row
            for row in store.caps_received(uow.connection, since=uow.now - RECENT)
            if own is None or set(own) & set(row["school_ids"])
        ]
        sends = [row for row in broadcasts.recent(uow.connection, since=uow.now - RECENT) if concerns(request, row)]
        names = people.staff(uow.connection, (row["asked_by"] for row in waiting))
        titles = messages.messages(uow.connection, (row["message_id"] for row in raised))
        birds = store.last_canaries(uow.connection, own)
        schools = broadcasts.all_schools(uow.connection)
        counts = {row["key"]: alerts_in.size(uow, row) for row in received if row["state"] == "draft"}

    def clock(moment: Any) -> str:
        return on_the_clock(moment, zone, request.locale)

    return page(
        "notifications/alerts.html",
        request,
        title=request.t("notifications.alerts"),
        asked=request.query["asked"],
        alarms=[
            {
                "id": row["alarm_id"],
                "message_id": row["message_id"],
                "about": (titles[row["message_id"]]["title"] if row["message_id"] in titles else "") or "",
                "canary": row["fault"] == "canary",
                "text": request.t(
                    f"alerts.fault.{row['fault']}",
                    planned=row["planned"],
                    accepted=row["accepted"],
                    channels=", ".join(request.t(f"channel.{name}") for name in row["channels"]) or "—",
                ),
                "when": clock(row["raised_at"]),
            }
            for row in raised
        ],
        waiting=[
            {
                "id": row["approval_id"],
                "who": full_name(names[row["asked_by"]]) if row["asked_by"] in names else "",
                "title": row["what"]["title"],
                "text": row["what"]["text"],
                "why": request.t(f"announce.unusual.{row['why']}", count=row["guardians"]),
                "until": clock(row["ends_at"]),
                "own": row["asked_by"] == request.person_id,
            }
            for row in waiting
        ],
        received=[
            {
                "id": row["key"],
                "sender": row["sender"],
                "headline": row["headline"],
                "text": row["text"],
                "language": row["language"],
                "draft": row["state"] == "draft" and row["expires_at"] > request.now,
                "drill": row["status"] != Status.ACTUAL,
                "state": request.t(f"alerts.cap.{row['state']}"),
                "status": row["status"],
                "when": clock(row["received_at"]),
                "until": clock(row["expires_at"]),
                "count": counts.get(row["key"], 0),
                "message_id": row["message_id"],
            }
            for row in received
        ],
        sends=[
            {
                "id": row["message_id"],
                "title": row["title"] or "—",
                "when": clock(row["start_at"]),
                "count": row["guardians"],
                "emergency": row["emergency"],
                "drill": row["status"] != Status.ACTUAL,
                "recalled": row["recalled_at"] is not None,
            }
            for row in sends
        ],
        canaries=[
            {
                "school": schools.get(row["school_id"], ""),
                "when": clock(row["sent_at"]),
                "missing": ", ".join(request.t(f"channel.{name}") for name in row["missing"] or ()),
            }
            for row in birds
        ],
        feed=_feed(request),
    )


def _feed(request: Request) -> str:
    """The address of the district's alerts for machines (CAP), to be given to whoever passes them on."""
    return alerts_in.feed_link(request.ports, request.district, now=request.now)


@api.post("/emergency/alarms/{alarm_id}/done", access=OFFICE)
def alarm_done(request: Request) -> Response:
    """Somebody has seen to it."""
    with request.unit_of_work() as uow:
        known = alarms.settle_alarm(uow, str(request.params["alarm_id"]), by=request.person_id, schools=_own(request))
    if not known:
        raise not_found("alarm")
    return redirect("/notifications/emergency")


@api.post("/emergency/approvals/{approval_id}", access=OFFICE, body=DecisionIn(), idempotent=True)
def decide_approval(request: Request) -> Response:
    """A second person says yes or no to an unusual audience; it must be somebody else, who may speak to it too."""
    with request.unit_of_work() as uow:
        asked = approving.waiting(uow, str(request.params["approval_id"]))
        if asked is None:
            raise not_found("approval")
        if request.data["decision"] == "decline":
            approving.decline(uow, asked, by=request.person_id)
            return redirect("/notifications/emergency")
        what = announcement.of_form(
            uow, asked["what"], approving.author_of(asked["what"]["author"]), language=asked["what"]["source_language"]
        )
        decision = announcing.may_announce(uow, author(request), what.audience, safety=False)
        request.require(decision, action="contact", subject=what.school_id or "", record_type="school")
        request.require(
            approving.another(asked, request.person_id), action="contact", subject=what.school_id or "", record_type="school"
        )
        message_id = approving.approve(uow, request.ports, asked, what, by=request.person_id)
    return redirect(f"/notifications/emergency/{message_id}")


@api.post("/emergency/cap/{key}", access=OFFICE, body=CapIn(), idempotent=True)
def decide_cap(request: Request) -> Response:
    """An alert from outside goes to families when a person has typed how many they are."""
    with request.unit_of_work() as uow:
        row = store.cap_received(uow.connection, str(request.params["key"]))
        own = _own(request)
        if row is None or (own is not None and not set(own) & set(row["school_ids"])) or row["state"] != "draft":
            raise not_found("alert")
        if request.data["decision"] == "dismiss":
            store.decide_cap(uow.connection, row["key"], "dismissed", by=request.person_id, now=uow.now)
            return redirect("/notifications/emergency")
        what = alerts_in.announcement(row)
        decision = announcing.may_announce(uow, author(request), what.audience, safety=True)
        request.require(decision, action="contact", subject=what.school_id or "", record_type="school")
        if row["expires_at"] <= uow.now or not confirmed(request.data["confirm"], alerts_in.size(uow, row)):
            return redirect("/notifications/emergency")
        message_id = alerts_in.pass_on(uow, request.ports, row, author(request), decided_by=request.person_id)
    return redirect(f"/notifications/emergency/{message_id}")
