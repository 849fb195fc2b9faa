"""After an early alert every home is offered times that suit it, by rules and restrictions."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

import pytest

from services.scheduling.handlers import availability, notes, offers, roster
from services.scheduling.store import people
from services.scheduling.tables import BRIEF, OFFER, OFFICE_HOURS, PREFERENCE
from shared.directory import projection
from shared.errors import HomeroomError
from shared.messaging.inbox import PermanentError
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.scene import (
    NOW,
    WEDNESDAY,
    World,
    alert,
    guardian,
    preference,
    restriction,
    said,
    school,
)

EVENING = [*WEDNESDAY, {"weekday": "thu", "start": "18:00", "end": "19:00", "evening": True}]


def starts(event):
    return [slot["start"] for slot in event.data["slots"]]


def test_each_home_is_offered_three_numbered_times_with_the_teacher(world: World):
    world.alert(alert())

    said_to = {event.data["guardian_id"]: event for event in world.events("meeting_offered")}
    assert set(said_to) == {"g-ana", "g-daniel"}
    offer = said_to["g-ana"].data
    assert [slot["n"] for slot in offer["slots"]] == [1, 2, 3]
    first = datetime(2026, 9, 30, 20, 30, tzinfo=UTC)  # Wednesday 15:30 in Chicago
    assert starts(said_to["g-ana"]) == [first + timedelta(minutes=20 * n) for n in range(3)]
    assert offer["kind"] == "alert" and offer["again"] is False
    assert offer["modes"] == ["phone", "video", "in_person"]
    assert offer["expires_at"] == first + timedelta(minutes=40) - timedelta(hours=1)


def test_each_home_has_a_link_of_its_own_that_names_no_other(world: World):
    world.alert(alert())

    for event in world.events("meeting_offered"):
        token = event.data["link"].rpartition("/")[2]
        claims = world.ports.links.read(token, NOW, purpose="offer")
        assert claims.subject_id == event.data["guardian_id"]
        assert claims.resource == event.data["offer_id"]
    assert {e.data["guardian_id"]: e for e in world.events("meeting_offered")}["g-ana"].data["link"] != world.offer_of(
        "g-daniel"
    ).data["link"]


def test_a_family_that_can_come_only_in_the_evening_gets_the_evening_windows_by_its_own_way(world: World):
    with world.unit() as uow:
        availability.set_own(uow, world.ports, "t-alvarez", wanted={"windows": EVENING})
        notes.preference_changed(uow, [preference("g-ana", live_mode="video", available_after="18:00")])
    world.alert(alert())

    ana, daniel = world.offer_of("g-ana"), world.offer_of("g-daniel")
    assert all(start.weekday() == 3 for start in starts(ana))  # Thursday, 23:00 UTC
    assert ana.data["modes"] == ["video"]
    assert all(start.weekday() == 2 for start in starts(daniel)), "evening hours are kept for who needs them"


def test_where_nothing_suits_the_nearest_is_offered_and_marked_so(world: World):
    with world.unit() as uow:
        notes.preference_changed(uow, [preference("g-ana", available_after="18:00")])
    world.alert(alert())

    rows = {row.guardian_id: row for row in world.rows(OFFER)}
    assert rows["g-ana"].fit == "nearest" and rows["g-daniel"].fit == "suits"
    assert {start.time() for start in starts(world.offer_of("g-ana"))} == {time(21, 10)}


def test_an_older_preference_does_not_undo_a_newer_one(world: World):
    with world.unit() as uow:
        newer = preference("g-ana", version=2, live_mode="phone")
        notes.preference_changed(uow, [newer, preference("g-ana", version=1, live_mode="video")])
        notes.preference_changed(uow, [preference("g-ana", version=1, live_mode="in_person")])
    world.alert(alert())
    assert world.offer_of("g-ana").data["modes"] == ["phone"]


@pytest.mark.parametrize("wrong", [{"available_after": "six"}, {"quiet_end": "25:00"}, {"timezone": "Mars/Olympus"}])
def test_a_preference_that_cannot_be_read_is_set_aside_and_not_kept(world: World, wrong: dict[str, str]):
    with pytest.raises(PermanentError, match="PREFERENCE_UNREADABLE"), world.unit() as uow:
        notes.preference_changed(uow, [preference("g-daniel", live_mode="phone"), preference("g-ana", **wrong)])
    assert world.rows(PREFERENCE) == []


def test_the_school_s_evening_windows_come_on_top_of_a_teacher_s_own(world: World):
    with world.unit() as uow:
        found = people.schools(uow.connection, ["org-greenview"])["org-greenview"]
    evening = [{"weekday": "mon", "start": "18:00", "end": "19:00"}]
    rules = availability.rules_of(None, replace(found, settings={**found.settings, "evening_hours": evening}))
    assert [(window.weekday, window.evening) for window in rules.windows] == [(2, False), (0, True)]


def test_a_restricted_guardian_and_one_who_does_not_receive_are_offered_nothing(world: World):
    with world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 1))])
        projection.guardian_linked(uow, [guardian("g-aunt", "s-mateo", "home-d", "en", "Tia Rivera", receives=False)])
    world.alert(alert())
    assert [event.data["guardian_id"] for event in world.events("meeting_offered")] == ["g-ana"]


def test_a_restriction_takes_open_offers_back(world: World):
    world.alert(alert())
    with world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 29))])
    states = {row.guardian_id: row.state for row in world.rows(OFFER)}
    assert states == {"g-ana": "open", "g-daniel": "withdrawn"}
    assert {key for kind, key in world.due() if kind == "offer_expired"} == {world.offer_of("g-ana").data["offer_id"]}


def test_an_alert_that_comes_before_its_student_is_tried_again(world: World):
    with pytest.raises(HomeroomError, match="ROSTER_BEHIND"):
        world.alert(alert(student_id="s-unknown"))
    assert world.rows(OFFER) == []


def test_an_alert_without_a_teacher_goes_to_the_one_who_teaches_the_child(world: World):
    world.alert(alert(teacher_id=None))
    assert world.offer_of("g-ana").data["staff_id"] == "t-alvarez"


def test_the_newest_offer_replaces_the_one_before(world: World):
    world.alert(alert("alert-1"))
    world.alert(alert("alert-2"))
    states = sorted(row.state for row in world.rows(OFFER) if row.guardian_id == "g-ana")
    assert states == ["open", "replaced"]


def test_an_offer_that_nobody_answers_expires(world: World):
    world.alert(alert())
    offer = world.offer_of("g-ana").data
    assert world.due()["offer_expired", offer["offer_id"]] == offer["expires_at"]
    with world.unit() as uow:
        offers.offer_expired(uow, [DueItem("offer_expired", offer["offer_id"], offer["expires_at"], {}, 0)])
    assert {row.offer_id: row.state for row in world.rows(OFFER)}[offer["offer_id"]] == "expired"


def test_a_family_without_a_free_time_is_served_when_the_teacher_opens_hours(world: World):
    with world.unit() as uow:
        roster.school_onboarded(uow, world.ports, [school(revision=2, hours=[])])
    world.alert(alert())
    assert world.events("meeting_offered") == []
    assert {row.state for row in world.rows(OFFER)} == {"unserved"}

    with world.unit() as uow:
        availability.set_own(uow, world.ports, "t-alvarez", wanted={"windows": EVENING})
        offers.serve_waiting(uow, world.ports, "t-alvarez")
    assert len(world.events("meeting_offered")) == 2
    assert {row.state for row in world.rows(OFFER)} == {"open"}


def test_who_waits_for_a_time_is_offered_none_once_a_restriction_has_begun(world: World):
    with world.unit() as uow:
        roster.school_onboarded(uow, world.ports, [school(revision=2, hours=[])])
    world.alert(alert())
    with world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 10, 5))])
    assert {row.state for row in world.rows(OFFER)} == {"unserved"}, "it has not begun yet"

    world.clock.advance_to(NOW + timedelta(days=7))
    with world.unit() as uow:
        availability.set_own(uow, world.ports, "t-alvarez", wanted={"windows": EVENING})
        offers.serve_waiting(uow, world.ports, "t-alvarez")
    assert [event.data["guardian_id"] for event in world.events("meeting_offered")] == ["g-ana"]
    assert {row.guardian_id: row.state for row in world.rows(OFFER)} == {"g-ana": "open", "g-daniel": "withdrawn"}


def test_a_restriction_that_was_lifted_keeps_nobody_from_an_offer(world: World):
    with world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 9, 1), lifted=True)])
    world.alert(alert())
    assert {event.data["guardian_id"] for event in world.events("meeting_offered")} == {"g-ana", "g-daniel"}


def test_a_teacher_s_card_is_the_school_s_until_the_teacher_sets_it(world: World):
    first = [event.data for event in world.events("availability_published")]
    assert {(card["staff_id"], card["version"]) for card in first} == {("t-alvarez", 1), ("t-okafor", 1)}
    assert first[0]["windows"] == WEDNESDAY

    later = [{"weekday": "mon", "start": "08:00", "end": "09:00"}]
    with world.unit() as uow:
        availability.set_own(uow, world.ports, "t-alvarez", wanted={"windows": EVENING, "modes": ["phone"]})
        roster.school_onboarded(uow, world.ports, [school(revision=2, hours=later), school("org-northgate", revision=2)])
    cards = world.events("availability_published")[2:]
    assert [(card.data["staff_id"], card.data["version"]) for card in cards] == [("t-alvarez", 2)]
    rows = {row.staff_id: row for row in world.rows(OFFICE_HOURS)}
    assert rows["t-alvarez"].windows == EVENING and rows["t-alvarez"].source == "own"
    assert rows["t-okafor"].windows == WEDNESDAY


def test_a_school_s_new_hours_reach_teachers_who_set_none(world: World):
    later = [{"weekday": "mon", "start": "08:00", "end": "09:00"}]
    with world.unit() as uow:
        roster.school_onboarded(uow, world.ports, [school(revision=2, hours=later)])
    card = world.events("availability_published")[-1].data
    assert (card["staff_id"], card["version"], card["windows"]) == ("t-alvarez", 2, later)


def test_the_brief_counts_what_the_others_say(world: World):
    def contact(mode, at, personal=True):
        data = {
            "contact_id": f"c-{at.isoformat()}", "student_id": "s-mateo", "guardian_id": "g-ana", "mode": mode,
            "kind": "positive", "personal": personal, "live": False, "at": at,
        }  # fmt: skip
        return said("notifications.contact_logged", "notifications", data)

    def strength(source, n):
        data = {"strength_id": str(n), "student_id": "s-mateo", "category": "kindness", "source": source, "text": "x"}
        return said("notifications.strength_recorded", "notifications", data)

    gap = {
        "student_id": "s-mateo", "guardian_id": None, "school_id": "org-greenview", "days_since": None,
        "floor_days": 30, "on": date(2026, 9, 29),
    }  # fmt: skip
    response = {
        "assignment_id": "a", "survey_id": "intake", "kind": "intake", "guardian_id": "g-ana",
        "student_ids": ["s-mateo", "s-riya"], "via": "web", "language": "es", "receipt": [],
    }  # fmt: skip
    concern = {
        "concern_id": "c", "guardian_id": "g-ana", "student_id": "s-mateo", "school_id": "org-greenview",
        "topic": "peers", "language": "es", "text": "sola", "due_at": NOW,
    }  # fmt: skip
    with world.unit() as uow:
        notes.strength_recorded(uow, [strength("school", 1), strength("school", 2), strength("home", 3)])
        notes.contact_gap_detected(uow, [said("notifications.contact_gap_detected", "notifications", gap)])
        notes.response_submitted(uow, [said("surveys.response_submitted", "surveys", response)])
        notes.concern_raised(uow, [said("surveys.concern_raised", "surveys", concern)])
        notes.contact_logged(uow, [contact("sms", NOW - timedelta(days=1), personal=False)])
    before = {row.student_id: row for row in world.rows(BRIEF)}
    assert (before["s-mateo"].strengths_school, before["s-mateo"].strengths_home) == (2, 1)
    assert before["s-mateo"].gap_days == 30 and before["s-mateo"].last_contact_at is None
    assert (before["s-mateo"].concerns, before["s-mateo"].last_topic) == (1, "peers")
    assert before["s-riya"].surveys_answered == 1

    with world.unit() as uow:
        notes.contact_logged(uow, [contact("phone", NOW), contact("sms", NOW - timedelta(days=3))])
    world.alert(alert())
    after = {row.student_id: row for row in world.rows(BRIEF)}["s-mateo"]
    assert (after.last_contact_at, after.last_contact_mode, after.gap_days) == (NOW, "phone", None)
    assert after.alert_score == 64.0
