"""Campaigns: each home is asked for itself, who does not answer is called, and the welcome comes before day one by itself."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.scheduling.domain.journeys_campaigns import Standing, Wanted, faults, standing
from services.scheduling.handlers import booking, campaigns, roster
from services.scheduling.tables import OFFER
from services.scheduling.tables.journeys import CAMPAIGN, CAMPAIGN_FAMILY
from shared.clock import SimulatedClock
from shared.directory import projection
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.scene import NOW, World, calendar, guardian, on_sqlite, reply, restriction

TODAY = date(2026, 9, 29)
HOURS = [{"weekday": day, "start": "15:00", "end": "17:00"} for day in ("mon", "tue", "wed", "thu", "fri")]
TERMS = [{"id": "fall", "starts_on": "2026-09-01", "ends_on": "2026-12-18"}]


def wanted(**changed: Any) -> Wanted:
    usual: dict[str, Any] = {
        "kind": "asked", "title": "Reading", "school_id": "org-greenview", "opens_on": TODAY, "window_start": TODAY,
        "window_end": date(2026, 10, 16), "closes_on": date(2026, 10, 6), "staff_id": "t-alvarez",
    }  # fmt: skip
    return Wanted(**(usual | changed))


def item(kind: str, key: str) -> DueItem:
    return DueItem(kind, key, NOW, {}, 0)


def opened(world: World, **changed: Any) -> str:
    with world.unit() as uow:
        campaign_id = campaigns.make(uow, wanted(**changed), by="t-alvarez")
    with world.unit() as uow:
        campaigns.campaign_opens(uow, world.ports, [item("campaign_opens", campaign_id)])
    return campaign_id


def stands(world: World, campaign_id: str) -> dict[tuple[str, str], Standing]:
    with world.unit() as uow:
        return {(row.student_id, row.guardian_id): where for row, where, _ in campaigns.standings(uow, [campaign_id])}


def closes(world: World, campaign_id: str) -> list[dict[str, Any]]:
    with world.unit() as uow:
        campaigns.campaign_closes(uow, world.ports, [item("campaign_closes", campaign_id)])
    return [event.data for event in world.events("call_wanted")]


def test_each_home_is_offered_times_of_its_own_within_the_window(world: World):
    first = date(2026, 10, 12)
    campaign_id = opened(world, window_start=first)

    told = {event.data["guardian_id"]: event.data for event in world.events("meeting_offered")}
    assert set(told) == {"g-ana", "g-daniel", "g-meera"}
    for data in told.values():
        days = {slot["start"].date() for slot in data["slots"]}
        assert days and all(first <= day <= date(2026, 10, 16) for day in days)
    assert set(stands(world, campaign_id).values()) == {Standing.INVITED}
    assert world.due()["campaign_closes", campaign_id] == datetime(2026, 10, 6, 13, 0, tzinfo=UTC)


def test_two_guardians_of_one_home_are_asked_once(world: World):
    with world.unit() as uow:
        second = guardian("g-tia", "s-mateo", "home-a", "es", "Tia Rivera")
        projection.guardian_linked(uow, [second])
    opened(world)
    asked = [event.data["guardian_id"] for event in world.events("meeting_offered")]
    assert len(asked) == 3 and len({"g-ana", "g-tia"} & set(asked)) == 1


def test_where_the_first_of_a_home_may_not_be_invited_the_next_one_is(world: World):
    with world.unit() as uow:
        projection.guardian_linked(uow, [guardian("g-tia", "s-mateo", "home-a", "es", "Tia Rivera")])
        roster.contact_restricted(uow, [restriction("g-ana", "s-mateo", date(2026, 9, 1))])
    opened(world)
    asked = {event.data["guardian_id"] for event in world.events("meeting_offered")}
    assert asked == {"g-tia", "g-daniel", "g-meera"}


def test_a_family_that_answers_by_a_digit_is_booked_and_not_called(world: World):
    campaign_id = opened(world)
    offer = world.offer_of("g-meera").data["offer_id"]
    world.reply(reply(offer, "1", "g-meera"))

    called = closes(world, campaign_id)
    assert {(data["student_id"], data["guardian_id"]) for data in called} == {("s-mateo", "g-ana"), ("s-mateo", "g-daniel")}
    assert {data["kind"] for data in called} == {"asked"} and {data["staff_id"] for data in called} == {"t-alvarez"}
    found = stands(world, campaign_id)
    assert found["s-riya", "g-meera"] is Standing.BOOKED and found["s-mateo", "g-ana"] is Standing.CALL


def test_a_campaign_that_is_closed_twice_calls_once(world: World):
    campaign_id = opened(world)
    first = closes(world, campaign_id)
    assert len(first) == 3 and closes(world, campaign_id) == first


def test_a_restriction_that_came_meanwhile_is_no_call(world: World):
    campaign_id = opened(world)
    with world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 29))])
    assert {data["guardian_id"] for data in closes(world, campaign_id)} == {"g-ana", "g-meera"}


def test_a_meeting_that_was_called_off_is_a_call_again(world: World):
    campaign_id = opened(world)
    world.reply(reply(world.offer_of("g-meera").data["offer_id"], "1", "g-meera"))
    booked = [event.data["meeting_id"] for event in world.events("meeting_booked")]
    with world.unit() as uow:
        booking.cancel(uow, booked, by="staff")
    assert "g-meera" in {data["guardian_id"] for data in closes(world, campaign_id)}


def test_a_chosen_set_of_children_is_all_that_is_asked(world: World):
    opened(world, students=("s-riya",))
    assert [event.data["guardian_id"] for event in world.events("meeting_offered")] == ["g-meera"]


def test_dates_that_cannot_be_are_named_by_field():
    assert faults(wanted(), TODAY) == {}
    assert set(faults(wanted(opens_on=TODAY - timedelta(days=1)), TODAY)) == {"opens_on"}
    assert set(faults(wanted(window_start=TODAY - timedelta(days=1)), TODAY)) == {"window_start"}
    assert "window_end" in faults(wanted(window_end=TODAY - timedelta(days=1)), TODAY)
    assert set(faults(wanted(closes_on=TODAY), TODAY)) == {"closes_on"}
    assert set(faults(wanted(window_end=TODAY + timedelta(days=121)), TODAY)) == {"window_end"}


@pytest.mark.parametrize(
    ("meeting", "offer", "called", "where"),
    [
        ("held", "accepted", True, Standing.MET), ("missed", "accepted", False, Standing.MISSED),
        ("cancelled", "accepted", False, Standing.INVITED), (None, "unserved", False, Standing.NO_TIME),
        (None, "withdrawn", False, Standing.NOT_INVITED), (None, "open", True, Standing.CALL),
    ],
)  # fmt: skip
def test_where_a_family_stands(meeting: str | None, offer: str | None, called: bool, where: Standing):
    assert standing(meeting=meeting, offer=offer, called=called) is where


@pytest.fixture
def summer(tmp_path: Path) -> Iterator[World]:
    """The same district on 10 August, before a school year that begins on 1 September."""
    made = on_sqlite(tmp_path).move_in()
    made.clock = SimulatedClock(datetime(2026, 8, 10, 15, 0, tzinfo=UTC))
    yield made
    made.engine.dispose()


def plan_year(world: World, starts_on: str = "2026-09-01") -> None:
    event = calendar(revision=2)
    event.data["terms"] = [{"id": "fall", "starts_on": starts_on, "ends_on": "2026-12-18"}]
    with world.unit() as uow:
        projection.calendar_published(uow, [event])
        campaigns.plan_welcome(uow, ["org-greenview"])


def test_the_welcome_is_planned_for_the_monday_two_weeks_before_the_first_day(summer: World):
    plan_year(summer)
    assert summer.due()["welcome_calls", "org-greenview/fall"] == datetime(2026, 8, 17, 14, 0, tzinfo=UTC)


def test_every_new_family_is_offered_a_welcome_by_any_way_before_day_one(summer: World):
    plan_year(summer)
    due_at = datetime(2026, 8, 17, 14, 0, tzinfo=UTC)
    summer.clock.advance_to(due_at)
    with summer.unit() as uow:
        campaigns.welcome_calls(uow, summer.ports, [DueItem("welcome_calls", "org-greenview/fall", due_at, {}, 0)])

    told = [event.data for event in summer.events("meeting_offered")]
    assert {data["guardian_id"] for data in told} == {"g-ana", "g-daniel", "g-meera"}
    assert {data["kind"] for data in told} == {"welcome"}
    assert all(data["modes"] == ["phone", "video", "in_person"] for data in told)
    assert all(slot["start"].date() < date(2026, 9, 1) for data in told for slot in data["slots"])
    campaign = summer.rows(CAMPAIGN)[0]
    assert (campaign.state, campaign.window_end, campaign.closes_on) == ("open", date(2026, 8, 31), date(2026, 8, 24))
    with summer.unit() as uow:  # the calendar comes once more: nobody is welcomed twice
        campaigns.plan_welcome(uow, ["org-greenview"])
        campaigns.welcome_calls(uow, summer.ports, [DueItem("welcome_calls", "org-greenview/fall", due_at, {}, 0)])
    assert len(summer.rows(CAMPAIGN_FAMILY)) == 3 and len(summer.rows(OFFER)) == 3


def test_a_welcome_whose_calendar_has_changed_is_not_held(summer: World):
    plan_year(summer)
    event = calendar(revision=3)
    event.data["terms"] = []
    with summer.unit() as uow:
        projection.calendar_published(uow, [event])
        campaigns.welcome_calls(uow, summer.ports, [item("welcome_calls", "org-greenview/fall")])
    assert summer.rows(CAMPAIGN) == []


def test_close_to_the_first_day_there_is_no_welcome_any_more(summer: World):
    summer.clock.advance_to(datetime(2026, 8, 30, 15, 0, tzinfo=UTC))
    plan_year(summer)
    assert ("welcome_calls", "org-greenview/fall") not in summer.due()
