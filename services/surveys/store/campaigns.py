"""Published versions, campaigns and their assignments."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.surveys.tables import ASSIGNMENT, CAMPAIGN, SURVEY_VERSION
from shared.store import among, insert_rows

OPEN = "open"


def publish(connection: sa.Connection, *, version: str, survey_id: str, content: Mapping[str, Any], now: datetime) -> None:
    """Keep a version; the same content again is the same row."""
    row = {"version": version, "survey_id": survey_id, "content": dict(content), "published_at": now}
    insert_rows(connection, SURVEY_VERSION, [row], on_conflict="ignore")


def contents(connection: sa.Connection, versions: Collection[str]) -> dict[str, dict[str, Any]]:
    """What was published under those versions."""
    query = sa.select(SURVEY_VERSION.c.version, SURVEY_VERSION.c.content).where(SURVEY_VERSION.c.version.in_(versions))
    return {row.version: row.content for row in connection.execute(query)}


def save_campaign(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, CAMPAIGN, [row], on_conflict="update")


def campaigns(connection: sa.Connection, campaign_ids: Collection[str]) -> list[sa.Row[Any]]:
    query = sa.select(CAMPAIGN).where(CAMPAIGN.c.campaign_id.in_(campaign_ids))
    return list(connection.execute(query))


def running(connection: sa.Connection, now: datetime, school_ids: Collection[str] | None = None) -> list[str]:
    """Campaigns (of these schools) that have begun and are not due yet: whoever joins now is asked, too."""
    query = sa.select(CAMPAIGN.c.campaign_id).where(CAMPAIGN.c.send_at <= now, CAMPAIGN.c.due_at > now)
    if school_ids is not None:
        query = query.where(among(CAMPAIGN.c.school_id, school_ids))
    return list(connection.execute(query).scalars())


def assign(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Insert assignments; the ids of those that are new (a sibling's school, or a repeat, meets its own row)."""
    return set(insert_rows(connection, ASSIGNMENT, rows, on_conflict="ignore", returning="assignment_id"))


def move_due(connection: sa.Connection, campaign_id: str, due_at: datetime, *, now: datetime) -> None:
    """A changed deadline holds for what is still open; put off again, it holds for who was overdue, too."""
    theirs = sa.and_(ASSIGNMENT.c.campaign_id == campaign_id, ASSIGNMENT.c.state == OPEN)
    if due_at > now:
        moved = sa.update(ASSIGNMENT).where(theirs, ASSIGNMENT.c.due_at != due_at)
        connection.execute(moved.values(due_at=due_at, overdue_at=None))
    else:
        connection.execute(sa.update(ASSIGNMENT).where(theirs, ASSIGNMENT.c.overdue_at.is_(None)).values(due_at=due_at))


def to_remind(connection: sa.Connection, campaign_ids: Collection[str], limit: int) -> list[sa.Row[Any]]:
    """Open and never reminded."""
    query = (
        sa.select(ASSIGNMENT)
        .where(
            ASSIGNMENT.c.campaign_id.in_(campaign_ids), ASSIGNMENT.c.state == OPEN, ASSIGNMENT.c.reminded_at.is_(None)
        )
        .order_by(ASSIGNMENT.c.assignment_id)
        .limit(limit)
    )
    return list(connection.execute(query))


def to_close(connection: sa.Connection, campaign_ids: Collection[str], now: datetime, limit: int) -> list[sa.Row[Any]]:
    """Open past their deadline, not yet said to be overdue."""
    query = (
        sa.select(ASSIGNMENT)
        .where(
            ASSIGNMENT.c.campaign_id.in_(campaign_ids),
            ASSIGNMENT.c.state == OPEN,
            ASSIGNMENT.c.overdue_at.is_(None),
            ASSIGNMENT.c.due_at <= now,
        )
        .order_by(ASSIGNMENT.c.assignment_id)
        .limit(limit)
    )
    return list(connection.execute(query))


def mark(connection: sa.Connection, assignment_ids: Sequence[str], **values: Any) -> None:
    """Set columns of many assignments at once."""
    if assignment_ids:
        connection.execute(
            sa.update(ASSIGNMENT).where(ASSIGNMENT.c.assignment_id.in_(assignment_ids)).values(**values)
        )


def mark_reached(connection: sa.Connection, guardian_ids: Collection[str], now: datetime) -> None:
    """A provider took a message to them: what was open has had its chance to be seen."""
    connection.execute(
        sa.update(ASSIGNMENT)
        .where(
            among(ASSIGNMENT.c.guardian_id, guardian_ids), ASSIGNMENT.c.state == OPEN, ASSIGNMENT.c.reached_at.is_(None)
        )
        .values(reached_at=now)
    )


def mark_unreached(connection: sa.Connection, guardian_ids: Collection[str], channel: str) -> None:
    connection.execute(
        sa.update(ASSIGNMENT)
        .where(among(ASSIGNMENT.c.guardian_id, guardian_ids), ASSIGNMENT.c.state == OPEN)
        .values(unreached_by=channel)
    )


def assignments(connection: sa.Connection, assignment_ids: Collection[str]) -> dict[str, sa.Row[Any]]:
    query = sa.select(ASSIGNMENT).where(ASSIGNMENT.c.assignment_id.in_(assignment_ids))
    return {row.assignment_id: row for row in connection.execute(query)}


def locked(connection: sa.Connection, assignment_id: str) -> sa.Row[Any] | None:
    """The assignment, held until the transaction ends, so that two answers at once become one."""
    query = sa.select(ASSIGNMENT).where(ASSIGNMENT.c.assignment_id == assignment_id).with_for_update()
    return connection.execute(query).first()


def counts(connection: sa.Connection, school_id: str) -> list[sa.Row[Any]]:
    """Per survey and state: how many, how many overdue, reached and unreached. No answers."""
    query = (
        sa.select(
            ASSIGNMENT.c.survey_id,
            ASSIGNMENT.c.state,
            sa.func.count().label("number"),
            sa.func.count(ASSIGNMENT.c.overdue_at).label("overdue"),
            sa.func.count(ASSIGNMENT.c.reached_at).label("reached"),
            sa.func.count(ASSIGNMENT.c.unreached_by).label("unreached"),
        )
        .where(ASSIGNMENT.c.school_id == school_id)
        .group_by(ASSIGNMENT.c.survey_id, ASSIGNMENT.c.state)
        .order_by(ASSIGNMENT.c.survey_id, ASSIGNMENT.c.state)
    )
    return list(connection.execute(query))


def open_at(connection: sa.Connection, school_id: str, limit: int) -> list[sa.Row[Any]]:
    """Whom the office may still call, the longest overdue first."""
    query = (
        sa.select(ASSIGNMENT)
        .where(ASSIGNMENT.c.school_id == school_id, ASSIGNMENT.c.state == OPEN)
        .order_by(ASSIGNMENT.c.due_at, ASSIGNMENT.c.assignment_id)
        .limit(limit)
    )
    return list(connection.execute(query))
