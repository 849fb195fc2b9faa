"""Who cannot be reached, from everything that tells so; and the list that the office works through."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.domain.consent import Source
from services.notifications.store.people import GUARDIAN, GUARDIAN_LINK, SCHOOL, STUDENT
from services.notifications.tables import SUPPRESSION
from services.notifications.tables.points import CONTACT_POINT
from services.notifications.tables.reach import REACH_FACT, REACH_MEMBER, REPAIR
from shared.store import among, insert_rows

Row = Mapping[str, Any]
# what the office may lift by giving another address; a STOP and a carrier's block are not the office's
MENDABLE = (Source.BOUNCED.value, Source.INVALID.value)


def all_schools(connection: sa.Connection) -> dict[str, Row]:
    """Every school that the roster has brought, by id."""
    return {
        row["school_id"]: row for row in connection.execute(sa.select(SCHOOL).order_by(SCHOOL.c.school_id)).mappings()
    }


def open_rows(connection: sa.Connection) -> dict[str, Row]:
    """By guardian."""
    query = sa.select(REPAIR).where(REPAIR.c.closed_at.is_(None))
    return {row["guardian_id"]: row for row in connection.execute(query).mappings()}


def last_closed_by_person(connection: sa.Connection, since: datetime) -> dict[str, Row]:
    """What a person closed since then, by guardian: not opened again for the same reason before that."""
    query = sa.select(REPAIR).where(REPAIR.c.closed_by.is_not(None), REPAIR.c.closed_at >= since)
    return {row["guardian_id"]: row for row in connection.execute(query.order_by(REPAIR.c.closed_at)).mappings()}


def open_up(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, REPAIR, rows)


def close(connection: sa.Connection, ids: Iterable[str], now: datetime, *, by: str | None = None) -> None:
    connection.execute(
        sa.update(REPAIR)
        .where(among(REPAIR.c.repair_id, ids), REPAIR.c.closed_at.is_(None))
        .values(closed_at=now, closed_by=by)
    )


def confirm_points(connection: sa.Connection, now: datetime) -> None:
    """An address is confirmed once something sent that way since it was given has arrived."""
    arrived = (
        sa.select(REACH_FACT.c.delivery_id)
        .where(
            REACH_FACT.c.guardian_id == CONTACT_POINT.c.guardian_id,
            REACH_FACT.c.channel == CONTACT_POINT.c.channel,
            REACH_FACT.c.to_run.is_(None),
            REACH_FACT.c.reached,
            REACH_FACT.c.at >= CONTACT_POINT.c.created_at,
        )
        .exists()
    )
    waiting = sa.and_(CONTACT_POINT.c.active, CONTACT_POINT.c.confirmed_at.is_(None))
    connection.execute(sa.update(CONTACT_POINT).where(waiting, arrived).values(confirmed_at=now))


def listed(
    connection: sa.Connection, schools: Collection[str], *, reason: str | None = None, limit: int = 500
) -> list[Row]:
    """Open rows of these schools, one a guardian and school, those asked already last."""
    query = (
        sa.select(
            REPAIR,
            REACH_MEMBER.c.school_id,
            REACH_MEMBER.c.language,
            *(GUARDIAN.c[name] for name in ("given_name", "family_name", "email", "sms", "phone")),
        )
        .join(
            REACH_MEMBER, sa.and_(REACH_MEMBER.c.guardian_id == REPAIR.c.guardian_id, REACH_MEMBER.c.to_run.is_(None))
        )
        .join(GUARDIAN, GUARDIAN.c.guardian_id == REPAIR.c.guardian_id)
        .where(REPAIR.c.closed_at.is_(None), REACH_MEMBER.c.school_id.in_(sorted(schools)))
        .order_by(REPAIR.c.asked_at.is_not(None), REPAIR.c.opened_at, REPAIR.c.repair_id)
        .limit(limit)
    )
    if reason:
        query = query.where(REPAIR.c.reason == reason)
    return list(connection.execute(query).mappings())


def counts(connection: sa.Connection, schools: Collection[str]) -> dict[str, int]:
    """Open rows by reason."""
    query = (
        sa.select(REPAIR.c.reason, sa.func.count(sa.distinct(REPAIR.c.guardian_id)))
        .join(
            REACH_MEMBER, sa.and_(REACH_MEMBER.c.guardian_id == REPAIR.c.guardian_id, REACH_MEMBER.c.to_run.is_(None))
        )
        .where(REPAIR.c.closed_at.is_(None), REACH_MEMBER.c.school_id.in_(sorted(schools)))
        .group_by(REPAIR.c.reason)
    )
    return {reason: int(count) for reason, count in connection.execute(query)}


def children_of(
    connection: sa.Connection, guardian_ids: Iterable[str], schools: Collection[str]
) -> dict[str, list[Row]]:
    """Their children at these schools, by guardian."""
    query = (
        sa.select(GUARDIAN_LINK.c.guardian_id, STUDENT.c.student_id, STUDENT.c.given_name, STUDENT.c.family_name)
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(
            among(GUARDIAN_LINK.c.guardian_id, guardian_ids),
            GUARDIAN_LINK.c.active,
            STUDENT.c.active,
            STUDENT.c.school_id.in_(sorted(schools)),
        )
        .order_by(STUDENT.c.given_name, STUDENT.c.student_id)
    )
    found: dict[str, list[Row]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["guardian_id"]].append(row)
    return found


def students_without(connection: sa.Connection, schools: Collection[str], *, limit: int = 200) -> list[Row]:
    """Students whom nobody can be reached for: no receiver at all, or every one of them is in the list."""
    broken = sa.select(REPAIR.c.guardian_id).where(REPAIR.c.closed_at.is_(None))
    member_there = sa.and_(
        REACH_MEMBER.c.guardian_id == GUARDIAN_LINK.c.guardian_id,
        REACH_MEMBER.c.school_id == STUDENT.c.school_id,
        REACH_MEMBER.c.to_run.is_(None),
    )
    reachable = (
        sa.select(GUARDIAN_LINK.c.guardian_id)
        .select_from(GUARDIAN_LINK)
        .where(
            GUARDIAN_LINK.c.student_id == STUDENT.c.student_id,
            GUARDIAN_LINK.c.active,
            GUARDIAN_LINK.c.receives,
            sa.select(REACH_MEMBER.c.guardian_id).where(member_there).correlate(GUARDIAN_LINK, STUDENT).exists(),
            GUARDIAN_LINK.c.guardian_id.not_in(broken),
        )
        .correlate(STUDENT)
        .exists()
    )
    query = (
        sa.select(STUDENT.c.student_id, STUDENT.c.given_name, STUDENT.c.family_name, STUDENT.c.school_id)
        .where(STUDENT.c.active, STUDENT.c.school_id.in_(sorted(schools)), ~reachable)
        .order_by(STUDENT.c.family_name, STUDENT.c.given_name, STUDENT.c.student_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def row(connection: sa.Connection, repair_id: str) -> Row | None:
    """An open row."""
    query = sa.select(REPAIR).where(REPAIR.c.repair_id == repair_id, REPAIR.c.closed_at.is_(None))
    return connection.execute(query).mappings().first()


def asked(connection: sa.Connection, repair_id: str, by: str, now: datetime) -> None:
    connection.execute(sa.update(REPAIR).where(REPAIR.c.repair_id == repair_id).values(asked_at=now, asked_by=by))


def addresses(connection: sa.Connection, guardian_id: str, channel: str) -> set[str]:
    """What is known already: the roster's, and those in use that somebody gave."""
    given = sa.select(CONTACT_POINT.c.address).where(
        CONTACT_POINT.c.guardian_id == guardian_id, CONTACT_POINT.c.channel == channel, CONTACT_POINT.c.active
    )
    known = set(connection.execute(given).scalars())
    row = connection.execute(sa.select(GUARDIAN).where(GUARDIAN.c.guardian_id == guardian_id)).mappings().first()
    if row is not None:
        listed = row["email"] if channel == "email" else row["phone"] if channel == "voice" else row["sms"]
        known |= {listed} if listed else set()
    return known


def correct(connection: sa.Connection, point: Row) -> None:
    """The office's address goes before the others; what closed the old one for technical reasons is over."""
    mine = sa.and_(CONTACT_POINT.c.guardian_id == point["guardian_id"], CONTACT_POINT.c.channel == point["channel"])
    connection.execute(sa.update(CONTACT_POINT).where(mine, CONTACT_POINT.c.source == "office").values(active=False))
    connection.execute(sa.delete(CONTACT_POINT).where(mine, CONTACT_POINT.c.address == point["address"]))
    insert_rows(connection, CONTACT_POINT, [point])
    connection.execute(
        sa.delete(SUPPRESSION).where(
            SUPPRESSION.c.guardian_id == point["guardian_id"],
            SUPPRESSION.c.channel == point["channel"],
            SUPPRESSION.c.source.in_(MENDABLE),
        )
    )
