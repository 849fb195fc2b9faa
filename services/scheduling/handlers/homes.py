"""The homes of some children: in each, the guardian whom policy lets be invited; never two of one home, never one for two."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from services.scheduling.handlers.permission import may_invite
from services.scheduling.store import people
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Home:
    """One child in one home, and whom its guardian meets."""

    student_id: str
    school_id: str
    guardian_id: str
    household_id: str
    staff_id: str


def homes(uow: UnitOfWork, students: Iterable[Any], *, staff_id: str | None = None) -> list[Home]:
    """For each home of each child its first guardian by priority who may be invited today; a fixed number of queries.

    `students`: rows with student_id, school_id and teacher_ids. `staff_id`: whom they meet; None: the child's own first
    teacher (a child without one has nobody to meet and is left out).
    """
    rows = {row.student_id: row for row in students}
    if not rows:
        return []
    known = people.known(uow.connection, list(rows))
    schools = people.schools(uow.connection, {row.school_id for row in rows.values()})
    found: dict[tuple[str, str], Home] = {}
    for link in people.links_of(uow.connection, list(rows)):
        row = rows[link.student_id]
        host = staff_id or next(iter(row.teacher_ids), None)
        key = (link.student_id, link.household_id)
        if host is None or key in found or row.school_id not in schools:
            continue
        on = schools[row.school_id].today(uow.now)
        if may_invite(known, link.guardian_id, link.student_id, district=uow.district, on=on).allowed:
            found[key] = Home(link.student_id, row.school_id, link.guardian_id, link.household_id, host)
    return list(found.values())
