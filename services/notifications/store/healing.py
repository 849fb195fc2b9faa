"""What is stuck: deliveries nobody is at, texts that never came, hand-overs without a receipt."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.tables.core import DELIVERY, MESSAGE, MESSAGE_TEXT
from services.notifications.tables.providers import PROVIDER_SILENT, TEXT_CHASE
from shared.store import among, insert_rows, update_rows

Row = Mapping[str, Any]
MOST = 1_000
_OPEN = sa.text("state IN ('due', 'sending')")


def wake_forgotten(connection: sa.Connection, now: datetime) -> list[str]:
    """Deliveries that are to go but are due at no time are due now; which ones."""
    query = sa.select(DELIVERY.c.delivery_id).where(_OPEN, DELIVERY.c.due_at.is_(None)).limit(MOST)
    ids = list(connection.execute(query.with_for_update(skip_locked=True)).scalars())
    if ids:
        connection.execute(sa.update(DELIVERY).where(among(DELIVERY.c.delivery_id, ids)).values(due_at=now))
    return ids


def overdue(connection: sa.Connection, before: datetime) -> int:
    """How many deliveries should have gone before then."""
    query = sa.select(sa.func.count()).select_from(DELIVERY).where(_OPEN, DELIVERY.c.due_at < before)
    return int(connection.execute(query).scalar_one())


def never_asked(connection: sa.Connection, before: datetime) -> list[Row]:
    """Planned before then, in a language their text was never asked for in."""
    D, T = DELIVERY.c, MESSAGE_TEXT.c
    text = sa.and_(T.message_id == D.message_id, T.content_version == D.content_version, T.language == D.language)
    query = (
        sa.select(D.message_id, D.content_version, D.language)
        .distinct()
        .outerjoin_from(DELIVERY, MESSAGE_TEXT, text)
        .where(D.state == "planned", D.created_at <= before, T.message_id.is_(None))
        .limit(MOST)
    )
    return list(connection.execute(query).mappings())


def untold(connection: sa.Connection, before: datetime) -> list[Row]:
    """Texts asked for before then and not answered, with when they were asked for again and shown to a person."""
    T, C = MESSAGE_TEXT.c, TEXT_CHASE.c
    chase = sa.and_(C.message_id == T.message_id, C.content_version == T.content_version, C.language == T.language)
    query = (
        sa.select(T.message_id, T.content_version, T.language, T.asked_at, C.asked_again_at, C.shown_at)
        .outerjoin_from(MESSAGE_TEXT, TEXT_CHASE, chase)
        .where(sa.text("told_at IS NULL"), T.failed.is_(False), T.asked_at <= before)
        .order_by(T.asked_at)
        .limit(MOST)
    )
    return list(connection.execute(query).mappings())


def save_chases(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, TEXT_CHASE, rows, on_conflict="update")


def waiting_for(connection: sa.Connection, message_ids: Iterable[str]) -> dict[str, list[Row]]:
    """Planned deliveries by message: whom it is for, and of which students."""
    D = DELIVERY.c
    query = sa.select(D.message_id, D.delivery_id, D.students, D.language).where(
        among(D.message_id, message_ids), D.state == "planned"
    )
    found: dict[str, list[Row]] = {}
    for row in connection.execute(query.limit(MOST)).mappings():
        found.setdefault(row["message_id"], []).append(row)
    return found


def newest_untold(connection: sa.Connection) -> datetime | None:
    """When the newest text that is still to come was asked for."""
    query = sa.select(sa.func.max(MESSAGE_TEXT.c.asked_at)).where(
        sa.text("told_at IS NULL"), MESSAGE_TEXT.c.failed.is_(False)
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def unanswered(connection: sa.Connection, before: datetime) -> list[Row]:
    """Handed over before then by a channel that sends receipts, without one, and not noted yet."""
    D = DELIVERY.c
    query = (
        sa.select(D.delivery_id, D.channel, D.provider, D.provider_ref, D.sent_at)
        .outerjoin_from(DELIVERY, PROVIDER_SILENT, PROVIDER_SILENT.c.delivery_id == D.delivery_id)
        .where(
            sa.text("delivery.state = 'sent' AND delivery.channel IN ('sms', 'voice', 'whatsapp')"),
            D.sent_at <= before,
            PROVIDER_SILENT.c.delivery_id.is_(None),
        )
        .order_by(D.sent_at)
        .limit(MOST)
    )
    return list(connection.execute(query).mappings())


def oldest_unanswered(connection: sa.Connection, after: datetime) -> datetime | None:
    """When the oldest of those handed over since then was."""
    condition = sa.text("state = 'sent' AND channel IN ('sms', 'voice', 'whatsapp')")
    query = sa.select(sa.func.min(DELIVERY.c.sent_at)).where(condition, DELIVERY.c.sent_at > after)
    found: datetime | None = connection.execute(query).scalar()
    return found


def note_silent(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, PROVIDER_SILENT, rows, on_conflict="ignore")


_TO_ASK = (
    sa.select(PROVIDER_SILENT)
    .where(sa.text("answer IS NULL"))
    .order_by(PROVIDER_SILENT.c.found_at)
    .limit(sa.bindparam("most", type_=sa.Integer))
)


def to_ask(connection: sa.Connection, limit: int) -> list[Row]:
    """Silent ones that their provider can be asked about, and was not yet."""
    return list(connection.execute(_TO_ASK, {"most": limit}).mappings())


def note_answers(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Rows of delivery_id, looked_at, answer."""
    update_rows(connection, PROVIDER_SILENT, rows, key="delivery_id")


def silent(connection: sa.Connection, *, limit: int) -> list[Row]:
    """Still without a receipt, for the page; the newest first."""
    query = (
        sa.select(PROVIDER_SILENT, DELIVERY.c.school_id)
        .join_from(PROVIDER_SILENT, DELIVERY, DELIVERY.c.delivery_id == PROVIDER_SILENT.c.delivery_id)
        .where(DELIVERY.c.state == "sent")
        .order_by(PROVIDER_SILENT.c.since.desc())
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def in_doubt(connection: sa.Connection, *, limit: int) -> list[Row]:
    """Deliveries that may have gone: a person decides."""
    D = DELIVERY.c
    query = (
        sa.select(D.delivery_id, D.channel, D.provider, D.school_id, D.created_at, MESSAGE.c.kind)
        .join_from(DELIVERY, MESSAGE, MESSAGE.c.message_id == D.message_id)
        .where(sa.text("delivery.state NOT IN ('sent', 'delivered')"), D.state == "unknown")
        .order_by(D.created_at.desc())
        .limit(limit)
    )
    return list(connection.execute(query).mappings())
