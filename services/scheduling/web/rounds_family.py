"""A family's page of a conference round, by a signed link and without JavaScript: wishes, then the evening, then what is free."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, fields, validate

from services.scheduling.domain.rounds import State
from services.scheduling.domain.rounds_instance import WITHOUT_WALK
from services.scheduling.handlers import announce, rounds
from services.scheduling.handlers.rounds_late import Board, take_time, wait_for
from services.scheduling.handlers.rounds_publishing import itineraries
from services.scheduling.handlers.rounds_wishes import Answer, answer, children_of, choices
from services.scheduling.store import people
from services.scheduling.store import rounds as store
from services.scheduling.web.rounds_words import evening_words, language_name, spans_said, why_not
from services.scheduling.web.routes import api, local, name_of
from services.scheduling.when import spoken_time
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, link, page, redirect
from shared.web.problems import invalid, link_refused

SCHOOL_LANGUAGE = "en"
SHOWN = 6  # free times on a page, per teacher
WEIGHTS = ("0", "1", "2")


class WishesIn(Schema):
    """`wish`: "<teacher>:<weight>"; `evening`: numbers of evenings; `start`, `end`: "<number> HH:MM"."""

    wish = fields.List(fields.Str(validate=validate.Regexp(r"^.{1,255}:[012]$")), load_default=list)
    evening = fields.List(fields.Int(validate=validate.Range(0, 30)), load_default=list)
    start = fields.List(fields.Str(validate=validate.Regexp(r"^\d{1,2} \d\d:\d\d$")), load_default=list)
    end = fields.List(fields.Str(validate=validate.Regexp(r"^\d{1,2} \d\d:\d\d$")), load_default=list)
    mode = fields.Str(load_default="in_person", validate=validate.OneOf(("in_person", "video", "phone")))
    interpreter = fields.Bool(load_default=False)
    declined = fields.Bool(load_default=False)


class TakeIn(Schema):
    """`slot`: "<teacher> <instant>"."""

    slot = fields.Str(required=True, validate=validate.Length(3, 300))


class WaitIn(Schema):
    staff_id = fields.Str(required=True, validate=validate.Length(1, 255))


@api.get("/r/{token}", access=link("round", single_use=False), page=True)
def my_round(request: Request) -> Response:
    """Before the deadline the wishes, afterwards what became of them."""
    with request.unit_of_work() as uow:
        row, home, children = _mine(request, uow)
        if row["state"] == State.PUBLISHED:
            context = _evening(request, uow, row, home, children)
            return page("scheduling/rounds_evening.html", request, title=row["title"], **context)
        context = wishes_form(request, uow, row, home, children)
    return page("scheduling/rounds_wishes.html", request, title=row["title"], **context)


@api.post("/r/{token}", access=link("round"), body=WishesIn(), page=True)
def wish(request: Request) -> Response:
    """The home's answer; the link that brought it is used up, the page it leads to has the next."""
    with request.unit_of_work() as uow:
        row, home, children = _mine(request, uow, current=True)
        if row["state"] != State.OPEN:
            return redirect(_path(request, uow, row, home))
        said = answer_of(request.data, row, language=_spoken(request, uow))
        answer(uow, row, home, children=children, said=said, via="page")
        again = store.homes(uow.connection, row["round_id"], [home["home_id"]])[home["home_id"]]
        return redirect(_path(request, uow, row, again))


@api.post("/r/{token}/take", access=link("round"), body=TakeIn(), page=True)
def take(request: Request) -> Response:
    """A free time after publishing; who comes too late is shown what is still free."""
    with request.unit_of_work() as uow:
        row, home, children = _mine(request, uow, current=True)
        staff_id, _, moment = request.data["slot"].rpartition(" ")
        choice = next((each for each in choices(uow, row, home, children=children) if each.staff_id == staff_id), None)
        try:
            start = datetime.fromisoformat(moment)
        except ValueError:
            raise invalid({"slot": ["choose one of the times shown"]}) from None
        if row["state"] != State.PUBLISHED or choice is None or start.tzinfo is None:
            raise link_refused()
        result = take_time(uow, request.ports, row, home, staff_id=staff_id, students=choice.students, start=start)
        store.change_homes(uow.connection, row["round_id"], [home["home_id"]], version=home["version"] + 1)
        again = {**home, "version": home["version"] + 1}
        return redirect(_path(request, uow, row, again) + ("" if result.outcome == "booked" else "?again=1"))


@api.post("/r/{token}/wait", access=link("round"), body=WaitIn(), page=True)
def wait(request: Request) -> Response:
    """On the waiting list of a teacher who is full."""
    with request.unit_of_work() as uow:
        row, home, children = _mine(request, uow, current=True)
        wanted = request.data["staff_id"]
        choice = next((each for each in choices(uow, row, home, children=children) if each.staff_id == wanted), None)
        if row["state"] != State.PUBLISHED or choice is None:
            raise link_refused()
        wait_for(uow, row, home, staff_id=wanted, students=choice.students)
        store.change_homes(uow.connection, row["round_id"], [home["home_id"]], version=home["version"] + 1)
        return redirect(_path(request, uow, row, {**home, "version": home["version"] + 1}))


def _mine(request: Request, uow: UnitOfWork, *, current: bool = False) -> tuple[dict[str, Any], dict[str, Any], list[str]]:
    """The link's round, its guardian's home there and the children they may meet staff about; one refusal for all else.

    `current`: the link must be of the answer as it now is, since another of the home may have answered meanwhile.
    """
    assert request.link is not None
    row = store.by_id(uow.connection, [request.link.resource]).get(request.link.resource)
    if row is None or row["state"] in (State.DRAFT, State.CALLED_OFF):
        raise link_refused()
    for home in store.homes_of(uow.connection, row["round_id"], request.person_id):
        children = children_of(uow, row, home, request.person_id)
        version = request.link.jti.rpartition("-")[2]
        if children and (not current or version == str(home["version"])):
            return row, home, children
    raise link_refused()


def _path(request: Request, uow: UnitOfWork, row: Mapping[str, Any], home: Mapping[str, Any]) -> str:
    language = request.link.language if request.link else SCHOOL_LANGUAGE
    return local(
        rounds.link(uow, request.ports, row, request.person_id, version=home["version"], language=language)
    )


def _token(request: Request, uow: UnitOfWork, row: Mapping[str, Any], home: Mapping[str, Any]) -> str:
    """For this page's forms: of the answer as it is, whichever link the page was opened by."""
    return _path(request, uow, row, home).rpartition("/")[2]


def _spoken(request: Request, uow: UnitOfWork) -> str:
    """The guardian's language."""
    known = people.guardians(uow.connection, [request.person_id]).get(request.person_id)
    return known.language if known is not None else SCHOOL_LANGUAGE


def answer_of(data: Mapping[str, Any], row: Mapping[str, Any], *, language: str) -> Answer:
    """A form as an answer; raises Problem 422 for times that are none of the round's."""
    weights = {staff_id: int(n) for staff_id, _, n in (each.rpartition(":") for each in data["wish"]) if n != "0"}
    windows = spans_said(row["evenings"], data)
    if not weights and not data["declined"]:
        raise invalid({"wish": ["choose somebody to meet, or say that you cannot come"]})
    if windows is not None and not windows and not data["declined"]:
        raise invalid({"evening": ["choose an evening, with an end after the start"]})
    needs = language if data["interpreter"] and language != SCHOOL_LANGUAGE else None
    return Answer(weights, data["mode"], needs, windows, declined=data["declined"])


def wishes_form(
    request: Request, uow: UnitOfWork, row: Mapping[str, Any], home: dict[str, Any], children: list[str], *, guardian_id: str = ""
) -> dict[str, Any]:
    """What the form of wishes shows: the same for a family's page and for the office that writes a paper answer down."""
    school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
    found = choices(uow, row, home, children=children)
    staff = people.staff(uow.connection, [choice.staff_id for choice in found])
    pupils = people.students(uow.connection, children)
    speaks = people.guardians(uow.connection, [guardian_id or request.person_id]).get(guardian_id or request.person_id)
    language = speaks.language if speaks is not None else SCHOOL_LANGUAGE
    modes = request.ports.modes(["in_person", "video", "phone"])
    return {
        "state": row["state"],
        "answered": home["state"] in ("answered", "declined"),
        "declined": home["state"] == "declined",
        "answer_by": spoken_time(row["answer_by"], zone=school.zone, language=request.locale),
        "teachers": [
            {
                "staff_id": choice.staff_id,
                "name": name_of(staff.get(choice.staff_id)),
                "students": names(pupils, choice.students),
                "must": names(pupils, choice.must),
                "weight": min(choice.weight, 2),
            }
            for choice in found
        ],
        "evenings": evening_words(row, home, language=request.locale),
        "modes": modes,
        "way": home["mode"] if home["mode"] in modes else modes[0],
        "asks_interpreter": language != SCHOOL_LANGUAGE,
        "interpreter": home["language"] is not None or home["state"] == "invited",
        "language_name": language_name(language, request.locale),
        "school": school.name,
        "office_phone": school.settings.get("office_phone"),
        "token": _token(request, uow, row, home) if request.link else "",
    }


def names(rows: Mapping[str, Any], ids: Iterable[str]) -> str:
    """Given names, in the order of `ids`."""
    return ", ".join(rows[child].given_name for child in ids if child in rows)


def _evening(
    request: Request, uow: UnitOfWork, row: dict[str, Any], home: dict[str, Any], children: list[str]
) -> dict[str, Any]:
    """The published evening of one home, as the reader may see it."""
    zone = people.schools(uow.connection, [row["school_id"]])[row["school_id"]].zone
    found = choices(uow, row, home, children=children)
    trip = [
        each
        for each in itineraries(uow, row, [home["home_id"]]).get(home["home_id"], ())
        if set(each["students"]) & set(children)
    ]
    met = {each["staff_id"] for each in trip}
    wishes = {each["staff_id"]: each for each in store.wishes(uow.connection, row["round_id"], [home["home_id"]])}
    open_ = [choice for choice in found if choice.staff_id not in met]
    board = Board.of(uow, row, [home], staff_ids=[choice.staff_id for choice in open_])
    staff = people.staff(uow.connection, [choice.staff_id for choice in found])
    pupils = people.students(uow.connection, children)
    rooms = {each["staff_id"]: each["room"] for each in store.teachers(uow.connection, row["round_id"])}
    reasons = why_not(uow, row, home["home_id"])
    language = request.link.language if request.link else SCHOOL_LANGUAGE

    def said(moment: datetime) -> str:
        return spoken_time(moment, zone=ZoneInfo(str(zone)), language=request.locale)

    return {
        "meetings": [
            {
                "when": said(each["start_at"]),
                "teacher": name_of(staff.get(each["staff_id"])),
                "students": names(pupils, [child for child in each["students"] if child in children]),
                "mode": each["mode"],
                "room": rooms.get(each["staff_id"]) if each["mode"] not in WITHOUT_WALK else None,
                "dial_in": each["dial_in"],
                "path": local(announce.link(uow, request.ports, each, language=language)),
                "own": each["guardian_id"] == request.person_id,
            }
            for each in trip
        ],
        "unmet": [
            {
                "staff_id": choice.staff_id,
                "teacher": name_of(staff.get(choice.staff_id)),
                "students": names(pupils, choice.students),
                "reason": reasons.get(choice.staff_id, "") if choice.staff_id in wishes else "",
                "asked": choice.staff_id in wishes,
                "waits": wishes.get(choice.staff_id, {}).get("waits_since") is not None,
                "times": [
                    (each.start.isoformat(), said(each.start), each.fits)
                    for each in board.free(home, choice.staff_id)[:SHOWN]
                ],
            }
            for choice in sorted(open_, key=lambda each: each.staff_id not in wishes)
        ],
        "again": request.query.get("again") == "1",
        "token": _token(request, uow, row, home),
    }
