"""What was asked of guardians and what they wrote back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.domain.replies import OpenQuestion
from services.notifications.domain.sending import GUARDED
from services.notifications.tables import DELIVERY, MESSAGE, MESSAGE_TEXT, OPEN_QUESTION, REPLY
from services.notifications.tables.conversation import REPLY_PLACE
from shared.store import insert_rows

Row = Mapping[str, Any]


def ask(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """A question is open from the moment its message is sent; sent again, it is the newest."""
    if rows:
        insert_rows(connection, OPEN_QUESTION, rows, on_conflict="update")


def close(connection: sa.Connection, kind: str, refs: Iterable[str]) -> None:
    """Whatever was asked there has been answered."""
    connection.execute(
        sa.delete(OPEN_QUESTION).where(OPEN_QUESTION.c.kind == kind, OPEN_QUESTION.c.ref.in_(sorted(set(refs))))
    )


def close_of(connection: sa.Connection, kind: str, pairs: Iterable[tuple[str, str]]) -> None:
    """(guardian, ref): answered by these guardians; what others were asked stays open."""
    wanted = sorted(set(pairs))
    if wanted:
        named = [sa.and_(OPEN_QUESTION.c.guardian_id == guardian, OPEN_QUESTION.c.ref == ref) for guardian, ref in wanted]
        connection.execute(sa.delete(OPEN_QUESTION).where(OPEN_QUESTION.c.kind == kind, sa.or_(*named)))


def open_questions(connection: sa.Connection, guardian_ids: Sequence[str]) -> dict[str, list[OpenQuestion]]:
    """By guardian."""
    query = sa.select(OPEN_QUESTION).where(OPEN_QUESTION.c.guardian_id.in_(list(guardian_ids)))
    found: dict[str, list[OpenQuestion]] = {}
    for row in connection.execute(query):
        question = OpenQuestion(row.kind, row.ref, row.asked_at, row.expires_at)
        found.setdefault(row.guardian_id, []).append(question)
    return found


def latest_heard_by(connection: sa.Connection, guardian_ids: Sequence[str]) -> str | None:
    """Of several guardians with one number, the one we wrote to last."""
    query = (
        sa.select(DELIVERY.c.recipient_id)
        .where(DELIVERY.c.recipient_id.in_(list(guardian_ids)), DELIVERY.c.sent_at.is_not(None))
        .order_by(DELIVERY.c.sent_at.desc())
        .limit(1)
    )
    return connection.execute(query).scalar()


def save_reply(connection: sa.Connection, row: Row) -> bool:
    """False where this very message came before (providers repeat themselves)."""
    return bool(insert_rows(connection, REPLY, [row], on_conflict="ignore", returning="reply_id"))


def tell_english(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """`b_id`, `b_text`: a reply's text in the school's language."""
    if rows:
        connection.execute(
            sa.update(REPLY).where(REPLY.c.reply_id == sa.bindparam("b_id")).values(english=sa.bindparam("b_text")),
            [dict(row) for row in rows],
        )


def last_replies(connection: sa.Connection, guardian_ids: Iterable[str], since: datetime) -> set[str]:
    """Those of the guardians who have written since then."""
    query = sa.select(REPLY.c.guardian_id).where(
        REPLY.c.guardian_id.in_(sorted(set(guardian_ids))), REPLY.c.received_at >= since
    )
    return set(connection.execute(query).scalars())


# what staff are not shown of a conversation: refused ones would tell of restrictions, the others went in another form
_NOT_SHOWN = ("refused", "merged", "recalled", "expired")


def from_school(connection: sa.Connection, guardian_id: str, *, limit: int = 50) -> list[Row]:
    """Our side of a conversation, newest first: what was written, in both languages, and what became of it. Not what only
    the guardian reads (`GUARDED`)."""
    original, own = MESSAGE_TEXT.alias("original"), MESSAGE_TEXT.alias("own")

    def told(text: Any, language: Any) -> Any:
        same = sa.and_(text.c.message_id == DELIVERY.c.message_id, text.c.content_version == DELIVERY.c.content_version)
        return sa.and_(same, text.c.language == language)

    query = (
        sa.select(
            *(DELIVERY.c[name] for name in _SHOWN),
            MESSAGE.c.sender_id,
            MESSAGE.c.kind,
            MESSAGE.c.source_language,
            sa.func.coalesce(own.c.text, MESSAGE.c.text).label("text"),
            sa.func.coalesce(original.c.text, MESSAGE.c.text).label("original"),
        )
        .join(MESSAGE, MESSAGE.c.message_id == DELIVERY.c.message_id)
        .outerjoin(original, told(original, MESSAGE.c.source_language))
        .outerjoin(own, told(own, DELIVERY.c.language))
        .where(
            DELIVERY.c.recipient_id == guardian_id,
            DELIVERY.c.recipient_kind == "guardian",
            DELIVERY.c.way.in_(("", "page")),
            DELIVERY.c.state.not_in(_NOT_SHOWN),
            sa.or_(MESSAGE.c.category.is_(None), MESSAGE.c.category != GUARDED),
        )
        .order_by(DELIVERY.c.created_at.desc())
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


_SHOWN = (
    "delivery_id",
    "students",
    "language",
    "params",
    "body",
    "state",
    "reason",
    "channel",
    "due_at",
    "school_id",
    "created_at",
    "sent_at",
    "delivered_at",
    "opened_at",
    "opened_how",
)


def from_home(connection: sa.Connection, guardian_id: str, *, limit: int = 50) -> list[Row]:
    """The family's side, newest first: words as they came and in the school's language; answers to machines left out."""
    own = sa.or_(REPLY.c.open_kind.is_(None), REPLY.c.open_kind == "concern")
    place = (REPLY_PLACE.c.students, REPLY_PLACE.c.files, REPLY_PLACE.c.call_back, REPLY_PLACE.c.shown_from)
    query = (
        sa.select(REPLY, *place)
        .outerjoin(REPLY_PLACE, REPLY_PLACE.c.reply_id == REPLY.c.reply_id)
        .where(REPLY.c.guardian_id == guardian_id, own)
        .order_by(REPLY.c.received_at.desc())
        .limit(limit)
    )
    return list(connection.execute(query).mappings())
