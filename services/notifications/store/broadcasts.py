"""Sends to many as rows: how large, by whom, to which schools, and how far they have come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.domain.audience import Audience
from services.notifications.store import messages
from services.notifications.store.audience import families_of
from services.notifications.store.people import GUARDIAN, SCHOOL, STUDENT
from services.notifications.tables import DELIVERY, MESSAGE
from services.notifications.tables.emergency import BROADCAST
from services.notifications.tables.points import CONTACT_POINT
from shared.store import among, insert_rows

Row = Mapping[str, Any]

REACHED = ("sent", "delivered")
# what a recall cannot stop: it is with a provider, or may be; a worker's claim of this moment counts as gone
HANDED = ("sending", "sent", "delivered", "unknown")
PAGE = "page"


def reach(connection: sa.Connection, audience: Audience) -> dict[str, int]:
    """How many guardians of an audience have which way: guardians, sms, email, voice, none. Classes must be students."""
    joined, where = families_of(audience)

    def has(channel: str, of_roster: Any) -> Any:
        point = (
            sa.select(CONTACT_POINT.c.point_id)
            .where(
                CONTACT_POINT.c.guardian_id == GUARDIAN.c.guardian_id,
                CONTACT_POINT.c.channel == channel,
                CONTACT_POINT.c.active,
            )
            .exists()
        )
        return sa.or_(of_roster.is_not(None), point)

    sms, email = has("sms", GUARDIAN.c.sms), has("email", GUARDIAN.c.email)
    voice = sa.or_(has("voice", GUARDIAN.c.phone), GUARDIAN.c.sms.is_not(None))
    ways = {"sms": sms, "email": email, "voice": voice, "none": sa.not_(sa.or_(sms, email, voice))}
    query = (
        sa.select(
            sa.func.count(sa.distinct(GUARDIAN.c.guardian_id)).label("guardians"),
            *(
                sa.func.count(sa.distinct(sa.case((found, GUARDIAN.c.guardian_id)))).label(name)
                for name, found in ways.items()
            ),
        )
        .select_from(joined)
        .where(where)
    )
    return dict(connection.execute(query).mappings().one())


def past_sizes(connection: sa.Connection, sender_id: str, *, last: int = 10) -> list[int]:
    """How many this sender's last sends were for; drills do not count."""
    query = (
        sa.select(BROADCAST.c.guardians)
        .where(BROADCAST.c.sender_id == sender_id, BROADCAST.c.status == "Actual")
        .order_by(BROADCAST.c.created_at.desc())
        .limit(last)
    )
    return list(connection.execute(query).scalars())


def all_schools(connection: sa.Connection) -> dict[str, str]:
    """Every school's name."""
    query = sa.select(SCHOOL.c.school_id, SCHOOL.c.name).order_by(SCHOOL.c.name)
    return {row.school_id: row.name for row in connection.execute(query)}


def grades(connection: sa.Connection, school_ids: Iterable[str]) -> list[str]:
    """The grades there are at these schools."""
    query = (
        sa.select(STUDENT.c.grade)
        .where(among(STUDENT.c.school_id, school_ids), STUDENT.c.active, STUDENT.c.grade.is_not(None))
        .distinct()
        .order_by(STUDENT.c.grade)
    )
    return list(connection.execute(query).scalars())


def save_broadcast(connection: sa.Connection, row: Row) -> None:
    insert_rows(connection, BROADCAST, [row], on_conflict="ignore")


def broadcast(connection: sa.Connection, message_id: str) -> Row | None:
    return connection.execute(sa.select(BROADCAST).where(BROADCAST.c.message_id == message_id)).mappings().first()


def recent(connection: sa.Connection, *, since: datetime, emergency: bool | None = None, limit: int = 200) -> list[Row]:
    """Sends since then, the newest first, each with its message's title, kind, end and recall."""
    query = (
        sa.select(
            BROADCAST, MESSAGE.c.title, MESSAGE.c.kind, MESSAGE.c.expires_at, MESSAGE.c.recalled_at, MESSAGE.c.corrects
        )
        .join(MESSAGE, MESSAGE.c.message_id == BROADCAST.c.message_id)
        .where(BROADCAST.c.created_at >= since)
        .order_by(BROADCAST.c.created_at.desc())
        .limit(limit)
    )
    if emergency is not None:
        query = query.where(BROADCAST.c.emergency.is_(emergency))
    return list(connection.execute(query).mappings())


def correction_of(connection: sa.Connection, message_id: str) -> str | None:
    """The message that corrects this one after its recall, if there is one."""
    query = sa.select(MESSAGE.c.message_id).where(MESSAGE.c.corrects == message_id, MESSAGE.c.audience.is_(None))
    return connection.execute(query).scalars().first()


def entitle(connection: sa.Connection, message_id: str, title: str) -> None:
    connection.execute(sa.update(MESSAGE).where(MESSAGE.c.message_id == message_id).values(title=title))


def tally(connection: sa.Connection, message_id: str) -> list[Row]:
    """(way, channel, state, reason, count) of a message's deliveries."""
    same = (DELIVERY.c.way, DELIVERY.c.channel, DELIVERY.c.state, DELIVERY.c.reason)
    query = (
        sa.select(*same, sa.func.count().label("count")).where(DELIVERY.c.message_id == message_id).group_by(*same)
    )
    return list(connection.execute(query).mappings())


def unreached(connection: sa.Connection, message_id: str, *, limit: int) -> list[Row]:
    """Guardians whom no way has brought it to: guardian_id, name, language, delivery_id, school_id, by name."""
    brought = sa.and_(DELIVERY.c.state.in_(REACHED), DELIVERY.c.way != PAGE)
    reached = sa.func.max(sa.case((sa.or_(brought, DELIVERY.c.opened_at.is_not(None)), 1), else_=0))
    missing = (
        sa.select(DELIVERY.c.recipient_id, sa.func.min(DELIVERY.c.delivery_id).label("delivery_id"))
        .where(DELIVERY.c.message_id == message_id, DELIVERY.c.recipient_kind == "guardian")
        .group_by(DELIVERY.c.recipient_id)
        .having(reached == 0)
        .subquery()
    )
    query = (
        sa.select(
            GUARDIAN.c.guardian_id,
            GUARDIAN.c.given_name,
            GUARDIAN.c.family_name,
            GUARDIAN.c.language,
            DELIVERY.c.delivery_id,
            DELIVERY.c.school_id,
            DELIVERY.c.students,
        )
        .select_from(missing)
        .join(DELIVERY, DELIVERY.c.delivery_id == missing.c.delivery_id)
        .join(GUARDIAN, GUARDIAN.c.guardian_id == missing.c.recipient_id)
        .order_by(GUARDIAN.c.family_name, GUARDIAN.c.given_name, GUARDIAN.c.guardian_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def people_counts(connection: sa.Connection, message_id: str) -> tuple[int, int]:
    """(guardians it is for so far, those whom some way has brought it to)."""
    brought = sa.and_(DELIVERY.c.state.in_(REACHED), DELIVERY.c.way != PAGE)
    query = sa.select(
        sa.func.count(sa.distinct(DELIVERY.c.recipient_id)),
        sa.func.count(sa.distinct(sa.case((sa.or_(brought, DELIVERY.c.opened_at.is_not(None)), DELIVERY.c.recipient_id)))),
    ).where(DELIVERY.c.message_id == message_id, DELIVERY.c.recipient_kind == "guardian")
    row = connection.execute(query).one()
    return int(row[0]), int(row[1])


def handed_off(connection: sa.Connection, message_id: str, *, after: str, limit: int) -> list[Row]:
    """The next deliveries that have left, or may have, by id; what only the page shows has its correction there."""
    query = (
        sa.select(DELIVERY)
        .where(
            DELIVERY.c.message_id == message_id,
            sa.or_(DELIVERY.c.state.in_(HANDED), DELIVERY.c.sent_at.is_not(None)),
            DELIVERY.c.delivery_id > after,
        )
        .order_by(DELIVERY.c.delivery_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def count_handed_off(connection: sa.Connection, message_id: str) -> int:
    """How many guardians have it, or may have."""
    query = sa.select(sa.func.count(sa.distinct(DELIVERY.c.recipient_id))).where(
        DELIVERY.c.message_id == message_id,
        sa.or_(DELIVERY.c.state.in_(HANDED), DELIVERY.c.sent_at.is_not(None)),
    )
    return int(connection.execute(query).scalar_one())


def languages_handed_off(connection: sa.Connection, message_id: str) -> set[str]:
    query = sa.select(DELIVERY.c.language).distinct().where(
        DELIVERY.c.message_id == message_id,
        sa.or_(DELIVERY.c.state.in_(HANDED), DELIVERY.c.sent_at.is_not(None)),
    )
    return set(connection.execute(query).scalars())


def waiting_letters(connection: sa.Connection, message_id: str) -> list[str]:
    """Its deliveries that are on paper, or on the way there."""
    query = sa.select(DELIVERY.c.delivery_id).where(DELIVERY.c.message_id == message_id, DELIVERY.c.state == "letter")
    return list(connection.execute(query).scalars())


def expire(connection: sa.Connection, message_id: str, *, now: datetime) -> int:
    """Mark what has not left when its time is over, with a trace; what a worker holds in this moment it judges itself."""
    changed = 0
    while True:
        ids = list(
            connection.execute(
                sa.select(DELIVERY.c.delivery_id)
                .where(DELIVERY.c.message_id == message_id, DELIVERY.c.state.in_(("planned", "due", "held")))
                .order_by(DELIVERY.c.delivery_id)
                .limit(5_000)
                .with_for_update()
            ).scalars()
        )
        if not ids:
            return changed
        connection.execute(
            sa.update(DELIVERY)
            .where(among(DELIVERY.c.delivery_id, ids))
            .values(state="expired", reason="expired", due_at=None)
        )
        messages.trace(connection, ((known, "expired", "its time was over before it could leave") for known in ids), now)
        changed += len(ids)
