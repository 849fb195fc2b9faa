"""What a home wishes for: whom it may ask for, its answer by page, paper or telephone, and who must be seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.scheduling.domain.rounds import MUST, WANTED, Span
from services.scheduling.handlers.permission import may_book
from services.scheduling.handlers.rounds import days_of
from services.scheduling.store import people
from services.scheduling.store import rounds as store
from shared.errors import HomeroomError
from shared.messaging.uow import UnitOfWork

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Choice:
    """A teacher whom a home can ask for. `must`: children whose family the teacher must see; `weight`: 0 not wished for."""

    staff_id: str
    students: tuple[str, ...]
    must: tuple[str, ...]
    weight: int


@dataclass(frozen=True)
class Answer:
    """`weights`: teacher → weight, those left out are not wished for. `windows` None: whenever."""

    weights: Mapping[str, int]
    mode: str
    language: str | None
    windows: Sequence[Span] | None
    declined: bool = False


def children_of(uow: UnitOfWork, row: Mapping[str, Any], home: Row, guardian_id: str) -> list[str]:
    """The home's children about whom this guardian may meet staff, today and on the evenings."""
    known = people.known(uow.connection, home["students"])
    days = days_of(uow, row, people.schools(uow.connection, [row["school_id"]])[row["school_id"]])
    return [
        child
        for child in home["students"]
        if all(may_book(known, guardian_id, child, district=uow.district, on=day).allowed for day in days)
    ]


def choices(uow: UnitOfWork, row: Mapping[str, Any], home: Row, *, children: Sequence[str]) -> list[Choice]:
    """The teachers of these children who take part; what the home wished for before, else who must be seen."""
    taking_part = {each["staff_id"] for each in store.teachers(uow.connection, row["round_id"])}
    musts = store.musts(uow.connection, row["round_id"])
    before = {wish["staff_id"]: wish for wish in store.wishes(uow.connection, row["round_id"], [home["home_id"]])}
    of_teacher: dict[str, list[str]] = {}
    for child, staff_ids in store.taught_by(uow.connection, children).items():
        for staff_id in staff_ids:
            if staff_id in taking_part:
                of_teacher.setdefault(staff_id, []).append(child)
    found = []
    for staff_id, students in of_teacher.items():
        must = tuple(child for child in students if (staff_id, child) in musts)
        said = before[staff_id]["weight"] if staff_id in before else 0
        fresh = home["state"] == "invited"
        found.append(Choice(staff_id, tuple(students), must, said if not fresh else MUST if must else WANTED))
    return sorted(found, key=lambda choice: (not choice.must, choice.staff_id))


def answer(
    uow: UnitOfWork,
    row: Mapping[str, Any],
    home: Row,
    *,
    children: Sequence[str],
    said: Answer,
    via: str,
    entered_by: str | None = None,
) -> None:
    """Write a home's answer over the one before; wishes about children this guardian does not see stay as they are.

    HomeroomError names a teacher who is not to be asked for here.
    """
    possible = {choice.staff_id: choice for choice in choices(uow, row, home, children=children)}
    strange = set(said.weights) - set(possible)
    if strange:
        raise HomeroomError("NOT_A_TEACHER", "a teacher does not teach these children", "choose among those shown", "wish")
    rows: dict[str, Row] = {}
    for wish in store.wishes(uow.connection, row["round_id"], [home["home_id"]]):
        others = [child for child in wish["students"] if child not in children]
        if others:
            rows[wish["staff_id"]] = {**wish, "students": others}
    for staff_id, weight in said.weights.items() if not said.declined else ():
        choice = possible[staff_id]
        kept = rows.get(staff_id, {"students": [], "weight": 0})
        rows[staff_id] = {
            "round_id": row["round_id"],
            "home_id": home["home_id"],
            "staff_id": staff_id,
            "students": sorted({*kept["students"], *choice.students}),
            "weight": max(MUST if choice.must else weight, kept["weight"]),
            "waits_since": kept.get("waits_since"),
            "offered_at": kept.get("offered_at"),
        }
    store.set_wishes(uow.connection, row["round_id"], home["home_id"], list(rows.values()))
    store.change_homes(
        uow.connection,
        row["round_id"],
        [home["home_id"]],
        state="declined" if said.declined else "answered",
        mode=said.mode,
        language=said.language,
        windows=None if said.windows is None else [span.raw() for span in said.windows],
        via=via,
        entered_by=entered_by,
        answered_at=uow.now,
        version=home["version"] + 1,
    )
    if home["called_at"] is not None:
        for guardian_id in home["guardian_ids"]:
            uow.emit(
                "scheduling.round_call_done",
                {"round_id": row["round_id"], "guardian_id": guardian_id},
                school=row["school_id"],
                subject=home["home_id"],
            )


def mark_musts(uow: UnitOfWork, row: Mapping[str, Any], staff_id: str, *, students: Sequence[str]) -> None:
    """A teacher says whose families they must see; wishes there are already weigh so from now on."""
    own = {child.student_id for child in people.students_of(uow.connection, staff_id)}
    if set(students) - own:
        raise HomeroomError("NOT_OWN_STUDENT", "a student is not in these classes", "choose among those shown", "must")
    store.set_musts(uow.connection, row["round_id"], staff_id, students=students, now=uow.now)
    store.weigh_musts(uow.connection, row["round_id"], staff_id, students=set(students))
