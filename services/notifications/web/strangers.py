"""For the offices: words from senders whom nobody knows, and numbers that families gave and nobody has confirmed."""

from __future__ import annotations

from services.notifications.handlers import wishes
from services.notifications.store import conversation as talk
from services.notifications.store import ledger, people
from services.notifications.store import wishes as store
from services.notifications.web.routes import api, full_name, on_the_clock, zone_for
from shared.ids import derived_id
from shared.web import Request, Response, not_found, page, redirect, staff

OFFICE = staff("office", "principal", "administrator")
LIST = "/notifications/unknown"


def _schools(request: Request) -> tuple[str, ...] | None:
    return None if request.role == "administrator" else request.schools


@api.get("/unknown", access=OFFICE, page=True, nav="notifications.unknown")
def unknown_page(request: Request) -> Response:
    """What waits for somebody who keeps contact data."""
    with request.unit_of_work() as uow:
        zone = zone_for(uow, request.schools)
        words = talk.unknown_words(uow.connection, _schools(request))
        points = store.pending_points(uow.connection, _schools(request))
    for row in points:
        request.audit("view", row["guardian_id"], "allowed", record_type="guardian")
    return page(
        "notifications/unknown.html",
        request,
        title=request.t("notifications.unknown"),
        words=[{**row, "when": on_the_clock(row["received_at"], zone, request.locale)} for row in words],
        points=[
            {**row, "name": full_name(row), "when": on_the_clock(row["created_at"], zone, request.locale)} for row in points
        ],
    )


@api.post("/unknown/{words_id}/settle", access=OFFICE)
def settle_unknown(request: Request) -> Response:
    """Somebody has looked after it."""
    words_id = str(request.params["words_id"])
    with request.unit_of_work() as uow:
        waiting = {row["words_id"] for row in talk.unknown_words(uow.connection, _schools(request), limit=10_000)}
        if words_id not in waiting:
            raise not_found("words")
        talk.settle_unknown(uow.connection, words_id, {"settled_at": uow.now, "settled_by": request.person_id})
        offices = people.offices(uow.connection, talk.school_ids(uow.connection))
        ledger.close_tasks(
            uow.connection, [derived_id("unknown", words_id, office) for office in offices.values()], uow.now
        )
    return redirect(LIST)


@api.post("/points/{point_id}/confirm", access=OFFICE)
def confirm_point(request: Request) -> Response:
    """The office has asked the family: it is theirs."""
    return _settle(request, good=True)


@api.post("/points/{point_id}/refuse", access=OFFICE)
def refuse_point(request: Request) -> Response:
    """The office has asked the family: it is not theirs."""
    return _settle(request, good=False)


def _settle(request: Request, *, good: bool) -> Response:
    with request.unit_of_work() as uow:
        point = store.pending_point(uow.connection, str(request.params["point_id"]), _schools(request))
        if point is None:
            raise not_found("point")
        request.audit("edit", point["guardian_id"], "allowed", record_type="guardian")
        wishes.settle_point(uow, point, good=good)
    return redirect(LIST)
