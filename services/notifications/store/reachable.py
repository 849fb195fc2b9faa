"""What tells whether somebody can be reached: addresses, closed channels, tries and their outcomes, answers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa

from services.notifications.domain.consent import Source
from services.notifications.domain.repair import Block, Contact
from services.notifications.store.people import GUARDIAN, GUARDIAN_LINK
from services.notifications.tables import DELIVERY_TRACE, REPLY, SUPPRESSION
from services.notifications.tables.points import CONTACT_POINT
from services.notifications.tables.reach import REACH_FACT, REACH_MEMBER
from shared.store import among


def contacts(connection: sa.Connection, since: datetime) -> dict[str, Contact]:
    """What is known of everybody who is to hear from a school: seven queries, however many people."""
    members = sa.select(REACH_MEMBER.c.guardian_id, sa.func.count().label("schools")).where(
        REACH_MEMBER.c.to_run.is_(None)
    )
    schools = {row.guardian_id: row.schools for row in connection.execute(members.group_by(REACH_MEMBER.c.guardian_id))}
    channels, phones = _channels(connection)
    blocks = _blocks(connection)
    tried = _tried(connection, since)
    silent = [person for person, ways in tried.items() if not any(reached for _, reached in ways.values())]
    errors = _last_errors(connection, silent, since)
    ever = _ever(connection, silent)
    answers = set(connection.execute(sa.select(REPLY.c.guardian_id).where(REPLY.c.received_at >= since)).scalars())
    away = _not_living_with(connection)
    found = {}
    for person, count in schools.items():
        ways = tried.get(person, {})
        # a call to the number on file that was answered shows a way that the roster gives no address for
        shown = {channel for channel, (_, reached) in ways.items() if reached}
        found[person] = Contact(
            channels=frozenset(channels.get(person, set()) | shown),
            blocks=blocks.get(person, {}),
            tries=sum(tries for tries, _ in ways.values()),
            reached=sum(reached for _, reached in ways.values()),
            ever=person in ever,
            answers=person in answers,
            last_error=errors.get(person),
            has_phone=person in phones,
            elsewhere=count > 1,
            lives_with=person not in away,
        )
    return found


def _channels(connection: sa.Connection) -> tuple[dict[str, set[str]], set[str]]:
    """Channels with an address, by guardian; and who has a number of their own to call."""
    found: dict[str, set[str]] = defaultdict(set)
    phones = set()
    for row in connection.execute(
        sa.select(GUARDIAN.c.guardian_id, GUARDIAN.c.email, GUARDIAN.c.sms, GUARDIAN.c.phone)
    ):
        if row.email:
            found[row.guardian_id].add("email")
        if row.sms:
            found[row.guardian_id].add("sms")
        if row.phone:
            phones.add(row.guardian_id)
    points = sa.select(CONTACT_POINT.c.guardian_id, CONTACT_POINT.c.channel).where(CONTACT_POINT.c.active)
    for row in connection.execute(points):
        found[row.guardian_id].add(row.channel)
        if row.channel == "voice":
            phones.add(row.guardian_id)
    return found, phones


def _blocks(connection: sa.Connection) -> dict[str, dict[str, Block]]:
    """The channels that are closed; of several reasons the oldest."""
    query = sa.select(SUPPRESSION).order_by(SUPPRESSION.c.since.desc())
    found: dict[str, dict[str, Block]] = defaultdict(dict)
    for row in connection.execute(query):
        found[row.guardian_id][row.channel] = Block(Source(row.source), row.detail)
    return found


def _tried(connection: sa.Connection, since: datetime) -> dict[str, dict[str, tuple[int, int]]]:
    """By guardian and channel: tries since then, and how many arrived; a letter is no try of a contact."""
    query = (
        sa.select(
            REACH_FACT.c.guardian_id,
            REACH_FACT.c.channel,
            sa.func.count(),
            sa.func.sum(sa.case((REACH_FACT.c.reached, 1), else_=0)),
        )
        .where(
            REACH_FACT.c.to_run.is_(None),
            REACH_FACT.c.at >= since,
            REACH_FACT.c.channel.not_in(("letter", "page", "none")),
        )
        .group_by(REACH_FACT.c.guardian_id, REACH_FACT.c.channel)
    )
    found: dict[str, dict[str, tuple[int, int]]] = defaultdict(dict)
    for person, channel, tries, reached in connection.execute(query):
        found[person][channel] = (int(tries), int(reached))
    return found


def _last_errors(connection: sa.Connection, people: Collection[str], since: datetime) -> dict[str, str]:
    """The newest failure's words, of those whom nothing reached."""
    query = (
        sa.select(REACH_FACT.c.guardian_id, DELIVERY_TRACE.c.detail)
        .join(DELIVERY_TRACE, DELIVERY_TRACE.c.delivery_id == REACH_FACT.c.delivery_id)
        .where(
            among(REACH_FACT.c.guardian_id, people),
            REACH_FACT.c.to_run.is_(None),
            REACH_FACT.c.at >= since,
            DELIVERY_TRACE.c.what == "failed",
        )
        .order_by(DELIVERY_TRACE.c.at)
    )
    return {row.guardian_id: row.detail for row in connection.execute(query)} if people else {}


def _ever(connection: sa.Connection, people: Collection[str]) -> set[str]:
    """Those of them whom something reached once."""
    query = sa.select(REACH_FACT.c.guardian_id).where(among(REACH_FACT.c.guardian_id, people), REACH_FACT.c.reached)
    return set(connection.execute(query.distinct()).scalars()) if people else set()


def _not_living_with(connection: sa.Connection) -> set[str]:
    """Guardians with whom no child of theirs lives: nobody meets them at pick-up."""
    lives = sa.func.max(sa.case((GUARDIAN_LINK.c.lives_with, 1), else_=0))
    query = (
        sa.select(GUARDIAN_LINK.c.guardian_id)
        .where(GUARDIAN_LINK.c.active)
        .group_by(GUARDIAN_LINK.c.guardian_id)
        .having(lives == 0)
    )
    return set(connection.execute(query).scalars())
