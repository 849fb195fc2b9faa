"""The names that texts are filled with, loaded once per batch."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.notifications.domain.wording import family_form
from services.notifications.store import people
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True)
class Names:
    """Names by id; empty where the roster does not know (yet)."""

    students: Mapping[str, people.Row]
    staff: Mapping[str, people.Row]
    schools: Mapping[str, people.Row]
    guardians: Mapping[str, people.Row]
    teachers: Mapping[str, list[str]]

    def student(self, *ids: str) -> str:
        return ", ".join(self.students[i]["given_name"] for i in ids if i in self.students)

    def teacher(self, staff_id: str | None) -> str:
        row = self.staff.get(staff_id or "")
        return family_form(row["given_name"], row["family_name"]) if row else ""

    def school(self, school_id: str | None) -> str:
        row = self.schools.get(school_id or "")
        return str(row["name"]) if row else ""

    def guardian(self, guardian_id: str) -> str:
        row = self.guardians.get(guardian_id)
        return family_form(row["given_name"], row["family_name"]) if row else ""

    def first_teacher(self, student_ids: Iterable[str]) -> str | None:
        """Whose task a family's matter is: the teacher who knows the child best."""
        return next((t for s in student_ids for t in self.teachers.get(s, ())), None)


def names(
    uow: UnitOfWork,
    *,
    students: Iterable[str] = (),
    staff: Iterable[str | None] = (),
    schools: Iterable[str | None] = (),
    guardians: Iterable[str] = (),
) -> Names:
    """Five queries, however many people; teachers of the students are always with them."""
    children = set(students)
    teachers = people.teachers_of(uow.connection, children)
    known_staff = people.staff(uow.connection, {*staff, *(t for each in teachers.values() for t in each)})
    return Names(
        students=people.students(uow.connection, children),
        staff=known_staff,
        schools=people.schools(uow.connection, schools),
        guardians=people.guardians(uow.connection, guardians),
        teachers=teachers,
    )
