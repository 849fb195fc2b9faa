"""What scheduling's journeys become here: calls on the right list, one message for a series, notices to the right home."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifications.handlers import calls, journeys, meetings, welcome_calls
from services.notifications.tables import DELIVERY, MESSAGE, TASK
from tests.unit.services.notifications.world import MORNING

FAMILY = {"student_id": "s-mateo", "guardian_id": "g-ana", "staff_id": "t-alvarez", "school_id": "greenview"}
START = datetime(2026, 10, 6, 20, 30, tzinfo=UTC)


def call_wanted(district: Any, **changed: Any) -> Any:
    data = {"call_id": "call-1", **FAMILY, "reason": "campaign", "kind": "welcome", "due_at": MORNING + timedelta(days=1)}
    return district.event("scheduling.call_wanted", **(data | changed))


def missed(district: Any, misses: int, checkin_id: str = "checkin-1") -> Any:
    return district.event(
        "scheduling.checkin_missed", checkin_id=checkin_id, **FAMILY, plan_id=None, due_on=MORNING.date(), misses=misses, limit=2
    )


def booked(district: Any, **changed: Any) -> Any:
    data = {
        "meeting_id": "m-1", "offer_id": None, "kind": "welcome", **FAMILY, "start": START, "end": START + timedelta(minutes=20),
        "mode": "phone", "sequence": 0, "ics": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "ics_staff": None, "dial_in": None,
        "team": [], "source": "staff", "quiet": False,
    }  # fmt: skip
    return district.event("scheduling.meeting_booked", **(data | changed))


def open_tasks(district: Any) -> list[str]:
    return [row["kind"] for row in district.rows(TASK) if row["closed_at"] is None]


def test_a_family_without_a_time_is_on_the_school_s_call_list_once(district):
    district.hear(welcome_calls.call_wanted, call_wanted(district), call_wanted(district))
    (task,) = district.rows(TASK)
    assert (task["kind"], task["staff_id"], task["guardian_id"]) == ("call_to_book", "t-alvarez", "g-ana")
    with district.transaction() as uow:
        (call,) = calls.listed(uow, district.ports, ["greenview"])
    assert call.student.startswith("Mateo") and call.kind == "call_to_book"


def test_a_booked_meeting_ends_the_call_of_that_family_and_of_no_other(district):
    district.hear(welcome_calls.call_wanted, call_wanted(district), call_wanted(district, call_id="call-2", guardian_id="g-daniel"))
    with district.transaction() as uow:
        welcome_calls.meeting_booked(uow, [booked(district)])
    waiting = [row["guardian_id"] for row in district.rows(TASK) if row["closed_at"] is None]
    assert waiting == ["g-daniel"]


def test_one_missed_check_in_is_nobody_s_task_and_two_are_the_teacher_s(district):
    district.hear(welcome_calls.checkin_missed, missed(district, 1))
    assert district.rows(TASK) == []
    district.hear(welcome_calls.checkin_missed, missed(district, 2, "checkin-2"))
    assert open_tasks(district) == ["checkin_missed"]


def test_a_restricted_guardian_is_not_on_the_call_list(district):
    district.hear(welcome_calls.call_wanted, call_wanted(district))
    district.project(
        "district.contact_restricted", restriction_id="r-1", guardian_id="g-ana", student_id="s-mateo", revision=9,
        scope="no_contact", starts_on=MORNING.date(), ends_on=None, lifted=False, authority_ref="court-1",
    )  # fmt: skip
    with district.transaction() as uow:
        assert calls.listed(uow, district.ports, ["greenview"]) == []


def test_a_series_is_one_message_with_all_its_times(district):
    event = district.event(
        "scheduling.series_set", series_id="series-1", version=1, **FAMILY, what="set", mode="phone",
        starts=[START, START + timedelta(days=14)], dial_in="+13125550100",
    )  # fmt: skip
    district.hear(journeys.series_set, event)
    (row,) = district.rows(DELIVERY)
    assert row["recipient_id"] == "g-ana" and len(row["params"]["slots"]["slots"]) == 2
    assert district.rows(MESSAGE)[0]["catalogue_key"] == "series.set"


def test_what_is_booked_quietly_is_not_told_again(district):
    district.hear(meetings.meeting_booked, booked(district, quiet=True))
    assert district.rows(DELIVERY) == []
    district.hear(meetings.meeting_booked, booked(district, meeting_id="m-2"))
    assert {row["recipient_id"] for row in district.rows(DELIVERY)} == {"g-ana", "t-alvarez"}


def test_a_late_request_is_the_teacher_s_task_until_it_is_answered(district):
    asked = district.event("scheduling.late_time_asked", request_id="late-1", **FAMILY, start=START, mode="phone")
    district.hear(journeys.late_time_asked, asked)
    assert open_tasks(district) == ["late_request"]
    answer = district.event("scheduling.late_time_answered", request_id="late-1", **FAMILY, start=START, approved=False)
    district.hear(journeys.late_time_answered, answer)
    assert open_tasks(district) == []
    assert [row["catalogue_key"] for row in district.rows(MESSAGE)] == ["late.declined"]


def test_an_approved_late_request_is_told_by_its_confirmation_alone(district):
    answer = district.event("scheduling.late_time_answered", request_id="late-1", **FAMILY, start=START, approved=True)
    district.hear(journeys.late_time_answered, answer)
    assert district.rows(MESSAGE) == []


@pytest.mark.parametrize(("invited", "key"), [(False, "iep.notice"), (True, "iep.notice_transition")])
def test_a_notice_says_purpose_time_place_and_who_attends_to_one_home(district, invited: bool, key: str):
    event = district.event(
        "scheduling.iep_notice_given", iep_meeting_id="iep-1", version=1, **FAMILY, purpose="annual", start=START,
        place="Room 12", attendees="Elena Alvarez, Li Chen", student_invited=invited, link="https://example.org/n", team=["t-alvarez"],
    )  # fmt: skip
    district.hear(journeys.iep_notice_given, event)
    district.hear(journeys.iep_notice_given, district.event("scheduling.iep_notice_given", **{**event.data, "guardian_id": "g-daniel"}))
    row, other, team = sorted(district.rows(DELIVERY), key=lambda row: row["recipient_id"])
    assert (other["recipient_id"], team["recipient_id"], team["recipient_kind"]) == ("g-daniel", "t-alvarez", "staff")
    assert row["recipient_id"] == "g-ana" and row["params"]["place"] == "Room 12" and "Li Chen" in row["params"]["attendees"]
    assert sorted(row["catalogue_key"] for row in district.rows(MESSAGE)) == [key, key, "iep.team"]


def test_homes_and_the_team_hear_that_a_special_education_meeting_is_off(district):
    called = {"iep_meeting_id": "iep-1", "version": 1, **FAMILY, "start": START, "team": ["t-alvarez"]}
    events = [district.event("scheduling.iep_called_off", **{**called, "guardian_id": who}) for who in ("g-ana", "g-daniel")]
    district.hear(journeys.iep_called_off, *events)
    told = sorted(row["recipient_id"] for row in district.rows(DELIVERY))
    assert told == ["g-ana", "g-daniel", "t-alvarez"]
    assert sorted(row["catalogue_key"] for row in district.rows(MESSAGE)) == ["iep.called_off"] * 2 + ["iep.called_off_team"]


@pytest.mark.parametrize(("kind", "key"), [("welcome", "meeting.offer_welcome"), ("checkin", "meeting.offer_checkin"), ("alert", "meeting.offer")])
def test_an_offer_says_what_it_is_for(district, kind: str, key: str):
    event = district.event(
        "scheduling.meeting_offered", offer_id="o-1", kind=kind, again=False, **FAMILY, modes=["phone"],
        slots=[{"n": 1, "start": START, "end": START + timedelta(minutes=10)}], expires_at=START, link="https://example.org/o",
    )  # fmt: skip
    district.hear(meetings.meeting_offered, event)
    assert [row["catalogue_key"] for row in district.rows(MESSAGE)] == [key]
