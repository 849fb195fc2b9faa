"""A family's place in a pool, by its link: take the one that was offered, or give it back."""

from __future__ import annotations

from typing import Any

from services.scheduling.handlers import seats
from services.scheduling.handlers.permission import may_book
from services.scheduling.store import bookings_seats as store
from services.scheduling.store import people
from services.scheduling.web.routes import api
from services.scheduling.when import spoken_time
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, link, page, redirect
from shared.web.problems import link_refused


@api.get("/p/{token}", access=link("place", single_use=False), page=True)
def place(request: Request) -> Response:
    """Seated, waiting or offered; a link that is over says so."""
    with request.unit_of_work() as uow:
        row, pool = _mine(request, uow)
        zone = people.schools(uow.connection, [pool.school_id])[pool.school_id].zone
        language = request.link.language if request.link else "en"
        context = {
            "state": row.state,
            "when": spoken_time(pool.start_at, zone=zone, language=language),
            "until": spoken_time(row.offered_until, zone=zone, language=language) if row.offered_until else "",
            "language": language,
            "open": pool.end_at > uow.now,
            "token": request.params["token"],
        }
    return page("scheduling/place.html", request, title=request.t("place.title"), **context)


@api.post("/p/{token}/take", access=link("place", single_use=False), page=True)
def take(request: Request) -> Response:
    """Take the offered place; too late is said on the page."""
    with request.unit_of_work() as uow:
        row, _ = _mine(request, uow)
        seats.accept(uow, request.ports, row.sign_up_id)
    return redirect(f"/scheduling/p/{request.params['token']}")


@api.post("/p/{token}/leave", access=link("place", single_use=False), page=True)
def leave(request: Request) -> Response:
    """Give the place back, or leave the waitlist; saying so twice changes nothing."""
    with request.unit_of_work() as uow:
        row, _ = _mine(request, uow)
        seats.leave(uow, request.ports, [row.sign_up_id])
    return redirect(f"/scheduling/p/{request.params['token']}")


def _mine(request: Request, uow: UnitOfWork) -> tuple[Any, Any]:
    """The link's place if it is its guardian's and policy still allows; one refusal for all else."""
    assert request.link is not None
    row = store.by_id(uow.connection, [request.link.resource]).get(request.link.resource)
    if row is None or row.guardian_id != request.person_id:
        raise link_refused()
    pool = store.pools(uow.connection, [row.pool_id])[row.pool_id]
    school = people.schools(uow.connection, [pool.school_id])[pool.school_id]
    known = people.known(uow.connection, [row.student_id])
    on = school.today(uow.now)
    if not may_book(known, row.guardian_id, row.student_id, district=uow.district, on=on).allowed:
        raise link_refused()
    return row, pool
