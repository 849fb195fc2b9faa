"""Rounds: their terms, their teachers, homes and wishes, in a handful of statements each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.domain.rounds import MUST, WANTED
from services.scheduling.tables.rounds import (
    ROUND,
    ROUND_HOME,
    ROUND_LOCK,
    ROUND_MUST,
    ROUND_TEACHER,
    ROUND_WISH,
)
from shared.directory.projection import GUARDIAN_LINK, STAFF, STUDENT, TEACHES
from shared.store import among, insert_rows

Row = dict[str, Any]


def plain(row: Mapping[str, Any]) -> Row:
    """A row to be changed and written back: its keys as plain text, whatever sort of name SQLAlchemy made of a column's."""
    return {f"{name}": value for name, value in row.items()}


def save(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, ROUND, rows, on_conflict="update")


def change(connection: sa.Connection, round_id: str, **columns: Any) -> None:
    connection.execute(sa.update(ROUND).where(ROUND.c.round_id == round_id).values(**columns))


def by_id(connection: sa.Connection, round_ids: Iterable[str]) -> dict[str, Row]:
    rows = connection.execute(sa.select(ROUND).where(ROUND.c.round_id.in_(set(round_ids)))).mappings()
    return {row["round_id"]: plain(row) for row in rows}


def of_schools(connection: sa.Connection, school_ids: Iterable[str]) -> list[Row]:
    query = sa.select(ROUND).where(ROUND.c.school_id.in_(set(school_ids))).order_by(ROUND.c.answer_by.desc())
    return [plain(row) for row in connection.execute(query).mappings()]


def teachers_at(connection: sa.Connection, school_id: str) -> list[str]:
    """Who teaches somebody at that school."""
    query = (
        sa.select(TEACHES.c.staff_id)
        .join(STUDENT, STUDENT.c.student_id == TEACHES.c.student_id)
        .join(STAFF, STAFF.c.staff_id == TEACHES.c.staff_id)
        .where(STUDENT.c.school_id == school_id, STUDENT.c.active, STAFF.c.active)
        .distinct()
        .order_by(TEACHES.c.staff_id)
    )
    return list(connection.execute(query).scalars())


def students_at(connection: sa.Connection, school_id: str, grades: Collection[str] | None) -> list[str]:
    query = sa.select(STUDENT.c.student_id).where(STUDENT.c.school_id == school_id, STUDENT.c.active)
    if grades is not None:
        query = query.where(STUDENT.c.grade.in_(set(grades)))
    return list(connection.execute(query.order_by(STUDENT.c.student_id)).scalars())


def ties(connection: sa.Connection, student_ids: Iterable[str]) -> list[Any]:
    """Who is whose guardian in which home."""
    link = GUARDIAN_LINK.c
    query = sa.select(link.guardian_id, link.student_id, link.household_id, link.priority).where(
        among(link.student_id, student_ids), link.active
    )
    return list(connection.execute(query))


def taught_by(connection: sa.Connection, student_ids: Iterable[str]) -> dict[str, list[str]]:
    """Teachers of each student."""
    query = (
        sa.select(TEACHES.c.student_id, TEACHES.c.staff_id)
        .where(among(TEACHES.c.student_id, student_ids))
        .order_by(TEACHES.c.student_id, TEACHES.c.staff_id)
    )
    found: dict[str, list[str]] = {}
    for row in connection.execute(query):
        found.setdefault(row.student_id, []).append(row.staff_id)
    return found


def add_teachers(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Those there are already keep what they have set."""
    insert_rows(connection, ROUND_TEACHER, rows, on_conflict="ignore")


def save_teachers(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, ROUND_TEACHER, rows, on_conflict="update")


def teachers(connection: sa.Connection, round_id: str) -> list[Row]:
    query = sa.select(ROUND_TEACHER).where(ROUND_TEACHER.c.round_id == round_id).order_by(ROUND_TEACHER.c.staff_id)
    return [plain(row) for row in connection.execute(query).mappings()]


def rounds_of_teacher(connection: sa.Connection, staff_id: str) -> list[Row]:
    query = (
        sa.select(ROUND)
        .join(ROUND_TEACHER, ROUND_TEACHER.c.round_id == ROUND.c.round_id)
        .where(ROUND_TEACHER.c.staff_id == staff_id)
        .order_by(ROUND.c.answer_by.desc())
    )
    return [plain(row) for row in connection.execute(query).mappings()]


def set_musts(connection: sa.Connection, round_id: str, staff_id: str, *, students: Collection[str], now: datetime) -> None:
    """Whom this teacher must see, instead of what was marked before."""
    connection.execute(
        sa.delete(ROUND_MUST).where(ROUND_MUST.c.round_id == round_id, ROUND_MUST.c.staff_id == staff_id)
    )
    rows = [{"round_id": round_id, "staff_id": staff_id, "student_id": child, "marked_at": now} for child in students]
    insert_rows(connection, ROUND_MUST, rows, on_conflict="ignore")


def weigh_musts(connection: sa.Connection, round_id: str, staff_id: str, *, students: Collection[str]) -> None:
    """Wishes for this teacher about these children are must-see; those that were so before are plain wishes again."""
    wish = ROUND_WISH.c
    rows = connection.execute(
        sa.select(wish.home_id, wish.students, wish.weight).where(wish.round_id == round_id, wish.staff_id == staff_id)
    )
    chosen = set(students)
    must = [row.home_id for row in rows if chosen & set(row.students)]
    mine = sa.update(ROUND_WISH).where(wish.round_id == round_id, wish.staff_id == staff_id)
    connection.execute(mine.where(wish.weight == MUST, sa.not_(among(wish.home_id, must))).values(weight=WANTED))
    connection.execute(mine.where(among(wish.home_id, must)).values(weight=MUST))


def musts(connection: sa.Connection, round_id: str) -> frozenset[tuple[str, str]]:
    """(teacher, student)."""
    query = sa.select(ROUND_MUST.c.staff_id, ROUND_MUST.c.student_id).where(ROUND_MUST.c.round_id == round_id)
    return frozenset((row.staff_id, row.student_id) for row in connection.execute(query))


def add_homes(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, ROUND_HOME, rows, on_conflict="update")


def homes(connection: sa.Connection, round_id: str, home_ids: Iterable[str] | None = None) -> dict[str, Row]:
    query = sa.select(ROUND_HOME).where(ROUND_HOME.c.round_id == round_id).order_by(ROUND_HOME.c.home_id)
    if home_ids is not None:
        query = query.where(among(ROUND_HOME.c.home_id, home_ids))
    return {row["home_id"]: plain(row) for row in connection.execute(query).mappings()}


def change_homes(connection: sa.Connection, round_id: str, home_ids: Collection[str], **columns: Any) -> None:
    connection.execute(
        sa.update(ROUND_HOME)
        .where(ROUND_HOME.c.round_id == round_id, among(ROUND_HOME.c.home_id, home_ids))
        .values(**columns)
    )


def homes_of(connection: sa.Connection, round_id: str, guardian_id: str) -> list[Row]:
    """The homes of this guardian in the round: the one they speak for first."""
    tie = GUARDIAN_LINK.c
    own = sa.select(tie.student_id).where(tie.guardian_id == guardian_id, tie.active)
    with_them = sa.select(tie.guardian_id).where(tie.student_id.in_(own), tie.active)
    query = sa.select(ROUND_HOME).where(ROUND_HOME.c.round_id == round_id, ROUND_HOME.c.home_id.in_(with_them))
    found = [plain(row) for row in connection.execute(query).mappings()]
    return sorted(
        (home for home in found if guardian_id in home["guardian_ids"]), key=lambda home: home["home_id"] != guardian_id
    )


def set_wishes(connection: sa.Connection, round_id: str, home_id: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """A home's wishes, instead of those before."""
    connection.execute(
        sa.delete(ROUND_WISH).where(ROUND_WISH.c.round_id == round_id, ROUND_WISH.c.home_id == home_id)
    )
    insert_rows(connection, ROUND_WISH, rows)


def wishes(connection: sa.Connection, round_id: str, home_ids: Iterable[str] | None = None) -> list[Row]:
    query = (
        sa.select(ROUND_WISH)
        .where(ROUND_WISH.c.round_id == round_id)
        .order_by(ROUND_WISH.c.home_id, ROUND_WISH.c.staff_id)
    )
    if home_ids is not None:
        query = query.where(among(ROUND_WISH.c.home_id, home_ids))
    return [plain(row) for row in connection.execute(query).mappings()]


def add_wish(connection: sa.Connection, row: Row, *, keep_place: bool = False) -> None:
    """One more wish, or the wish there is with other columns; `keep_place`: who waits already waits since then."""
    wish = ROUND_WISH.c
    key = sa.and_(wish.round_id == row["round_id"], wish.home_id == row["home_id"], wish.staff_id == row["staff_id"])
    before = connection.execute(sa.select(ROUND_WISH).where(key)).mappings().first()
    kept = {"weight": before["weight"], "students": sorted({*before["students"], *row["students"]})} if before else {}
    if before is not None and keep_place and before["waits_since"] is not None:
        kept["waits_since"] = before["waits_since"]
    insert_rows(connection, ROUND_WISH, [row | kept], on_conflict="update")


def offered(connection: sa.Connection, round_id: str, rows: Sequence[Row], *, now: datetime) -> None:
    """These wishes' homes have heard of a free time."""
    insert_rows(connection, ROUND_WISH, [{**row, "offered_at": now} for row in rows], on_conflict="update")


def counts(connection: sa.Connection, round_ids: Iterable[str]) -> dict[str, dict[str, int]]:
    """Homes of each round by state."""
    query = (
        sa.select(ROUND_HOME.c.round_id, ROUND_HOME.c.state, sa.func.count().label("homes"))
        .where(among(ROUND_HOME.c.round_id, round_ids))
        .group_by(ROUND_HOME.c.round_id, ROUND_HOME.c.state)
    )
    found: dict[str, dict[str, int]] = {}
    for row in connection.execute(query):
        found.setdefault(row.round_id, {})[row.state] = row.homes
    return found


def save_lock(connection: sa.Connection, row: Row) -> None:
    insert_rows(connection, ROUND_LOCK, [row], on_conflict="update")


def unlock(connection: sa.Connection, round_id: str, home_id: str, *, staff_id: str) -> None:
    lock = ROUND_LOCK.c
    connection.execute(
        sa.delete(ROUND_LOCK).where(lock.round_id == round_id, lock.home_id == home_id, lock.staff_id == staff_id)
    )


def locks(connection: sa.Connection, round_id: str) -> list[Row]:
    query = sa.select(ROUND_LOCK).where(ROUND_LOCK.c.round_id == round_id).order_by(ROUND_LOCK.c.home_id)
    return [plain(row) for row in connection.execute(query).mappings()]


def move_days(connection: sa.Connection, round_id: str, *, old: date, new: date) -> None:
    """What teachers, homes and locks said of one day holds for another."""
    connection.execute(
        sa.update(ROUND_LOCK).where(ROUND_LOCK.c.round_id == round_id, ROUND_LOCK.c.on_day == old).values(on_day=new)
    )
    for table in (ROUND_TEACHER, ROUND_HOME):
        query = sa.select(table).where(table.c.round_id == round_id)
        rows = [plain(row) for row in connection.execute(query).mappings()]
        changed = [
            {**row, "windows": [{**w, "on": new.isoformat()} if w["on"] == old.isoformat() else w for w in row["windows"]]}
            for row in rows
            if any(window["on"] == old.isoformat() for window in row["windows"] or ())
        ]
        if changed:
            insert_rows(connection, table, changed, on_conflict="update")
