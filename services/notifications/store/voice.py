"""Recordings, and the calls of a delivery."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.tables.core import DELIVERY
from services.notifications.tables.points import CONTACT_POINT
from services.notifications.tables.voice import CALL_TRY, RECORDING
from shared.store import among, insert_rows

Row = Mapping[str, Any]


def save_recordings(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, RECORDING, rows, on_conflict="update", newer_by="at")


def forget_recordings(connection: sa.Connection, keys: Iterable[tuple[str, int, str]]) -> None:
    """Of texts (id, version, language) whose words are others now."""
    these = sa.tuple_(RECORDING.c.text_id, RECORDING.c.content_version, RECORDING.c.language).in_(sorted(set(keys)))
    connection.execute(sa.delete(RECORDING).where(these))


def recordings(connection: sa.Connection, text_ids: Iterable[str]) -> dict[tuple[str, int, str], Row]:
    """By (text, version, language)."""
    query = sa.select(RECORDING).where(among(RECORDING.c.text_id, text_ids))
    rows = connection.execute(query).mappings()
    return {(row["text_id"], row["content_version"], row["language"]): row for row in rows}


def telephones(connection: sa.Connection, guardians: Mapping[str, Row]) -> dict[str, list[tuple[str, str]]]:
    """(kind, number) to call by guardian, the first to be rung of each kind first. `guardians`: rows by id."""
    found: dict[str, list[tuple[int, str, str]]] = defaultdict(list)
    query = sa.select(
        CONTACT_POINT.c.guardian_id, CONTACT_POINT.c.address, CONTACT_POINT.c.label, CONTACT_POINT.c.priority
    ).where(among(CONTACT_POINT.c.guardian_id, guardians), CONTACT_POINT.c.channel == "voice", CONTACT_POINT.c.active)
    for point in connection.execute(query):
        found[point.guardian_id].append((point.priority, point.label or "", point.address))
    for person, row in guardians.items():
        # the roster's number for texts is a mobile one; its other number is taken for the home's
        found[person] += [(99, kind, number) for kind, number in (("mobile", row["sms"]), ("home", row["phone"])) if number]
    return {person: [(kind, number) for _, kind, number in sorted(given)] for person, given in found.items()}


def tries(connection: sa.Connection, delivery_ids: Iterable[str]) -> dict[str, list[Row]]:
    """The calls of each delivery, the first first."""
    query = sa.select(CALL_TRY).where(among(CALL_TRY.c.delivery_id, delivery_ids)).order_by(CALL_TRY.c.number)
    found: dict[str, list[Row]] = defaultdict(list)
    for row in connection.execute(query).mappings():
        found[row["delivery_id"]].append(row)
    return found


def begin(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, CALL_TRY, rows, on_conflict="ignore")


def picked_up(connection: sa.Connection, delivery_id: str, number: int, answered_by: str) -> None:
    this = sa.and_(CALL_TRY.c.delivery_id == delivery_id, CALL_TRY.c.number == number)
    connection.execute(sa.update(CALL_TRY).where(this).values(answered_by=answered_by))


def end(connection: sa.Connection, delivery_id: str, number: int, outcome: str, now: datetime) -> bool:
    """False where it had ended before: a provider that says so twice changes nothing."""
    this = sa.and_(CALL_TRY.c.delivery_id == delivery_id, CALL_TRY.c.number == number, CALL_TRY.c.ended_at.is_(None))
    return bool(connection.execute(sa.update(CALL_TRY).where(this).values(outcome=outcome, ended_at=now)).rowcount)


def call_again(connection: sa.Connection, delivery_id: str, due_at: datetime) -> bool:
    """False where it has meanwhile arrived, been recalled or gone another way."""
    waiting = sa.and_(
        DELIVERY.c.delivery_id == delivery_id,
        DELIVERY.c.channel == "voice",
        DELIVERY.c.state.in_(("sending", "sent", "unknown")),
    )
    change = sa.update(DELIVERY).where(waiting).values(state="due", due_at=due_at, attempts=0, provider_ref=None)
    return bool(connection.execute(change).rowcount)
