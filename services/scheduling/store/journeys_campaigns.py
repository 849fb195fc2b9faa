"""Campaigns: which families they ask, and who has a time by now."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.scheduling.tables import MEETING, OFFER
from services.scheduling.tables.journeys import CAMPAIGN, CAMPAIGN_FAMILY
from shared.store import among, insert_rows


def add(connection: sa.Connection, row: Mapping[str, Any]) -> bool:
    """False where it was there before."""
    return bool(list(insert_rows(connection, CAMPAIGN, [row], on_conflict="ignore", returning="campaign_id")))


def by_id(connection: sa.Connection, campaign_ids: Collection[str]) -> dict[str, Any]:
    rows = connection.execute(sa.select(CAMPAIGN).where(among(CAMPAIGN.c.campaign_id, campaign_ids)))
    return {row.campaign_id: row for row in rows}


def set_state(connection: sa.Connection, campaign_ids: Collection[str], state: str, *, only: Collection[str]) -> list[str]:
    query = (
        sa.update(CAMPAIGN)
        .where(among(CAMPAIGN.c.campaign_id, campaign_ids), CAMPAIGN.c.state.in_(only))
        .values(state=state)
        .returning(CAMPAIGN.c.campaign_id)
    )
    return list(connection.execute(query).scalars())


def of_schools(connection: sa.Connection, school_ids: Collection[str]) -> list[Any]:
    """The newest first."""
    query = sa.select(CAMPAIGN).where(among(CAMPAIGN.c.school_id, school_ids))
    return list(connection.execute(query.order_by(CAMPAIGN.c.opens_at.desc(), CAMPAIGN.c.campaign_id)))


def add_families(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        insert_rows(connection, CAMPAIGN_FAMILY, rows, on_conflict="ignore")


def families(connection: sa.Connection, campaign_ids: Collection[str], *, staff_id: str | None = None) -> list[Any]:
    """Families with the meeting they have (its newest) and the state of the offer they were made first.

    A meeting counts when it is of the campaign's kind, with its teacher, and was booked since the family was invited: also
    by another way than the first offer, as on the telephone.
    """
    family, campaign = CAMPAIGN_FAMILY, CAMPAIGN
    query = (
        sa.select(family, campaign.c.kind, campaign.c.school_id, OFFER.c.state.label("offer_state"))
        .join(campaign, campaign.c.campaign_id == family.c.campaign_id)
        .outerjoin(OFFER, OFFER.c.offer_id == family.c.offer_id)
        .where(among(family.c.campaign_id, campaign_ids))
        .order_by(family.c.student_id, family.c.guardian_id)
    )
    if staff_id is not None:
        query = query.where(family.c.staff_id == staff_id)
    return list(connection.execute(query))


def meetings_of(connection: sa.Connection, campaign_ids: Collection[str]) -> dict[tuple[str, str, str], Any]:
    """The newest meeting of each family, by (campaign, child, guardian)."""
    family, campaign = CAMPAIGN_FAMILY, CAMPAIGN
    same = sa.and_(
        MEETING.c.kind == campaign.c.kind,
        MEETING.c.guardian_id == family.c.guardian_id,
        MEETING.c.student_id == family.c.student_id,
        MEETING.c.staff_id == family.c.staff_id,
        MEETING.c.booked_at >= family.c.invited_at,
        MEETING.c.source.not_in(("series", "round")),  # decided elsewhere: no answer to this
    )
    query = (
        sa.select(
            family.c.campaign_id, family.c.student_id, family.c.guardian_id,
            MEETING.c.meeting_id, MEETING.c.state, MEETING.c.start_at, MEETING.c.mode,
        )
        .join(campaign, campaign.c.campaign_id == family.c.campaign_id)
        .join(MEETING, same)
        .where(among(family.c.campaign_id, campaign_ids))
        .order_by(MEETING.c.booked_at, MEETING.c.start_at)
    )  # fmt: skip
    return {(row.campaign_id, row.student_id, row.guardian_id): row for row in connection.execute(query)}


def asked_to_call(connection: sa.Connection, campaign_id: str, pairs: Collection[tuple[str, str]], now: datetime) -> None:
    """(child, guardian) pairs for whom a call task was made."""
    family = CAMPAIGN_FAMILY
    if pairs:
        connection.execute(
            sa.update(family)
            .where(
                family.c.campaign_id == campaign_id,
                family.c.student_id == sa.bindparam("the_student"),
                family.c.guardian_id == sa.bindparam("the_guardian"),
            )
            .values(asked_to_call_at=now),
            [{"the_student": student, "the_guardian": guardian} for student, guardian in pairs],
        )
