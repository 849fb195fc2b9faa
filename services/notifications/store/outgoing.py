"""What may go: planned, released when its text is there, claimed, marked; or called back."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime

import sqlalchemy as sa

from services.notifications.store.messages import PERSONAL, Row
from services.notifications.tables import DELIVERY, MESSAGE, MESSAGE_TEXT
from shared.store import among, insert_rows

ON_ITS_WAY = ("due", "sending", "sent", "delivered", "unknown")


def save_new_deliveries(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """A page of an announcement, in one COPY: whoever calls holds the message and writes each page once."""
    if rows:
        insert_rows(connection, DELIVERY, rows)


def ready(
    connection: sa.Connection, phrase_ids: Sequence[str], *, of: Collection[str] | None = None, limit: int = 1000
) -> list[Row]:
    """Planned deliveries whose text, and every label of that language, has arrived or will not come.

    `of` looks at these messages only: what else is planned has not changed since it was last looked at.
    """
    label = MESSAGE_TEXT.alias("label")
    waiting = (
        sa.select(label.c.message_id)
        .where(
            label.c.message_id.in_(list(phrase_ids)),
            label.c.language == DELIVERY.c.language,
            label.c.text.is_(None),
            label.c.failed.is_(False),
        )
        .exists()
    )
    text = sa.and_(
        MESSAGE_TEXT.c.message_id == DELIVERY.c.message_id,
        MESSAGE_TEXT.c.content_version == DELIVERY.c.content_version,
        MESSAGE_TEXT.c.language == DELIVERY.c.language,
    )
    query = (
        sa.select(DELIVERY)
        .join(MESSAGE_TEXT, text)
        .where(
            DELIVERY.c.state == "planned",
            sa.or_(MESSAGE_TEXT.c.text.is_not(None), MESSAGE_TEXT.c.failed),
            sa.or_(DELIVERY.c.lane == PERSONAL, MESSAGE_TEXT.c.failed),  # an announcement is decided when it is claimed
            ~waiting,
        )
        .order_by(DELIVERY.c.delivery_id)
        .limit(limit)
    )
    if of is not None:
        query = query.where(among(DELIVERY.c.message_id, of))
    return list(connection.execute(query).mappings().all())


def routine_this_month(connection: sa.Connection, guardian_ids: Iterable[str], since: datetime) -> list[Row]:
    """(recipient_id, delivery_id, at) of routine messages that went, or are about to, since then; digests are the month's own."""
    at = sa.func.coalesce(DELIVERY.c.sent_at, DELIVERY.c.due_at, type_=DELIVERY.c.sent_at.type).label("at")
    query = (
        sa.select(DELIVERY.c.recipient_id, DELIVERY.c.delivery_id, at)
        .join(MESSAGE, MESSAGE.c.message_id == DELIVERY.c.message_id)
        .where(
            among(DELIVERY.c.recipient_id, guardian_ids),
            MESSAGE.c.weight == "routine",
            sa.or_(
                DELIVERY.c.state.in_(ON_ITS_WAY),
                sa.and_(DELIVERY.c.state == "held", DELIVERY.c.reason == "quiet_hours"),
            ),
            sa.or_(DELIVERY.c.reason.is_(None), DELIVERY.c.reason != "digest"),
            at >= since,
        )
    )
    return list(connection.execute(query).mappings().all())


def recall(connection: sa.Connection, message_id: str, *, by: str, now: datetime) -> int:
    """Take back what has not left; whatever a worker has claimed in this moment still goes. Returns how many were stopped."""
    connection.execute(
        sa.update(MESSAGE)
        .where(MESSAGE.c.message_id == message_id, MESSAGE.c.recalled_at.is_(None))
        .values(recalled_at=now, recalled_by=by)
    )
    stopped = connection.execute(
        sa.update(DELIVERY)
        .where(DELIVERY.c.message_id == message_id, DELIVERY.c.state.in_(("planned", "due", "held", "letter")))
        .values(state="recalled", reason="recalled", due_at=None)
    )
    return int(stopped.rowcount)


def lock(connection: sa.Connection, ids: Iterable[str]) -> None:
    """Hold these messages until the transaction ends: planning and the arrival of texts take turns on a message."""
    query = sa.select(MESSAGE.c.message_id).where(among(MESSAGE.c.message_id, ids)).order_by(MESSAGE.c.message_id)
    connection.execute(query.with_for_update()).all()


_CLAIMABLE = (
    sa.select(DELIVERY)
    .where(sa.text("state IN ('due', 'sending')"), DELIVERY.c.due_at <= sa.bindparam("now", type_=DELIVERY.c.due_at.type))
    .order_by(DELIVERY.c.lane, DELIVERY.c.due_at)
    .limit(sa.bindparam("most"))
    .with_for_update(skip_locked=True)
)


def claimable(connection: sa.Connection, now: datetime, *, limit: int) -> list[Row]:
    """What may go now, and what a worker took and never finished; the urgent first, locked until marked."""
    return list(connection.execute(_CLAIMABLE, {"now": now, "most": limit}).mappings().all())


def mark_sending(
    connection: sa.Connection, ids: Iterable[str], *, channel: str, provider: str, basis: str | None, until: datetime
) -> None:
    """Before anything leaves: claimed until then, by this account."""
    connection.execute(
        sa.update(DELIVERY)
        .where(among(DELIVERY.c.delivery_id, ids))
        .values(
            state="sending",
            channel=channel,
            provider=provider,
            basis=basis,
            due_at=until,
            attempts=DELIVERY.c.attempts + 1,
        )
    )


def mark_sent(connection: sa.Connection, ids: Iterable[str], *, now: datetime) -> None:
    """Accepted by a provider that knows them by our own id."""
    connection.execute(
        sa.update(DELIVERY)
        .where(among(DELIVERY.c.delivery_id, ids), DELIVERY.c.state == "sending")
        .values(state="sent", sent_at=now, due_at=None)
    )


def arrived(connection: sa.Connection, message: Row, phrase_ids: Sequence[str]) -> set[str]:
    """Languages in which this message's text and the labels around it are there."""
    query = sa.select(MESSAGE_TEXT.c.message_id, MESSAGE_TEXT.c.language, MESSAGE_TEXT.c.text, MESSAGE_TEXT.c.failed).where(
        MESSAGE_TEXT.c.message_id.in_([message["message_id"], *phrase_ids]),
        sa.or_(MESSAGE_TEXT.c.message_id != message["message_id"], MESSAGE_TEXT.c.content_version == message["content_version"]),
    )
    rows = connection.execute(query).all()
    told = {row.language for row in rows if row.message_id == message["message_id"] and row.text is not None}
    waiting = {row.language for row in rows if row.message_id in phrase_ids and row.text is None and not row.failed}
    return told - waiting


def release_announced(
    connection: sa.Connection, phrase_ids: Sequence[str], now: datetime, *, of: Collection[str] | None = None
) -> int:
    """Announcements' deliveries whose text and labels are there: decided and written out when they are claimed.

    `now` is when they may go, unless the announcement says later. Returns how many.
    """
    arrived = (
        sa.select(MESSAGE_TEXT.c.message_id)
        .where(
            MESSAGE_TEXT.c.message_id == DELIVERY.c.message_id,
            MESSAGE_TEXT.c.content_version == DELIVERY.c.content_version,
            MESSAGE_TEXT.c.language == DELIVERY.c.language,
            MESSAGE_TEXT.c.text.is_not(None),
        )
        .exists()
    )
    label = MESSAGE_TEXT.alias("label")
    waiting = (
        sa.select(label.c.message_id)
        .where(
            label.c.message_id.in_(list(phrase_ids)),
            label.c.language == DELIVERY.c.language,
            label.c.text.is_(None),
            label.c.failed.is_(False),
        )
        .exists()
    )
    change = (
        sa.update(DELIVERY)
        .where(DELIVERY.c.state == "planned", DELIVERY.c.lane != PERSONAL, arrived, ~waiting)
        .values(state="due", due_at=now)
    )
    if of is not None:
        change = change.where(among(DELIVERY.c.message_id, of))
    return int(connection.execute(change).rowcount)
