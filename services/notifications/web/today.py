"""What needs doing today: five cards at most, each done in three taps, or the good news that nothing does."""

from __future__ import annotations

from services.notifications.domain.cadence import share_in_cadence
from services.notifications.domain.today import MOST
from services.notifications.handlers import concerns, tasks
from services.notifications.store import briefs, ledger, people
from services.notifications.web.cards import cards_of
from services.notifications.web.routes import WRITERS, api, zone_for
from shared.web import Request, Response, not_found, page, redirect, staff

TODAY = "/notifications/today"
DOERS = staff("teacher", "aide", "counselor", "principal", "office")
SHARERS = staff("teacher", "aide", "counselor", "principal")


@api.get("/today", access=WRITERS, page=True, nav="notifications.today")
def today(request: Request) -> Response:
    """Replies, tasks, gaps, good news due and what else the reader's own students need, best first."""
    with request.unit_of_work() as uow:
        mine = [row["student_id"] for row in people.taught_by(uow.connection, request.person_id)]
        day = cards_of(uow, request, zone_for(uow, request.schools), mine)
        schools = people.schools(uow.connection, request.schools)
        nights = [
            {
                "school": schools[row["school_id"]]["name"],
                "percent": share_in_cadence(row["students"], row["gaps"]),
                "gaps": row["gaps"],
            }
            for row in ledger.cadence(uow.connection, request.schools)
            if row["school_id"] in schools
        ]
    return page(
        "notifications/today.html",
        request,
        title=request.t("notifications.today"),
        cards=day.cards[:MOST],
        more=max(0, len(day.cards) - MOST),
        deferred=day.deferred,
        nights=nights,
        teaches=request.role in ("teacher", "aide"),
    )


@api.post("/tasks/{task_id}/done", access=DOERS)
def task_done(request: Request) -> Response:
    """The reader's own task is done."""
    with request.unit_of_work() as uow:
        closed = ledger.close_task(uow.connection, str(request.params["task_id"]), request.person_id, uow.now)
        if closed is not None and closed["kind"] in concerns.TASKS:  # only the guardian closes the concern itself
            concerns.of_task(uow, request.ports, closed, by=request.person_id)
    if closed is None:
        raise not_found("task")
    return redirect(TODAY)


@api.post("/tasks/{task_id}/share", access=SHARERS)
def task_shared(request: Request) -> Response:
    """The reader's own task goes to the school's office, which can do it as well."""
    with request.unit_of_work() as uow:
        shared = tasks.share_with_office(uow, str(request.params["task_id"]), request.person_id, request.schools)
    if not shared:
        raise not_found("task")
    return redirect(TODAY)


@api.post("/nudges/{nudge_id}/bin", access=SHARERS)
def nudge_binned(request: Request) -> Response:
    """A soft draft that is not needed; nothing has gone home."""
    with request.unit_of_work() as uow:
        row = briefs.settle_nudge(
            uow.connection, str(request.params["nudge_id"]), request.person_id, how="binned", now=uow.now
        )
    if row is None:
        raise not_found("nudge")
    return redirect(TODAY)
