"""Before day one: every home hears who the teacher is and how to reach them, two weeks ahead and in its language."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from services.notifications.domain.cadence import next_school_day
from services.notifications.domain.rhythm import SchoolYear
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import Names, names
from services.notifications.handlers.rendering import inbox_link
from services.notifications.handlers.rhythm import SEPARATOR
from services.notifications.ports import Ports
from services.notifications.store import people
from services.notifications.store import rhythm as store
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork

REACHED = frozenset({"sent", "delivered"})
ON_PAPER = frozenset({"letter"})


@dataclass(frozen=True, slots=True)
class Welcomed:
    """Families of one teacher: `reached` by a channel, `by_letter` on paper only, of `families`."""

    families: int
    reached: int
    by_letter: int


def welcome(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """One message a teacher, to the homes of the students who are theirs first; siblings are named together."""
    asked = dict(item.key.split(SEPARATOR, 1) for item in items)
    schools = people.schools(uow.connection, asked)
    calendars = people.calendars(uow.connection, schools)
    drafts: list[Draft] = []
    for school_id, term_id in asked.items():
        if school_id not in calendars:
            continue
        year = SchoolYear.of(calendars[school_id])
        if not year.terms or year.terms[0].id != term_id:  # the calendar has changed since this was planned
            continue
        starts_on = next_school_day(year.terms[0].starts_on, year.holidays)
        store.save_welcome(
            uow.connection,
            {"school_id": school_id, "term_id": term_id, "starts_on": starts_on, "sent_at": uow.now},
        )
        drafts += _drafts(uow, ports, school_id, term_id)
    compose(uow, ports, drafts)


def _drafts(uow: UnitOfWork, ports: Ports, school_id: str, term_id: str) -> list[Draft]:
    enrolled = [row["student_id"] for row in people.students_of_schools(uow.connection, [school_id])]
    known = names(uow, students=enrolled, schools=[school_id])
    links: dict[tuple[str, str], people.Row] = {}
    children: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for link in people.families(uow.connection, enrolled):
        teacher = known.first_teacher([link["student_id"]])
        if teacher is not None:
            children[teacher][link["guardian_id"]].append(link["student_id"])
            links[teacher, link["guardian_id"]] = link
    return [
        Draft(
            message_id=message_id(school_id, term_id, teacher),
            kind="info",
            weight=Weight.IMPORTANT,  # it says how to reach us: no monthly limit on contacts holds it back
            school_id=school_id,
            recipients=[
                _recipient(uow, ports, known, teacher, links[teacher, guardian], students)
                for guardian, students in homes.items()
            ],
            catalogue_key="welcome.intro",
            sender_id=teacher,
        )
        for teacher, homes in children.items()
    ]


def _recipient(
    uow: UnitOfWork, ports: Ports, known: Names, teacher: str, link: people.Row, students: Sequence[str]
) -> Recipient:
    params = {
        "teacher": known.teacher(teacher),
        "student": known.student(*students),
        "school": known.school(link["school_id"]),
        "link": inbox_link(uow, ports, link["guardian_id"], link["language"]),
    }
    return Recipient(link["guardian_id"], tuple(students), params)


def message_id(school_id: str, term_id: str, teacher_id: str) -> str:
    return derived_id("welcome", school_id, term_id, teacher_id)


def welcomed(uow: UnitOfWork, message: str) -> Welcomed:
    """How many families have it: a family counts once, by its best-reached guardian."""
    best: dict[str, int] = {}
    for row in store.ways_of(uow.connection, message):
        rank = 2 if row["state"] in REACHED else 1 if row["state"] in ON_PAPER else 0
        for student in row["students"]:
            best[student] = max(best.get(student, 0), rank)
    return Welcomed(len(best), _times(best.values(), 2), _times(best.values(), 1))


def _times(ranks: Iterable[int], wanted: int) -> int:
    return sum(rank == wanted for rank in ranks)
