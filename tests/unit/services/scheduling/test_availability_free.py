"""Free slots as the rest of scheduling asks for them: from the tables, for many members of staff at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from services.scheduling.domain.bookings import Claim, Kind
from services.scheduling.handlers import availability, booking, fixing, resources, roster
from services.scheduling.tables.availability import AVAILABILITY, EXTERNAL_BUSY
from shared.directory import projection
from shared.store import insert_rows
from tests.unit.services.scheduling.scene import NOW, World, calendar, school

CHICAGO = ZoneInfo("America/Chicago")
TWENTY = timedelta(minutes=20)
UNSET = {
    "breaks": [], "days_off": [], "before_minutes": 0, "step_minutes": None, "seats": 1, "notice_minutes": None, "days_ahead": None,
    "opens_at": None, "closes_at": None, "per_day": None, "per_week": None, "in_a_row": None, "rest_minutes": None, "set_at": NOW,
}  # fmt: skip


def clocks(world: World, *, days: int = 7, **asked: object) -> list[str]:
    with world.unit() as uow:
        free = availability.free(uow, ["t-alvarez"], uow.now, uow.now + timedelta(days=days), **asked)["t-alvarez"]
    return [slot.start.astimezone(CHICAGO).strftime("%d %H:%M") for slot in free]


def limit(world: World, **said: object) -> None:
    with world.unit() as uow:
        insert_rows(uow.connection, AVAILABILITY, [{"staff_id": "t-alvarez", **UNSET, **said}], on_conflict="update")


def at(clock: str, day: int = 30) -> datetime:
    return datetime.strptime(f"2026-09-{day} {clock}", "%Y-%m-%d %H:%M").replace(tzinfo=CHICAGO).astimezone(UTC)


def meet(world: World, clock: str, **more: object) -> None:
    ids = ("m-1", "asked", "g-ana", "s-mateo", "t-alvarez", "org-greenview")
    fixed = fixing.Fixed(*(), **dict(zip(("meeting_id", "kind", "guardian_id", "student_id", "staff_id", "school_id"), ids, strict=True)),
                         start=at(clock), end=at(clock) + TWENTY, **{"mode": "phone", **more})  # fmt: skip
    with world.unit() as uow:
        assert fixing.fix(uow, world.ports, [fixed])["m-1"].outcome == "booked"


def test_the_school_s_hours_of_the_week(world: World):
    assert clocks(world) == ["30 15:30", "30 15:50", "30 16:10"]
    with world.unit() as uow:
        found = availability.free(uow, ["t-okafor", "t-alvarez", "t-nobody"], uow.now, uow.now + timedelta(days=14))
    assert {staff: len(slots) for staff, slots in found.items()} == {"t-okafor": 6, "t-alvarez": 6, "t-nobody": 0}


def test_a_shorter_span_for_one_of_them_gives_the_same_slots_of_that_span(world: World):
    limit(world, per_week=2)
    meet(world, "15:50")
    with world.unit() as uow:
        start, until = uow.now, uow.now + timedelta(days=21)
        everything = availability.free(uow, ["t-okafor", "t-alvarez"], start, until)
        span = (start + timedelta(days=1), start + timedelta(days=9))
        found = availability.free(uow, ["t-okafor", "t-alvarez"], start, until, within={"t-alvarez": span})
    assert found["t-alvarez"] == [slot for slot in everything["t-alvarez"] if span[0] <= slot.start < span[1]] != []
    assert found["t-okafor"] == everything["t-okafor"]


def test_meetings_holds_and_other_calendars_take_their_time(world: World):
    meet(world, "15:50")
    assert clocks(world) == ["30 15:30", "30 16:10"]
    assert clocks(world, but=["m-1"]) == ["30 15:30", "30 15:50", "30 16:10"], "a meeting that moves gives its time up"
    with world.unit() as uow:
        resources.hold(uow, [Claim("hold-1", Kind.STAFF, "t-alvarez", at("16:10"), at("16:30"))])
        row = {"staff_id": "t-alvarez", "source": "caldav:1", "start_at": at("15:00"), "end_at": at("15:35")}
        insert_rows(uow.connection, EXTERNAL_BUSY, [row])
    assert clocks(world) == []
    world.clock.advance_to(NOW + timedelta(minutes=10))
    assert clocks(world) == ["30 16:10"], "a hold that nobody confirmed is over"


def test_another_length_and_notice_for_who_calls_at_once(world: World):
    assert clocks(world, length=timedelta(minutes=30)) == ["30 15:30", "30 16:00"]
    world.clock.advance_to(at("15:31"))
    assert clocks(world, days=1) == [], "two hours' notice"
    assert clocks(world, days=1, kind="call_me") == ["30 15:50", "30 16:10"]


def test_own_limits_beat_the_school_s(world: World):
    rules = {"notice_minutes": 60 * 48, "per_day": 1, "breaks": [{"weekday": "wed", "start": "15:30", "end": "15:50"}]}
    event = school(revision=2)
    data = {**event.data, "availability": {**rules, "blackouts": [{"first": "2026-10-14", "name": "Exams", "start": "16:00", "end": "16:30"}]}}
    with world.unit() as uow:
        roster.school_onboarded(uow, world.ports, [replace(event, data=data)])
    assert clocks(world, days=21) == ["07 15:50", "07 16:10"]
    limit(world, notice_minutes=0)
    assert clocks(world, days=14) == ["30 15:50", "30 16:10", "07 15:50", "07 16:10"]
    limit(world, notice_minutes=0, days_off=[{"first": "2026-10-05", "last": "2026-10-09"}])
    assert clocks(world, days=14) == ["30 15:50", "30 16:10"]
    meet(world, "15:50")
    assert clocks(world, days=14) == [], "one a day"


def test_a_meeting_has_its_slot_to_itself_and_a_group_its_seats(world: World):
    limit(world, seats=2)
    meet(world, "15:50")
    assert clocks(world) == ["30 15:30", "30 16:10"]
    with world.unit() as uow:
        group = availability.free(uow, ["t-alvarez"], uow.now, uow.now + timedelta(days=7), kind="group")["t-alvarez"]
    assert [slot.seats for slot in group] == [2, 1, 2]


def test_the_way_to_a_meeting_in_another_wing_is_subtracted(world: World):
    windows = [{"weekday": "wed", "start": "15:30", "end": "16:30", "place": "main"},
               {"weekday": "wed", "start": "16:30", "end": "17:30", "place": "annex"}]  # fmt: skip
    event = school(revision=2, hours=windows)
    travel = {"between": [{"one": "main", "other": "annex", "minutes": 25}]}
    with world.unit() as uow:
        roster.school_onboarded(uow, world.ports, [replace(event, data={**event.data, "availability": {"travel": travel}})])
    meet(world, "16:10", mode="phone")
    assert clocks(world) == ["30 15:30", "30 15:50", "30 16:50", "30 17:10"], "slots of two wings keep the way between them"
    with world.unit() as uow:
        booking.cancel(uow, ["m-1"], by="staff")
    meet(world, "16:10", mode="in_person")
    assert clocks(world) == ["30 15:30", "30 15:50", "30 17:10"], "from main at 16:30 nobody is in the annex before 16:55"


def test_days_without_school_have_no_slots(world: World):
    with world.unit() as uow:
        projection.calendar_published(uow, [calendar(holidays=[date(2026, 9, 30)], revision=2)])
    assert clocks(world) == []


@pytest.mark.parametrize(("kind", "count"), [("asked", 0), ("late", 3)])
def test_a_late_request_may_be_after_the_booking_window(world: World, kind: str, count: int):
    limit(world, closes_at="2026-09-29T09:00", notice_minutes=0)
    assert len(clocks(world, kind=kind)) == count


def test_few_statements_however_many_are_asked_for(world: World):
    seen: list[str] = []
    sa.event.listen(world.engine, "before_cursor_execute", lambda *args: seen.append(args[2]))
    with world.unit() as uow:
        availability.free(uow, ["t-okafor", "t-alvarez"], uow.now, uow.now + timedelta(days=14))
    assert len([each for each in seen if each.startswith("SELECT")]) == 6
