"""A family's pages of an occasion, by its link and without JavaScript; and what days the family keeps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import Schema, fields, validate

from services.scheduling.domain.observances import KEYS
from services.scheduling.handlers import loop_words, occasions_door, seats
from services.scheduling.handlers.occasions_telling import CANCELLED, PUBLISHED, allowed, text_ids
from services.scheduling.handlers.permission import may_book
from services.scheduling.store import bookings_seats as seat_store
from services.scheduling.store import occasions as store
from services.scheduling.store import people
from services.scheduling.web import occasions_view as view
from services.scheduling.web.routes import api, local
from services.scheduling.when import spoken_day
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, link, page, redirect
from shared.web.problems import link_refused

OCCASION = link("occasion", single_use=False)
DAYS = link("days", single_use=False)
DAYS_LAST = timedelta(days=30)
ACTIONS = ("here", "online", "place", "take", "leave")


class ActIn(Schema):
    """One button of the page: I am here; I take part online; a place, please; I take it; I give it back."""

    act = fields.Str(required=True, validate=validate.OneOf(ACTIONS))


class DaysIn(Schema):
    """Keys of days: to be kept free, and to be shared with the school."""

    avoid = fields.List(fields.Str(validate=validate.OneOf(KEYS)), load_default=list)
    share = fields.List(fields.Str(validate=validate.OneOf(KEYS)), load_default=list)


@api.get("/e/{token}", access=OCCASION, page=True)
def invited(request: Request) -> Response:
    """What it is, in the reader's language, and what the family can do about it now."""
    assert request.link is not None
    with request.unit_of_work() as uow:
        row = _occasion(request, uow)
        language = request.link.language
        words = loop_words.read(uow, text_ids(row._mapping), language)
        said = [words.get(each) for each in text_ids(row._mapping)]
        mine = _place(request, uow, row)
        came = {each.guardian_id for each in store.attendance(uow.connection, [row.occasion_id]).get(row.occasion_id, [])}
        room = _room(request, uow, row)
        context: dict[str, Any] = {
            "joins": room is not None,
            "room": room if request.person_id in came else None,
            "named": said[0] if row.title else None,
            "about": said[1] if row.about else None,
            "label": next((each.label for each in said if each is not None and each.label), ""),
            "said": [each for each in said if each is not None],
            "day": spoken_day(row.on, language=request.locale),
            "times": view.times(row, language=request.locale),
            "venue": row.venue,
            "online": row.online,
            "child_care": row.child_care,
            "interpreters": view.languages(row, request.locale),
            "off": row.state == CANCELLED,
            "here": request.person_id in came,
            "doors": occasions_door.open_now(row, uow.now),
            "to_come": row.state == PUBLISHED and row.start_at > uow.now,
            "seats": row.capacity is not None and bool(mine is not None or _child(request, uow, row)),
            "place": mine.state if mine is not None else None,
            "days_url": days_link(request, uow),
        }
    token = request.params["token"]
    return page("scheduling/occasions_home.html", request, title=request.t(f"occasion.kind.{row.kind}"), token=token, **context)


@api.post("/e/{token}", access=OCCASION, body=ActIn(), page=True)
def act(request: Request) -> Response:
    """Sign in at the door, or ask for a place, take the one that was offered, give it back; twice is as once."""
    wanted = request.data["act"]
    with request.unit_of_work() as uow:
        row = _occasion(request, uow)
        mine = _place(request, uow, row)
        if wanted == "here" and occasions_door.open_now(row, uow.now):
            occasions_door.sign_in(uow, row, [request.person_id], via="link")
        elif wanted == "online" and _room(request, uow, row) is not None:
            occasions_door.sign_in(uow, row, [request.person_id], via="online")
        elif wanted == "place" and row.capacity is not None and mine is None and row.state == PUBLISHED:
            child = _child(request, uow, row)
            if child is not None:
                seats.sign_up(uow, request.ports, [seats.SignUp(row.occasion_id, request.person_id, child)])
        elif wanted == "take" and mine is not None:
            seats.accept(uow, request.ports, mine.sign_up_id)
        elif wanted == "leave" and mine is not None:
            seats.leave(uow, request.ports, [mine.sign_up_id])
    return redirect(f"/scheduling/e/{request.params['token']}")


@api.get("/days/{token}", access=DAYS, page=True)
def days(request: Request) -> Response:
    """What the family has ticked; nothing is ticked for it."""
    with request.unit_of_work() as uow:
        _family(request, uow)
        kept = store.kept_by(uow.connection, request.person_id)
    return page(
        "scheduling/observances.html",
        request,
        title=request.t("observances.title"),
        token=request.params["token"],
        saved=request.query.get("saved") == "1",
        rows=[
            {
                "key": key,
                "name": request.t(f"observance.{key}"),
                "avoid": key in kept and kept[key].avoid,
                "share": key in kept and kept[key].share,
            }
            for key in KEYS
        ],
    )


@api.post("/days/{token}", access=DAYS, body=DaysIn(), page=True)
def keep_days(request: Request) -> Response:
    """Instead of what was ticked before; nothing ticked: nothing is kept about the family."""
    avoid, share = set(request.data["avoid"]), set(request.data["share"])
    with request.unit_of_work() as uow:
        _family(request, uow)
        rows = [
            {"guardian_id": request.person_id, "key": key, "avoid": key in avoid, "share": key in share, "at": uow.now}
            for key in KEYS
            if key in avoid | share
        ]
        store.keep(uow.connection, request.person_id, rows)
    return redirect(f"/scheduling/days/{request.params['token']}?saved=1")


def days_link(request: Request, uow: UnitOfWork) -> str:
    """From another page of the same family."""
    assert request.link is not None
    school = request.schools[0] if request.schools else ""
    return local(
        request.ports.page_link(
            "/scheduling/days", uow.district, request.person_id, purpose="days", resource=school,
            expires_at=uow.now.replace(second=0, microsecond=0) + DAYS_LAST, language=request.link.language, school=school,
            jti=f"k-{request.person_id}",
        )
    )  # fmt: skip


def _occasion(request: Request, uow: UnitOfWork) -> Any:
    """The link's occasion where policy still lets this guardian be asked to it; one refusal for all else."""
    assert request.link is not None
    row = store.by_id(uow.connection, [request.link.resource]).get(request.link.resource)
    if row is None or row.state not in (PUBLISHED, CANCELLED) or not _children(request, uow, row.school_id):
        raise link_refused()
    return row


def _room(request: Request, uow: UnitOfWork, row: Any) -> str | None:
    """Where it is online, while the doors are open."""
    if not row.online or not occasions_door.open_now(row, uow.now):
        return None
    found: str | None = request.ports.occasion_room(uow.district, row.occasion_id, expires_at=row.end_at)
    return found


def _family(request: Request, uow: UnitOfWork) -> None:
    assert request.link is not None
    known = people.schools(uow.connection, [request.link.resource])
    if not known or not _children(request, uow, request.link.resource):
        raise link_refused()


def _children(request: Request, uow: UnitOfWork, school_id: str) -> list[str]:
    theirs = store.children_at(uow.connection, [request.person_id], school_id)
    return allowed(uow, school_id, theirs).get(request.person_id, [])


def _child(request: Request, uow: UnitOfWork, row: Any) -> str | None:
    """The child for whose sake a place can be had: one place for a guardian, however many children."""
    theirs = _children(request, uow, row.school_id)
    known = people.known(uow.connection, theirs)
    on = people.schools(uow.connection, [row.school_id])[row.school_id].today(uow.now)
    fit = (each for each in theirs if may_book(known, request.person_id, each, district=uow.district, on=on).allowed)
    return next(fit, None)


def _place(request: Request, uow: UnitOfWork, row: Any) -> Any | None:
    if row.capacity is None:
        return None
    there = seat_store.of_pools(uow.connection, [row.occasion_id]).get(row.occasion_id, [])
    return next((each for each in there if each.guardian_id == request.person_id), None)
