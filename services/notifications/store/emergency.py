"""What guards sends to many, as rows: alarms and who is told, approvals, canaries, and alerts from outside."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.store.people import SCHOOL, STAFF
from services.notifications.tables.emergency import APPROVAL, CANARY, CAP_RECEIVED, SEND_ALARM
from shared.store import among, insert_rows

Row = Mapping[str, Any]


def leaders(connection: sa.Connection, school_ids: Iterable[str]) -> list[str]:
    """Active principals of these schools and the district's administrators: who is told that nothing arrives."""
    wanted = set(school_ids)
    query = sa.select(STAFF.c.staff_id, STAFF.c.role, STAFF.c.school_ids).where(
        STAFF.c.active, STAFF.c.role.in_(("principal", "administrator"))
    )
    return sorted(
        row.staff_id
        for row in connection.execute(query)
        if row.role == "administrator" or not wanted or wanted & set(row.school_ids)
    )


def heads(connection: sa.Connection) -> list[str]:
    """Whoever may have been told of an alarm."""
    query = sa.select(STAFF.c.staff_id).where(STAFF.c.role.in_(("principal", "administrator", "office")))
    return list(connection.execute(query).scalars())


def staff_of(connection: sa.Connection, school_ids: Iterable[str]) -> list[str]:
    """Active staff of these schools who can be written to."""
    wanted = set(school_ids)
    query = sa.select(STAFF.c.staff_id, STAFF.c.school_ids).where(STAFF.c.active, STAFF.c.email.is_not(None))
    return sorted(row.staff_id for row in connection.execute(query) if wanted & set(row.school_ids))


def save_alarm(connection: sa.Connection, row: Row) -> bool:
    """False where this alarm has been raised before."""
    return bool(insert_rows(connection, SEND_ALARM, [row], on_conflict="ignore", returning="alarm_id"))


def open_alarms(connection: sa.Connection, school_ids: Sequence[str] | None) -> list[Row]:
    """Alarms that nobody has seen to (None: every school's), the newest first."""
    query = sa.select(SEND_ALARM).where(SEND_ALARM.c.settled_at.is_(None)).order_by(SEND_ALARM.c.raised_at.desc()).limit(50)
    if school_ids is not None:
        query = query.where(SEND_ALARM.c.school_id.in_(list(school_ids)))
    return list(connection.execute(query).mappings())


def alarms_of(connection: sa.Connection, message_id: str) -> list[Row]:
    return list(connection.execute(sa.select(SEND_ALARM).where(SEND_ALARM.c.message_id == message_id)).mappings())


def settle_alarm(connection: sa.Connection, alarm_id: str, *, by: str, now: datetime, school_ids: Sequence[str] | None) -> bool:
    """Somebody has seen to it; False where there is no such open alarm at these schools."""
    mine = sa.and_(SEND_ALARM.c.alarm_id == alarm_id, SEND_ALARM.c.settled_at.is_(None))
    if school_ids is not None:
        mine = sa.and_(mine, SEND_ALARM.c.school_id.in_(list(school_ids)))
    changed = connection.execute(sa.update(SEND_ALARM).where(mine).values(settled_at=now, settled_by=by))
    return bool(changed.rowcount)


def save_approval(connection: sa.Connection, row: Row) -> None:
    insert_rows(connection, APPROVAL, [row])


def approval(connection: sa.Connection, approval_id: str) -> Row | None:
    query = sa.select(APPROVAL).where(APPROVAL.c.approval_id == approval_id).with_for_update()
    return connection.execute(query).mappings().first()


def open_approvals(connection: sa.Connection, now: datetime) -> list[Row]:
    """Sends that wait for a second person, what ends first first."""
    query = (
        sa.select(APPROVAL)
        .where(APPROVAL.c.decided_at.is_(None), APPROVAL.c.ends_at > now)
        .order_by(APPROVAL.c.ends_at)
        .limit(50)
    )
    return list(connection.execute(query).mappings())


def decide_approval(
    connection: sa.Connection, approval_id: str, *, by: str, now: datetime, message_id: str | None
) -> bool:
    """Once: False where somebody was quicker."""
    changed = connection.execute(
        sa.update(APPROVAL)
        .where(APPROVAL.c.approval_id == approval_id, APPROVAL.c.decided_at.is_(None))
        .values(decided_by=by, decided_at=now, message_id=message_id)
    )
    return bool(changed.rowcount)


def save_canary(connection: sa.Connection, row: Row) -> None:
    insert_rows(connection, CANARY, [row], on_conflict="ignore")


def canary(connection: sa.Connection, message_id: str) -> Row | None:
    return connection.execute(sa.select(CANARY).where(CANARY.c.message_id == message_id)).mappings().first()


def judge_canary(connection: sa.Connection, message_id: str, *, missing: Sequence[str], now: datetime) -> None:
    connection.execute(
        sa.update(CANARY).where(CANARY.c.message_id == message_id).values(missing=list(missing), judged_at=now)
    )


def last_canaries(connection: sa.Connection, school_ids: Sequence[str] | None) -> list[Row]:
    """The newest canary of each school that has been judged (None: of every school)."""
    newest = (
        sa.select(CANARY.c.school_id, sa.func.max(CANARY.c.sent_at).label("sent_at"))
        .where(CANARY.c.judged_at.is_not(None))
        .group_by(CANARY.c.school_id)
        .subquery()
    )
    query = sa.select(CANARY).join(
        newest, sa.and_(newest.c.school_id == CANARY.c.school_id, newest.c.sent_at == CANARY.c.sent_at)
    )
    if school_ids is not None:
        query = query.where(CANARY.c.school_id.in_(list(school_ids)))
    return list(connection.execute(query).mappings())


def all_settings(connection: sa.Connection) -> dict[str, Mapping[str, Any]]:
    """Every school's settings: who may send alerts in is written there."""
    return {row.school_id: row.settings for row in connection.execute(sa.select(SCHOOL.c.school_id, SCHOOL.c.settings))}


def keep_cap(connection: sa.Connection, row: Row) -> bool:
    """False where this alert was taken in before."""
    return bool(insert_rows(connection, CAP_RECEIVED, [row], on_conflict="ignore", returning="key"))


def cap_received(connection: sa.Connection, key: str) -> Row | None:
    query = sa.select(CAP_RECEIVED).where(CAP_RECEIVED.c.key == key).with_for_update()
    return connection.execute(query).mappings().first()


def caps_received(connection: sa.Connection, *, since: datetime, limit: int = 50) -> list[Row]:
    """What came in since then, the newest first."""
    query = (
        sa.select(CAP_RECEIVED)
        .where(CAP_RECEIVED.c.received_at >= since)
        .order_by(CAP_RECEIVED.c.received_at.desc())
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def by_keys(connection: sa.Connection, keys: Iterable[str]) -> list[Row]:
    return list(connection.execute(sa.select(CAP_RECEIVED).where(among(CAP_RECEIVED.c.key, keys))).mappings())


def decide_cap(
    connection: sa.Connection, key: str, state: str, *, by: str | None, now: datetime, message_id: str | None = None
) -> None:
    values: dict[str, Any] = {"state": state, "decided_by": by, "decided_at": now}
    if message_id is not None:
        values["message_id"] = message_id
    connection.execute(sa.update(CAP_RECEIVED).where(CAP_RECEIVED.c.key == key).values(**values))
