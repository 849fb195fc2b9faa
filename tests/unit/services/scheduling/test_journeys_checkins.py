"""Check-ins come by themselves, in every home, in the family's way; what was missed twice is somebody's task."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.scheduling.handlers import booking, checkins, notes, roster
from services.scheduling.tables import MEETING, OFFER_SLOT
from services.scheduling.tables.journeys import CHECKIN
from services.scheduling.tables.loop import PLAN
from shared.directory import projection
from shared.messaging.uow import DueItem
from shared.store import insert_rows, update_rows
from tests.unit.services.scheduling.scene import NOW, World, calendar, on_sqlite, preference, reply, restriction, school

GREENVIEW = "org-greenview"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A school year since 1 September and quarterly check-ins; it is 29 September."""
    made = on_sqlite(tmp_path).move_in()
    settled(made, {"every": "quarterly"})
    yield made
    made.engine.dispose()


def settled(world: World, rules: dict[str, Any] | None, revision: int = 2) -> None:
    onboarded, published = school(revision=revision), calendar(revision=revision)
    onboarded.data["checkins"] = rules
    published.data["terms"] = [{"id": "fall", "starts_on": "2026-09-01", "ends_on": "2027-06-11"}]
    with world.unit() as uow:
        roster.school_onboarded(uow, world.ports, [onboarded])
        projection.calendar_published(uow, [published])
        checkins.plan_beats(uow, [GREENVIEW])


def look(world: World, on: datetime | None = None) -> None:
    if on is not None:
        world.clock.advance_to(on)
    with world.unit() as uow:
        checkins.checkins(uow, world.ports, [DueItem("checkins", GREENVIEW, world.clock.now(), {}, 0)])


def by_home(world: World) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for row in sorted(world.rows(CHECKIN), key=lambda row: row.offered_at):
        found.setdefault(row.guardian_id, []).append(row)
    return found


def mark(world: World, guardian_id: str, state: str) -> None:
    """Somebody says that the meeting was held, or that it was not."""
    rows = sorted((row for row in world.rows(MEETING) if row.guardian_id == guardian_id), key=lambda row: row.booked_at)
    with world.engine.begin() as connection:
        update_rows(connection, MEETING, [{"meeting_id": rows[-1].meeting_id, "state": state}], key="meeting_id")


def with_plan(world: World, student_id: str) -> None:
    row = {
        "plan_id": f"plan-{student_id}", "student_id": student_id, "school_id": GREENVIEW, "staff_id": "t-alvarez", "class_id": None,
        "alert_id": None, "state": "active", "version": 1, "active_version": 1, "score": None, "made_at": NOW, "ended_at": None,
    }  # fmt: skip
    with world.engine.begin() as connection:
        insert_rows(connection, PLAN, [row], on_conflict="error")


def test_each_home_is_offered_ten_minutes_in_its_own_way_when_its_day_has_come(world: World):
    with world.unit() as uow:
        notes.preference_changed(uow, [preference("g-ana", live_mode="video", priorities=None)])
    look(world, NOW + timedelta(days=14))  # the quarter's first part: all three have come up by then

    offered = {event.data["guardian_id"]: event.data for event in world.events("meeting_offered")}
    assert set(offered) == {"g-ana", "g-daniel", "g-meera"}
    assert offered["g-ana"]["modes"] == ["video"] and {data["kind"] for data in offered.values()} == {"checkin"}
    assert {row.end_at - row.start_at for row in world.rows(OFFER_SLOT)} == {timedelta(minutes=10)}
    assert {event.data["guardian_id"] for event in world.events("checkin_due")} == set(offered)


def test_a_teacher_s_families_do_not_all_come_up_on_one_day(world: World):
    look(world)
    first = set(by_home(world))
    look(world, NOW + timedelta(days=14))
    assert len(first) == 2 and len(by_home(world)) == 3
    assert len({rows[0].due_on for rows in by_home(world).values()}) == 3


def test_a_second_look_on_the_same_day_offers_nothing_again(world: World):
    look(world, NOW + timedelta(days=14))
    before = len(world.events("meeting_offered"))
    look(world)
    assert len(world.events("meeting_offered")) == before and len(world.rows(CHECKIN)) == 3


def test_it_is_monthly_for_a_child_with_a_plan(world: World):
    with_plan(world, "s-riya")
    look(world)
    (row,) = by_home(world)["g-meera"]
    assert (row.period, row.plan_id) == ("2026-09", "plan-s-riya")
    assert {each.period for guardian, each in ((k, v[0]) for k, v in by_home(world).items()) if guardian != "g-meera"} == {"2026-09+3"}


def test_one_that_was_held_counts_as_done_and_the_next_comes_with_the_next_quarter(world: World):
    look(world)
    world.reply(reply(world.offer_of("g-ana").data["offer_id"], "1", "g-ana"))
    look(world, NOW + timedelta(days=1))
    assert by_home(world)["g-ana"][0].state == "booked"
    mark(world, "g-ana", "held")
    look(world, NOW + timedelta(days=3))
    assert by_home(world)["g-ana"][0].state == "done"
    with world.unit() as uow:
        share = checkins.share(uow, [GREENVIEW], since=date(2026, 9, 1))[GREENVIEW]
    assert (share.done, share.percent) == (1, 100)
    look(world, datetime(2026, 12, 7, 13, 0, tzinfo=UTC))
    assert [row.period for row in by_home(world)["g-ana"]] == ["2026-09+3", "2026-12+3"]


def test_missed_twice_in_a_row_is_said_with_the_school_s_limit(world: World):
    settled(world, {"every": "monthly"}, revision=3)
    look(world)
    look(world, NOW + timedelta(days=15))  # nobody has answered within the fourteen days
    once = {event.data["guardian_id"]: event.data for event in world.events("checkin_missed")}
    assert once["g-ana"]["misses"] == 1 and once["g-ana"]["limit"] == 2
    look(world, datetime(2026, 11, 2, 13, 0, tzinfo=UTC))
    look(world, datetime(2026, 11, 30, 13, 0, tzinfo=UTC))
    look(world, datetime(2026, 12, 20, 13, 0, tzinfo=UTC))
    misses = [event.data["misses"] for event in world.events("checkin_missed") if event.data["guardian_id"] == "g-ana"]
    assert misses[:3] == [1, 2, 3]


def test_a_no_show_is_a_miss_and_a_meeting_that_is_held_ends_the_row(world: World):
    settled(world, {"every": "monthly"}, revision=3)
    look(world)
    world.reply(reply(world.offer_of("g-ana").data["offer_id"], "1", "g-ana"))
    mark(world, "g-ana", "missed")
    look(world, NOW + timedelta(days=3))
    assert [(row.period, row.misses) for row in by_home(world)["g-ana"]] == [("2026-09", 1), ("2026-10", 1)]
    world.reply(reply(world.offer_of("g-ana").data["offer_id"], "1", "g-ana", at=world.clock.now()))
    mark(world, "g-ana", "held")
    look(world, world.clock.now() + timedelta(days=9))
    assert [row.misses for row in by_home(world)["g-ana"]][:2] == [1, 0]


def test_a_meeting_of_which_nobody_says_anything_counts_neither_way(world: World):
    look(world)
    world.reply(reply(world.offer_of("g-ana").data["offer_id"], "1", "g-ana"))
    look(world, NOW + timedelta(days=30))
    assert by_home(world)["g-ana"][0].state == "unmarked"
    assert "g-ana" not in {event.data["guardian_id"] for event in world.events("checkin_missed")}


def test_a_meeting_that_was_called_off_leaves_it_open(world: World):
    look(world)
    world.reply(reply(world.offer_of("g-ana").data["offer_id"], "1", "g-ana"))
    booked = [event.data["meeting_id"] for event in world.events("meeting_booked")]
    with world.unit() as uow:
        booking.cancel(uow, booked, by="guardian")
    look(world, NOW + timedelta(days=2))
    assert by_home(world)["g-ana"][0].state == "offered"


def test_a_restricted_home_is_not_asked_and_not_said_to_have_missed(world: World):
    look(world)
    with world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-ana", "s-mateo", date(2026, 9, 29))])
    look(world, NOW + timedelta(days=15))
    assert by_home(world)["g-ana"][0].state == "withdrawn"
    assert "g-ana" not in {event.data["guardian_id"] for event in world.events("checkin_missed")}


def test_a_school_without_the_setting_and_a_day_outside_the_year_have_none(world: World):
    settled(world, None, revision=3)
    assert ("checkins", GREENVIEW) not in world.due()
    look(world)
    assert world.rows(CHECKIN) == []


def test_the_next_look_is_the_next_school_morning(world: World):
    assert world.due()["checkins", GREENVIEW] == datetime(2026, 9, 30, 12, 0, tzinfo=UTC)
    look(world, datetime(2026, 10, 30, 12, 0, tzinfo=UTC))  # a Friday before the clocks change
    assert world.due()["checkins", GREENVIEW] == datetime(2026, 11, 2, 13, 0, tzinfo=UTC)
