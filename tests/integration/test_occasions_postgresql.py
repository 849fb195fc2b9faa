"""Occasions on PostgreSQL: the same year, invitations, doors and days; two at once for the last place."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.scheduling.handlers import observances, occasions, occasions_door, seats
from services.scheduling.store import occasions as store
from services.scheduling.tables.bookings import SIGN_UP
from services.scheduling.tables.occasions import ATTENDANCE
from tests.unit.services.scheduling.occasion_scene import (
    GREENVIEW,
    NEW_YEAR,
    at,
    configured,
    families,
    fridays,
    invited,
    keep,
    published,
    row_of,
    tell,
)
from tests.unit.services.scheduling.scene import World, on_postgresql


@pytest.fixture
def world(pg_database: str, tmp_path: Path) -> Iterator[World]:
    made = on_postgresql(pg_database, tmp_path).move_in()
    yield made
    made.engine.dispose()


def test_a_friday_is_dated_told_moved_and_called_off(world: World):
    assert date(2027, 1, 8) in fridays(configured(world, NEW_YEAR))
    row = fridays(world)[date(2026, 10, 2)]
    tell(world, row.occasion_id)
    assert set(invited(world)) == {"g-ana", "g-daniel", "g-meera"}
    configured(world, date(2026, 10, 2), revision=3)
    assert row_of(world, row.occasion_id).on == date(2026, 10, 9)
    with world.unit() as uow:
        assert occasions.cancel(uow, world.ports, [row.occasion_id], by="s-office") == 1


def test_doors_paper_and_first_timers(world: World):
    row = fridays(configured(world))[date(2026, 10, 2)]
    at(world, row.start_at)
    with world.unit() as uow:
        occasions_door.sign_in_by_contact(uow, row, number=None, email="G-ANA@example.org")
        occasions_door.sign_in_by_contact(uow, row, number="+13125550199", email=None)
        assert occasions_door.sign_in(uow, row, ["g-ana", "g-meera"], via="paper", by="s-office") == 1
        assert store.at_poster_since(uow.connection, row.occasion_id, row.start_at.replace(hour=0)) == 2
        assert [name for _, name, _ in store.by_name(uow.connection, GREENVIEW, "SHAH", limit=5)] == ["Meera Shah"]
        assert store.by_name(uow.connection, GREENVIEW, "%", limit=5) == []
    assert {(each.guardian_id, each.via, each.first_time) for each in world.rows(ATTENDANCE)} == {
        ("g-ana", "poster", True), ("g-meera", "paper", True)
    }  # fmt: skip


def test_days_clash_and_teachers_are_reminded(world: World):
    keep(world, families(world, 14), "diwali")
    keep(world, ["g-meera"], "diwali", avoid=False, share=True)
    at(world, datetime(2026, 11, 6, 12, 30, tzinfo=UTC))
    with world.unit() as uow:
        assert [each.families for each in occasions.clashes(uow, date(2026, 11, 8), GREENVIEW)] == [14]
        observances.greetings(uow, [GREENVIEW])
        observances.greetings(uow, [GREENVIEW])
    assert [event.data["families"] for event in world.events("greeting_due")] == [15]


def test_a_reading_helper_is_found_once_however_many_ask_at_the_same_moment(world: World):
    ids = families(world, 6)
    row = published(world, date(2026, 10, 6), kind="volunteering", title="Reading helper", capacity=1)
    start = threading.Barrier(len(ids))

    def ask(guardian: str) -> None:
        start.wait()
        with world.unit() as uow:
            seats.sign_up(uow, world.ports, [seats.SignUp(row.occasion_id, guardian, f"s-{guardian}")])

    with ThreadPoolExecutor(len(ids)) as pool:
        list(pool.map(ask, ids))
    assert sorted(each.state for each in world.rows(SIGN_UP)) == ["seated", *["waiting"] * 5]
