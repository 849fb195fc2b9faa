"""The languages of the homes that guardians belong to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa

from shared.directory.projection import GUARDIAN, GUARDIAN_LINK
from shared.store import among


def languages(connection: sa.Connection, guardian_ids: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """By guardian: what the others of the same households read."""
    mine, theirs = GUARDIAN_LINK.alias("mine"), GUARDIAN_LINK.alias("theirs")
    query = (
        sa.select(mine.c.guardian_id, GUARDIAN.c.language)
        .distinct()
        .join(theirs, sa.and_(theirs.c.household_id == mine.c.household_id, theirs.c.guardian_id != mine.c.guardian_id))
        .join(GUARDIAN, GUARDIAN.c.guardian_id == theirs.c.guardian_id)
        .where(among(mine.c.guardian_id, guardian_ids))
        .order_by(mine.c.guardian_id, GUARDIAN.c.language)
        .select_from(mine)
    )
    found: dict[str, list[str]] = defaultdict(list)
    for row in connection.execute(query):
        found[row.guardian_id].append(row.language)
    return {guardian: tuple(tags) for guardian, tags in found.items()}
