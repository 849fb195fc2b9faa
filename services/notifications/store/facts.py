"""The count: what has happened since the last one is written down as facts, stamped with its number.

A fact is never changed: where the world turns out otherwise, the fact ends with this count and another begins. So what a
report said as of a count can be said again, whatever came later.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from services.notifications.domain.figures import ANSWERS_WITHIN, RECEIPTED
from services.notifications.store.people import CONTACT_RESTRICTION, GUARDIAN, GUARDIAN_LINK, STUDENT
from services.notifications.tables import DELIVERY, MESSAGE, REPLY
from services.notifications.tables.conversation import REPLY_PLACE
from services.notifications.tables.reach import REACH_ANSWER, REACH_EVENT, REACH_FACT, REACH_MEMBER, REACH_RUN, REPAIR
from shared.store import among, insert_rows

Row = Mapping[str, Any]
_LOCK = 0x5EAC4  # one count at a time in a district
_MOMENT = timedelta(microseconds=1)
_EVENT_COLUMNS = ["what", "source_id", "school_id", "student_id", "guardian_id", "at", "n", "value"]


def begin(connection: sa.Connection, now: datetime) -> tuple[int, datetime]:
    """The next count's number and time, later than the last one's; waits for a count under way."""
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    last = connection.execute(sa.select(REACH_RUN).order_by(REACH_RUN.c.run_id.desc()).limit(1)).first()
    run_id, at = (1, now) if last is None else (last.run_id + 1, max(now, last.at + _MOMENT))
    insert_rows(connection, REACH_RUN, [{"run_id": run_id, "at": at}])
    return run_id, at


def note_members(connection: sa.Connection, run: int, today: date) -> None:
    """Who is to hear from which school. Guardians under a restriction for every child there are not looked for."""
    restricted = sa.exists().where(
        CONTACT_RESTRICTION.c.guardian_id == GUARDIAN_LINK.c.guardian_id,
        CONTACT_RESTRICTION.c.student_id == GUARDIAN_LINK.c.student_id,
        CONTACT_RESTRICTION.c.lifted.is_(False),
        CONTACT_RESTRICTION.c.scope != "no_pickup",
        CONTACT_RESTRICTION.c.starts_on <= today,
        sa.or_(CONTACT_RESTRICTION.c.ends_on.is_(None), CONTACT_RESTRICTION.c.ends_on >= today),
    )
    now = (
        sa.select(GUARDIAN_LINK.c.guardian_id, STUDENT.c.school_id, sa.func.min(GUARDIAN.c.language).label("language"))
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .join(GUARDIAN, GUARDIAN.c.guardian_id == GUARDIAN_LINK.c.guardian_id)
        .where(GUARDIAN_LINK.c.active, GUARDIAN_LINK.c.receives, STUDENT.c.active, ~restricted)
        .group_by(GUARDIAN_LINK.c.guardian_id, STUDENT.c.school_id)
        .cte("now")
    )
    same = sa.and_(
        now.c.guardian_id == REACH_MEMBER.c.guardian_id,
        now.c.school_id == REACH_MEMBER.c.school_id,
        now.c.language == REACH_MEMBER.c.language,
    )
    current = REACH_MEMBER.c.to_run.is_(None)
    still = sa.select(now.c.guardian_id).where(same).exists()
    connection.execute(sa.update(REACH_MEMBER).where(current, ~still).values(to_run=run))
    new = (
        sa.select(sa.literal(run), now.c.guardian_id, now.c.school_id, now.c.language)
        .outerjoin(REACH_MEMBER, sa.and_(same, current))
        .where(REACH_MEMBER.c.guardian_id.is_(None))
    )
    names = ["from_run", "guardian_id", "school_id", "language"]
    connection.execute(sa.insert(REACH_MEMBER).from_select(names, new))


def answered(connection: sa.Connection, since: datetime) -> set[str]:
    """Deliveries that words from home since then answer, within a week: the one that the reply names, else the newest before it."""
    words = connection.execute(
        sa.select(REPLY.c.guardian_id, REPLY.c.received_at, REPLY_PLACE.c.delivery_id)
        .outerjoin(REPLY_PLACE, REPLY_PLACE.c.reply_id == REPLY.c.reply_id)
        .where(REPLY.c.received_at >= since, sa.or_(REPLY.c.open_kind.is_(None), REPLY.c.open_kind != "keyword"))
    ).all()
    if not words:
        return set()
    sent: dict[str, list[tuple[datetime, str]]] = defaultdict(list)
    query = sa.select(DELIVERY.c.recipient_id, DELIVERY.c.sent_at, DELIVERY.c.delivery_id).where(
        among(DELIVERY.c.recipient_id, {row.guardian_id for row in words}),
        DELIVERY.c.sent_at >= since - ANSWERS_WITHIN,
    )
    for row in connection.execute(query.order_by(DELIVERY.c.sent_at, DELIVERY.c.delivery_id)):
        sent[row.recipient_id].append((row.sent_at, row.delivery_id))
    found = set()
    for guardian, received_at, named in words:
        known = sent[guardian]
        before = known[: bisect_right(known, (received_at, "\uffff"))]
        at, delivery = next((one for one in before if one[1] == named), before[-1] if before else (None, None))
        if at is not None and delivery is not None and received_at - at <= ANSWERS_WITHIN:
            found.add(delivery)
    return found


def note_deliveries(connection: sa.Connection, run: int, since: datetime, answers: Collection[str]) -> None:
    """What became of the deliveries of messages since then, and of those just answered."""
    if answers:
        rows = [{"delivery_id": delivery_id, "run_id": run} for delivery_id in sorted(answers)]
        insert_rows(connection, REACH_ANSWER, rows, on_conflict="ignore")
    _note(connection, run, MESSAGE.c.created_at >= since)
    if answers:
        _note(connection, run, REACH_ANSWER.c.run_id == run)


def _note(connection: sa.Connection, run: int, part: Any) -> None:
    is_answered = REACH_ANSWER.c.delivery_id.is_not(None)
    channel = sa.func.coalesce(DELIVERY.c.channel, "none")
    arrived = sa.or_(
        DELIVERY.c.state == "delivered",
        DELIVERY.c.opened_at.is_not(None),
        sa.and_(DELIVERY.c.state == "sent", channel.not_in(sorted(RECEIPTED))),
    )
    now = (
        sa.select(
            DELIVERY.c.delivery_id,
            DELIVERY.c.recipient_id.label("guardian_id"),
            channel.label("channel"),
            sa.func.coalesce(DELIVERY.c.sent_at, DELIVERY.c.created_at, type_=DELIVERY.c.created_at.type).label("at"),
            sa.case((sa.or_(arrived, is_answered), sa.true()), else_=sa.false()).label("reached"),
            sa.case((is_answered, sa.true()), else_=sa.false()).label("answered"),
        )
        .join(MESSAGE, MESSAGE.c.message_id == DELIVERY.c.message_id)
        .outerjoin(REACH_ANSWER, REACH_ANSWER.c.delivery_id == DELIVERY.c.delivery_id)
        .where(
            part,
            DELIVERY.c.recipient_kind == "guardian",
            sa.or_(DELIVERY.c.sent_at.is_not(None), DELIVERY.c.state.in_(("failed", "unknown", "letter"))),
        )
        .cte("now")
    )
    open_fact = sa.and_(REACH_FACT.c.delivery_id == now.c.delivery_id, REACH_FACT.c.to_run.is_(None))
    differs = sa.or_(*(now.c[name] != REACH_FACT.c[name] for name in ("channel", "at", "reached", "answered")))
    changed = sa.select(now.c.delivery_id).join(REACH_FACT, open_fact).where(differs)
    connection.execute(
        sa.update(REACH_FACT)
        .where(REACH_FACT.c.to_run.is_(None), REACH_FACT.c.delivery_id.in_(changed))
        .values(to_run=run)
    )
    names = ["delivery_id", "guardian_id", "channel", "at", "reached", "answered"]
    new = (
        sa.select(sa.literal(run), *(now.c[name] for name in names))
        .outerjoin(REACH_FACT, open_fact)
        .where(REACH_FACT.c.delivery_id.is_(None))
    )
    connection.execute(sa.insert(REACH_FACT).from_select(["from_run", *names], new))


def stamp(connection: sa.Connection, run: int) -> None:
    """What is new belongs to this count."""
    connection.execute(sa.update(REACH_EVENT).where(REACH_EVENT.c.run_id.is_(None)).values(run_id=run))
    connection.execute(sa.update(REPAIR).where(REPAIR.c.opened_run.is_(None)).values(opened_run=run))
    closed = sa.and_(REPAIR.c.closed_at.is_not(None), REPAIR.c.closed_run.is_(None))
    connection.execute(sa.update(REPAIR).where(closed).values(closed_run=run))
