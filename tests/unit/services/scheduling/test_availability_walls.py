"""A government changes daylight saving: what was agreed by the clock stays as it was."""

from __future__ import annotations

import importlib.resources
import zoneinfo
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.scheduling.handlers import availability_walls, booking, fixing
from services.scheduling.tables import MEETING
from services.scheduling.tables.availability import MEETING_WALL
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.scene import World

SUMMER, WINTER = datetime(2026, 9, 30, 20, 30, tzinfo=UTC), datetime(2026, 11, 4, 21, 30, tzinfo=UTC)  # 15:30 in Chicago
TWENTY = timedelta(minutes=20)


@pytest.fixture
def chicago_without_winter_time(tmp_path: Path) -> Iterator[None]:
    """New zone data: Chicago keeps to UTC−5 all year, as Cancún did from 2015 on."""
    folder = tmp_path / "zoneinfo" / "America"
    folder.mkdir(parents=True)
    (folder / "Chicago").write_bytes((importlib.resources.files("tzdata") / "zoneinfo/America/Cancun").read_bytes())
    before = zoneinfo.TZPATH
    zoneinfo.reset_tzpath([str(folder.parent), *before])
    zoneinfo.ZoneInfo.clear_cache(only_keys=["America/Chicago"])
    yield
    zoneinfo.reset_tzpath(before)
    zoneinfo.ZoneInfo.clear_cache(only_keys=["America/Chicago"])


def meet(world: World, meeting_id: str, start: datetime, *, guardian_id: str = "g-ana", student_id: str = "s-mateo") -> str:
    fixed = fixing.Fixed(
        meeting_id=meeting_id, kind="asked", guardian_id=guardian_id, student_id=student_id, staff_id="t-alvarez",
        school_id="org-greenview", start=start, end=start + TWENTY, mode="phone",
    )  # fmt: skip
    with world.unit() as uow:
        return fixing.fix(uow, world.ports, [fixed])[meeting_id].outcome


def keep(world: World) -> dict[str, str]:
    with world.unit() as uow:
        return availability_walls.keep_walls(uow, world.ports)


def starts(world: World) -> dict[str, datetime]:
    return {row.meeting_id: row.start_at for row in world.rows(MEETING)}


def test_a_meeting_keeps_its_wall_time_when_zone_data_changes(world: World, request: pytest.FixtureRequest):
    meet(world, "m-summer", SUMMER)
    meet(world, "m-winter", WINTER)
    assert keep(world) == {}
    assert {row.wall for row in world.rows(MEETING_WALL)} == {"2026-09-30T15:30:00", "2026-11-04T15:30:00"}
    before = len(world.events("meeting_booked"))

    request.getfixturevalue("chicago_without_winter_time")
    assert keep(world) == {"m-winter": "booked"}
    assert starts(world) == {"m-summer": SUMMER, "m-winter": WINTER - timedelta(hours=1)}, "15:30 is an hour earlier now"
    (said,) = world.events("meeting_booked")[before:]
    assert said.data["meeting_id"] == "m-winter" and said.data["sequence"] == 1, "said anew, with a newer calendar file"
    assert keep(world) == {}, "once"


def test_what_was_moved_by_people_is_noted_anew_and_what_is_over_is_forgotten(world: World):
    meet(world, "m-1", SUMMER)
    keep(world)
    meet(world, "m-1", WINTER)
    keep(world)
    assert [row.wall for row in world.rows(MEETING_WALL)] == ["2026-11-04T15:30:00"]
    world.clock.advance_to(WINTER + TWENTY)
    keep(world)
    assert world.rows(MEETING_WALL) == []


def test_who_cannot_be_moved_stays_and_is_tried_again(world: World, request: pytest.FixtureRequest):
    meet(world, "m-1", WINTER)
    keep(world)
    request.getfixturevalue("chicago_without_winter_time")
    meet(world, "m-2", WINTER - timedelta(hours=1), guardian_id="g-meera", student_id="s-riya")
    assert keep(world) == {"m-1": "taken"} and starts(world)["m-1"] == WINTER
    with world.unit() as uow:
        booking.cancel(uow, ["m-2"], by="guardian")
    assert keep(world) == {"m-1": "booked"} and starts(world)["m-1"] == WINTER - timedelta(hours=1)


def test_a_wall_time_is_on_record_minutes_after_the_booking(world: World):
    meet(world, "m-1", SUMMER)
    assert world.due()["walls_check", "new"] <= world.clock.now() + timedelta(minutes=5)
    with world.unit() as uow:
        availability_walls.walls_check(uow, world.ports, [DueItem("walls_check", "new", uow.now, {}, 1)])
    assert [row.meeting_id for row in world.rows(MEETING_WALL)] == ["m-1"]


def test_it_is_looked_after_every_day_from_the_day_a_school_comes(world: World):
    assert ("walls_check", "all") in world.due()
    meet(world, "m-1", SUMMER)
    with world.unit() as uow:
        availability_walls.walls_check(uow, world.ports, [DueItem("walls_check", "all", uow.now, {}, 1)])
    assert world.due()["walls_check", "all"] == world.clock.now() + timedelta(days=1)
    assert len(world.rows(MEETING_WALL)) == 1
