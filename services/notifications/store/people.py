"""Who is who: families, staff, schools, preferences, and the facts that policy decides on."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any

import sqlalchemy as sa

from services.notifications.domain.consent import Consent
from services.notifications.tables import BOUNDARY, CONSENT, METADATA, PREFERENCE, SUPPRESSION
from services.notifications.tables.points import CONTACT_POINT
from shared.policy import Boundary, Facts, Link, Purpose, Restriction
from shared.store import among, insert_rows

Row = Mapping[str, Any]

SCHOOL, CALENDAR, STUDENT, STAFF, TEACHES, GUARDIAN, GUARDIAN_LINK, CONTACT_RESTRICTION = (
    METADATA.tables[name]
    for name in ("school", "calendar", "student", "staff", "teaches", "guardian", "guardian_link", "contact_restriction")
)


def _by(connection: sa.Connection, table: sa.Table, key: str, ids: Iterable[str | None]) -> dict[str, Row]:
    wanted = {value for value in ids if value}
    if not wanted:
        return {}
    rows = connection.execute(sa.select(table).where(among(table.c[key], wanted))).mappings().all()
    return {row[key]: row for row in rows}


def schools(connection: sa.Connection, ids: Iterable[str | None]) -> dict[str, Row]:
    return _by(connection, SCHOOL, "school_id", ids)


def calendars(connection: sa.Connection, ids: Iterable[str | None]) -> dict[str, Row]:
    return _by(connection, CALENDAR, "school_id", ids)


def students(connection: sa.Connection, ids: Iterable[str | None]) -> dict[str, Row]:
    return {key: row for key, row in _by(connection, STUDENT, "student_id", ids).items() if row["active"]}


def staff(connection: sa.Connection, ids: Iterable[str | None]) -> dict[str, Row]:
    return _by(connection, STAFF, "staff_id", ids)


def guardians(connection: sa.Connection, ids: Iterable[str | None]) -> dict[str, Row]:
    return _by(connection, GUARDIAN, "guardian_id", ids)


def preferences(connection: sa.Connection, ids: Iterable[str | None]) -> dict[str, Row]:
    return _by(connection, PREFERENCE, "guardian_id", ids)


def save_preferences(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, PREFERENCE, rows, on_conflict="update", newer_by="version")


def save_boundaries(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, BOUNDARY, rows, on_conflict="update", newer_by="version")


def suppress(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Rows of guardian_id, channel, source, since and, where there is one, detail."""
    if rows:
        insert_rows(connection, SUPPRESSION, [{"detail": None, **row} for row in rows], on_conflict="ignore")


def suppressions(connection: sa.Connection, guardian_ids: Iterable[str]) -> dict[str, dict[str, frozenset[str]]]:
    """Channels by guardian and source (`domain.consent.Source`)."""
    query = sa.select(SUPPRESSION).where(among(SUPPRESSION.c.guardian_id, guardian_ids))
    found: dict[str, dict[str, frozenset[str]]] = defaultdict(dict)
    for row in connection.execute(query).all():
        known = found[row.guardian_id].get(row.source, frozenset())
        found[row.guardian_id][row.source] = known | {row.channel}
    return found


def contact_points(connection: sa.Connection, known: Mapping[str, Row]) -> dict[str, dict[str, str]]:
    """One address by guardian and channel: what a guardian or the office gave before what the roster says.

    `known`: rows of `guardians`. Push is the JSON of all subscriptions.
    """
    every = all_points(connection, known)
    return {person: {channel: given[0] for channel, given in ways.items()} for person, ways in every.items()}


def all_points(connection: sa.Connection, known: Mapping[str, Row]) -> dict[str, dict[str, list[str]]]:
    """Every address, the first to use first."""
    found: dict[str, dict[str, list[str]]] = {person: {} for person in known}
    query = (
        sa.select(CONTACT_POINT.c.guardian_id, CONTACT_POINT.c.channel, CONTACT_POINT.c.address)
        .where(among(CONTACT_POINT.c.guardian_id, known), CONTACT_POINT.c.active)
        .order_by(CONTACT_POINT.c.priority, CONTACT_POINT.c.created_at.desc())
    )
    for row in connection.execute(query).all():
        found[row.guardian_id].setdefault(row.channel, []).append(row.address)
    for ways in found.values():
        if "push" in ways:  # one notice to all of a person's browsers
            ways["push"] = [f"[{','.join(ways['push'])}]"]
    for person, row in known.items():
        for channel, address in _of_roster(row):
            given = found[person].setdefault(channel, [])
            if address not in given:
                given.append(address)
    return found


def _of_roster(row: Row) -> list[tuple[str, str]]:
    given = [("email", row["email"]), ("sms", row["sms"]), ("voice", row["phone"]), ("voice", row["sms"])]
    return [(channel, address) for channel, address in given if address]


def consents(connection: sa.Connection, guardian_ids: Iterable[str]) -> dict[str, dict[tuple[str, str], Consent]]:
    """By guardian, the newest word on each (channel, purpose)."""
    query = (
        sa.select(CONSENT.c.guardian_id, CONSENT.c.channel, CONSENT.c.purpose, CONSENT.c.consent_id, CONSENT.c.given)
        .where(among(CONSENT.c.guardian_id, guardian_ids))
        .order_by(CONSENT.c.at, CONSENT.c.consent_id)  # what comes last holds
    )
    found: dict[str, dict[tuple[str, str], Consent]] = defaultdict(dict)
    for row in connection.execute(query).all():
        found[row.guardian_id][row.channel, row.purpose] = Consent(row.consent_id, row.given)
    return found


def save_consents(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Append; the same id twice is one word."""
    if rows:
        insert_rows(connection, CONSENT, rows, on_conflict="ignore")


def families(connection: sa.Connection, student_ids: Iterable[str]) -> list[Row]:
    """Active links of these students, with the guardian's language; the first to contact first."""
    query = (
        sa.select(GUARDIAN_LINK, GUARDIAN.c.language, STUDENT.c.school_id)
        .join(GUARDIAN, GUARDIAN.c.guardian_id == GUARDIAN_LINK.c.guardian_id)
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(among(GUARDIAN_LINK.c.student_id, student_ids), GUARDIAN_LINK.c.active, STUDENT.c.active)
        .order_by(GUARDIAN_LINK.c.student_id, GUARDIAN_LINK.c.priority, GUARDIAN_LINK.c.guardian_id)
    )
    return list(connection.execute(query).mappings().all())


def teachers_of(connection: sa.Connection, student_ids: Iterable[str]) -> dict[str, list[str]]:
    """Active teachers by student; whoever has the fewest students first (a homeroom before a specialist)."""
    mine = TEACHES.alias("mine")
    size = sa.select(sa.func.count()).where(mine.c.staff_id == TEACHES.c.staff_id).scalar_subquery()
    query = (
        sa.select(TEACHES.c.student_id, TEACHES.c.staff_id)
        .join(STAFF, STAFF.c.staff_id == TEACHES.c.staff_id)
        .where(among(TEACHES.c.student_id, student_ids), STAFF.c.active)
        .order_by(TEACHES.c.student_id, size, TEACHES.c.staff_id)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(query).all():
        found[row.student_id].append(row.staff_id)
    return found


def offices(connection: sa.Connection, school_ids: Iterable[str]) -> dict[str, str]:
    """One active member of each school's office, else its principal, by school."""
    wanted = set(school_ids)
    query = (
        sa.select(STAFF.c.staff_id, STAFF.c.school_ids)
        .where(STAFF.c.active, STAFF.c.role.in_(("office", "principal")))
        .order_by(STAFF.c.role.desc(), STAFF.c.staff_id.desc())  # what comes last holds: "office" is before "principal"
    )
    return {school: row.staff_id for row in connection.execute(query) for school in row.school_ids if school in wanted}


def teachers_of_classes(connection: sa.Connection, class_ids: Iterable[str]) -> dict[str, str]:
    """One active teacher per class, from the staff's own class lists."""
    wanted = set(class_ids)
    query = (
        sa.select(STAFF.c.staff_id, STAFF.c.class_ids)
        .where(STAFF.c.active, STAFF.c.role == "teacher")
        .order_by(STAFF.c.staff_id.desc())
    )
    return {cls: row.staff_id for row in connection.execute(query) for cls in row.class_ids if cls in wanted}


def taught_by(connection: sa.Connection, staff_id: str) -> list[Row]:
    """The students whom this member of staff teaches, by name."""
    query = (
        sa.select(STUDENT)
        .join(TEACHES, TEACHES.c.student_id == STUDENT.c.student_id)
        .where(TEACHES.c.staff_id == staff_id, STUDENT.c.active)
        .order_by(STUDENT.c.given_name, STUDENT.c.family_name)
    )
    return list(connection.execute(query).mappings().all())


def students_of_schools(connection: sa.Connection, school_ids: Iterable[str]) -> list[Row]:
    """Everybody at these schools, by name (the office's picker)."""
    query = (
        sa.select(STUDENT)
        .where(among(STUDENT.c.school_id, school_ids), STUDENT.c.active)
        .order_by(STUDENT.c.given_name, STUDENT.c.family_name)
    )
    return list(connection.execute(query).mappings().all())


def by_number(connection: sa.Connection, number: str) -> list[str]:
    """Guardians whom the roster gives this number for text messages."""
    query = sa.select(GUARDIAN.c.guardian_id).where(GUARDIAN.c.sms == number).order_by(GUARDIAN.c.guardian_id)
    return list(connection.execute(query).scalars())


@dataclass(frozen=True)
class Circle:
    """What policy needs to know about many recipients at once."""

    links: Mapping[tuple[str, str], Link]
    restrictions: Mapping[str, tuple[Restriction, ...]]
    boundaries: Mapping[str, frozenset[Boundary]]
    schools_of: Mapping[str, frozenset[str]]

    def facts(self, guardian_id: str, on: date, *, purpose: Purpose = Purpose.ROUTINE) -> Facts:
        """For one recipient, on a day of the school's."""
        return Facts(
            on=on,
            restrictions=self.restrictions.get(guardian_id, ()),
            links=self.links,
            schools_of=self.schools_of,
            boundaries=self.boundaries.get(guardian_id, frozenset()),
            purpose=purpose,
        )


_link = cache(Link)  # eight of them, however many people


def circle(connection: sa.Connection, guardian_ids: Iterable[str], student_ids: Iterable[str]) -> Circle:
    """Links, restrictions, boundaries and schools of everybody concerned: four queries, however many people."""
    people, children = set(guardian_ids), set(student_ids)
    links = {
        (guardian_id, student_id): _link(legal_guardian, lives_with, receives)
        for guardian_id, student_id, legal_guardian, lives_with, receives in connection.execute(
            sa.select(
                GUARDIAN_LINK.c.guardian_id,
                GUARDIAN_LINK.c.student_id,
                GUARDIAN_LINK.c.legal_guardian,
                GUARDIAN_LINK.c.lives_with,
                GUARDIAN_LINK.c.receives,
            ).where(among(GUARDIAN_LINK.c.guardian_id, people), GUARDIAN_LINK.c.active)
        ).all()
    }
    restrictions: dict[str, tuple[Restriction, ...]] = defaultdict(tuple)
    for row in connection.execute(
        sa.select(CONTACT_RESTRICTION).where(among(CONTACT_RESTRICTION.c.guardian_id, people))
    ).all():
        known = Restriction(row.guardian_id, row.student_id, row.scope, row.starts_on, row.ends_on, row.lifted)
        restrictions[row.guardian_id] += (known,)
    boundaries: dict[str, frozenset[Boundary]] = defaultdict(frozenset)
    for row in connection.execute(
        sa.select(BOUNDARY.c.guardian_id, BOUNDARY.c.scope).where(among(BOUNDARY.c.guardian_id, people), BOUNDARY.c.active)
    ):
        boundaries[row.guardian_id] |= {Boundary(row.scope)}
    at = {
        row.student_id: frozenset({row.school_id})
        for row in connection.execute(
            sa.select(STUDENT.c.student_id, STUDENT.c.school_id).where(
                among(STUDENT.c.student_id, children), STUDENT.c.active
            )
        )
    }
    return Circle(links, restrictions, boundaries, at)


def children_of(connection: sa.Connection, guardian_ids: Iterable[str]) -> list[tuple[str, str]]:
    """(guardian, student) of every active link of theirs."""
    query = (
        sa.select(GUARDIAN_LINK.c.guardian_id, GUARDIAN_LINK.c.student_id)
        .where(among(GUARDIAN_LINK.c.guardian_id, guardian_ids), GUARDIAN_LINK.c.active)
        .order_by(GUARDIAN_LINK.c.guardian_id, GUARDIAN_LINK.c.student_id)
    )
    return [(row.guardian_id, row.student_id) for row in connection.execute(query)]


def students_of_class(connection: sa.Connection, class_id: str) -> list[Row]:
    """The class's students; class lists are JSON, so the school's students are read and sifted here."""
    school = school_of_class(connection, class_id)
    return [row for row in students_of_schools(connection, [school] if school else []) if class_id in row["class_ids"]]


def school_of_class(connection: sa.Connection, class_id: str) -> str | None:
    """Where the class is, from a student in it."""
    query = sa.select(STUDENT.c.school_id, STUDENT.c.class_ids).where(STUDENT.c.active)
    return next((row.school_id for row in connection.execute(query) if class_id in row.class_ids), None)
