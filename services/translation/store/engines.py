"""SQL of the engines' meter, of what a district says about engines, and of the names that stay in the district."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from services.translation.engines.budget import Spent
from services.translation.tables import METADATA
from services.translation.tables.engines import ENGINE_SPENT

_MICRO = Decimal(1_000_000)
_PEOPLE = ("student", "guardian", "staff")
_TURN = ""  # the row of a month that is written to by whoever has the turn


def settings(connection: sa.Connection) -> Mapping[str, Any] | None:
    """`engines:` of district.yaml, as the newest configuration says; None before any, or without a word on it."""
    school = METADATA.tables["school"]
    query = sa.select(school.c.settings).order_by(school.c.revision.desc(), school.c.school_id).limit(1)
    found = connection.execute(query).scalar()
    return found.get("engines") if found else None


def spent(connection: sa.Connection, month: str) -> dict[str, Spent]:
    """What each engine has cost in a month."""
    query = sa.select(ENGINE_SPENT).where(ENGINE_SPENT.c.month == month, ENGINE_SPENT.c.engine != _TURN)
    rows = connection.execute(query.order_by(ENGINE_SPENT.c.engine))
    return {row.engine: Spent(row.characters, Decimal(row.microdollars) / _MICRO) for row in rows}


def spent_in_turn(connection: sa.Connection, month: str, *, now: datetime) -> dict[str, Spent]:
    """The same, while other workers that ask for it wait until this transaction ends: together they stay within."""
    add(connection, month, {_TURN: Spent()}, now=now)
    return spent(connection, month)


def add(connection: sa.Connection, month: str, more: Mapping[str, Spent], *, now: datetime) -> None:
    """Put to the meter; workers that do so at once all count."""
    if not more:
        return
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    rows = [
        {
            "month": month,
            "engine": engine,
            "characters": each.characters,
            "microdollars": int((each.dollars * _MICRO).to_integral_value()),
            "updated_at": now,
        }
        for engine, each in sorted(more.items())
    ]
    statement = insert(ENGINE_SPENT).values(rows)
    summed = {name: ENGINE_SPENT.c[name] + statement.excluded[name] for name in ("characters", "microdollars")}
    connection.execute(
        statement.on_conflict_do_update(
            index_elements=["month", "engine"], set_=summed | {"updated_at": statement.excluded.updated_at}
        )
    )


def names_mark(connection: sa.Connection) -> tuple[int, ...]:
    """Another one whenever a name may have changed: what comes or changes in the roster brings a greater revision.
    A tenth of the time that the names themselves take."""
    found: list[int] = []
    for name in _PEOPLE:
        table = METADATA.tables[name]
        query = sa.select(sa.func.count(), sa.func.coalesce(sa.func.sum(table.c.revision), 0)).select_from(table)
        found += map(int, connection.execute(query).one())
    return tuple(found)


def names(connection: sa.Connection) -> set[str]:
    """Given and family names of everybody in the district, each once; never leaves this process."""
    people = [METADATA.tables[name] for name in _PEOPLE]
    queries = [sa.select(table.c[part].label("name")) for table in people for part in ("given_name", "family_name")]
    return {row.name for row in connection.execute(sa.union(*queries)) if row.name}
