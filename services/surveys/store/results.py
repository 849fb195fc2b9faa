"""What results are counted from, streamed: the invitations of a round, its answers (each home once), its snapshots."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.surveys.domain.polls import PREFIX
from services.surveys.tables import (
    ANSWER,
    ASSIGNMENT,
    BOUNDARY,
    CAMPAIGN,
    DRAFT,
    EFFECT,
    PREFERENCE,
    RESPONSE,
    SURVEY_VERSION,
)
from services.surveys.tables.actions import SAFEGUARD
from services.surveys.tables.results import OPENED, RESULT_SNAPSHOT
from shared.directory.projection import GUARDIAN, GUARDIAN_LINK, STUDENT
from shared.store import insert_rows

AT_ONCE = 500  # rows held while streaming
ROUNDS = 200

# a poll is counted once, on its own page: two tables of the same votes would tell what each of them hides
_NO_POLL = sa.not_(CAMPAIGN.c.survey_id.startswith(PREFIX, autoescape=True))


def rounds(connection: sa.Connection, school_ids: Collection[str] | None = None) -> list[sa.Row[Any]]:
    """Surveys that were put to families, the latest first: survey, round, when it began and ends, at how many schools."""
    query = (
        sa.select(
            CAMPAIGN.c.survey_id,
            CAMPAIGN.c.round,
            sa.func.min(CAMPAIGN.c.send_at).label("send_at"),
            sa.func.max(CAMPAIGN.c.due_at).label("due_at"),
            sa.func.count(sa.distinct(CAMPAIGN.c.school_id)).label("schools"),
        )
        .where(_NO_POLL)
        .group_by(CAMPAIGN.c.survey_id, CAMPAIGN.c.round)
        .order_by(sa.func.min(CAMPAIGN.c.send_at).desc(), CAMPAIGN.c.survey_id, CAMPAIGN.c.round)
        .limit(ROUNDS)
    )
    if school_ids is not None:
        query = query.where(CAMPAIGN.c.school_id.in_(school_ids))
    return list(connection.execute(query))


def campaigns_of(connection: sa.Connection, survey_id: str, round_: str) -> list[sa.Row[Any]]:
    query = (
        sa.select(CAMPAIGN)
        .where(CAMPAIGN.c.survey_id == survey_id, CAMPAIGN.c.round == round_, _NO_POLL)
        .order_by(CAMPAIGN.c.school_id, CAMPAIGN.c.campaign_id)
    )
    return list(connection.execute(query))


def campaigns_by_round(
    connection: sa.Connection, school_ids: Collection[str] | None = None
) -> dict[tuple[str, str], list[Any]]:
    """The campaigns of the rounds that `rounds` lists for these schools, by survey and round; in one statement."""
    newest = (
        sa.select(CAMPAIGN.c.survey_id, CAMPAIGN.c.round)
        .where(_NO_POLL, *([] if school_ids is None else [CAMPAIGN.c.school_id.in_(school_ids)]))
        .group_by(CAMPAIGN.c.survey_id, CAMPAIGN.c.round)
        .order_by(sa.func.min(CAMPAIGN.c.send_at).desc(), CAMPAIGN.c.survey_id, CAMPAIGN.c.round)
        .limit(ROUNDS)
        .subquery("newest")
    )
    same = sa.and_(CAMPAIGN.c.survey_id == newest.c.survey_id, CAMPAIGN.c.round == newest.c.round)
    query = sa.select(CAMPAIGN.c.survey_id, CAMPAIGN.c.round, CAMPAIGN.c.school_id, CAMPAIGN.c.class_id).join(newest, same)
    found: dict[tuple[str, str], list[Any]] = {}
    for row in connection.execute(query.distinct()):
        found.setdefault((row.survey_id, row.round), []).append(row)
    return found


def newest_titles(
    connection: sa.Connection, rounds: Collection[tuple[str, str]]
) -> dict[tuple[str, str], dict[str, str]]:
    """By survey and round, the title of the version that was last published of those the round has asked."""
    if not rounds:
        return {}
    asked = (
        sa.select(CAMPAIGN.c.survey_id, CAMPAIGN.c.round, ASSIGNMENT.c.version)
        .join(ASSIGNMENT, ASSIGNMENT.c.campaign_id == CAMPAIGN.c.campaign_id)
        .where(CAMPAIGN.c.survey_id.in_({survey_id for survey_id, _ in rounds}))
        .where(CAMPAIGN.c.round.in_({round_ for _, round_ in rounds}))
        .distinct()
        .subquery("asked")
    )
    query = (
        sa.select(asked.c.survey_id, asked.c.round, SURVEY_VERSION.c.content["title"].label("title"))
        .join(SURVEY_VERSION, SURVEY_VERSION.c.version == asked.c.version)
        .order_by(SURVEY_VERSION.c.published_at, SURVEY_VERSION.c.version.desc())
    )
    return {(row.survey_id, row.round): row.title for row in connection.execute(query)}  # the last stands


def hold(connection: sa.Connection, survey_id: str, round_: str) -> None:
    """One at a time from here to the end of the transaction: two snapshots that did not know of each other could be subtracted."""
    query = sa.select(CAMPAIGN.c.campaign_id).where(CAMPAIGN.c.survey_id == survey_id, CAMPAIGN.c.round == round_)
    connection.execute(query.order_by(CAMPAIGN.c.campaign_id).with_for_update()).all()


def newest_content(connection: sa.Connection, survey_id: str, round_: str) -> dict[str, Any] | None:
    """The version that was last published of those the round has asked."""
    asked = (
        sa.select(ASSIGNMENT.c.version)
        .join(CAMPAIGN, CAMPAIGN.c.campaign_id == ASSIGNMENT.c.campaign_id)
        .where(CAMPAIGN.c.survey_id == survey_id, CAMPAIGN.c.round == round_)
    )
    query = (
        sa.select(SURVEY_VERSION.c.content)
        .where(SURVEY_VERSION.c.version.in_(asked))
        .order_by(SURVEY_VERSION.c.published_at.desc(), SURVEY_VERSION.c.version)
        .limit(1)
    )
    content: dict[str, Any] | None = connection.execute(query).scalar()
    return content


def _families() -> sa.Subquery:
    """By guardian: the household, and the grade of one child (the lowest as written)."""
    return (
        sa.select(
            GUARDIAN_LINK.c.guardian_id,
            sa.func.min(GUARDIAN_LINK.c.household_id).label("household_id"),
            sa.func.min(STUDENT.c.grade).label("grade"),
        )
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .where(GUARDIAN_LINK.c.active, STUDENT.c.active)
        .group_by(GUARDIAN_LINK.c.guardian_id)
        .subquery("families")
    )


def invitations(connection: sa.Connection, survey_id: str, round_: str) -> Iterator[sa.Row[Any]]:
    """Every invitation of the round with what became of it; streamed, in no order."""
    families = _families()
    acted = sa.exists().where(EFFECT.c.assignment_id == ASSIGNMENT.c.assignment_id)
    query = (
        sa.select(
            CAMPAIGN.c.school_id,
            ASSIGNMENT.c.language,
            ASSIGNMENT.c.state,
            ASSIGNMENT.c.question_ids,
            ASSIGNMENT.c.due_at,
            ASSIGNMENT.c.reached_at,
            ASSIGNMENT.c.unreached_by,
            DRAFT.c.answers.label("draft"),
            OPENED.c.opened_at,
            RESPONSE.c.submitted_at,
            RESPONSE.c.via,
            families.c.household_id,
            families.c.grade,
            PREFERENCE.c.channel_order,
            BOUNDARY.c.active.label("boundary"),
            acted.label("acted"),
        )
        .join(CAMPAIGN, CAMPAIGN.c.campaign_id == ASSIGNMENT.c.campaign_id)
        .outerjoin(DRAFT, DRAFT.c.assignment_id == ASSIGNMENT.c.assignment_id)
        .outerjoin(OPENED, OPENED.c.assignment_id == ASSIGNMENT.c.assignment_id)
        .outerjoin(RESPONSE, RESPONSE.c.assignment_id == ASSIGNMENT.c.assignment_id)
        .outerjoin(families, families.c.guardian_id == ASSIGNMENT.c.guardian_id)
        .outerjoin(PREFERENCE, PREFERENCE.c.guardian_id == ASSIGNMENT.c.guardian_id)
        .outerjoin(
            BOUNDARY,
            sa.and_(
                BOUNDARY.c.guardian_id == ASSIGNMENT.c.guardian_id, BOUNDARY.c.scope == "no_surveys", BOUNDARY.c.active
            ),
        )
        .where(CAMPAIGN.c.survey_id == survey_id, CAMPAIGN.c.round == round_)
    )
    yield from connection.execute(query, execution_options={"yield_per": AT_ONCE})


def _of_round(survey_id: str, round_: str) -> sa.Subquery:
    """Ids of the round's responses, with the school that asked: each half by an index.

    An older response names its campaign only through its assignment; an anonymous one has no assignment.
    """
    asked = sa.and_(CAMPAIGN.c.survey_id == survey_id, CAMPAIGN.c.round == round_)
    named = sa.select(RESPONSE.c.assignment_id, CAMPAIGN.c.school_id).join(
        CAMPAIGN, CAMPAIGN.c.campaign_id == RESPONSE.c.campaign_id
    )
    older = (
        sa.select(RESPONSE.c.assignment_id, CAMPAIGN.c.school_id)
        .join(ASSIGNMENT, ASSIGNMENT.c.assignment_id == RESPONSE.c.assignment_id)
        .join(CAMPAIGN, CAMPAIGN.c.campaign_id == ASSIGNMENT.c.campaign_id)
        .where(RESPONSE.c.campaign_id.is_(None))
    )
    return sa.union_all(named.where(asked), older.where(asked)).subquery("of_round")


def _responses(survey_id: str, round_: str, until: datetime | None) -> sa.Subquery:
    """Responses of the round, each with its place among those of its home. Anonymous ones have no home: each its own."""
    families = _families()
    theirs = _of_round(survey_id, round_)
    home = sa.func.coalesce(families.c.household_id, sa.literal("response:") + RESPONSE.c.assignment_id)
    place = sa.func.row_number().over(partition_by=home, order_by=(RESPONSE.c.submitted_at, RESPONSE.c.assignment_id))
    query = (
        sa.select(
            RESPONSE.c.assignment_id,
            RESPONSE.c.guardian_id,
            RESPONSE.c.version,
            RESPONSE.c.via,
            RESPONSE.c.language,
            RESPONSE.c.late,
            RESPONSE.c.submitted_at,
            theirs.c.school_id,
            families.c.grade,
            (GUARDIAN.c.given_name + " " + GUARDIAN.c.family_name).label("guardian"),
            place.label("place"),
        )
        .join(theirs, theirs.c.assignment_id == RESPONSE.c.assignment_id)
        .outerjoin(GUARDIAN, GUARDIAN.c.guardian_id == RESPONSE.c.guardian_id)
        .outerjoin(families, families.c.guardian_id == RESPONSE.c.guardian_id)
    )
    if until is not None:
        query = query.where(RESPONSE.c.submitted_at <= until)
    return query.subquery("responses")


def answers(
    connection: sa.Connection,
    survey_id: str,
    round_: str,
    *,
    homes_once: bool = True,
    schools: Collection[str] | None = None,
    until: datetime | None = None,
) -> Iterator[sa.Row[Any]]:
    """One row an answer, the rows of a response together; streamed. `homes_once`: only the first response of a household.

    They come in the order of the ids' last digits, which says nothing of when or from whom. `guarded`: only the
    safeguarding lead may read it.
    """
    found = _responses(survey_id, round_, until)
    guarded = SAFEGUARD.c.at.is_not(None).label("guarded")
    same = sa.and_(SAFEGUARD.c.assignment_id == ANSWER.c.assignment_id, SAFEGUARD.c.question_id == ANSWER.c.question_id)
    query = (
        sa.select(found, ANSWER.c.question_id, ANSWER.c.declined, ANSWER.c.content, guarded)
        .outerjoin(ANSWER, ANSWER.c.assignment_id == found.c.assignment_id)
        .outerjoin(SAFEGUARD, same)
        .order_by(sa.func.substr(found.c.assignment_id, 25), found.c.assignment_id, ANSWER.c.question_id)
    )
    if homes_once:
        query = query.where(found.c.place == 1)
    if schools is not None:
        query = query.where(found.c.school_id.in_(schools))
    yield from connection.execute(query, execution_options={"yield_per": AT_ONCE})


def answered(connection: sa.Connection, survey_id: str, round_: str) -> dict[str, int]:
    """How many homes have answered, by school."""
    found = _responses(survey_id, round_, None)
    query = (
        sa.select(found.c.school_id, sa.func.count().label("homes"))
        .where(found.c.place == 1)
        .group_by(found.c.school_id)
    )
    return {row.school_id: row.homes for row in connection.execute(query)}


def note_opened(connection: sa.Connection, opened: Mapping[str, datetime]) -> None:
    """When assignments were opened; the first time counts."""
    rows = [{"assignment_id": assignment_id, "opened_at": at} for assignment_id, at in sorted(opened.items())]
    insert_rows(connection, OPENED, rows, on_conflict="ignore")


def save_snapshot(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, RESULT_SNAPSHOT, [row], on_conflict="ignore")


def newest_snapshot(
    connection: sa.Connection, survey_id: str, round_: str, *, as_of: datetime | None = None
) -> sa.Row[Any] | None:
    """The last that was published, or the last by `as_of`."""
    query = (
        sa.select(RESULT_SNAPSHOT)
        .where(RESULT_SNAPSHOT.c.survey_id == survey_id, RESULT_SNAPSHOT.c.round == round_)
        .order_by(RESULT_SNAPSHOT.c.taken_at.desc(), RESULT_SNAPSHOT.c.answered.desc())
        .limit(1)
    )
    if as_of is not None:
        query = query.where(RESULT_SNAPSHOT.c.taken_at <= as_of)
    return connection.execute(query).first()
