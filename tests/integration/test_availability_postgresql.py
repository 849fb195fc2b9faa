"""Availability on both databases: saved, asked for, tapped by two families at once, kept when zone data changes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.scheduling.handlers import availability, availability_walls
from services.scheduling.tables import MEETING
from services.scheduling.tables.availability import AVAILABILITY, EXTERNAL_BUSY, MEETING_WALL, WALK_IN
from shared.store import insert_rows
from tests.unit.services.scheduling.officehours import BROWSER, Desk
from tests.unit.services.scheduling.scene import on_postgresql, on_sqlite


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    world = (
        on_sqlite(tmp_path)
        if request.param == "sqlite"
        else on_postgresql(request.getfixturevalue("pg_database"), tmp_path)
    )
    yield Desk(world.move_in())
    world.engine.dispose()


def test_hours_are_saved_shown_and_subtracted_from(desk: Desk):
    assert desk.save(breaks_text="wed 16:00-16:10", exceptions="2026-10-07 off", per_day="5").status_code == 303
    assert desk.save(breaks_text="wed 16:00-16:10", exceptions="2026-10-07 off", per_day="4").status_code == 303
    assert [row.per_day for row in desk.world.rows(AVAILABILITY)] == [4]
    busy = {"staff_id": "t-alvarez", "source": "ics:1", "start_at": datetime(2026, 9, 30, 20, 30, tzinfo=UTC),
            "end_at": datetime(2026, 9, 30, 20, 45, tzinfo=UTC)}  # fmt: skip
    with desk.world.unit() as uow:
        insert_rows(uow.connection, EXTERNAL_BUSY, [busy])
        found = availability.free(uow, ["t-alvarez", "t-okafor"], uow.now, uow.now + timedelta(days=14))
    assert [slot.start.strftime("%d %H:%M") for slot in found["t-alvarez"]] == ["30 20:50", "30 21:10", "30 21:20"]
    assert len(found["t-okafor"]) == 6
    assert "Busy elsewhere" in desk.page("/scheduling/calendar/week")


def test_two_families_tap_at_once_and_each_has_a_time_of_its_own(desk: Desk):
    desk.save()
    links = [desk.link(), desk.link("g-ana", "s-mateo|t-alvarez"), desk.link("g-daniel", "s-mateo|t-alvarez")]
    barrier = threading.Barrier(len(links))

    def tap(link: str) -> int:
        barrier.wait(timeout=30)
        return int(desk.nobody.post(link + "/call", headers=BROWSER).status_code)

    with ThreadPoolExecutor(len(links)) as pool:
        assert list(pool.map(tap, links)) == [303] * len(links)
    rows = desk.world.rows(MEETING)
    assert sorted(row.start_at.minute for row in rows) == [30, 40, 50]
    assert {row.guardian_id for row in rows} == {"g-meera", "g-ana", "g-daniel"}


def test_walls_and_visitors_are_kept(desk: Desk):
    desk.save()
    desk.nobody.post(desk.link() + "/call", headers=BROWSER)
    with desk.world.unit() as uow:
        assert availability_walls.keep_walls(uow, desk.world.ports) == {}
    assert [row.wall for row in desk.world.rows(MEETING_WALL)] == ["2026-09-30T15:30:00"]
    for _ in range(2):
        desk.alvarez.post("/scheduling/walk-ins", json={"family": "s-riya|g-meera"})
    assert len(desk.world.rows(WALK_IN)) == 1 and "Meera Shah" in desk.page("/scheduling/walk-ins")
