"""Each guardian is asked once, reminded once, and called instead after the deadline; restrictions stand before all."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.surveys.handlers import campaigns
from services.surveys.store import campaigns as store
from services.surveys.tables import ASSIGNMENT, CAMPAIGN, SURVEY_VERSION
from shared.messaging.tables import DUE_WORK
from tests.unit.services.surveys.surveyhouse import DUE, GREEN, INTAKE, NORTH, REMINDED, SENT, House


def assigned(house: House, *, reminder: bool = False) -> dict[str, list[str]]:
    events = house.invitations()
    return {e.data["guardian_id"]: e.data["student_ids"] for e in events if e.data["reminder"] is reminder}


def test_on_the_morning_named_every_guardian_is_asked_once_for_all_their_children(house: House) -> None:
    house.advance(SENT - timedelta(minutes=1))
    assert assigned(house) == {}
    house.advance(SENT)
    assert assigned(house) == {"g-ana": ["s-lucia", "s-mateo"], "g-meera": ["s-riya"], "g-george": ["s-sam"]}
    event = house.invitations()[0]
    assert event.data["due_at"] == DUE
    assert len(event.data["question_ids"]) == 6
    assert "/surveys/s/" in event.data["link"]


def test_who_is_asked_the_same_is_told_of_in_pages(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(campaigns, "PER_EVENT", 2)
    house.advance(SENT)
    pages = house.said("surveys.survey_assigned")
    assert [len(page.data["asked"]) for page in pages] == [2, 1]
    assert {name for page in pages for name in page.data} == {
        "survey_id", "campaign_id", "kind", "school_id", "question_ids", "due_at", "reminder", "asked"
    }  # fmt: skip
    assert set(assigned(house)) == {"g-ana", "g-meera", "g-george"}


def test_a_guardian_with_children_at_two_schools_is_asked_once_per_year(house: House) -> None:
    house.school(NORTH)
    house.advance(SENT)
    assert [e.data["guardian_id"] for e in house.invitations()].count("g-ana") == 1


def test_settings_applied_again_ask_nobody_again(house: House) -> None:
    house.advance(SENT)
    house.school()
    house.advance(SENT + timedelta(hours=1))
    assert len(house.invitations()) == 3
    assert len(house.rows(SURVEY_VERSION)) == 1


def test_a_restricted_guardian_is_not_asked_about_that_child(house: House) -> None:
    house.restrict("g-ana", "s-lucia")
    house.restrict("g-george", "s-sam")
    house.advance(SENT)
    assert assigned(house) == {"g-ana": ["s-mateo"], "g-meera": ["s-riya"]}


def test_a_guardian_who_does_not_receive_is_not_asked(house: House) -> None:
    house.guardian("g-george", "s-sam", receives=False)
    house.advance(SENT)
    assert "g-george" not in assigned(house)


def test_who_joins_while_the_survey_runs_is_asked_then_and_who_joins_later_is_not(house: House) -> None:
    house.advance(SENT + timedelta(days=2))
    house.guardian("g-lan", "s-sam", language="vi")
    house.advance(SENT + timedelta(days=2, hours=1))
    assert "g-lan" in assigned(house)
    house.advance(DUE + timedelta(hours=1))
    house.guardian("g-bao", "s-sam")
    house.advance(DUE + timedelta(days=1))
    assert "g-bao" not in assigned(house)


def test_one_reminder_goes_to_those_who_have_not_answered(house: House) -> None:
    house.advance(SENT)
    house.anyone().post(house.link("g-ana"), json={"answers": {"mode": {"values": ["phone"]}}})
    house.advance(REMINDED)
    assert assigned(house, reminder=True).keys() == {"g-meera", "g-george"}
    house.school()
    house.advance(REMINDED + timedelta(days=1))
    assert len([e for e in house.invitations() if e.data["reminder"]]) == 2


def test_a_restriction_set_after_the_assignment_stops_reminder_and_call(house: House) -> None:
    house.advance(SENT)
    house.restrict("g-george", "s-sam")
    house.advance(DUE)
    assert "g-george" not in assigned(house, reminder=True)
    assert {e.data["guardian_id"] for e in house.said("surveys.response_overdue")} == {"g-ana", "g-meera"}


def test_after_the_deadline_each_open_assignment_is_overdue_once(house: House) -> None:
    house.advance(SENT)
    house.anyone().post(house.link("g-ana"), json={"wish": "decline_all"})
    house.advance(DUE)
    house.school()
    house.advance(DUE + timedelta(days=1))
    overdue = sorted(event.data["guardian_id"] for event in house.said("surveys.response_overdue"))
    assert overdue == ["g-george", "g-meera"]


def test_a_later_deadline_in_the_settings_holds_for_what_is_open(house: House) -> None:
    house.advance(SENT)
    house.school(intake={**INTAKE, "due_at": "2026-09-18T17:00"})
    house.advance(DUE + timedelta(hours=1))
    assert house.said("surveys.response_overdue") == []
    house.advance(DUE + timedelta(days=7))
    assert len(house.said("surveys.response_overdue")) == 3


def test_an_intake_taken_out_of_the_settings_is_not_sent(house: House) -> None:
    house.school(intake=None)
    house.advance(SENT)
    assert assigned(house) == {}


def test_a_school_is_asked_page_by_page(house: House, monkeypatch) -> None:
    monkeypatch.setattr(campaigns, "PAGE", 1)
    house.advance(REMINDED)
    assert len(assigned(house)) == 3
    assert len(assigned(house, reminder=True)) == 3
    house.advance(DUE)
    assert len(house.said("surveys.response_overdue")) == 3


def test_a_permanent_failure_is_noted_and_a_message_sent_counts_as_reached(house: House) -> None:
    house.advance(SENT)
    failed = {"delivery_id": "d", "message_id": "m", "channel": "sms", "error": "unreachable"}
    house.hear(
        house.event("notifications.delivery_failed", guardian_id="g-ana", permanent=True, **failed),
        house.event("notifications.delivery_failed", guardian_id="g-meera", permanent=False, **failed),
    )
    house.hear(
        house.event(
            "notifications.message_sent", delivery_id="d", message_id="m", guardian_id="g-meera", household_id=None,
            channel="sms", language="gu", content_version=1, kind="ask",
        )
    )  # fmt: skip
    rows = {row.guardian_id: (row.unreached_by, row.reached_at is not None) for row in house.rows(ASSIGNMENT)}
    assert rows == {"g-ana": ("sms", False), "g-meera": (None, True), "g-george": (None, False)}
    shown = house.as_office().get("/surveys/assignments", params={"school": GREEN}).json
    assert shown["surveys"]["intake"] == {
        "answered": 0, "declined": 0, "talk": 0, "open": 3, "overdue": 0, "reached": 1, "unreached": 1,
    }  # fmt: skip


def test_a_broadcast_to_a_whole_district_is_one_statement_with_one_parameter(house: House) -> None:
    """Databases refuse statements of more than some ten thousand parameters; one event tells of hundreds of guardians."""
    house.advance(SENT)
    everybody = ["g-ana", *(f"g-{number}" for number in range(260_000))]
    with house.unit() as uow:
        store.mark_reached(uow.connection, everybody, uow.now)
        store.mark_unreached(uow.connection, everybody, "sms")
    reached = house.assignment("g-ana")
    assert (reached.reached_at, reached.unreached_by) == (SENT, "sms")
    assert house.assignment("g-george").reached_at is None


def test_a_child_who_joins_one_school_has_no_other_school_looked_through(house: House) -> None:
    house.school(NORTH)
    house.advance(SENT)
    before = {row.campaign_id: row.school_id for row in house.rows(CAMPAIGN)}
    house.student("s-new", "Nia", school=NORTH, classes=("class-alg1",))
    house.guardian("g-nia", "s-new")
    looked = {before[row.key] for row in house.rows(DUE_WORK) if row.kind == "survey_join"}
    assert looked == {NORTH}
    house.advance(SENT + timedelta(minutes=2))
    assert "g-nia" in assigned(house)
