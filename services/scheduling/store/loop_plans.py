"""Plans, their versions and steps, who was asked and who said yes; disagreements about a step."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.domain.plans import State
from services.scheduling.tables.loop import (
    PLAN,
    PLAN_ANSWER,
    PLAN_HOME,
    PLAN_STEP,
    PLAN_VERSION,
    STANDING,
    STEP_REPORT,
)
from shared.store import insert_rows

Rows = Sequence[Mapping[str, Any]]


def add_drafts(connection: sa.Connection, rows: Rows) -> None:
    """Plans suggested by alerts; an alert heard again suggests nothing new."""
    taken = set(
        connection.execute(sa.select(PLAN.c.alert_id).where(PLAN.c.alert_id.in_({row["alert_id"] for row in rows}))).scalars()
    )
    fresh = [row for row in rows if row["alert_id"] not in taken]
    if fresh:
        insert_rows(connection, PLAN, fresh, on_conflict="ignore")


def add_asked(connection: sa.Connection, plan: Mapping[str, Any]) -> bool:
    """False where it was asked for before."""
    return bool(insert_rows(connection, PLAN, [plan], on_conflict="ignore", returning="plan_id"))


def save(connection: sa.Connection, plan: Mapping[str, Any]) -> None:
    insert_rows(connection, PLAN, [plan], on_conflict="update")


def save_version(connection: sa.Connection, version: Mapping[str, Any], *, steps: Rows, homes: Rows) -> None:
    """IntegrityError where that version exists: somebody else proposed it a moment ago."""
    insert_rows(connection, PLAN_VERSION, [version], on_conflict="error")
    insert_rows(connection, PLAN_STEP, steps, on_conflict="error")
    if homes:
        insert_rows(connection, PLAN_HOME, homes, on_conflict="error")


def locked(connection: sa.Connection, plan_id: str) -> Any | None:
    """The plan; nobody else changes it until this transaction ends."""
    return connection.execute(sa.select(PLAN).where(PLAN.c.plan_id == plan_id).with_for_update()).first()


def by_id(connection: sa.Connection, plan_ids: Iterable[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(PLAN).where(PLAN.c.plan_id.in_(set(plan_ids))))
    return {row.plan_id: row for row in rows}


def change(connection: sa.Connection, plan_id: str, **values: Any) -> None:
    connection.execute(sa.update(PLAN).where(PLAN.c.plan_id == plan_id).values(**values))


def of_staff(connection: sa.Connection, staff_id: str) -> list[Any]:
    query = sa.select(PLAN).where(PLAN.c.staff_id == staff_id).order_by(PLAN.c.made_at.desc(), PLAN.c.plan_id)
    return list(connection.execute(query.limit(200)))


def of_schools(connection: sa.Connection, school_ids: Collection[str]) -> list[Any]:
    """What was proposed at these schools, newest first; drafts are their teachers'."""
    query = sa.select(PLAN).where(PLAN.c.school_id.in_(school_ids), PLAN.c.state != State.DRAFT)
    return list(connection.execute(query.order_by(PLAN.c.made_at.desc(), PLAN.c.plan_id).limit(500)))


def of_student(connection: sa.Connection, student_id: str, states: Collection[str]) -> list[Any]:
    query = sa.select(PLAN).where(PLAN.c.student_id == student_id, PLAN.c.state.in_(states))
    return list(connection.execute(query.order_by(PLAN.c.made_at.desc())))


def with_active_plan(connection: sa.Connection, student_ids: Collection[str]) -> set[str]:
    """Those of the students whose home and school follow a plan now: they are met more often."""
    query = sa.select(PLAN.c.student_id).where(PLAN.c.student_id.in_(student_ids), PLAN.c.state == State.ACTIVE)
    return set(connection.execute(query).scalars())


def versions(connection: sa.Connection, plan_ids: Iterable[str]) -> dict[tuple[str, int], Any]:
    rows = connection.execute(sa.select(PLAN_VERSION).where(PLAN_VERSION.c.plan_id.in_(set(plan_ids))))
    return {(row.plan_id, row.version): row for row in rows}


def steps(connection: sa.Connection, plan_id: str, version: int) -> list[Any]:
    query = sa.select(PLAN_STEP).where(PLAN_STEP.c.plan_id == plan_id, PLAN_STEP.c.version == version)
    return list(connection.execute(query.order_by(PLAN_STEP.c.n)))


def steps_of(connection: sa.Connection, plan_ids: Iterable[str]) -> list[Any]:
    """Of every version of these plans."""
    query = sa.select(PLAN_STEP).where(PLAN_STEP.c.plan_id.in_(set(plan_ids)))
    return list(connection.execute(query.order_by(PLAN_STEP.c.plan_id, PLAN_STEP.c.version, PLAN_STEP.c.n)))


def met(connection: sa.Connection, plan_ids: Collection[str], now: datetime) -> None:
    connection.execute(sa.update(PLAN).where(PLAN.c.plan_id.in_(plan_ids)).values(state=State.MET.value, ended_at=now))


def homes(connection: sa.Connection, plan_id: str, version: int) -> dict[str, str]:
    """Household by guardian who was asked."""
    query = sa.select(PLAN_HOME.c.guardian_id, PLAN_HOME.c.household_id).where(
        PLAN_HOME.c.plan_id == plan_id, PLAN_HOME.c.version == version
    )
    return {row.guardian_id: row.household_id for row in connection.execute(query)}


def answers(connection: sa.Connection, plan_id: str, version: int) -> list[Any]:
    query = sa.select(PLAN_ANSWER).where(PLAN_ANSWER.c.plan_id == plan_id, PLAN_ANSWER.c.version == version)
    return list(connection.execute(query.order_by(PLAN_ANSWER.c.accepted_at)))


def accepted_at_home(connection: sa.Connection, plan_ids: Iterable[str]) -> list[tuple[str, int, str]]:
    """(plan, version, guardian) of every yes from a home, in the order they came."""
    query = (
        sa.select(PLAN_ANSWER.c.plan_id, PLAN_ANSWER.c.version, PLAN_ANSWER.c.person_id)
        .where(PLAN_ANSWER.c.plan_id.in_(set(plan_ids)), PLAN_ANSWER.c.side == "home")
        .order_by(PLAN_ANSWER.c.accepted_at, PLAN_ANSWER.c.person_id)
    )
    return [(row.plan_id, row.version, row.person_id) for row in connection.execute(query)]


def accept(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    """False where that person had accepted this version before."""
    return bool(insert_rows(connection, PLAN_ANSWER, [row], on_conflict="ignore", returning="person_id"))


def mark_agreed(connection: sa.Connection, plan_id: str, version: int, now: datetime) -> bool:
    """Both sides have accepted it, once; False when that was known."""
    query = (
        sa.update(PLAN_VERSION)
        .where(PLAN_VERSION.c.plan_id == plan_id, PLAN_VERSION.c.version == version, PLAN_VERSION.c.agreed_at.is_(None))
        .values(agreed_at=now)
    )
    return connection.execute(query).rowcount == 1


def report(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, STEP_REPORT, [row], on_conflict="ignore")


def reports(connection: sa.Connection, plan_id: str, version: int) -> list[Any]:
    query = sa.select(STEP_REPORT).where(STEP_REPORT.c.plan_id == plan_id, STEP_REPORT.c.version == version)
    return list(connection.execute(query.order_by(STEP_REPORT.c.said_at, STEP_REPORT.c.report_id)))


def about_grades(connection: sa.Connection, student_ids: Collection[str]) -> list[Any]:
    """Plans under way that a class's standing measures, with the version that holds."""
    query = (
        sa.select(PLAN, PLAN_VERSION.c.target)
        .join(
            PLAN_VERSION,
            sa.and_(
                PLAN_VERSION.c.plan_id == PLAN.c.plan_id,
                PLAN_VERSION.c.version == sa.func.coalesce(PLAN.c.active_version, PLAN.c.version),
            ),
        )
        .where(
            PLAN.c.student_id.in_(student_ids),
            PLAN.c.class_id.is_not(None),
            PLAN.c.state.in_((State.PROPOSED, State.ACTIVE)),
        )
    )
    return list(connection.execute(query))


def save_standings(connection: sa.Connection, rows: Rows) -> None:
    if rows:
        insert_rows(connection, STANDING, rows, on_conflict="update", newer_by="revision")


def standings(connection: sa.Connection, student_id: str, class_id: str | None) -> list[Any]:
    query = sa.select(STANDING).where(STANDING.c.student_id == student_id, STANDING.c.class_id == class_id)
    return list(connection.execute(query.order_by(STANDING.c.as_of)))
