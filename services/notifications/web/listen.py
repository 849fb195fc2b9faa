"""A message to be heard: its recording and its words, on a page that needs no JavaScript."""

from __future__ import annotations

from services.notifications.domain.inbound import Told
from services.notifications.handlers import calling, grounds, receipts
from services.notifications.store import messages, voice
from services.notifications.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, link, not_found, page, redirect

LISTEN = link("listen", single_use=False)


@api.get("/listen/{token}", access=LISTEN, page=True)
def listen(request: Request) -> Response:
    """What was sent to this guardian, to hear and to read; the recording is fetched when it is played, not before."""
    with request.unit_of_work() as uow:
        row, facts = _letter(request, uow)
        recording = _recording(uow, row)
        text = calling.words(uow, request.ports, row, facts)
        school = facts.schools.get(row["school_id"] or "")
    return page(
        "notifications/listen.html",
        request,
        title=request.t("notifications.listen"),
        school=school["name"] if school else "",
        text=text,
        language=row["language"],
        audio=f"{request.raw.path}/audio" if recording is not None else "",
        seconds=recording["seconds"] if recording is not None else 0,
    )


@api.get("/listen/{token}/audio", access=LISTEN)
def play(request: Request) -> Response:
    """The recording; fetching it is how we know that it was played."""
    with request.unit_of_work() as uow:
        row, _ = _letter(request, uow)
        recording = _recording(uow, row)
        if recording is None:
            raise not_found("recording")
        delivery = row["delivery_id"]
        told = Told(
            row["channel"] or calling.CHANNEL, f"played:{delivery}", "opened", uow.now, delivery_id=delivery, how="played"
        )
        receipts.take_in(uow, [told])
    return redirect(recording["audio"], status=302)


def _letter(request: Request, uow: UnitOfWork) -> tuple[messages.Row, grounds.Ground]:
    """The link's own delivery, as long as its reader may still have it; raises Problem 404."""
    row = messages.delivery(uow.connection, request.link.resource if request.link else "")
    if row is None or row["recipient_id"] != request.person_id:
        raise not_found("message")
    facts = grounds.ground(uow, [row])
    if grounds.refusal(uow, row, facts, grounds.weight_of(row, facts)) is not None:
        raise not_found("message")
    return row, facts


def _recording(uow: UnitOfWork, row: messages.Row) -> messages.Row | None:
    key = (row["message_id"], row["content_version"], row["language"])
    return voice.recordings(uow.connection, [row["message_id"]]).get(key)
