"""Finds, in whatever district was applied, the people that the scenes are about. Nobody is hard-coded."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

import sqlalchemy as sa

from shared.demo.stage import Stage
from shared.directory.projection import CONTACT_RESTRICTION, GUARDIAN, GUARDIAN_LINK, SCHOOL, STAFF, STUDENT, TEACHES
from shared.errors import HomeroomError

T = TypeVar("T")


@dataclass(frozen=True)
class Guardian:
    """Somebody who receives, and how."""

    id: str
    name: str
    language: str
    email: str | None
    sms: str | None
    phone: str | None
    household: str

    def received(self, stage: Stage) -> list[str]:
        return stage.received(email=self.email, sms=self.sms)


@dataclass(frozen=True)
class Child:
    """A student with those who may hear of them, and their teachers."""

    id: str
    name: str
    school: str
    guardians: tuple[Guardian, ...]
    teachers: tuple[str, ...]


@dataclass(frozen=True)
class Restricted:
    """From `starts_on`, nothing about `child` to `guardian`."""

    guardian: Guardian
    child: Child
    starts_on: date


@dataclass(frozen=True)
class Cast:
    """`first` and `second` are the two homes of `shared_child`."""

    schools: dict[str, str]
    children: dict[str, Child]
    shared_child: Child
    first: Guardian
    second: Guardian
    asked: Guardian
    asked_child: Child
    decliner: Guardian
    declined_child: Child
    restricted: Restricted
    office: dict[str, str]
    unreachable: tuple[str, ...]

    def child_of(self, guardian_id: str) -> Child:
        return next(c for c in self.children.values() if any(g.id == guardian_id for g in c.guardians))

    def elsewhere(self, child: Child, stage: Stage) -> str:
        """A teacher who works at another school only."""
        rows = stage.rows("notifications", sa.select(STAFF).where(STAFF.c.active, STAFF.c.role == "teacher"))
        return str(next(r.staff_id for r in rows if child.school not in r.school_ids and r.school_ids))


def find(stage: Stage) -> Cast:
    """Choose by what the scenes need; a district without it is told what is missing."""
    restrictions = stage.rows("notifications", sa.select(CONTACT_RESTRICTION).where(~CONTACT_RESTRICTION.c.lifted))
    barred = {(row.guardian_id, row.student_id) for row in restrictions}
    children = _children(stage)
    quiet = [c for c in children.values() if not any((g.id, c.id) in barred for g in c.guardians) and c.teachers]
    shared = _need(
        sorted((c for c in quiet if _two_homes(c) is not None), key=_machine_can),
        "a student with guardians in two homes and two languages, one reached by text message",
    )
    homes = _two_homes(shared)
    assert homes is not None
    first, second = homes
    taken = {g.id for c in children.values() if c.id == shared.id for g in c.guardians}
    rest = [c for c in quiet if not taken & {g.id for g in c.guardians}]
    load = Counter(teacher for c in children.values() for teacher in c.teachers)
    asked_child = _need(
        sorted((c for c in rest if any(_writes_abroad(g) for g in c.guardians)), key=lambda c: load[c.teachers[0]]),
        "a family with a language of its own that is reached by text message",
    )
    asked = next(g for g in asked_child.guardians if _writes_abroad(g))
    others = [c for c in rest if c.school == asked_child.school and asked.id not in {g.id for g in c.guardians}]
    declined_child = _need(
        sorted((c for c in others if any(_reads_english(g) for g in c.guardians)), key=lambda c: load[c.teachers[0]]),
        "an English-speaking family beside it",
    )
    decliner = next(g for g in declined_child.guardians if _reads_english(g))
    unreachable = tuple(c.id for c in children.values() if not any(g.email or g.sms or g.phone for g in c.guardians))
    return Cast(
        schools={row.school_id: row.name for row in stage.rows("notifications", sa.select(SCHOOL))},
        children=children,
        shared_child=shared,
        first=first,
        second=second,
        asked=asked,
        asked_child=asked_child,
        decliner=decliner,
        declined_child=declined_child,
        restricted=_restricted(restrictions, children),
        office=_offices(stage),
        unreachable=unreachable,
    )


def _children(stage: Stage) -> dict[str, Child]:
    people = {row.guardian_id: row for row in stage.rows("notifications", sa.select(GUARDIAN))}
    teachers: dict[str, list[str]] = {}
    listed = {row.staff_id for row in stage.rows("notifications", sa.select(STAFF).where(STAFF.c.active))}
    for row in stage.rows("notifications", sa.select(TEACHES).order_by(TEACHES.c.staff_id)):
        if row.staff_id in listed:
            teachers.setdefault(row.student_id, []).append(row.staff_id)
    links: dict[str, list[Guardian]] = {}
    query = sa.select(GUARDIAN_LINK).where(GUARDIAN_LINK.c.active, GUARDIAN_LINK.c.receives)
    for row in stage.rows("notifications", query.order_by(GUARDIAN_LINK.c.priority, GUARDIAN_LINK.c.guardian_id)):
        who = people[row.guardian_id]
        found = Guardian(
            who.guardian_id,
            f"{who.given_name} {who.family_name}",
            who.language,
            who.email,
            who.sms,
            who.phone,
            row.household_id,
        )
        links.setdefault(row.student_id, []).append(found)
    students = stage.rows("notifications", sa.select(STUDENT).where(STUDENT.c.active).order_by(STUDENT.c.student_id))
    return {
        row.student_id: Child(
            row.student_id,
            row.given_name,
            row.school_id,
            tuple(links.get(row.student_id, ())),
            tuple(teachers.get(row.student_id, ())),
        )
        for row in students
    }


def _two_homes(child: Child) -> tuple[Guardian, Guardian] | None:
    """One by text message in another language than English, one by email, in different households."""
    for first in child.guardians:
        if not first.sms or first.language == "en":
            continue
        for second in child.guardians:
            if second.household != first.household and second.language != first.language and second.email:
                return first, second
    return None


def _machine_can(child: Child) -> bool:
    """False, and so first, where the first home's language is one that a machine translates into (Spanish, Catalan)."""
    homes = _two_homes(child)
    return homes is None or homes[0].language not in ("es", "ca")


def _writes_abroad(guardian: Guardian) -> bool:
    return guardian.sms is not None and guardian.language in ("gu", "so", "vi", "ar")


def _reads_english(guardian: Guardian) -> bool:
    return guardian.language == "en" and bool(guardian.email or guardian.sms)


def _restricted(rows: Iterable[sa.Row[tuple[object, ...]]], children: dict[str, Child]) -> Restricted:
    """One that begins within the term is best: before and after can both be seen."""
    found = []
    for row in rows:
        child = children.get(row.student_id)
        if child is None or not child.teachers:
            continue
        barred = next((g for g in child.guardians if g.id == row.guardian_id), None)
        others = [g for g in child.guardians if g.id != row.guardian_id and (g.email or g.sms)]
        if barred is not None and others and (barred.email or barred.sms):
            found.append(Restricted(barred, child, row.starts_on))
    return max(found, key=lambda r: (r.starts_on, r.child.id)) if found else _need(found, "a contact restriction")


def _offices(stage: Stage) -> dict[str, str]:
    """Somebody of each school's office (or else its principal)."""
    found: dict[str, str] = {}
    for role in ("principal", "office", "administrator"):
        rows = stage.rows("notifications", sa.select(STAFF).where(STAFF.c.active, STAFF.c.role == role))
        for row in rows:
            for school in row.school_ids:
                found[school] = row.staff_id
    return found


def _need(candidates: Iterable[T], what: str) -> T:
    for candidate in candidates:
        return candidate
    raise HomeroomError("demo.cast", f"the district has no {what}", "add one to its roster, or use riverside")
