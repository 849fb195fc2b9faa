"""Meetings that were booked before there was one table of what is taken keep their time, on both databases."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.scheduling.domain.bookings import Claim, Kind
from services.scheduling.store import bookings
from services.scheduling.tables.bookings import TAKEN
from shared.store import UtcDateTime
from shared.tenancy.database import sqlite_engine
from shared.tenancy.migrate import upgrade
from tests.unit.services.scheduling.scene import MIGRATIONS

START = datetime(2026, 10, 6, 23, 0, tzinfo=UTC)
BEFORE = "000[123]_*.py"


@pytest.fixture(params=["sqlite", "postgresql"])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    if request.param == "sqlite":
        made = sqlite_engine(tmp_path / "scheduling.sqlite")
    else:
        url = sa.make_url(request.getfixturevalue("pg_database"))
        made = sa.create_engine(url.set(drivername="postgresql+psycopg"))
    yield made
    made.dispose()


def old_meeting(connection: sa.Connection, meeting_id: str, guardian_id: str, state: str, start: datetime) -> None:
    end = start + timedelta(minutes=20)
    row = {
        "meeting_id": meeting_id, "kind": "asked", "guardian_id": guardian_id, "student_id": "s", "staff_id": "t-1", "school_id": "x",
        "start_at": start, "end_at": end, "blocked_until": end + timedelta(minutes=10), "mode": "phone", "sequence": 0,
        "state": state, "booked_at": start,
    }  # fmt: skip
    columns = [
        sa.column(name, UtcDateTime()) if name.endswith("_at") or name == "blocked_until" else sa.column(name) for name in row
    ]
    connection.execute(sa.insert(sa.table("meeting", *columns)).values(row))


def test_what_was_booked_is_taken_with_its_buffer_and_what_was_called_off_is_free(engine: sa.Engine, tmp_path: Path):
    older = tmp_path / "older"
    (older / "versions").mkdir(parents=True)
    for file in (MIGRATIONS / "versions").glob(BEFORE):
        shutil.copy(file, older / "versions")
    with engine.begin() as connection:
        upgrade(connection, older)
        old_meeting(connection, "m-1", "g-1", "booked", START)
        old_meeting(connection, "m-2", "g-2", "cancelled", START + timedelta(hours=1))
        upgrade(connection, MIGRATIONS)
    with engine.begin() as connection:
        taken = {(row.kind, row.resource_id): (row.start_at, row.end_at) for row in connection.execute(sa.select(TAKEN))}
        assert taken == {
            ("staff", "t-1"): (START, START + timedelta(minutes=30)),
            ("guardian", "g-1"): (START, START + timedelta(minutes=20)),
        }
        late = START + timedelta(minutes=25)
        wanted = [Claim("new", Kind.STAFF, "t-1", late, late + timedelta(minutes=10))]
        assert bookings.occupy(connection, wanted) == {wanted[0].taken_id}, "the buffer is kept"
        later = START + timedelta(hours=1)
        assert bookings.occupy(connection, [Claim("new", Kind.STAFF, "t-1", later, later + timedelta(minutes=10))]) == set()
