"""The office's pages of conference rounds: draw one up, open it, see who has answered, write paper answers down."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from services.scheduling.domain.rounds import Span, State, parse_spans, spans_of
from services.scheduling.handlers import rounds
from services.scheduling.handlers.rounds_planning import grid_of
from services.scheduling.handlers.rounds_wishes import answer
from services.scheduling.store import people
from services.scheduling.store import rounds as store
from services.scheduling.store import rounds_plans as plans
from services.scheduling.web.rounds_family import WishesIn, answer_of, names, wishes_form
from services.scheduling.web.rounds_words import clock_words, day_words
from services.scheduling.web.routes import api, name_of
from services.scheduling.when import spoken_time
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, not_found, page, staff
from shared.web.problems import invalid

OFFICE = staff("office", "principal")
MINUTES = (5, 10, 15, 20, 25, 30)
SHOWN = 400  # homes on a page


def spans(text: str) -> None:
    """For a schema: lines of days and times."""
    try:
        parse_spans(text)
    except ValueError as error:
        raise ValidationError(str(error)) from None


def interpreters(text: str) -> dict[str, int]:
    """Lines like "es 2"; ValueError names the line that is none."""
    found = {}
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        language, _, count = line.strip().partition(" ")
        if not language.isascii() or not language.replace("-", "").isalnum() or not count.strip().isdigit():
            raise ValidationError(f'line {number}: expected a language and a number, like "es 2"')
        found[language.lower()] = int(count)
    return found


class RoundIn(Schema):
    """Wall times are the school's."""

    title = fields.Str(required=True, validate=validate.Length(1, 120))
    evenings = fields.Str(required=True, validate=[validate.Length(max=2000), spans])
    answer_by = fields.NaiveDateTime(required=True, format="%Y-%m-%dT%H:%M")
    minutes = fields.Int(load_default=10, validate=validate.OneOf(MINUTES))
    travel_minutes = fields.Int(load_default=5, validate=validate.OneOf((0, 5, 10, 15)))
    interpreters = fields.Str(load_default="", validate=[validate.Length(max=1000), interpreters])
    interpreted_extra = fields.Int(load_default=5, validate=validate.OneOf((0, 5, 10, 15)))
    grades = fields.Str(load_default="", validate=validate.Length(max=200))
    floor = fields.Bool(load_default=False)
    preset = fields.Str(load_default="balanced", validate=validate.OneOf(("parent", "balanced", "teacher")))


class SchoolQuery(Schema):
    """One of the reader's schools; without it the first."""

    school = fields.Str(load_default=None, validate=validate.Length(1, 255))


class RoundOut(Schema):
    round_id = fields.Str()
    state = fields.Str()


class TeacherIn(Schema):
    """A teacher's part in a round; no windows: all evenings, throughout."""

    staff_id = fields.Str(required=True, validate=validate.Length(1, 255))
    minutes = fields.Int(required=True, validate=validate.OneOf(MINUTES))
    windows = fields.Str(load_default="", validate=[validate.Length(max=2000), spans])
    room = fields.Str(load_default=None, validate=validate.Length(max=60))


class AnsweredIn(WishesIn):
    """A family's answer as the office heard or read it."""

    via = fields.Str(load_default="paper", validate=validate.OneOf(("paper", "phone")))


@api.get("/rounds", access=OFFICE, query=SchoolQuery(), page=True, nav="rounds.nav")
def all_rounds(request: Request) -> Response:
    """The school's rounds, and the form of a new one."""
    with request.unit_of_work() as uow:
        school = _school(request, uow)
        rows = store.of_schools(uow.connection, request.schools)
        counts = store.counts(uow.connection, [row["round_id"] for row in rows])
        schools = people.schools(uow.connection, request.schools)
        cards = [_card(request, row, counts.get(row["round_id"], {})) for row in rows]
    return page(
        "scheduling/rounds.html",
        request,
        title=request.t("rounds.title"),
        rounds=cards,
        school=school.school_id,
        schools=sorted((each.name, each.school_id) for each in schools.values()),
        minutes=MINUTES,
    )


@api.post("/rounds", access=OFFICE, body=RoundIn(), response=RoundOut(), status=201, idempotent=True)
def new_round(request: Request) -> Response:
    """Draw a round up; nobody is told before it is opened."""
    data = request.data
    with request.unit_of_work() as uow:
        school = _school(request, uow)
        terms: dict[str, Any] = {
            **{name: data[name] for name in ("title", "minutes", "travel_minutes", "interpreted_extra", "floor", "preset")},
            "evenings": parse_spans(data["evenings"]),
            "answer_by": data["answer_by"].replace(tzinfo=school.zone).astimezone(UTC),
            "interpreters": interpreters(data["interpreters"]),
            "grades": data["grades"].replace(",", " ").split() or None,
        }
        raw = terms | {"evenings": [span.raw() for span in terms["evenings"]]}
        if wrong := rounds.faults(raw, school):
            raise invalid(wrong)
        row = rounds.draw_up(uow, new_id(), school.school_id, terms=terms, source="page")
    return json_response(row, then=f"/scheduling/rounds/{row['round_id']}")


@api.get("/rounds/{round_id}", access=OFFICE, page=True)
def one_round(request: Request) -> Response:
    """Who was asked, who has answered and how, who takes part."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
        homes = store.homes(uow.connection, row["round_id"])
        guardians = people.guardians(uow.connection, homes)
        pupils = people.students(uow.connection, {child for home in homes.values() for child in home["students"]})
        teachers = store.teachers(uow.connection, row["round_id"])
        staff_rows = people.staff(uow.connection, [each["staff_id"] for each in teachers])
        wishes = store.wishes(uow.connection, row["round_id"])
        musts = store.musts(uow.connection, row["round_id"])

        def shown(home: Mapping[str, Any]) -> dict[str, Any]:
            return {
                "home_id": home["home_id"],
                "name": name_of(guardians.get(home["home_id"])),
                "students": names(pupils, home["students"]),
                "called": home["called_at"] is not None,
                "via": home["via"],
                "declined": home["state"] == "declined",
            }

        card = _card(request, row, _states(homes))
        context: dict[str, Any] = {
            **{name: value for name, value in card.items() if name != "title"},
            "faults": sorted({text for texts in rounds.faults(row, school).values() for text in texts}),
            "answer_by": spoken_time(row["answer_by"], zone=school.zone, language=request.locale),
            "silent": [shown(home) for home in homes.values() if home["state"] == "invited"][:SHOWN],
            "answered_homes": [shown(home) for home in homes.values() if home["state"] in ("answered", "declined")][:SHOWN],
            "teachers": [
                _teacher(request, row, each, staff_rows, wishes=wishes, musts=musts, zone=school.zone) for each in teachers
            ],
            "minutes": MINUTES,
            "plans": plans.of_round(uow.connection, row["round_id"], most=1),
        }
        request.audit("view", row["round_id"], "allowed", record_type="conference_round", rule="works_at_school")
    return page("scheduling/rounds_one.html", request, title=row["title"], **context)


@api.post("/rounds/{round_id}/open", access=OFFICE, response=RoundOut())
def open_now(request: Request) -> Response:
    """Ask every home; again: the families that are new since."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        rounds.open_round(uow, request.ports, row["round_id"])
    return json_response({"round_id": row["round_id"], "state": "open"}, then=_there(row))


@api.post("/rounds/{round_id}/close", access=OFFICE, response=RoundOut())
def close_now(request: Request) -> Response:
    """No more answers by the families' own page."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        if row["state"] == State.OPEN:
            store.change(uow.connection, row["round_id"], state=State.CLOSED.value)
            uow.cancel("round_closes", row["round_id"])
    return json_response({"round_id": row["round_id"], "state": "closed"}, then=_there(row))


@api.post("/rounds/{round_id}/call-off", access=OFFICE, response=RoundOut())
def call_off(request: Request) -> Response:
    """The round does not take place."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        rounds.call_off(uow, row["round_id"])
    return json_response({"round_id": row["round_id"], "state": "called_off"}, then="/scheduling/rounds")


@api.post("/rounds/{round_id}/teachers", access=OFFICE, body=TeacherIn(), response=RoundOut())
def teacher_terms(request: Request) -> Response:
    """A teacher's length of meetings, times and room."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        save_teacher(uow, row, request.data["staff_id"], data=request.data)
    return json_response({"round_id": row["round_id"], "state": row["state"]}, then=_there(row) + "#teachers")


@api.get("/rounds/{round_id}/homes/{home_id}", access=OFFICE, page=True)
def paper(request: Request) -> Response:
    """The form on which the office writes an answer down."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        home, children = _home(request, uow, row)
        speaker = people.guardians(uow.connection, [home["home_id"]]).get(home["home_id"])
        context = wishes_form(request, uow, row, home, children, guardian_id=home["home_id"])
        request.audit("view", home["home_id"], "allowed", record_type="guardian", rule="works_at_school")
    return page(
        "scheduling/rounds_paper.html",
        request,
        title=f"{row['title']}: {name_of(speaker)}",
        round_id=row["round_id"],
        home_id=home["home_id"],
        **context,
    )


@api.post("/rounds/{round_id}/homes/{home_id}", access=OFFICE, body=AnsweredIn(), response=RoundOut())
def paper_answer(request: Request) -> Response:
    """A family's answer on paper or by telephone; it counts like one of their own."""
    with request.unit_of_work() as uow:
        row = own_round(request, uow)
        home, children = _home(request, uow, row)
        if row["state"] not in (State.OPEN, State.CLOSED):
            raise invalid({"wish": ["the plan is published: the family's own page has the times that are left"]})
        speaker = people.guardians(uow.connection, [home["home_id"]]).get(home["home_id"])
        said = answer_of(request.data, row, language=speaker.language if speaker is not None else "en")
        answer(uow, row, home, children=children, said=said, via=request.data["via"], entered_by=request.person_id)
    return json_response({"round_id": row["round_id"], "state": row["state"]}, then=_there(row))


def _school(request: Request, uow: UnitOfWork) -> people.School:
    """The reader's school that the page is about; every other one does not exist here."""
    school_id = request.query.get("school") or next(iter(request.schools), "")
    school = people.schools(uow.connection, [school_id]).get(school_id) if school_id in request.schools else None
    if school is None:
        raise not_found("school")
    return school


def own_round(request: Request, uow: UnitOfWork) -> dict[str, Any]:
    """A round of one of the reader's schools; every other one does not exist here."""
    round_id = str(request.params["round_id"])
    row = store.by_id(uow.connection, [round_id]).get(round_id)
    if row is None or row["school_id"] not in request.schools:
        raise not_found("round")
    return row


def save_teacher(uow: UnitOfWork, row: Mapping[str, Any], staff_id: str, *, data: Mapping[str, Any]) -> None:
    """Raises Problem 404 for a teacher who takes no part, 422 for times outside the round."""
    before = next((each for each in store.teachers(uow.connection, row["round_id"]) if each["staff_id"] == staff_id), None)
    if before is None:
        raise not_found("teacher")
    windows = parse_spans(data["windows"])
    school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
    if len(grid_of(row, school).windows(windows)) < len(windows):
        raise invalid({"windows": ["expected times within the evenings of the round"]})
    raw = [span.raw() for span in windows] or None
    room = data.get("room") if data.get("room") is not None else before["room"]
    store.save_teachers(uow.connection, [{**before, "minutes": data["minutes"], "windows": raw, "room": room}])


def _home(request: Request, uow: UnitOfWork, row: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """A home of the round with the children whom its speaker may meet staff about."""
    home_id = str(request.params["home_id"])
    home = store.homes(uow.connection, row["round_id"], [home_id]).get(home_id)
    children = rounds.audiences(uow, row, [home]).get(home_id, {}) if home is not None else {}
    if home is None or not children:
        raise not_found("family")
    return home, sorted({child for mine in children.values() for child in mine})


def _states(homes: Mapping[str, Mapping[str, Any]]) -> dict[str, int]:
    found: dict[str, int] = {}
    for home in homes.values():
        found[home["state"]] = found.get(home["state"], 0) + 1
    return found


def _card(request: Request, row: Mapping[str, Any], counts: Mapping[str, int]) -> dict[str, Any]:
    evenings = [Span.of(each) for each in row["evenings"]]
    asked = sum(counts.values())
    answered = counts.get("answered", 0) + counts.get("declined", 0)
    return {
        "round_id": row["round_id"],
        "title": row["title"],
        "state": row["state"],
        "evenings": [
            f"{day_words(span.on, language=request.locale)}, {clock_words(span.start, language=request.locale)} – "
            f"{clock_words(span.end, language=request.locale)}"
            for span in evenings
        ],
        "asked": asked,
        "answered": answered,
        "percent": round(100 * answered / asked) if asked else 0,
    }


def _teacher(
    request: Request,
    row: Mapping[str, Any],
    each: Mapping[str, Any],
    staff_rows: Mapping[str, Any],
    *,
    wishes: list[dict[str, Any]],
    musts: frozenset[tuple[str, str]],
    zone: Any,
) -> dict[str, Any]:
    asked = [wish for wish in wishes if wish["staff_id"] == each["staff_id"]]
    grid = grid_of(row, people.School("", "", zone, {}, frozenset()))
    cells = sum(last - first for _, first, last in grid.windows(spans_of(each["windows"])))
    room = cells * 5 // each["minutes"]
    return {
        **each,
        "name": name_of(staff_rows.get(each["staff_id"])),
        "windows": "\n".join(f"{span.on} {span.start:%H:%M}-{span.end:%H:%M}" for span in spans_of(each["windows"]) or ()),
        "asked": len(asked),
        "must": sum(staff_id == each["staff_id"] for staff_id, _ in musts),
        "room_for": room,
        "full": len(asked) > room,
    }


def _there(row: Mapping[str, Any]) -> str:
    return f"/scheduling/rounds/{row['round_id']}"
