"""What guardians have decided about being asked and reached."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.surveys.domain.preferences import Preference
from services.surveys.tables import BOUNDARY, DECLINED, PREFERENCE
from shared.store import among, insert_rows


def preference(connection: sa.Connection, guardian_id: str) -> Preference:
    """As last said; version 0 where nothing was said yet. Held until the transaction ends."""
    query = sa.select(PREFERENCE).where(PREFERENCE.c.guardian_id == guardian_id).with_for_update()
    row = connection.execute(query).first()
    return Preference() if row is None else _preference(row)


def save_preference(connection: sa.Connection, guardian_id: str, kept: Preference) -> None:
    insert_rows(connection, PREFERENCE, [{"guardian_id": guardian_id, **kept.plain()}], on_conflict="update")


def preferences(connection: sa.Connection, guardian_ids: Collection[str]) -> dict[str, Preference]:
    """The same of many; version 0 of those who have said nothing."""
    query = (
        sa.select(PREFERENCE)
        .where(among(PREFERENCE.c.guardian_id, guardian_ids))
        .order_by(PREFERENCE.c.guardian_id)
        .with_for_update()
    )
    found = {guardian_id: Preference() for guardian_id in guardian_ids}
    for row in connection.execute(query):
        found[row.guardian_id] = _preference(row)
    return found


def stated(connection: sa.Connection, guardian_ids: Collection[str]) -> dict[str, Preference]:
    """What guardians have said, for a page: nothing is held."""
    query = sa.select(PREFERENCE).where(among(PREFERENCE.c.guardian_id, guardian_ids))
    return {who: Preference() for who in guardian_ids} | {
        row.guardian_id: _preference(row) for row in connection.execute(query)
    }


def _preference(row: sa.Row[Any]) -> Preference:
    values: dict[str, Any] = {**row._mapping, "channel_order": tuple(row.channel_order)}
    del values["guardian_id"]
    return Preference(**values)


def save_preferences(connection: sa.Connection, kept: Mapping[str, Preference]) -> None:
    rows = [{"guardian_id": guardian_id, **preference.plain()} for guardian_id, preference in kept.items()]
    insert_rows(connection, PREFERENCE, rows, on_conflict="update")


def boundaries(connection: sa.Connection, guardian_ids: Collection[str]) -> dict[str, set[str]]:
    """Active scopes by guardian; a guardian without any has an empty set."""
    query = sa.select(BOUNDARY.c.guardian_id, BOUNDARY.c.scope).where(
        among(BOUNDARY.c.guardian_id, guardian_ids), BOUNDARY.c.active
    )
    found: dict[str, set[str]] = defaultdict(set)
    for row in connection.execute(query):
        found[row.guardian_id].add(row.scope)
    return found


def set_boundary(
    connection: sa.Connection, guardian_id: str, scope: str, *, active: bool, now: datetime
) -> int | None:
    """The new version; None where it stands like that already."""
    query = (
        sa.select(BOUNDARY.c.active, BOUNDARY.c.version)
        .where(BOUNDARY.c.guardian_id == guardian_id, BOUNDARY.c.scope == scope)
        .with_for_update()
    )
    row = connection.execute(query).first()
    if (row.active if row else False) == active:
        return None
    version = (row.version if row else 0) + 1
    kept = {"guardian_id": guardian_id, "scope": scope, "active": active, "version": version, "set_at": now}
    insert_rows(connection, BOUNDARY, [kept], on_conflict="update")
    return version


def declined(connection: sa.Connection, guardian_ids: Collection[str], survey_id: str) -> dict[str, set[str]]:
    """Questions of the survey that each guardian declined in an earlier round."""
    query = sa.select(DECLINED.c.guardian_id, DECLINED.c.question_id).where(
        among(DECLINED.c.guardian_id, guardian_ids), DECLINED.c.survey_id == survey_id
    )
    found: dict[str, set[str]] = defaultdict(set)
    for row in connection.execute(query):
        found[row.guardian_id].add(row.question_id)
    return found


def add_declined(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        insert_rows(connection, DECLINED, rows, on_conflict="ignore")
