"""Briefs, nudges, guides and photos."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.store.people import SCHOOL, STUDENT
from services.notifications.tables.rhythm import BRIEF, GUIDE, MEDIA, MEDIA_CONSENT, MEDIA_TAG, NUDGE
from shared.store import among, insert_rows

Row = Mapping[str, Any]


def save_brief(connection: sa.Connection, row: Row) -> None:
    insert_rows(connection, BRIEF, [row], on_conflict="update")


def brief(connection: sa.Connection, brief_id: str) -> Row | None:
    return connection.execute(sa.select(BRIEF).where(BRIEF.c.brief_id == brief_id)).mappings().first()


def briefs_on(connection: sa.Connection, class_ids: Iterable[str], day: date) -> dict[str, Row]:
    """By class."""
    query = sa.select(BRIEF).where(BRIEF.c.publish_on == day, among(BRIEF.c.class_id, class_ids))
    return {row["class_id"]: row for row in connection.execute(query).mappings()}


def claim_ready(connection: sa.Connection, kind: str, now: datetime) -> list[Row]:
    """What may go out now, marked as gone in this transaction."""
    due = sa.and_(BRIEF.c.kind == kind, BRIEF.c.state == "ready", BRIEF.c.publish_at <= now)
    rows = list(connection.execute(sa.select(BRIEF).where(due).order_by(BRIEF.c.brief_id).with_for_update()).mappings())
    if rows:
        gone = among(BRIEF.c.brief_id, (row["brief_id"] for row in rows))
        connection.execute(sa.update(BRIEF).where(gone).values(state="published", published_at=now))
    return rows


def all_schools(connection: sa.Connection) -> dict[str, Row]:
    return {row["school_id"]: row for row in connection.execute(sa.select(SCHOOL)).mappings()}


def students_in(connection: sa.Connection, school_ids: Iterable[str]) -> list[Row]:
    """(student_id, school_id, class_ids) of everybody at these schools; class lists are JSON and sifted by the caller."""
    query = sa.select(STUDENT.c.student_id, STUDENT.c.school_id, STUDENT.c.class_ids).where(
        among(STUDENT.c.school_id, school_ids), STUDENT.c.active
    )
    return list(connection.execute(query).mappings())


def save_nudges(connection: sa.Connection, rows: Sequence[Row], now: datetime) -> set[str]:
    """New ones; an open one about the same signal of the same student gives way. Returns the ids that are new."""
    if not rows:
        return set()
    fresh = set(insert_rows(connection, NUDGE, rows, on_conflict="ignore", returning="nudge_id"))
    older = [
        {"b_student": row["student_id"], "b_signal": row["signal"], "b_nudge": row["nudge_id"]}
        for row in rows
        if row["nudge_id"] in fresh
    ]
    if older:
        connection.execute(
            sa.update(NUDGE)
            .where(
                NUDGE.c.student_id == sa.bindparam("b_student"),
                NUDGE.c.signal == sa.bindparam("b_signal"),
                NUDGE.c.nudge_id != sa.bindparam("b_nudge"),
                NUDGE.c.settled_at.is_(None),
            )
            .values(settled_at=now, settled_how="replaced"),
            older,
        )
    return fresh


def open_nudges(connection: sa.Connection, teacher_id: str) -> list[Row]:
    query = (
        sa.select(NUDGE, STUDENT.c.given_name, STUDENT.c.family_name)
        .join(STUDENT, STUDENT.c.student_id == NUDGE.c.student_id)
        .where(NUDGE.c.teacher_id == teacher_id, NUDGE.c.settled_at.is_(None), STUDENT.c.active)
        .order_by(NUDGE.c.created_at)
    )
    return list(connection.execute(query).mappings())


def settle_nudge(connection: sa.Connection, nudge_id: str, teacher_id: str, *, how: str, now: datetime) -> Row | None:
    """One's own open nudge; None where there is no such."""
    mine = sa.and_(NUDGE.c.nudge_id == nudge_id, NUDGE.c.teacher_id == teacher_id, NUDGE.c.settled_at.is_(None))
    row = connection.execute(sa.select(NUDGE).where(mine)).mappings().first()
    if row is not None:
        connection.execute(sa.update(NUDGE).where(mine).values(settled_at=now, settled_how=how))
    return row


def save_guides(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, GUIDE, rows, on_conflict="ignore")


def guide(connection: sa.Connection, guide_id: str) -> Row | None:
    return connection.execute(sa.select(GUIDE).where(GUIDE.c.guide_id == guide_id)).mappings().first()


def answer_guide(connection: sa.Connection, guide_id: str, answer: str, now: datetime) -> None:
    """The newest answer holds."""
    connection.execute(sa.update(GUIDE).where(GUIDE.c.guide_id == guide_id).values(answer=answer, answered_at=now))


def guides_of(connection: sa.Connection, student_id: str, *, limit: int = 5) -> list[Row]:
    query = sa.select(GUIDE).where(GUIDE.c.student_id == student_id).order_by(GUIDE.c.sent_at.desc()).limit(limit)
    return list(connection.execute(query).mappings())


def save_consents(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, MEDIA_CONSENT, rows, on_conflict="update", newer_by="revision")


def photo_consents(connection: sa.Connection, student_ids: Iterable[str]) -> dict[str, list[bool]]:
    """What the guardians of each child have said."""
    query = sa.select(MEDIA_CONSENT.c.student_id, MEDIA_CONSENT.c.value).where(
        among(MEDIA_CONSENT.c.student_id, student_ids), MEDIA_CONSENT.c.kind == "photo"
    )
    found: dict[str, list[bool]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.student_id].append(row.value)
    return found


def save_media(connection: sa.Connection, row: Row, tagged: Iterable[str]) -> None:
    insert_rows(connection, MEDIA, [row])
    tag(connection, row["media_id"], tagged)


def tag(connection: sa.Connection, media_id: str, tagged: Iterable[str]) -> None:
    """Exactly these children."""
    connection.execute(sa.delete(MEDIA_TAG).where(MEDIA_TAG.c.media_id == media_id))
    rows = [{"media_id": media_id, "student_id": student} for student in sorted(set(tagged))]
    if rows:
        insert_rows(connection, MEDIA_TAG, rows)


def media(connection: sa.Connection, media_id: str) -> Row | None:
    return connection.execute(sa.select(MEDIA).where(MEDIA.c.media_id == media_id)).mappings().first()


def media_of(connection: sa.Connection, owner_id: str, *, limit: int = 20) -> list[Row]:
    """Everything but the pictures themselves."""
    light = [column for column in MEDIA.c if column.name != "content"]
    query = sa.select(*light).where(MEDIA.c.owner_id == owner_id).order_by(MEDIA.c.created_at.desc()).limit(limit)
    return list(connection.execute(query).mappings())


def tags_of(connection: sa.Connection, media_ids: Iterable[str]) -> dict[str, list[str]]:
    query = sa.select(MEDIA_TAG).where(among(MEDIA_TAG.c.media_id, media_ids)).order_by(MEDIA_TAG.c.student_id)
    found: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.media_id].append(row.student_id)
    return found


def sent_media(connection: sa.Connection, media_id: str, message_id: str, expires_at: datetime) -> None:
    connection.execute(
        sa.update(MEDIA).where(MEDIA.c.media_id == media_id).values(message_id=message_id, expires_at=expires_at)
    )


def forget_media(connection: sa.Connection, now: datetime) -> None:
    """Pictures whose time is over, and their tags."""
    over = sa.select(MEDIA.c.media_id).where(MEDIA.c.expires_at <= now)
    connection.execute(sa.delete(MEDIA_TAG).where(MEDIA_TAG.c.media_id.in_(over)))
    connection.execute(sa.delete(MEDIA).where(MEDIA.c.expires_at <= now))
