"""Meetings that somebody else has decided, teams, several hosts, holds: written at once, and nothing twice."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from services.scheduling.domain.bookings import Claim, Kind
from services.scheduling.handlers import attendance, availability, booking, offers, resources, roster
from services.scheduling.handlers.desk import Wish
from services.scheduling.tables import MEETING, OFFER
from services.scheduling.tables.bookings import PARTY, TAKEN
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.scene import NOW, World, reply, restriction, teacher

SIX = datetime.fromisoformat("2026-10-06T23:00:00+00:00")


def fixed(meeting_id: str, guardian_id: str = "g-ana", *, at: datetime = SIX, **more: Any) -> booking.Fixed:
    student = "s-riya" if guardian_id == "g-meera" else "s-mateo"
    given = {"staff_id": "t-alvarez", "mode": "phone", "source": "round", "source_id": "round-1", **more}
    return booking.Fixed(
        meeting_id=meeting_id,
        kind="conference",
        guardian_id=guardian_id,
        student_id=student,
        school_id="org-greenview",
        start=at,
        end=at + timedelta(minutes=10),
        **given,
    )


def fix(world: World, *wanted: booking.Fixed) -> dict[str, str]:
    with world.unit() as uow:
        return {key: result.outcome for key, result in booking.fix(uow, world.ports, wanted).items()}


def starts(world: World) -> dict[str, datetime]:
    return {row.meeting_id: row.start_at for row in world.rows(MEETING) if row.state == "booked"}


def minutes(count: int) -> datetime:
    return SIX + timedelta(minutes=count)


def test_a_plan_is_written_in_one_go_and_a_repeat_says_nothing(world: World):
    plan = [fixed("a"), fixed("b", "g-daniel", at=minutes(10)), fixed("c", "g-meera", at=minutes(20))]
    assert fix(world, *plan) == {"a": "booked", "b": "booked", "c": "booked"}
    assert len(world.events("meeting_booked")) == 3
    assert {event.data["source"] for event in world.events("meeting_booked")} == {"round"}
    assert fix(world, *plan) == dict.fromkeys("abc", "unchanged")
    assert len(world.events("meeting_booked")) == 3


def test_what_is_told_by_others_is_quiet(world: World):
    fix(world, fixed("a", quiet=True))
    assert world.events("meeting_booked")[0].data["quiet"] is True


def test_meetings_of_a_plan_trade_places(world: World):
    fix(world, fixed("a"), fixed("b", "g-daniel", at=minutes(10)))
    assert fix(world, fixed("a", at=minutes(10)), fixed("b", "g-daniel")) == {"a": "booked", "b": "booked"}
    assert starts(world) == {"a": minutes(10), "b": SIX}
    assert [row.sequence for row in world.rows(MEETING)] == [1, 1]


def test_what_somebody_has_taken_meanwhile_is_said_and_the_meeting_stays(world: World):
    fix(world, fixed("a"), fixed("other", "g-meera", at=minutes(10)))
    assert fix(world, fixed("a", at=minutes(10)), fixed("b", "g-daniel")) == {"a": "taken", "b": "taken"}
    assert starts(world) == {"a": SIX, "other": minutes(10)}


def test_who_may_not_be_met_is_refused_and_the_others_are_booked(world: World):
    with world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 10, 1))])
    assert fix(world, fixed("a"), fixed("b", "g-daniel", at=minutes(10))) == {"a": "booked", "b": "refused"}


def test_buffer_and_walk_are_longer_ranges(world: World):
    fix(world, fixed("a", buffer=timedelta(minutes=5), walk=timedelta(minutes=10)))
    assert fix(world, fixed("b", "g-daniel", at=minutes(10))) == {"b": "taken"}, "the teacher's buffer"
    assert fix(world, fixed("c", at=minutes(15), staff_id="t-okafor")) == {"c": "taken"}, "the family is on its way"
    assert fix(world, fixed("d", at=minutes(20), staff_id="t-okafor")) == {"d": "booked"}


def test_a_room_and_an_interpreter_are_taken_with_the_meeting(world: World):
    fix(world, fixed("a", room_id="room-1", interpreter_id="i-abdi"))
    assert fix(world, fixed("b", "g-meera", staff_id="t-okafor", room_id="room-1")) == {"b": "taken"}
    assert fix(world, fixed("c", "g-meera", staff_id="t-okafor", interpreter_id="i-abdi")) == {"c": "taken"}
    assert world.events("interpreter_assigned")[0].data["interpreter_id"] == "i-abdi"


def test_a_booked_meeting_is_moved_with_everything_it_has(world: World):
    fix(world, fixed("a", team=("t-okafor",), room_id="room-1"))
    with world.unit() as uow:
        result = booking.move(uow, world.ports, "a", start=minutes(30), end=minutes(40))
        assert booking.move(uow, world.ports, "nobody's", start=SIX, end=minutes(10)).outcome == "refused"
    assert result.outcome == "booked" and starts(world) == {"a": minutes(30)}
    assert {(row.kind, row.start_at) for row in world.rows(TAKEN)} == {
        ("staff", minutes(30)), ("guardian", minutes(30)), ("room", minutes(30)),
    }  # fmt: skip
    assert world.events("meeting_booked")[-1].data["team"] == ["t-okafor"]


def test_of_a_team_everybody_must_be_free_and_everybody_is_booked(world: World):
    with world.unit() as uow:
        offers.offer(
            uow,
            world.ports,
            [Wish("team", "asked", "g-ana", "s-mateo", "t-alvarez", "org-greenview", team=("t-okafor",))],
        )
    first = world.offer_of("g-ana").data["slots"][0]["start"]
    fix(world, fixed("busy", "g-meera", at=first, staff_id="t-okafor"))
    world.reply(reply("team", "1", "g-ana"))
    again = world.offer_of("g-ana").data
    assert again["again"] and first not in [slot["start"] for slot in again["slots"]]
    world.reply(reply(again["offer_id"], "1", "g-ana"))
    [booked] = [event.data for event in world.events("meeting_booked") if event.data["guardian_id"] == "g-ana"]
    assert booked["team"] == ["t-okafor"]
    assert [(row.meeting_id, row.staff_id) for row in world.rows(PARTY)] == [(booked["meeting_id"], "t-okafor")]


def test_of_several_hosts_the_least_loaded_has_the_meeting(world: World):
    hosts = ("t-alvarez", "t-chen")
    with world.unit() as uow:
        roster.staff_listed(uow, world.ports, [teacher("t-chen", name="Mei Chen")])
    for n, guardian in enumerate(("g-ana", "g-daniel", "g-meera")):
        student = "s-riya" if guardian == "g-meera" else "s-mateo"
        with world.unit() as uow:
            wish = Wish(f"rr-{n}", "asked", guardian, student, "t-alvarez", "org-greenview", hosts=hosts)
            offers.offer(uow, world.ports, [wish])
        world.reply(reply(f"rr-{n}", "3" if n == 2 else str(n + 1), guardian, at=NOW + timedelta(minutes=n)))
    theirs = [event.data["staff_id"] for event in world.events("meeting_booked")]
    assert theirs == ["t-alvarez", "t-chen", "t-alvarez"]


def test_where_the_host_whose_turn_it_is_has_no_time_another_one_has_the_meeting(world: World):
    with world.unit() as uow:
        roster.staff_listed(uow, world.ports, [teacher("t-chen", name="Mei Chen")])
        wish = Wish("rr", "asked", "g-ana", "s-mateo", "t-alvarez", "org-greenview", hosts=("t-alvarez", "t-chen"))
        offers.offer(uow, world.ports, [wish])
    first = world.offer_of("g-ana").data["slots"][0]["start"]
    with world.unit() as uow:
        resources.take(uow, [Claim("x", Kind.STAFF, "t-alvarez", first, first + timedelta(minutes=20))])
    world.reply(reply("rr", "1", "g-ana"))
    assert world.events("meeting_booked")[0].data["staff_id"] == "t-chen"


def test_a_hold_keeps_a_time_for_minutes_and_ends_by_itself(world: World):
    claim = Claim("hold", Kind.STAFF, "t-alvarez", SIX, minutes(10))
    with world.unit() as uow:
        assert resources.hold(uow, [claim]) == frozenset()
    assert fix(world, fixed("a")) == {"a": "taken"}
    due = world.due()["hold_over", "hold"]
    world.clock.advance_to(due)
    with world.unit() as uow:
        assert resources.confirm(uow, ["hold"]) == {"hold"}, "too late"
        resources.hold_over(uow, [DueItem("hold_over", "hold", due, {}, 0)])
    assert world.rows(TAKEN) == []
    assert fix(world, fixed("a")) == {"a": "booked"}


def test_a_hold_whose_time_is_over_is_in_nobody_s_way_before_a_worker_comes_to_it(world: World):
    with world.unit() as uow:
        resources.hold(uow, [Claim("hold", Kind.STAFF, "t-alvarez", SIX, minutes(10))])
    world.clock.advance_to(NOW + resources.HOLD)
    assert fix(world, fixed("a")) == {"a": "booked"}


@pytest.mark.parametrize("who", ["guardian", "staff"])
def test_a_missed_meeting_is_said_once_and_other_times_are_offered(world: World, who: str):
    with world.unit() as uow:
        availability.set_own(uow, world.ports, "t-alvarez", wanted={"windows": [{"weekday": "wed", "start": "15:30", "end": "17:30"}]})
    fix(world, fixed("a"))
    with world.unit() as uow:
        assert not attendance.missed(uow, world.ports, "a", who=who), "it has not begun"
    world.clock.advance_to(minutes(20))
    with world.unit() as uow:
        assert attendance.missed(uow, world.ports, "a", who=who)
        assert not attendance.held(uow, "a")
    assert world.events("meeting_missed")[0].data["who"] == who
    assert [row.state for row in world.rows(OFFER)] == ["open"]


def test_a_meeting_that_took_place_is_a_contact(world: World):
    fix(world, fixed("a"))
    world.clock.advance_to(minutes(20))
    with world.unit() as uow:
        assert attendance.held(uow, "a", minutes=12)
    held = world.events("meeting_held")[0].data
    assert (held["guardian_id"], held["mode"], held["minutes"]) == ("g-ana", "phone", 12)
    assert world.rows(MEETING)[0].state == "held"
