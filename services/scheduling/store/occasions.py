"""Occasions, who came, and what families keep."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables.occasions import ATTENDANCE, GREETING, OBSERVED, OCCASION, UNKNOWN_SIGN_IN
from shared.directory.projection import CALENDAR, GUARDIAN, GUARDIAN_LINK, SCHOOL, STUDENT, TEACHES
from shared.store import among, insert_rows, update_rows

Row = Mapping[str, Any]


def save(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, OCCASION, rows, on_conflict="update")


def change(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Each row: `occasion_id`, and the columns to change."""
    update_rows(connection, OCCASION, rows, key="occasion_id")


def by_id(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(OCCASION).where(among(OCCASION.c.occasion_id, ids)))
    return {row.occasion_id: row for row in rows}


def of_schools(connection: sa.Connection, school_ids: Collection[str], *, since: date) -> list[Any]:
    """Not yet over on that day, in order."""
    query = (
        sa.select(OCCASION)
        .where(OCCASION.c.school_id.in_(school_ids), OCCASION.c.on >= since, OCCASION.c.state != "cancelled")
        .order_by(OCCASION.c.start_at, OCCASION.c.occasion_id)
    )
    return list(connection.execute(query))


def of_series(connection: sa.Connection, school_id: str) -> dict[str, Any]:
    """Those that the school's file asks for, by month."""
    query = sa.select(OCCASION).where(OCCASION.c.school_id == school_id, OCCASION.c.series.is_not(None))
    return {row.series: row for row in connection.execute(query)}


def terms(connection: sa.Connection, school_ids: Iterable[str]) -> dict[str, list[tuple[date, date]]]:
    """First and last day of each term, by school."""
    query = sa.select(CALENDAR.c.school_id, CALENDAR.c.terms).where(CALENDAR.c.school_id.in_(set(school_ids)))
    return {
        row.school_id: [(date.fromisoformat(term["starts_on"]), date.fromisoformat(term["ends_on"])) for term in row.terms]
        for row in connection.execute(query)
    }


def families(connection: sa.Connection, school_id: str, *, after: str = "", limit: int = 500) -> list[tuple[str, list[str]]]:
    """A page of the school's guardians by id, each with their children there."""
    at_school = sa.and_(GUARDIAN_LINK.c.active, STUDENT.c.active, STUDENT.c.school_id == school_id)
    page = (
        sa.select(GUARDIAN_LINK.c.guardian_id)
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(at_school, GUARDIAN_LINK.c.guardian_id > after)
        .distinct()
        .order_by(GUARDIAN_LINK.c.guardian_id)
        .limit(limit)
        .subquery()
    )
    query = (
        sa.select(GUARDIAN_LINK.c.guardian_id, GUARDIAN_LINK.c.student_id)
        .join(page, page.c.guardian_id == GUARDIAN_LINK.c.guardian_id)
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(at_school)
        .order_by(GUARDIAN_LINK.c.guardian_id, GUARDIAN_LINK.c.student_id)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.guardian_id, []).append(row.student_id)
    return list(found.items())


def children_at(connection: sa.Connection, guardian_ids: Collection[str], school_id: str) -> dict[str, list[str]]:
    """Children at that school, by guardian."""
    query = (
        sa.select(GUARDIAN_LINK.c.guardian_id, GUARDIAN_LINK.c.student_id)
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(
            among(GUARDIAN_LINK.c.guardian_id, guardian_ids),
            GUARDIAN_LINK.c.active,
            STUDENT.c.active,
            STUDENT.c.school_id == school_id,
        )
        .order_by(GUARDIAN_LINK.c.student_id)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.guardian_id, []).append(row.student_id)
    return found


def come(connection: sa.Connection, rows: Sequence[Row]) -> set[str]:
    """Write who came; returns the guardians who were not written down yet."""
    return set(insert_rows(connection, ATTENDANCE, rows, on_conflict="ignore", returning="guardian_id")) if rows else set()


def been_before(connection: sa.Connection, guardian_ids: Collection[str], *, but: str) -> set[str]:
    """Those who came to any other occasion before."""
    query = sa.select(ATTENDANCE.c.guardian_id).where(
        among(ATTENDANCE.c.guardian_id, guardian_ids), ATTENDANCE.c.occasion_id != but
    )
    return set(connection.execute(query.distinct()).scalars())


def attendance(connection: sa.Connection, occasion_ids: Iterable[str]) -> dict[str, list[Any]]:
    query = sa.select(ATTENDANCE).where(among(ATTENDANCE.c.occasion_id, occasion_ids)).order_by(ATTENDANCE.c.at)
    found: dict[str, list[Any]] = {}
    for row in connection.execute(query):
        found.setdefault(row.occasion_id, []).append(row)
    return found


def not_known(connection: sa.Connection, row: Row) -> None:
    insert_rows(connection, UNKNOWN_SIGN_IN, [row], on_conflict="ignore")


def count_not_known(connection: sa.Connection, occasion_id: str) -> int:
    query = sa.select(sa.func.count()).where(UNKNOWN_SIGN_IN.c.occasion_id == occasion_id)
    return int(connection.execute(query).scalar_one())


def by_contact(connection: sa.Connection, school_id: str, *, number: str | None, email: str | None) -> list[str]:
    """Guardians of children at that school with that telephone number or address."""
    ways = [GUARDIAN.c.sms == number, GUARDIAN.c.phone == number] if number else []
    ways += [sa.func.lower(GUARDIAN.c.email) == email.lower()] if email else []
    if not ways:
        return []
    query = (
        sa.select(GUARDIAN.c.guardian_id)
        .join(GUARDIAN_LINK, GUARDIAN_LINK.c.guardian_id == GUARDIAN.c.guardian_id)
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(sa.or_(*ways), GUARDIAN_LINK.c.active, STUDENT.c.active, STUDENT.c.school_id == school_id)
        .distinct()
        .order_by(GUARDIAN.c.guardian_id)
    )
    return list(connection.execute(query).scalars())


def by_name(connection: sa.Connection, school_id: str, part: str, *, limit: int) -> list[tuple[str, str, list[str]]]:
    """Guardians of the school whose own or whose child's name has that part: id, name, names of the children there."""
    escaped = part.lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    names = [
        sa.func.lower(table.c.given_name + " " + table.c.family_name).like(f"%{escaped}%", escape="\\")
        for table in (GUARDIAN, STUDENT)
    ]
    at_school = (
        sa.select(
            GUARDIAN.c.guardian_id,
            GUARDIAN.c.given_name,
            GUARDIAN.c.family_name,
            STUDENT.c.given_name.label("child_given"),
            STUDENT.c.family_name.label("child_family"),
        )
        .join(GUARDIAN_LINK, GUARDIAN_LINK.c.guardian_id == GUARDIAN.c.guardian_id)
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(GUARDIAN_LINK.c.active, STUDENT.c.active, STUDENT.c.school_id == school_id, sa.or_(*names))
        .order_by(GUARDIAN.c.family_name, GUARDIAN.c.given_name, GUARDIAN.c.guardian_id, STUDENT.c.given_name)
    )
    found: dict[str, tuple[str, list[str]]] = {}
    for row in connection.execute(at_school):
        if row.guardian_id not in found and len(found) == limit:
            break
        _, children = found.setdefault(row.guardian_id, (f"{row.given_name} {row.family_name}", []))
        children.append(f"{row.child_given} {row.child_family}")
    return [(guardian_id, name, children) for guardian_id, (name, children) in found.items()]


def at_poster_since(connection: sa.Connection, occasion_id: str, moment: datetime) -> int:
    """How many signed in at the poster since then, known or not."""
    known = sa.select(sa.func.count()).where(
        ATTENDANCE.c.occasion_id == occasion_id, ATTENDANCE.c.via == "poster", ATTENDANCE.c.at > moment
    )
    unknown = sa.select(sa.func.count()).where(
        UNKNOWN_SIGN_IN.c.occasion_id == occasion_id, UNKNOWN_SIGN_IN.c.at > moment
    )
    return int(connection.execute(known).scalar_one()) + int(connection.execute(unknown).scalar_one())


def keep(connection: sa.Connection, guardian_id: str, rows: Sequence[Row]) -> None:
    """What a family keeps, instead of what it had ticked before."""
    connection.execute(sa.delete(OBSERVED).where(OBSERVED.c.guardian_id == guardian_id))
    if rows:
        insert_rows(connection, OBSERVED, rows)


def kept_by(connection: sa.Connection, guardian_id: str) -> dict[str, Any]:
    rows = connection.execute(sa.select(OBSERVED).where(OBSERVED.c.guardian_id == guardian_id))
    return {row.key: row for row in rows}


def families_keeping(connection: sa.Connection, school_id: str, *, free: bool = True) -> dict[str, int]:
    """Households of the school that keep a day (`free`: and asked for nothing then), by observance.

    Two homes of one child are two.
    """
    query = (
        sa.select(OBSERVED.c.key, sa.func.count(GUARDIAN_LINK.c.household_id.distinct()))
        .join(GUARDIAN_LINK, GUARDIAN_LINK.c.guardian_id == OBSERVED.c.guardian_id)
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(OBSERVED.c.avoid if free else sa.true(), GUARDIAN_LINK.c.active, STUDENT.c.active, STUDENT.c.school_id == school_id)
        .group_by(OBSERVED.c.key)
    )
    return {key: int(count) for key, count in connection.execute(query)}


def who_shares(connection: sa.Connection, guardian_ids: Collection[str], key: str) -> set[str]:
    query = sa.select(OBSERVED.c.guardian_id).where(
        among(OBSERVED.c.guardian_id, guardian_ids), OBSERVED.c.key == key, OBSERVED.c.share
    )
    return set(connection.execute(query).scalars())


def teachers_of_families_keeping(connection: sa.Connection, school_id: str, key: str) -> dict[str, int]:
    """Teachers with a family that keeps it, and how many."""
    query = (
        sa.select(TEACHES.c.staff_id, sa.func.count(GUARDIAN_LINK.c.household_id.distinct()))
        .join(STUDENT, STUDENT.c.student_id == TEACHES.c.student_id)
        .join(GUARDIAN_LINK, GUARDIAN_LINK.c.student_id == STUDENT.c.student_id)
        .join(OBSERVED, OBSERVED.c.guardian_id == GUARDIAN_LINK.c.guardian_id)
        .where(OBSERVED.c.key == key, GUARDIAN_LINK.c.active, STUDENT.c.active, STUDENT.c.school_id == school_id)
        .group_by(TEACHES.c.staff_id)
    )
    return {staff_id: int(count) for staff_id, count in connection.execute(query)}


def all_schools(connection: sa.Connection) -> list[str]:
    return list(connection.execute(sa.select(SCHOOL.c.school_id).order_by(SCHOOL.c.school_id)).scalars())


def greet(connection: sa.Connection, rows: Sequence[Row]) -> list[tuple[str, str, date]]:
    """Write down reminders; returns (staff, observance, day) of those that are new."""
    if not rows:
        return []
    there = {
        (row.staff_id, row.key, row.on)
        for row in connection.execute(
            sa.select(GREETING.c.staff_id, GREETING.c.key, GREETING.c.on).where(
                among(GREETING.c.staff_id, {row["staff_id"] for row in rows})
            )
        )
    }
    fresh = [row for row in rows if (row["staff_id"], row["key"], row["on"]) not in there]
    insert_rows(connection, GREETING, fresh, on_conflict="ignore") if fresh else None
    return [(row["staff_id"], row["key"], row["on"]) for row in fresh]


def greetings(connection: sa.Connection, staff_id: str, *, since: date) -> list[Any]:
    query = (
        sa.select(GREETING)
        .where(GREETING.c.staff_id == staff_id, GREETING.c.on >= since, GREETING.c.acknowledged_at.is_(None))
        .order_by(GREETING.c.on)
    )
    return list(connection.execute(query))


def acknowledge(connection: sa.Connection, staff_id: str, key: str, on: date, now: datetime) -> int:
    statement = (
        sa.update(GREETING)
        .where(GREETING.c.staff_id == staff_id, GREETING.c.key == key, GREETING.c.on == on)
        .values(acknowledged_at=now)
    )
    return int(connection.execute(statement).rowcount)
