"""An audience as rows: one a guardian, children and schools merged, in pages that a transaction can hold."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from services.notifications.domain.audience import Audience
from services.notifications.store.people import GUARDIAN, GUARDIAN_LINK, STUDENT, Row
from services.notifications.tables import PREFERENCE
from services.notifications.tables.points import DIALLED
from shared.store import among, insert_rows

_LANGUAGE = sa.func.coalesce(PREFERENCE.c.language, GUARDIAN.c.language)


def families_of(audience: Audience) -> Any:
    """FROM and WHERE of an audience: links that receive, of active students."""
    joined = (
        GUARDIAN.join(GUARDIAN_LINK, GUARDIAN_LINK.c.guardian_id == GUARDIAN.c.guardian_id)
        .join(STUDENT, STUDENT.c.student_id == GUARDIAN_LINK.c.student_id)
        .outerjoin(PREFERENCE, PREFERENCE.c.guardian_id == GUARDIAN.c.guardian_id)
    )
    conditions: list[Any] = [GUARDIAN_LINK.c.active, GUARDIAN_LINK.c.receives, STUDENT.c.active]
    if audience.empty:
        conditions.append(sa.false())
    if audience.schools:
        conditions.append(among(STUDENT.c.school_id, audience.schools))
    if audience.grades:
        conditions.append(among(STUDENT.c.grade, audience.grades))
    if audience.students:
        conditions.append(among(STUDENT.c.student_id, audience.students))
    if audience.guardians:
        conditions.append(among(GUARDIAN.c.guardian_id, audience.guardians))
    return joined, sa.and_(*conditions)


def languages(connection: sa.Connection, audience: Audience) -> dict[str, int]:
    """How many guardians read which language; `audience.classes` must have become students before."""
    joined, where = families_of(audience)
    query = (
        sa.select(_LANGUAGE, sa.func.count(sa.distinct(GUARDIAN.c.guardian_id)))
        .select_from(joined)
        .where(where)
        .group_by(_LANGUAGE)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def count(connection: sa.Connection, audience: Audience) -> int:
    """How many guardians it is for, before anybody is asked whether they may be contacted."""
    return sum(languages(connection, audience).values())


def page(connection: sa.Connection, audience: Audience, *, after: str, limit: int) -> list[Row]:
    """The next guardians by id: guardian_id, language, household_id, school_id, children ({student_id: given name})."""
    joined, where = families_of(audience)
    postgresql = connection.dialect.name == "postgresql"
    gather = sa.func.json_object_agg if postgresql else sa.func.json_group_object
    children = gather(STUDENT.c.student_id, STUDENT.c.given_name, type_=sa.JSON).label("children")
    query = (
        sa.select(
            GUARDIAN.c.guardian_id,
            _LANGUAGE.label("language"),
            sa.func.min(GUARDIAN_LINK.c.household_id).label("household_id"),
            sa.func.min(STUDENT.c.school_id).label("school_id"),
            children,
        )
        .select_from(joined)
        .where(where, GUARDIAN.c.guardian_id > after)
        .group_by(GUARDIAN.c.guardian_id, _LANGUAGE)
        .order_by(GUARDIAN.c.guardian_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def students_of_classes(connection: sa.Connection, class_ids: tuple[str, ...]) -> tuple[str, ...]:
    """Who is in these classes; class lists are JSON, so the database unfolds them."""
    if not class_ids:
        return ()
    unfold = sa.func.json_array_elements_text if connection.dialect.name == "postgresql" else sa.func.json_each
    each = unfold(STUDENT.c.class_ids).table_valued("value").alias("each")
    query = (
        sa.select(STUDENT.c.student_id)
        .select_from(STUDENT.join(each, sa.true()))
        .where(STUDENT.c.active, among(each.c.value, class_ids))
        .distinct()
    )
    return tuple(connection.execute(query).scalars())


def schools_of_classes(connection: sa.Connection, class_ids: tuple[str, ...]) -> dict[str, str]:
    """Where each class is, from its students."""
    unfold = sa.func.json_array_elements_text if connection.dialect.name == "postgresql" else sa.func.json_each
    each = unfold(STUDENT.c.class_ids).table_valued("value").alias("each")
    query = (
        sa.select(each.c.value, sa.func.min(STUDENT.c.school_id))
        .select_from(STUDENT.join(each, sa.true()))
        .where(STUDENT.c.active, among(each.c.value, class_ids))
        .group_by(each.c.value)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def claim_numbers(connection: sa.Connection, keys: dict[str, str]) -> set[str]:
    """Of {fingerprint: delivery_id}, the fingerprints that nobody has claimed before."""
    rows = [{"key": key, "delivery_id": delivery_id} for key, delivery_id in keys.items()]
    return set(insert_rows(connection, DIALLED, rows, on_conflict="ignore", returning="key")) if rows else set()
