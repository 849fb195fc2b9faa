"""Polls, what was voted, and the pulse's scores. No query here returns who voted for what."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.surveys.domain.polls import PREFIX
from services.surveys.tables import ANSWER, ASSIGNMENT, CAMPAIGN, RESPONSE, SURVEY_VERSION
from services.surveys.tables.polls import POLL, PULSE_SCORE
from shared.directory.projection import GUARDIAN_LINK
from shared.store import among, insert_rows

Row = Mapping[str, Any]


def save(connection: sa.Connection, row: Row) -> None:
    insert_rows(connection, POLL, [row], on_conflict="ignore")


def change(connection: sa.Connection, poll_id: str, **values: Any) -> None:
    connection.execute(sa.update(POLL).where(POLL.c.poll_id == poll_id).values(**values))


def decide(connection: sa.Connection, poll_id: str, **values: Any) -> bool:
    """Keep the decision of a closed poll; False where one stands already."""
    undecided = sa.and_(POLL.c.poll_id == poll_id, POLL.c.closed_at.is_not(None), POLL.c.decided_at.is_(None))
    return bool(connection.execute(sa.update(POLL).where(undecided).values(**values)).rowcount)


def poll(connection: sa.Connection, poll_id: str, *, held: bool = False) -> sa.Row[Any] | None:
    query = sa.select(POLL).where(POLL.c.poll_id == poll_id)
    return connection.execute(query.with_for_update() if held else query).first()


def waiting(connection: sa.Connection, poll_ids: Collection[str] | None = None) -> list[sa.Row[Any]]:
    """Polls that were opened and not asked yet (of these), held until the transaction ends."""
    query = sa.select(POLL).where(POLL.c.version.is_(None), POLL.c.closed_at.is_(None)).order_by(POLL.c.poll_id)
    if poll_ids is not None:
        query = query.where(among(POLL.c.poll_id, poll_ids))
    return list(connection.execute(query.with_for_update()))


def to_close(connection: sa.Connection, poll_ids: Collection[str], now: datetime) -> list[sa.Row[Any]]:
    """Those of them whose time has come, held until the transaction ends."""
    query = (
        sa.select(POLL)
        .where(among(POLL.c.poll_id, poll_ids), POLL.c.closed_at.is_(None), POLL.c.closes_at <= now)
        .order_by(POLL.c.poll_id)
        .with_for_update()
    )
    return list(connection.execute(query))


def takes_votes(connection: sa.Connection, poll_id: str) -> bool:
    """Whether it is not counted yet. Held with others who vote: the count waits for those that have begun, and sees them."""
    query = sa.select(POLL.c.closed_at).where(POLL.c.poll_id == poll_id).with_for_update(read=True)
    row = connection.execute(query).first()
    return row is None or row.closed_at is None


def of_schools(connection: sa.Connection, school_ids: Collection[str], *, limit: int) -> list[sa.Row[Any]]:
    """The newest first."""
    query = sa.select(POLL).where(among(POLL.c.school_id, school_ids)).order_by(POLL.c.opened_at.desc()).limit(limit)
    return list(connection.execute(query))


def content(connection: sa.Connection, survey_id: str) -> dict[str, Any] | None:
    """What a poll's survey asks; None where the survey is no poll."""
    if not survey_id.startswith(PREFIX):
        return None
    query = (
        sa.select(SURVEY_VERSION.c.content)
        .where(SURVEY_VERSION.c.survey_id == survey_id)
        .order_by(SURVEY_VERSION.c.published_at.desc())
    )
    found: dict[str, Any] | None = connection.execute(query).scalar()
    return found


def _homes() -> sa.Subquery:
    """The household of every guardian."""
    return (
        sa.select(GUARDIAN_LINK.c.guardian_id, sa.func.min(GUARDIAN_LINK.c.household_id).label("household_id"))
        .where(GUARDIAN_LINK.c.active)
        .group_by(GUARDIAN_LINK.c.guardian_id)
        .subquery("homes")
    )


def ballots(connection: sa.Connection, poll_id: str, question_id: str) -> list[sa.Row[Any]]:
    """Language and choices of every vote, in no order that tells who cast it."""
    query = (
        sa.select(RESPONSE.c.language, ANSWER.c.content)
        .join(ANSWER, ANSWER.c.assignment_id == RESPONSE.c.assignment_id)
        .join(ASSIGNMENT, ASSIGNMENT.c.assignment_id == RESPONSE.c.assignment_id)
        .where(ASSIGNMENT.c.campaign_id == poll_id, ANSWER.c.question_id == question_id, ANSWER.c.declined.is_(False))
        .order_by(RESPONSE.c.language)
    )
    return list(connection.execute(query))


def votes_of_homes(connection: sa.Connection, poll_id: str, question_id: str) -> list[int]:
    """How many votes each home has cast, of those that have voted; nobody's name with them."""
    homes = _homes()
    query = (
        sa.select(sa.func.count())
        .select_from(RESPONSE)
        .join(ANSWER, ANSWER.c.assignment_id == RESPONSE.c.assignment_id)
        .join(ASSIGNMENT, ASSIGNMENT.c.assignment_id == RESPONSE.c.assignment_id)
        .outerjoin(homes, homes.c.guardian_id == ASSIGNMENT.c.guardian_id)
        .where(ASSIGNMENT.c.campaign_id == poll_id, ANSWER.c.question_id == question_id, ANSWER.c.declined.is_(False))
        .group_by(sa.func.coalesce(homes.c.household_id, ASSIGNMENT.c.guardian_id))
    )
    return list(connection.execute(query).scalars())


def asked_after(connection: sa.Connection, poll_id: str, *, after: str, limit: int) -> list[sa.Row[Any]]:
    """Who was asked, with the children it was about, in the order of their ids."""
    query = (
        sa.select(ASSIGNMENT.c.guardian_id, ASSIGNMENT.c.student_ids)
        .where(ASSIGNMENT.c.campaign_id == poll_id, ASSIGNMENT.c.guardian_id > after)
        .order_by(ASSIGNMENT.c.guardian_id)
        .limit(limit)
    )
    return list(connection.execute(query))


def with_open(connection: sa.Connection, guardian_ids: Collection[str], now: datetime) -> set[str]:
    """Those of these guardians who have a question open, of whichever survey and school."""
    query = (
        sa.select(ASSIGNMENT.c.guardian_id)
        .distinct()
        .where(among(ASSIGNMENT.c.guardian_id, guardian_ids), ASSIGNMENT.c.state == "open", ASSIGNMENT.c.due_at > now)
    )
    return set(connection.execute(query).scalars())


def asked_before(connection: sa.Connection, guardian_ids: Collection[str], kind: str) -> list[sa.Row[Any]]:
    """What these guardians were asked of that kind, the newest first."""
    query = (
        sa.select(ASSIGNMENT.c.guardian_id, ASSIGNMENT.c.survey_id, ASSIGNMENT.c.state, ASSIGNMENT.c.assigned_at)
        .where(among(ASSIGNMENT.c.guardian_id, guardian_ids), ASSIGNMENT.c.kind == kind)
        .order_by(ASSIGNMENT.c.assigned_at.desc())
    )
    return list(connection.execute(query))


def answers_of(connection: sa.Connection, campaign_id: str) -> list[sa.Row[Any]]:
    """Question and content of every answer of a campaign, each home once: its first response. Nobody's name with them.

    Of an anonymous survey nobody knows the home: each response counts.
    """
    homes = _homes()
    home = sa.func.coalesce(homes.c.household_id, RESPONSE.c.guardian_id, RESPONSE.c.assignment_id)
    place = sa.func.row_number().over(partition_by=home, order_by=(RESPONSE.c.submitted_at, RESPONSE.c.assignment_id))
    said = sa.exists().where(ANSWER.c.assignment_id == RESPONSE.c.assignment_id, ANSWER.c.declined.is_(False))
    first = (
        sa.select(RESPONSE.c.assignment_id, place.label("place"))
        .outerjoin(homes, homes.c.guardian_id == RESPONSE.c.guardian_id)
        .where(RESPONSE.c.campaign_id == campaign_id, said)
        .subquery("first")
    )
    query = (
        sa.select(ANSWER.c.question_id, ANSWER.c.content)
        .join(first, sa.and_(first.c.assignment_id == ANSWER.c.assignment_id, first.c.place == 1))
        .where(ANSWER.c.declined.is_(False))
        .order_by(ANSWER.c.question_id)
    )
    return list(connection.execute(query))


def invited(connection: sa.Connection, campaign_id: str) -> list[int]:
    """How many guardians were asked in each home."""
    homes = _homes()
    query = (
        sa.select(sa.func.count())
        .select_from(ASSIGNMENT)
        .outerjoin(homes, homes.c.guardian_id == ASSIGNMENT.c.guardian_id)
        .where(ASSIGNMENT.c.campaign_id == campaign_id)
        .group_by(sa.func.coalesce(homes.c.household_id, ASSIGNMENT.c.guardian_id))
    )
    return list(connection.execute(query).scalars())


def version_asked(connection: sa.Connection, campaign_id: str) -> str | None:
    query = sa.select(ASSIGNMENT.c.version).where(ASSIGNMENT.c.campaign_id == campaign_id).limit(1)
    return connection.execute(query).scalar()


def campaign(connection: sa.Connection, campaign_id: str) -> sa.Row[Any] | None:
    return connection.execute(sa.select(CAMPAIGN).where(CAMPAIGN.c.campaign_id == campaign_id)).first()


def save_scores(connection: sa.Connection, rows: Sequence[Row]) -> None:
    insert_rows(connection, PULSE_SCORE, rows, on_conflict="update")


def scores(connection: sa.Connection, school_id: str) -> list[sa.Row[Any]]:
    """A school's scores, the latest round first."""
    query = (
        sa.select(PULSE_SCORE)
        .where(PULSE_SCORE.c.school_id == school_id)
        .order_by(PULSE_SCORE.c.at.desc(), PULSE_SCORE.c.item)
    )
    return list(connection.execute(query))
