"""What is taken: rows and cells that the database keeps apart, locks in one order, holds that end by themselves."""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError

from services.scheduling.domain.allocation import Load
from services.scheduling.domain.bookings import Claim, Kind
from services.scheduling.domain.windows import Interval, cells
from services.scheduling.tables import MEETING
from services.scheduling.tables.bookings import PARTY, TAKEN, TAKEN_CELL
from shared.store import UtcDateTime, among, insert_rows

HELD, FIXED = "held", "taken"
# exclusion and unique violation, deadlock, serialization failure
_LOST_RACE = frozenset({"23P01", "23505", "40P01", "40001"})
_COLUMNS = tuple(column.name for column in TAKEN.columns)
_LOCK = sa.text(
    "SELECT count(pg_advisory_xact_lock(hashtextextended(value, 0))) FROM (SELECT value "
    "FROM json_array_elements_text(CAST(:keys AS json)) WITH ORDINALITY AS t(value, n) ORDER BY n) AS sorted"
)

_GONE = sa.text(
    "SELECT c.kind, c.resource_id, c.cell_at FROM json_each(:cells) AS w JOIN taken_cell AS c ON c.kind = w.value ->> 0 "
    "AND c.resource_id = w.value ->> 1 AND c.cell_at = w.value ->> 2"
)


def lost_race(error: DBAPIError) -> bool:
    """Whether somebody else was quicker (so try again), as against a statement that is wrong or a database that is away."""
    state = getattr(error.orig, "sqlstate", None)
    return state in _LOST_RACE if state is not None else "UNIQUE constraint" in str(error.orig)


def lock(connection: sa.Connection, keys: Iterable[str]) -> None:
    """Queue up for these resources until the transaction ends, in one order for everybody, so that none deadlock.

    The order is that of the text: guardians come before staff, so that an answer may lock its family first and its teacher later.
    SQLite's transactions are one after the other as they are. The constraint holds without this; it only spares retries.
    """
    wanted = sorted(set(keys))
    if wanted and connection.dialect.name == "postgresql":
        connection.execute(_LOCK, {"keys": _as_json(wanted)})


def occupy(
    connection: sa.Connection, claims: Sequence[Claim], *, state: str = FIXED, until: datetime | None = None
) -> set[str]:
    """Write these claims; returns the ids of those that somebody has already (`taken_id`). Never raises for a lost race."""
    rows = [_row(claim, state=state, until=until) for claim in claims]
    if not rows:
        return set()
    if connection.dialect.name == "postgresql":
        written = set(connection.execute(_insert(), {"rows": _as_json(rows)}).scalars())
        return {row["taken_id"] for row in rows} - written
    return _occupy_cells(connection, claims, rows)


def in_the_way(connection: sa.Connection, claims: Sequence[Claim], now: datetime) -> tuple[set[str], set[str]]:
    """Of claims that were not granted: (those that are there already, as they are: a repeat; holds on their resources whose
    time is over, whether or not a worker has come to it)."""
    query = sa.select(TAKEN.c.taken_id, TAKEN.c.end_at, TAKEN.c.state, TAKEN.c.until).where(
        sa.or_(
            among(TAKEN.c.taken_id, [each.taken_id for each in claims]),
            sa.and_(
                TAKEN.c.state == HELD,
                TAKEN.c.until <= now,
                among(TAKEN.c.kind, {each.kind.value for each in claims}),
                among(TAKEN.c.resource_id, {each.resource_id for each in claims}),
            ),
        )
    )
    rows = list(connection.execute(query))
    over = {row.taken_id for row in rows if row.state == HELD and row.until <= now}
    ends = {row.taken_id: row.end_at for row in rows if row.taken_id not in over}
    return {each.taken_id for each in claims if ends.get(each.taken_id) == each.end}, over


def vacate(connection: sa.Connection, taken_ids: Collection[str]) -> None:
    """Give these rows back."""
    if not taken_ids:
        return
    connection.execute(sa.delete(TAKEN).where(among(TAKEN.c.taken_id, taken_ids)))
    if connection.dialect.name == "sqlite":
        connection.execute(sa.delete(TAKEN_CELL).where(among(TAKEN_CELL.c.taken_id, taken_ids)))


def release(
    connection: sa.Connection, meeting_ids: Collection[str], *, kinds: Collection[str] | None = None
) -> list[Any]:
    """Give back all that these meetings or holds have (of some kinds only); returns the rows there were."""
    if not meeting_ids:
        return []
    where = [among(TAKEN.c.meeting_id, meeting_ids)]
    if kinds is not None:
        where.append(among(TAKEN.c.kind, kinds))
    gone = list(connection.execute(sa.delete(TAKEN).where(*where).returning(*TAKEN.c)))
    if gone and connection.dialect.name == "sqlite":
        ids = [row.taken_id for row in gone]
        connection.execute(sa.delete(TAKEN_CELL).where(among(TAKEN_CELL.c.taken_id, ids)))
    return gone


def confirm(connection: sa.Connection, meeting_ids: Collection[str], now: datetime) -> set[str]:
    """Make holds that are still good into what they were held for; returns whose."""
    statement = (
        sa.update(TAKEN)
        .where(among(TAKEN.c.meeting_id, meeting_ids), TAKEN.c.state == HELD, TAKEN.c.until > now)
        .values(state=FIXED, until=None)
        .returning(TAKEN.c.meeting_id)
    )
    return set(connection.execute(statement).scalars())


def of_meetings(connection: sa.Connection, meeting_ids: Collection[str]) -> dict[str, list[Any]]:
    """What each meeting or hold has."""
    found: dict[str, list[Any]] = defaultdict(list)
    for row in connection.execute(sa.select(TAKEN).where(among(TAKEN.c.meeting_id, meeting_ids))):
        found[row.meeting_id].append(row)
    return found


def busy(
    connection: sa.Connection, wanted: Mapping[Kind, Collection[str]], *, since: datetime, but: Iterable[str] = ()
) -> dict[tuple[Kind, str], list[Interval]]:
    """What is taken or held from `since`, by kind and resource; meetings named in `but` do not count."""
    asked = [
        sa.and_(TAKEN.c.kind == kind.value, among(TAKEN.c.resource_id, ids)) for kind, ids in wanted.items() if ids
    ]
    found: dict[tuple[Kind, str], list[Interval]] = defaultdict(list)
    if not asked:
        return found
    skipped = set(but)
    query = sa.select(TAKEN.c.kind, TAKEN.c.resource_id, TAKEN.c.start_at, TAKEN.c.end_at, TAKEN.c.meeting_id).where(
        TAKEN.c.end_at > since, sa.or_(TAKEN.c.until.is_(None), TAKEN.c.until > since), sa.or_(*asked)
    )
    for row in connection.execute(query):
        if row.meeting_id not in skipped:
            found[Kind(row.kind), row.resource_id].append(Interval(row.start_at, row.end_at))
    return found


def set_parties(connection: sa.Connection, teams: Mapping[str, Sequence[str]]) -> None:
    """Who takes part beside each meeting's teacher, as it is now."""
    rows = [{"meeting_id": meeting_id, "staff_id": staff} for meeting_id, team in teams.items() for staff in team]
    if rows:
        connection.execute(sa.delete(PARTY).where(among(PARTY.c.meeting_id, teams)))
        insert_rows(connection, PARTY, rows, on_conflict="ignore")


def parties(connection: sa.Connection, meeting_ids: Collection[str]) -> dict[str, list[str]]:
    """Who takes part beside each meeting's teacher."""
    found: dict[str, list[str]] = defaultdict(list)
    query = sa.select(PARTY).where(among(PARTY.c.meeting_id, meeting_ids)).order_by(PARTY.c.staff_id)
    for row in connection.execute(query):
        found[row.meeting_id].append(row.staff_id)
    return found


def loads(connection: sa.Connection, staff_ids: Collection[str], *, since: datetime) -> dict[str, Load]:
    """Meetings of each host since then and to come, and when the last was booked."""
    query = (
        sa.select(MEETING.c.staff_id, sa.func.count().label("n"), sa.func.max(MEETING.c.booked_at).label("last"))
        .where(among(MEETING.c.staff_id, staff_ids), MEETING.c.state != "cancelled", MEETING.c.start_at >= since)
        .group_by(MEETING.c.staff_id)
    )
    return {row.staff_id: Load(row.n, row.last) for row in connection.execute(query)}


def _row(claim: Claim, *, state: str, until: datetime | None) -> dict[str, Any]:
    return {
        "taken_id": claim.taken_id,
        "kind": claim.kind.value,
        "resource_id": claim.resource_id,
        "start_at": claim.start,
        "end_at": claim.end,
        "meeting_id": claim.meeting_id,
        "state": state,
        "until": until,
    }


@functools.cache
def _insert() -> sa.TextClause:
    """One statement, in the order given; a row that the exclusion constraint refuses is left out and nothing is raised."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    names = ", ".join(f'"{name}"' for name in _COLUMNS)
    typed = ", ".join(f'"{name}" {TAKEN.c[name].type.compile(dialect)}' for name in _COLUMNS)
    rows = f"json_to_recordset(CAST(:rows AS json)) AS t({typed})"
    return sa.text(f"INSERT INTO taken ({names}) SELECT {names} FROM {rows} ON CONFLICT DO NOTHING RETURNING taken_id")


def _occupy_cells(connection: sa.Connection, claims: Sequence[Claim], rows: Sequence[dict[str, Any]]) -> set[str]:
    """SQLite: a claim whose cells are not all free is left out. There is one writer, so nobody comes between the look and the
    insert; the primary key has the last word all the same."""
    wanted = {
        claim.taken_id: [(claim.kind.value, claim.resource_id, _at(cell)) for cell in cells(claim.interval)]
        for claim in claims
    }
    gone = {tuple(row) for row in connection.execute(_GONE, {"cells": _as_json([each for own in wanted.values() for each in own])})}
    granted: list[str] = []
    for taken_id, own in wanted.items():
        if gone.isdisjoint(own):
            gone.update(own)
            granted.append(taken_id)
    values = [(*cell, taken_id) for taken_id in granted for cell in wanted[taken_id]]
    if values:
        connection.exec_driver_sql("INSERT INTO taken_cell (kind, resource_id, cell_at, taken_id) VALUES (?, ?, ?, ?)", values)
        ours = set(granted)
        insert_rows(connection, TAKEN, [row for row in rows if row["taken_id"] in ours], on_conflict="error")
    return wanted.keys() - set(granted)


def _at(cell: datetime) -> str:
    return str(UtcDateTime.as_text(cell))


def _as_json(value: Any) -> str:
    return orjson.dumps(value).decode()
