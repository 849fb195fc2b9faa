"""Messages, their texts and the ledger of what was sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.tables import CALENDAR_FILE, DELIVERY, DELIVERY_TRACE, LETTER, MESSAGE, MESSAGE_TEXT
from shared.ids import new_id
from shared.store import among, insert_rows, update_rows

Row = Mapping[str, Any]
PERSONAL = 1  # the lane of what is written out when it is planned; the others are written out when they are claimed

BY_PERSON = "person"  # the engine of a text that a person wrote or put right


def save_messages(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, MESSAGE, rows, on_conflict="ignore")


def messages(connection: sa.Connection, ids: Iterable[str]) -> dict[str, Row]:
    query = sa.select(MESSAGE).where(among(MESSAGE.c.message_id, ids))
    return {row["message_id"]: row for row in connection.execute(query).mappings().all()}


def save_deliveries(connection: sa.Connection, rows: Sequence[Row]) -> set[str]:
    """Insert those not yet there; returns the ids that are new."""
    return set(insert_rows(connection, DELIVERY, rows, on_conflict="ignore", returning="delivery_id")) if rows else set()


def texts(connection: sa.Connection, message_ids: Iterable[str]) -> dict[tuple[str, str], Row]:
    """Texts asked for, arrived or not, by (message, language)."""
    query = sa.select(MESSAGE_TEXT).where(among(MESSAGE_TEXT.c.message_id, message_ids))
    return {(row["message_id"], row["language"]): row for row in connection.execute(query).mappings().all()}


def ask_texts(connection: sa.Connection, wanted: Iterable[tuple[str, int, str]], now: datetime) -> None:
    rows = [
        {
            "message_id": message_id,
            "content_version": version,
            "language": language,
            "text": None,
            "failed": False,
            "machine": False,
            "labelled": False,
            "engine": None,
            "asked_at": now,
            "told_at": None,
        }
        for message_id, version, language in wanted
    ]
    if rows:
        insert_rows(connection, MESSAGE_TEXT, rows, on_conflict="ignore")


def tell_texts(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Store what translation answered; only where it was asked for (a reply's text is not ours to keep here).

    What a person wrote is not undone by an older answer that comes late.
    """
    if not rows:
        return
    asked = sa.and_(
        MESSAGE_TEXT.c.message_id == sa.bindparam("b_message"),
        MESSAGE_TEXT.c.content_version == sa.bindparam("b_version"),
        MESSAGE_TEXT.c.language == sa.bindparam("b_language"),
        sa.or_(MESSAGE_TEXT.c.engine.is_distinct_from(BY_PERSON), sa.bindparam("b_engine") == BY_PERSON),
    )
    connection.execute(
        sa.update(MESSAGE_TEXT)
        .where(asked)
        .values(
            text=sa.bindparam("b_text"),
            failed=sa.bindparam("b_failed"),
            machine=sa.bindparam("b_machine"),
            labelled=sa.bindparam("b_labelled"),
            engine=sa.bindparam("b_engine"),
            told_at=sa.bindparam("b_told_at"),
        ),
        [dict(row) for row in rows],
    )


def deliveries(connection: sa.Connection, ids: Iterable[str]) -> list[Row]:
    query = sa.select(DELIVERY).where(among(DELIVERY.c.delivery_id, ids)).order_by(DELIVERY.c.created_at)
    return list(connection.execute(query).mappings().all())


# built once: asked for every callback of the provider
_BY_ID = sa.select(DELIVERY).where(DELIVERY.c.delivery_id == sa.bindparam("wanted"))


def delivery(connection: sa.Connection, delivery_id: str) -> Row | None:
    return connection.execute(_BY_ID, {"wanted": delivery_id}).mappings().first()


def of_message(connection: sa.Connection, message_id: str) -> list[Row]:
    query = sa.select(DELIVERY).where(DELIVERY.c.message_id == message_id).order_by(DELIVERY.c.recipient_id)
    return list(connection.execute(query).mappings().all())


def change(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Write decisions: each row names the delivery as `b_id` and holds the same columns as the others."""
    if rows:
        update_rows(
            connection,
            DELIVERY,
            [{"delivery_id": row["b_id"], **{name: row[name] for name in row if name != "b_id"}} for row in rows],
            key="delivery_id",
        )


def trace(connection: sa.Connection, entries: Iterable[tuple[str, str, str]], now: datetime) -> None:
    """Append (delivery, what, detail) to the deliveries' traces; no contact point and no text in it."""
    rows = [
        {"trace_id": new_id(), "delivery_id": delivery_id, "at": now, "what": what, "detail": detail}
        for delivery_id, what, detail in entries
    ]
    if rows:
        insert_rows(connection, DELIVERY_TRACE, rows)


def traces(connection: sa.Connection, delivery_ids: Iterable[str]) -> dict[str, list[Row]]:
    """The entries of each, in order."""
    query = (
        sa.select(DELIVERY_TRACE)
        .where(among(DELIVERY_TRACE.c.delivery_id, delivery_ids))
        .order_by(DELIVERY_TRACE.c.at, DELIVERY_TRACE.c.trace_id)
    )
    found: dict[str, list[Row]] = {}
    for row in connection.execute(query).mappings().all():
        found.setdefault(row["delivery_id"], []).append(row)
    return found


def trace_of(connection: sa.Connection, delivery_id: str) -> list[Row]:
    return traces(connection, [delivery_id]).get(delivery_id, [])


def queue_letters(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, LETTER, rows, on_conflict="ignore")


def save_calendar_files(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, CALENDAR_FILE, rows, on_conflict="update")


def calendar_files(connection: sa.Connection, ids: Iterable[str | None]) -> dict[str, Row]:
    wanted = {value for value in ids if value}
    if not wanted:
        return {}
    query = sa.select(CALENDAR_FILE).where(among(CALENDAR_FILE.c.attachment_id, wanted))
    return {row["attachment_id"]: row for row in connection.execute(query).mappings().all()}


def with_file(connection: sa.Connection, attachment_id: str, recipient_id: str) -> Row | None:
    """The delivery that brought this person the file."""
    query = sa.select(DELIVERY).where(DELIVERY.c.recipient_id == recipient_id, DELIVERY.c.attachment_id == attachment_id)
    return connection.execute(query).mappings().first()


def inbox(connection: sa.Connection, guardian_id: str, *, limit: int = 30) -> list[Row]:
    """What reached this guardian, newest first, once a message; `text` in their language, `original` as written.

    `body` is null for an announcement: `rendering.shown` fills its text. `over_at`: no longer true from then on.
    """
    original, own = MESSAGE_TEXT.alias("original"), MESSAGE_TEXT.alias("own")

    def told(text: Any, language: Any) -> Any:
        same = sa.and_(text.c.message_id == DELIVERY.c.message_id, text.c.content_version == DELIVERY.c.content_version)
        return sa.and_(same, text.c.language == language)

    query = (
        sa.select(
            DELIVERY.c.delivery_id,
            DELIVERY.c.message_id,
            DELIVERY.c.content_version,
            DELIVERY.c.recipient_id,
            DELIVERY.c.language,
            DELIVERY.c.params,
            DELIVERY.c.students,
            DELIVERY.c.body,
            DELIVERY.c.way,
            DELIVERY.c.state,
            DELIVERY.c.reason,
            DELIVERY.c.channel,
            DELIVERY.c.sent_at,
            DELIVERY.c.opened_at,
            DELIVERY.c.school_id,
            MESSAGE.c.kind,
            MESSAGE.c.title,
            MESSAGE.c.source_language,
            MESSAGE.c.recalled_at,
            sa.func.coalesce(MESSAGE.c.recalled_at, MESSAGE.c.expires_at, type_=MESSAGE.c.expires_at.type).label("over_at"),
            sa.func.coalesce(own.c.text, MESSAGE.c.text).label("text"),
            original.c.text.label("original"),
        )
        .join(MESSAGE, MESSAGE.c.message_id == DELIVERY.c.message_id)
        .outerjoin(original, told(original, MESSAGE.c.source_language))
        .outerjoin(own, told(own, DELIVERY.c.language))
        .where(
            DELIVERY.c.recipient_id == guardian_id,
            DELIVERY.c.sent_at.is_not(None),
            DELIVERY.c.way.in_(("", "page")),  # an emergency's copies are one message to whoever reads it here
        )
        .order_by(DELIVERY.c.sent_at.desc())
        .limit(limit)
    )
    return list(connection.execute(query).mappings().all())
