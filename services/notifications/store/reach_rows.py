"""The rows behind a report's figures, as one count knew them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from services.notifications.domain.figures import Event
from services.notifications.store.people import GUARDIAN, STUDENT
from services.notifications.store.reach import Scope
from services.notifications.tables.reach import REACH_EVENT

Row = Mapping[str, Any]


def families(
    connection: sa.Connection,
    run: sa.Row[Any],
    days: int,
    *,
    schools: Collection[str],
    language: str | None = None,
    only: str | None = None,
    limit: int = 500,
) -> list[Row]:
    """The guardians behind reach and replies, as that count knew them; `only`: unreached, reached, replied."""
    scope = Scope(run.run_id, run.at - timedelta(days=days), run.at)
    member, heard = scope.members, scope.heard
    reached, replied = sa.func.coalesce(heard.c.reached, 0), sa.func.coalesce(heard.c.answered, 0)
    query = (
        sa.select(
            member.c.guardian_id,
            member.c.school_id,
            member.c.language,
            GUARDIAN.c.given_name,
            GUARDIAN.c.family_name,
            sa.case((heard.c.guardian_id.is_(None), 0), else_=1).label("written"),
            reached.label("reached"),
            replied.label("replied"),
        )
        .outerjoin(heard, heard.c.guardian_id == member.c.guardian_id)
        .outerjoin(GUARDIAN, GUARDIAN.c.guardian_id == member.c.guardian_id)
        .where(member.c.school_id.in_(sorted(schools)))
        .order_by(GUARDIAN.c.family_name, GUARDIAN.c.given_name, member.c.guardian_id)
        .limit(limit)
    )
    if language:
        query = query.where(member.c.language == language)
    chosen = {"unreached": reached == 0, "reached": reached == 1, "replied": replied == 1}.get(only or "")
    return list(connection.execute(query if chosen is None else query.where(chosen)).mappings())


def happenings(
    connection: sa.Connection,
    run: sa.Row[Any],
    days: int,
    *,
    schools: Collection[str],
    kinds: Sequence[Event],
    limit: int = 500,
) -> list[Row]:
    """The events behind the other figures, newest first, as that count knew them."""
    since = run.at - timedelta(days=days)
    query = (
        sa.select(
            *(
                REACH_EVENT.c[name]
                for name in ("what", "source_id", "school_id", "student_id", "guardian_id", "at", "n", "value")
            ),
            sa.func.coalesce(STUDENT.c.given_name, GUARDIAN.c.given_name).label("given_name"),
            sa.func.coalesce(STUDENT.c.family_name, GUARDIAN.c.family_name).label("family_name"),
        )
        .outerjoin(STUDENT, STUDENT.c.student_id == REACH_EVENT.c.student_id)
        .outerjoin(GUARDIAN, GUARDIAN.c.guardian_id == REACH_EVENT.c.guardian_id)
        .where(
            REACH_EVENT.c.run_id <= run.run_id,
            REACH_EVENT.c.at > since,
            REACH_EVENT.c.at <= run.at,
            REACH_EVENT.c.what.in_([kind.value for kind in kinds]),
            REACH_EVENT.c.school_id.in_(sorted(schools)),
        )
        .order_by(REACH_EVENT.c.at.desc(), REACH_EVENT.c.source_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())
