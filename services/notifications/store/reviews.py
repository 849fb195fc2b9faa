"""Deliveries whose text waits for a person, and those that went out with a text that a person has put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.store.messages import BY_PERSON
from services.notifications.tables import DELIVERY, MESSAGE, MESSAGE_TEXT

Row = Mapping[str, Any]
Key = tuple[str, int, str]  # message, content version, language
WAITS = "needs_person"
HAD = ("sending", "sent", "delivered", "unknown")
_TEXT = (MESSAGE_TEXT.c.message_id, MESSAGE_TEXT.c.content_version, MESSAGE_TEXT.c.language)
_SENT = (DELIVERY.c.message_id, DELIVERY.c.content_version, DELIVERY.c.language)


def hold(connection: sa.Connection, keys: Iterable[Key], now: datetime) -> list[Row]:
    """Planned deliveries of these texts wait for a person; nobody asks translation again meanwhile. Those that wait now."""
    wanted = sorted(set(keys))
    untold = sa.and_(_among(_TEXT, wanted), MESSAGE_TEXT.c.text.is_(None))
    connection.execute(sa.update(MESSAGE_TEXT).where(untold).values(told_at=now))
    planned = sa.and_(_among(_SENT, wanted), DELIVERY.c.state == "planned")
    rows = list(connection.execute(sa.select(DELIVERY).where(planned)).mappings().all())
    connection.execute(sa.update(DELIVERY).where(planned).values(state="held", reason=WAITS, due_at=None))
    return rows


def written(connection: sa.Connection, keys: Iterable[Key]) -> set[Key]:
    """Those of the texts that a person has written already."""
    there = sa.and_(_among(_TEXT, sorted(set(keys))), MESSAGE_TEXT.c.engine == BY_PERSON, MESSAGE_TEXT.c.text.is_not(None))
    return {(row.message_id, row.content_version, row.language) for row in connection.execute(sa.select(*_TEXT).where(there))}


def resume(connection: sa.Connection, keys: Iterable[Key]) -> None:
    """A person has written the text: what waited is decided like any other, what was about to go is written out anew."""
    waited = sa.and_(DELIVERY.c.state == "held", DELIVERY.c.reason == WAITS)
    about_to_go = sa.and_(DELIVERY.c.state == "due", DELIVERY.c.body.is_not(None))
    change = sa.update(DELIVERY).where(_among(_SENT, sorted(set(keys))), sa.or_(waited, about_to_go))
    connection.execute(change.values(state="planned", reason=None, due_at=None))


def give_up(connection: sa.Connection, keys: Iterable[Key]) -> list[Row]:
    """Nobody will write it: those that waited do not go, nor those of a later page that nobody has held. Which ones."""
    held = sa.and_(DELIVERY.c.state == "held", DELIVERY.c.reason == WAITS)
    waited = sa.and_(_among(_SENT, sorted(set(keys))), sa.or_(held, DELIVERY.c.state == "planned"))
    rows = list(connection.execute(sa.select(DELIVERY).where(waited)).mappings().all())
    connection.execute(sa.update(DELIVERY).where(waited).values(state="refused", reason="person_calls"))
    return rows


def had(connection: sa.Connection, key: Key, *, before: datetime) -> list[Row]:
    """Guardians' deliveries that went out in that language before then, or may have; one a person."""
    query = (
        sa.select(DELIVERY)
        .where(
            _among(_SENT, [key]),
            DELIVERY.c.recipient_kind == "guardian",
            DELIVERY.c.state.in_(HAD),
            sa.or_(DELIVERY.c.sent_at.is_(None), DELIVERY.c.sent_at < before),
        )
        .order_by(DELIVERY.c.recipient_id, DELIVERY.c.sent_at.desc())
    )
    rows: dict[str, Row] = {}
    for row in connection.execute(query).mappings():
        rows.setdefault(row["recipient_id"], row)
    return list(rows.values())


def last_translated(connection: sa.Connection, guardian_id: str, *, delivery_id: str | None = None) -> Row | None:
    """The newest text that this guardian was sent and no person has approved; `delivery_id`: that one."""
    text = sa.and_(*(text == sent for text, sent in zip(_TEXT, _SENT, strict=True)))
    query = (
        sa.select(DELIVERY.c.message_id, DELIVERY.c.content_version, DELIVERY.c.language, DELIVERY.c.school_id)
        .join(MESSAGE_TEXT, text)
        .join(MESSAGE, MESSAGE.c.message_id == DELIVERY.c.message_id)
        .where(
            DELIVERY.c.recipient_id == guardian_id,
            DELIVERY.c.sent_at.is_not(None),
            MESSAGE.c.source_language != DELIVERY.c.language,
        )
        .order_by(DELIVERY.c.sent_at.desc())
        .limit(1)
    )
    if delivery_id is not None:
        query = query.where(DELIVERY.c.delivery_id == delivery_id)
    else:
        unread = sa.or_(MESSAGE_TEXT.c.machine, MESSAGE_TEXT.c.labelled)
        query = query.where(unread, MESSAGE.c.catalogue_key.is_(None))  # somebody's words, not the answer that came after
    return connection.execute(query).mappings().first()


def provenance(connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, Row]:
    """Where texts came from, for those who read them."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    query = sa.select(*_TEXT, MESSAGE_TEXT.c.engine, MESSAGE_TEXT.c.machine, MESSAGE_TEXT.c.labelled, MESSAGE_TEXT.c.told_at)
    rows = connection.execute(query.where(_among(_TEXT, wanted))).mappings()
    return {(row["message_id"], row["content_version"], row["language"]): row for row in rows}


def _among(columns: Sequence[sa.ColumnElement[Any]], keys: Sequence[Key]) -> sa.ColumnElement[bool]:
    return sa.or_(*(sa.and_(*(c == v for c, v in zip(columns, key, strict=True))) for key in keys)) if keys else sa.false()
