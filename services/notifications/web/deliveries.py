"""Why a delivery went, waits or stopped."""

from __future__ import annotations

from dataclasses import asdict

from services.notifications.domain.story import story
from services.notifications.schemas import DeliveryOut
from services.notifications.store import messages
from services.notifications.store.messages import Row
from services.notifications.web.routes import WRITERS, api, may_view, on_the_clock, zone_for
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, not_found, page

# who is not told why a guardian is not reached: that is the office's to know
CONFIDENTIAL = frozenset({"restriction", "restrictions_unknown"})
OFFICE = frozenset({"office", "principal", "administrator"})


def _own(uow: UnitOfWork, request: Request, row: Row) -> bool:
    """Whether the reader has sent it, or keeps the office of its school."""
    message = messages.messages(uow.connection, [row["message_id"]])[row["message_id"]]
    if request.role == "administrator":
        return True
    return message["sender_id"] == request.person_id or (request.role in OFFICE and row["school_id"] in request.schools)


@api.get("/deliveries/{delivery_id}", access=WRITERS, response=DeliveryOut())
def delivery_trace(request: Request) -> Response:
    """One delivery with its trace."""
    with request.unit_of_work() as uow:
        row = messages.delivery(uow.connection, str(request.params["delivery_id"]))
        if row is None:
            raise not_found("delivery")
        refused = [student for student in row["students"] if not may_view(uow, request, student).allowed]
        if refused and not _own(uow, request, row):  # an announcement's sender may not teach every child it names
            request.require(may_view(uow, request, refused[0]), action="view", subject=refused[0])
        if not row["students"] and not _own(uow, request, row):
            raise not_found("delivery")  # refused, or to a colleague: no child's teacher is asked for
        if row["reason"] in CONFIDENTIAL and request.role not in OFFICE:
            raise not_found("delivery")  # to say "refused" would already tell
        steps = story(row, messages.trace_of(uow.connection, row["delivery_id"]))
        zone = zone_for(uow, (row["school_id"] or "",))
    if request.wants_html:
        told = [(on_the_clock(step.at, zone, request.locale), step.what, step.detail) for step in steps]
        return page(
            "notifications/delivery.html", request, title=request.t("notifications.delivery"), row=row, steps=told
        )
    return json_response({**row, "trace": [asdict(step) for step in steps]})
