"""A family's pages, reached by a signed link: choose a time, see what was agreed, move it or call it off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain.windows import Interval
from services.scheduling.handlers import announce, booking, offers, siblings
from services.scheduling.handlers.desk import Wish
from services.scheduling.handlers.permission import may_book
from services.scheduling.schemas import ChoiceIn
from services.scheduling.store import availability, meetings, people
from services.scheduling.store import offers as offer_store
from services.scheduling.web.counter import book_now
from services.scheduling.web.occasions_home import days_link
from services.scheduling.web.routes import api, local, name_of
from services.scheduling.when import spoken_time
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, file_response, link, page, redirect
from shared.web.problems import link_refused


@api.get("/o/{token}", access=link("offer", single_use=False), page=True)
def offered(request: Request) -> Response:
    """The times of an offer that are still free, as buttons; once chosen, the same link leads to the meeting."""
    with request.unit_of_work() as uow:
        row = _offer(request, uow)
        if row.state == offer_store.ACCEPTED:
            return redirect(_meeting_path(request, meetings.by_id(uow.connection, [row.meeting_id])[row.meeting_id]._mapping))
        if row.state != offer_store.OPEN:
            return _to_newer(request, uow, row)
        slots = _free(uow, row)
        return page("scheduling/offer.html", request, title=request.t("offer.title"), **_choice(request, uow, row, slots))


@api.post("/o/{token}", access=link("offer", single_use=False), body=ChoiceIn(), page=True)
def choose(request: Request) -> Response:
    """Book the chosen time; who comes too late is shown the next ones.

    The offer itself records that the link was used: the same click again leads to the same meeting, another choice by a
    used link is refused. So a browser that lost the answer, or a finger that tapped twice, does no harm.
    """
    assert request.link is not None
    data, claims = request.data, request.link
    key = f"{claims.jti}-{data['n']}"
    result = book_now(
        request, booking.Answer(key, claims.resource, data["n"], request.person_id, request.now, data["mode"], once=True)
    )
    if result.outcome == "booked" and result.row is not None:
        return redirect(_meeting_path(request, result.row))
    if result.outcome == "again" and result.row is not None:
        return redirect(_offer_path(request, result.row) + "?again=1")
    if result.outcome == "waiting":
        return page("scheduling/waiting.html", request, title=request.t("offer.title"))
    with request.unit_of_work() as uow:
        if result.outcome == "booked":
            return redirect(_meeting_path(request, meetings.by_id(uow.connection, [result.ref or ""])[result.ref or ""]._mapping))
        return _to_newer(request, uow, _offer(request, uow))


def _to_newer(request: Request, uow: UnitOfWork, row: Any) -> Response:
    """An offer that was replaced leads to the one in its place, one that expired to asking for a time of one's own.

    Any other that is over is a link that does not work.
    """
    newer = offer_store.newest(uow.connection, row) if row.state == offer_store.REPLACED else None
    if row.state == "expired" and not row.meeting_id:
        return redirect(f"/scheduling/ask-late/{request.params['token']}")  # booking is over, a private time can be asked for
    if newer is None:
        raise link_refused()
    return redirect(_offer_path(request, newer._mapping) + ("?again=1" if newer.again else ""))


@api.post("/o/{token}/more", access=link("offer"), page=True)
def more(request: Request) -> Response:
    """None of these suit: the next times after them."""
    with request.unit_of_work() as uow:
        row = _offer(request, uow)
        shown = offer_store.slots_of(uow.connection, [row.offer_id])[row.offer_id]
        last = max(slot.start_at for slot in shown.values()) if shown else None
        wish = offers.wish_again(row, derived_id("more", row.offer_id), again=False, after=last)
        return _to_offer(request, uow, wish)


@api.get("/m/{token}", access=link("meeting", single_use=False), page=True)
def my_meeting(request: Request) -> Response:
    """What was agreed."""
    with request.unit_of_work() as uow:
        row = _meeting(request, uow)
        return page("scheduling/meeting.html", request, title=request.t("meeting.title"), **_details(request, uow, row))


@api.get("/m/{token}/meeting.ics", access=link("meeting", single_use=False))
def calendar_file(request: Request) -> Response:
    """The meeting for a calendar (RFC 5545)."""
    with request.unit_of_work() as uow:
        row = dict(_meeting(request, uow)._mapping)
        off = row["state"] != meetings.BOOKED
        ics = announce.calendar_files(uow, [row], cancelled=off)[row["meeting_id"]]
    method = "CANCEL" if off else "REQUEST"
    return file_response(
        ics.encode(), media_type=f"text/calendar; method={method}; charset=utf-8", filename="meeting.ics"
    )


@api.post("/m/{token}/cancel", access=link("meeting"), page=True)
def call_off(request: Request) -> Response:
    """The family cannot come."""
    with request.unit_of_work() as uow:
        row = _meeting(request, uow)
        booking.cancel(uow, [row.meeting_id], by="guardian")
    return redirect(f"/scheduling/m/{request.params['token']}")


@api.post("/m/{token}/move", access=link("meeting"), page=True)
def move(request: Request) -> Response:
    """Another time, please: the booking stays until another one is chosen."""
    with request.unit_of_work() as uow:
        row = _meeting(request, uow)
        offer_id = derived_id("move", row.meeting_id, str(row.sequence))
        ids = (row.guardian_id, row.student_id, row.staff_id, row.school_id)
        return _to_offer(request, uow, Wish(offer_id, row.kind, *ids, moves=row.meeting_id))


@api.get("/ask/{token}", access=link("ask"), page=True)
def ask(request: Request) -> Response:
    """A button that asks for times; the link's resource is "<student>|<staff>"."""
    with request.unit_of_work() as uow:
        student, staff_id, _ = _asked(request, uow)
        teacher = people.staff(uow.connection, [staff_id]).get(staff_id)
    return page(
        "scheduling/ask.html",
        request,
        title=request.t("offer.title"),
        student=student.given_name,
        teacher=name_of(teacher),
        token=request.params["token"],
    )


@api.post("/ask/{token}", access=link("ask"), page=True)
def ask_now(request: Request) -> Response:
    """Times with that teacher about that child."""
    with request.unit_of_work() as uow:
        student, staff_id, jti = _asked(request, uow)
        offer_id = derived_id("ask", jti)
        wish = Wish(offer_id, "asked", request.person_id, student.student_id, staff_id, student.school_id)
        return _to_offer(request, uow, wish)


def _to_offer(request: Request, uow: UnitOfWork, wish: Wish) -> Response:
    row = offers.offer(uow, request.ports, [wish]).get(wish.offer_id)
    if row is None:
        raise link_refused()
    if row["state"] != offer_store.OPEN:
        return page("scheduling/waiting.html", request, title=request.t("offer.title"))
    return redirect(_offer_path(request, row))


def _offer(request: Request, uow: UnitOfWork) -> Any:
    """The link's offer if it is its guardian's and policy still allows; one refusal for all else."""
    assert request.link is not None
    row = offer_store.by_id(uow.connection, [request.link.resource]).get(request.link.resource)
    if row is None or row.guardian_id != request.person_id or not _allowed(uow, row.guardian_id, row):
        raise link_refused()
    return row


def _meeting(request: Request, uow: UnitOfWork) -> Any:
    assert request.link is not None
    row = meetings.by_id(uow.connection, [request.link.resource]).get(request.link.resource)
    if row is None or row.guardian_id != request.person_id or not _allowed(uow, row.guardian_id, row):
        raise link_refused()
    return row


def _asked(request: Request, uow: UnitOfWork) -> tuple[Any, str, str]:
    assert request.link is not None
    student_id, _, staff_id = request.link.resource.partition("|")
    student = people.students(uow.connection, [student_id]).get(student_id)
    if student is None or staff_id not in student.teacher_ids or not _allowed(uow, request.person_id, student):
        raise link_refused()
    return student, staff_id, request.link.jti


def _allowed(uow: UnitOfWork, guardian_id: str, row: Any) -> bool:
    school = people.schools(uow.connection, [row.school_id]).get(row.school_id)
    if school is None:
        return False
    known = people.known(uow.connection, [row.student_id])
    on = school.today(uow.now)
    return may_book(known, guardian_id, row.student_id, district=uow.district, on=on).allowed


def _free(uow: UnitOfWork, row: Any) -> list[Any]:
    """Slots of the offer that nobody has taken since."""
    but = [row.meeting_id] if row.meeting_id else []
    staff, home = availability.busy(
        uow.connection, staff_ids=[row.staff_id], guardian_ids=[row.guardian_id], since=uow.now, but=but
    )
    taken = [*staff.get(row.staff_id, ()), *home.get(row.guardian_id, ())]
    shown = offer_store.slots_of(uow.connection, [row.offer_id])[row.offer_id].values()
    return [
        slot
        for slot in shown
        if slot.start_at > uow.now
        and not any(Interval(slot.start_at, slot.end_at).overlaps(interval) for interval in taken)
    ]


def _zone(uow: UnitOfWork, row: Any) -> ZoneInfo:
    """Where the guardian lives, as far as is known."""
    said = availability.preferences(uow.connection, [row.guardian_id]).get(row.guardian_id)
    if said is not None and said.timezone:
        return ZoneInfo(said.timezone)
    return people.schools(uow.connection, [row.school_id])[row.school_id].zone


def _names(uow: UnitOfWork, row: Any) -> dict[str, str]:
    teacher = people.staff(uow.connection, [row.staff_id]).get(row.staff_id)
    return {
        "teacher": name_of(teacher),
        "student": people.students(uow.connection, [row.student_id])[row.student_id].given_name,
    }


def _choice(request: Request, uow: UnitOfWork, row: Any, slots: list[Any]) -> dict[str, Any]:
    zone, language = _zone(uow, row), request.link.language if request.link else "en"
    return {
        **_names(uow, row),
        "slots": [(slot.n, spoken_time(slot.start_at, zone=zone, language=language)) for slot in slots],
        "language": language,
        "modes": row.modes,
        "nearest": row.fit == "nearest",
        "again": row.again or request.query.get("again") == "1",
        "together": row.meeting_id is None and len(siblings.together(uow, row)) > 1,
        "token": request.params["token"],
    }


def _details(request: Request, uow: UnitOfWork, row: Any) -> dict[str, Any]:
    zone, language = _zone(uow, row), request.link.language if request.link else "en"
    return {
        **_names(uow, row),
        "when": spoken_time(row.start_at, zone=zone, language=language),
        "language": language,
        "way": row.mode,
        "dial_in": row.dial_in,
        "booked": row.state == meetings.BOOKED,
        "open": row.state == meetings.BOOKED and row.start_at > uow.now and _current(request, row),
        "days_url": days_link(request, uow),
        "token": request.params["token"],
    }


def _current(request: Request, row: Any) -> bool:
    """Whether this link is of the booking as it now is: a move brings a new one."""
    return request.link is not None and request.link.jti == f"m-{row.meeting_id}-{row.sequence}"


def _meeting_path(request: Request, row: Mapping[str, Any]) -> str:
    language = request.link.language if request.link else "en"
    return local(announce.link(request, request.ports, row, language=language))


def _offer_path(request: Request, row: Mapping[str, Any]) -> str:
    language = request.link.language if request.link else "en"
    return local(offers.link_of(request, request.ports, row, language=language))
