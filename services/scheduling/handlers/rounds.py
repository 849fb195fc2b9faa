"""The life of a conference round: drawn up by a page or the school's file, opened, answered until a time, closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.scheduling.domain.rounds import Span, State, problems, spans_of
from services.scheduling.domain.rounds_homes import Invited, Tie, homes
from services.scheduling.handlers.permission import may_invite
from services.scheduling.ports import Ports
from services.scheduling.store import people
from services.scheduling.store import rounds as store
from shared.errors import HomeroomError
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

Row = dict[str, Any]
DEFAULTS: Row = {
    "minutes": 10,
    "travel_minutes": 5,
    "interpreters": {},
    "interpreted_extra": 5,
    "grades": None,
    "preset": "balanced",
    "floor": True,
    "opens_at": None,
    "call_after_days": 7,
}
LINK_OUTLIVES = timedelta(days=2)  # the last evening: what was agreed can be looked up by the same link
CALLS_AT_ONCE = 500  # homes that one piece of due work turns into calls


def draw_up(uow: UnitOfWork, round_id: str, school_id: str, *, terms: Mapping[str, Any], source: str) -> Row:
    """A round as a draft, or the draft there is with other terms; HomeroomError for one that is under way.

    `terms`: title, evenings (spans), answer_by (aware) and what of DEFAULTS is otherwise.
    """
    before = store.by_id(uow.connection, [round_id]).get(round_id)
    if before is not None and before["state"] != State.DRAFT:
        raise HomeroomError(
            "ROUND_UNDER_WAY", "families have been asked already", "call this round off and draw up another", f"round {round_id}"
        )
    known = {name: value for name, value in terms.items() if value is not None}
    row: Row = {
        "round_id": round_id,
        "school_id": school_id,
        "state": State.DRAFT.value,
        "source": source,
        **DEFAULTS,
        **known,
        "evenings": [span.raw() for span in terms["evenings"]],
        "created_at": before["created_at"] if before else uow.now,
        "opened_at": None,
        "published_at": None,
        "plan_id": None,
    }
    store.save(uow.connection, [row])
    if row["opens_at"] is not None:
        uow.schedule("round_opens", round_id, row["opens_at"])
    else:
        uow.cancel("round_opens", round_id)
    list_teachers(uow, row)
    return row


def configured(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Rounds in schools' files; one that is under way stays as families were told."""
    for event in events:
        school = people.schools(uow.connection, [event.data["school_id"]]).get(event.data["school_id"])
        if school is None:
            continue
        wanted = {derived_id("round", school.school_id, raw["key"]): raw for raw in event.data.get("rounds") or ()}
        there = store.by_id(uow.connection, wanted)
        for round_id, raw in wanted.items():
            if round_id not in there or there[round_id]["state"] == State.DRAFT:
                draw_up(uow, round_id, school.school_id, terms=terms_of(raw, school), source="config")


def terms_of(raw: Mapping[str, Any], school: people.School) -> Row:
    """A round as a school's file says it."""

    def moment(text: str | None) -> datetime | None:
        return datetime.fromisoformat(text).replace(tzinfo=school.zone).astimezone(UTC) if text else None

    return {
        "title": raw["title"],
        "evenings": sorted((Span.of(each) for each in raw["evenings"]), key=lambda span: (span.on, span.start)),
        "answer_by": moment(raw["answer_by"]),
        "opens_at": moment(raw.get("opens_at")),
        "minutes": raw.get("minutes"),
        "travel_minutes": raw.get("travel_minutes"),
        "interpreters": {each["language"]: each["count"] for each in raw.get("interpreters") or ()},
        "interpreted_extra": raw.get("interpreted_extra_minutes"),
        "grades": raw.get("grades"),
        "call_after_days": raw.get("call_after_days"),
        "preset": raw.get("preset"),
        "floor": raw.get("one_each_first"),
    }


def list_teachers(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    """Everybody who teaches there takes part, with the round's length; who is listed keeps their own."""
    store.add_teachers(
        uow.connection,
        [
            {
                "round_id": row["round_id"], "staff_id": staff_id, "minutes": row["minutes"], "windows": None,
                "room": None, "absent": False,
            }
            for staff_id in store.teachers_at(uow.connection, row["school_id"])
        ],
    )  # fmt: skip


def faults(row: Mapping[str, Any], school: people.School) -> dict[str, list[str]]:
    """What is wrong with a round's terms, by field; empty: it can be opened."""
    return problems(
        spans_of(row["evenings"]) or (),
        zone=school.zone,
        closed=school.holidays,
        answer_by=row["answer_by"],
        minutes=row["minutes"],
    )


def open_round(uow: UnitOfWork, ports: Ports, round_id: str) -> int:
    """Ask every home that may be invited and has not been asked; returns how many. Opening twice asks only new families."""
    row = _round(uow, round_id)
    school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
    wrong = faults(row, school)
    if wrong or row["state"] not in (State.DRAFT, State.OPEN) or row["answer_by"] <= uow.now:
        what = next(iter(wrong.items()), ("answer_by", ["expected a time to come"]))
        raise HomeroomError("ROUND_NOT_READY", f"{what[0]}: {what[1][0]}", "put it right, then open it", f"round {round_id}")
    if row["state"] == State.DRAFT:
        store.change(uow.connection, round_id, state=State.OPEN.value, opened_at=uow.now)
        uow.schedule("round_closes", round_id, row["answer_by"])
        uow.schedule("round_calls", round_id, min(uow.now + timedelta(days=row["call_after_days"]), row["answer_by"]))
    list_teachers(uow, row)
    asked = store.homes(uow.connection, round_id)
    fresh = [_home_row(round_id, home) for home in invitable(uow, row, school) if home.home_id not in asked]
    store.add_homes(uow.connection, fresh)
    _invite(uow, ports, row, fresh)
    return len(fresh)


def invitable(uow: UnitOfWork, row: Mapping[str, Any], school: people.School) -> list[Invited]:
    """The homes of the round's students, with the guardians whom policy lets us invite."""
    students = store.students_at(uow.connection, school.school_id, row["grades"])
    known = people.known(uow.connection, students)
    days = days_of(uow, row, school)
    return homes(
        Tie(tie.guardian_id, tie.student_id, tie.household_id, tie.priority)
        for tie in store.ties(uow.connection, students)
        if _invitable(known, tie.guardian_id, tie.student_id, days=days, district=uow.district)
    )


def days_of(uow: UnitOfWork, row: Mapping[str, Any], school: people.School) -> frozenset[date]:
    """The days that policy is asked for: today and every evening, since whoever may not come is not asked to."""
    return frozenset({school.today(uow.now), *(Span.of(each).on for each in row["evenings"])})


def _invitable(known: people.Known, guardian_id: str, child: str, *, days: Iterable[date], district: str) -> bool:
    return all(may_invite(known, guardian_id, child, district=district, on=day).allowed for day in days)


def round_opens(uow: UnitOfWork, ports: Ports, items: Iterable[DueItem]) -> None:
    """The time that was set has come; a draft that cannot be opened waits on the office's page, with what is wrong."""
    for item in items:
        row = store.by_id(uow.connection, [item.key]).get(item.key)
        if row is None or row["state"] != State.DRAFT:
            continue
        school = people.schools(uow.connection, [row["school_id"]])[row["school_id"]]
        if not faults(row, school) and row["answer_by"] > uow.now:
            open_round(uow, ports, item.key)


def round_closes(uow: UnitOfWork, items: Iterable[DueItem]) -> None:
    """No wishes any more by the families' own page; the office may still write some down."""
    for item in items:
        row = store.by_id(uow.connection, [item.key]).get(item.key)
        if row is not None and row["state"] == State.OPEN:
            store.change(uow.connection, item.key, state=State.CLOSED.value)


def round_calls(uow: UnitOfWork, items: Iterable[DueItem]) -> None:
    """Homes that have not answered become calls, once; whom policy would not let us call is nobody's call."""
    for item in items:
        row = store.by_id(uow.connection, [item.key]).get(item.key)
        if row is None or row["state"] not in (State.OPEN, State.CLOSED):
            continue
        silent = [
            home
            for home in store.homes(uow.connection, item.key).values()
            if home["state"] == "invited" and home["called_at"] is None
        ]
        for home_id, audience in audiences(uow, row, silent[:CALLS_AT_ONCE]).items():
            guardian_id, students = next(iter(audience.items()))
            uow.emit(
                "scheduling.round_call_due",
                {
                    "round_id": item.key, "guardian_id": guardian_id, "student_ids": students,
                    "school_id": row["school_id"], "answer_by": row["answer_by"],
                },
                school=row["school_id"],
                subject=home_id,
            )  # fmt: skip
        store.change_homes(
            uow.connection, item.key, [home["home_id"] for home in silent[:CALLS_AT_ONCE]], called_at=uow.now
        )
        if len(silent) > CALLS_AT_ONCE:
            uow.schedule("round_calls", item.key, uow.now)


def audiences(uow: UnitOfWork, row: Mapping[str, Any], homes_: Iterable[Row]) -> dict[str, dict[str, list[str]]]:
    """Of each home the guardians to write to, the speaker first, and about which children, as policy has it today."""
    rows = list(homes_)
    known = people.known(uow.connection, {child for home in rows for child in home["students"]})
    days = days_of(uow, row, people.schools(uow.connection, [row["school_id"]])[row["school_id"]])
    found: dict[str, dict[str, list[str]]] = {}
    for home in rows:
        for guardian_id in home["guardian_ids"]:
            mine = [
                child
                for child in home["students"]
                if _invitable(known, guardian_id, child, days=days, district=uow.district)
            ]
            if mine:
                found.setdefault(home["home_id"], {})[guardian_id] = mine
    return found


def call_off(uow: UnitOfWork, round_id: str) -> None:
    """Before anything is published: the round does not take place."""
    row = _round(uow, round_id)
    if row["state"] == State.PUBLISHED:
        raise HomeroomError(
            "ROUND_PUBLISHED", "its meetings are booked", "move its evenings, or call meetings off one by one", f"round {round_id}"
        )
    store.change(uow.connection, round_id, state=State.CALLED_OFF.value)
    for kind in ("round_opens", "round_closes", "round_calls"):
        uow.cancel(kind, round_id)


def link(uow: UnitOfWork, ports: Ports, row: Mapping[str, Any], guardian_id: str, *, version: int, language: str) -> str:
    """A guardian's page of the round. Each answer uses up the link it came by: the next version has one of its own."""
    last = max((Span.of(each) for each in row["evenings"]), key=lambda span: (span.on, span.end))
    return ports.round_link(
        uow.district,
        guardian_id,
        row["round_id"],
        version=version,
        expires_at=datetime.combine(last.on, last.end, tzinfo=UTC) + LINK_OUTLIVES,  # to the day: the zone is no matter
        language=language,
        school=row["school_id"],
    )


def _round(uow: UnitOfWork, round_id: str) -> Row:
    row = store.by_id(uow.connection, [round_id]).get(round_id)
    if row is None:
        raise HomeroomError("ROUND_UNKNOWN", "there is no such round", "choose one from the list of rounds", "round")
    return row


def _home_row(round_id: str, home: Invited) -> Row:
    return {
        "round_id": round_id,
        "home_id": home.home_id,
        "guardian_ids": list(home.guardian_ids),
        "students": list(home.students),
        "state": "invited",
        "language": None,
        "mode": "in_person",
        "windows": None,
        "via": None,
        "entered_by": None,
        "answered_at": None,
        "called_at": None,
        "version": 0,
    }


def _invite(uow: UnitOfWork, ports: Ports, row: Mapping[str, Any], fresh: Sequence[Row]) -> None:
    """Each guardian by themselves, about the children they may be asked about."""
    guardians = people.guardians(uow.connection, {person for home in fresh for person in home["guardian_ids"]})
    evenings = [Span.of(each) for each in row["evenings"]]
    for home_id, audience in audiences(uow, row, fresh).items():
        for guardian_id, mine in audience.items():
            if guardian_id not in guardians:
                continue
            address = link(uow, ports, row, guardian_id, version=0, language=guardians[guardian_id].language)
            uow.emit(
                "scheduling.round_invited",
                {
                    "round_id": row["round_id"], "guardian_id": guardian_id, "student_ids": mine,
                    "school_id": row["school_id"], "first_on": min(span.on for span in evenings),
                    "last_on": max(span.on for span in evenings), "answer_by": row["answer_by"], "link": address,
                },
                school=row["school_id"],
                subject=home_id,
            )  # fmt: skip
