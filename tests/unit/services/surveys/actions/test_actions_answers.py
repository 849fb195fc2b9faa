"""Answers become actions: what a guardian says changes what the school does, once, and what danger there is stays with one person."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.surveys.store import actions as noted
from services.surveys.tables.actions import BARRIER, CONTACT, INSIGHT, NEED, PREFERENCE_CHANGE, SAFEGUARD
from tests.unit.services.surveys.surveyhouse import GREEN, NORTH, SENT, House

LATER = "2026-10-02T17:00"


@pytest.fixture
def sent(house: House) -> House:
    house.guardian("g-lan", "s-riya", language="vi")
    house.advance(SENT)
    return house


def said(house: House, type_: str) -> list[dict[str, Any]]:
    return [dict(event.data) for event in house.said(f"surveys.{type_}")]


def put(house: House, survey: str) -> None:
    """The office puts a survey to the whole school."""
    assert house.as_office().post("/surveys/campaigns", json={"survey": survey, "whole_school": True, "due_at": LATER}).status_code == 201
    house.work()


def answer(house: House, guardian_id: str, **answers: dict[str, Any]) -> None:
    result = house.anyone().post(house.link(guardian_id), json={"answers": answers})
    assert result.status_code == 200, result.text


def failed(house: House, guardian_id: str, message: str, *, channel: str = "sms", permanent: bool = True) -> None:
    house.hear(
        house.event(
            "notifications.delivery_failed", delivery_id=f"d-{message}", message_id=message, guardian_id=guardian_id,
            channel=channel, error="unreachable", permanent=permanent,
        )
    )  # fmt: skip


def missed(house: House, who: str = "guardian") -> None:
    meeting = {"meeting_id": "m-1", "student_id": "s-riya", "staff_id": "t-alvarez", "school_id": GREEN, "guardian_id": "g-lan"}
    house.hear(house.event("scheduling.meeting_missed", **meeting, kind="conference", who=who, at=house.clock.now(), link=None))


def test_lan_without_internet_and_with_texts_that_fail_is_written_to_on_paper_and_called(sent: House) -> None:
    put(sent, "barriers")
    answer(sent, "g-lan", reaching={"values": ["no_internet"]}, meeting={"values": ["night_work"]})
    assert [(each["barrier"], each["active"], each["source"]) for each in said(sent, "barrier_identified")] == [
        ("no_internet", True, "answer"),
        ("night_work", True, "answer"),
    ]
    failed(sent, "g-lan", "m-1")
    failed(sent, "g-lan", "m-1")  # the same message again is no second one
    assert said(sent, "barrier_identified")[-1]["barrier"] == "night_work"
    failed(sent, "g-lan", "m-2")
    assert said(sent, "barrier_identified")[-1]["barrier"] == "texts_fail"
    obeyed = said(sent, "preference_changed")[-1]
    assert (obeyed["guardian_id"], obeyed["channel_order"]) == ("g-lan", ["letter", "phone"])
    assert [change.source for change in sent.rows(PREFERENCE_CHANGE)] == ["barrier", "barrier"]


def test_a_text_from_lan_shows_that_texts_arrive_again(sent: House) -> None:
    failed(sent, "g-lan", "m-1")
    failed(sent, "g-lan", "m-2")
    sent.reply("g-lan", "xin chao")
    assert [(each["barrier"], each["active"], each["source"]) for each in said(sent, "barrier_identified")] == [
        ("texts_fail", True, "delivery_failed"),
        ("texts_fail", False, "reply"),
    ]
    versions = [each["version"] for each in said(sent, "preference_changed")]
    assert versions == sorted(set(versions))
    assert said(sent, "preference_changed")[-1]["channel_order"] == []
    failed(sent, "g-lan", "m-3")  # what failed before it healed no longer counts
    assert len(said(sent, "barrier_identified")) == 2


def test_a_failure_that_may_pass_closes_no_way(sent: House) -> None:
    failed(sent, "g-lan", "m-1", permanent=False)
    failed(sent, "g-lan", "m-2", permanent=False)
    assert said(sent, "barrier_identified") == []


def test_a_meeting_missed_by_the_family_is_offered_by_telephone_until_they_have_met(sent: House) -> None:
    missed(sent, who="staff")
    assert said(sent, "barrier_identified") == []
    missed(sent)
    assert said(sent, "preference_changed")[-1]["live_mode"] == "phone"
    meeting = {"meeting_id": "m-2", "student_id": "s-riya", "staff_id": "t-alvarez", "school_id": GREEN, "guardian_id": "g-lan"}
    sent.hear(sent.event("scheduling.meeting_held", **meeting, kind="conference", mode="phone", minutes=10, link=None))
    assert [row.active for row in sent.rows(BARRIER)] == [False]
    assert said(sent, "preference_changed")[-1]["live_mode"] is None


def test_a_wish_said_while_a_barrier_stands_is_kept_as_said_and_told_around_it(sent: House) -> None:
    failed(sent, "g-ana", "m-1")
    failed(sent, "g-ana", "m-2")
    answer(sent, "g-ana", mode={"values": ["written"]}, contact_frequency={"values": ["weekly"]})
    told = said(sent, "preference_changed")[-1]
    assert "sms" not in told["channel_order"]
    assert told["contacts_per_month"] is not None
    with sent.unit() as uow:
        changes = noted.changes(uow.connection, "g-ana", limit=5)
    assert changes[0].changes
    assert changes[0].version == told["version"]


def test_barriers_ticked_off_a_year_later_no_longer_stand(sent: House) -> None:
    put(sent, "barriers")
    answer(sent, "g-lan", reaching={"values": ["no_internet", "reading"]})
    assert said(sent, "preference_changed")[-1]["channel_order"] == ["phone"]
    put(sent, "barriers")
    answer(sent, "g-lan", reaching={"values": ["no_internet"]})
    assert [(each["barrier"], each["active"]) for each in said(sent, "barrier_identified")][-1] == ("reading", False)


def test_a_need_with_consent_is_referred_and_without_only_listed(sent: House) -> None:
    put(sent, "needs")
    answer(sent, "g-lan", help_with={"values": ["winter_coats"]}, may_refer={"values": ["yes"]})
    answer(sent, "g-ana", help_with={"values": ["food", "housing"]})
    told = {(each["guardian_id"], each["need"]): each["consent"] for each in said(sent, "need_identified")}
    assert told == {("g-lan", "winter_coats"): True, ("g-ana", "food"): False, ("g-ana", "housing"): False}
    assert len(sent.rows(NEED)) == 3
    receipts = {each["guardian_id"]: each for each in said(sent, "response_submitted")}
    assert {"effect": "need", "value": "winter_coats"} in receipts["g-lan"]["receipt"]
    assert "Nhà trường sẽ liên hệ" in receipts["g-lan"]["changes"]
    assert "No se lo decimos a nadie" in receipts["g-ana"]["changes"]
    counselor = sent.as_staff("c-1", "counselor", (GREEN, NORTH))
    read = {
        family["guardian"].split()[0]: [answer["chosen"] for answer in family["answers"]]
        for student in sorted({row.student_id for row in sent.rows(NEED)})
        for family in counselor.get(f"/surveys/students/{student}").json["families"]
    }
    assert read["Ana"] == [] and len(read["Lan"]) == 2


def test_what_changes_is_said_in_the_guardian_s_language(sent: House) -> None:
    answer(sent, "g-ana", contact_frequency={"values": ["twice_a_month"]}, mode={"values": ["phone"], "time": "18:00"})
    changes = said(sent, "response_submitted")[0]["changes"]
    assert "18:00" in changes
    assert "teléfono" in changes


def test_words_of_danger_go_to_the_lead_alone(sent: House) -> None:
    answer(
        sent, "g-ana",
        concern={"values": ["wellbeing"], "text": "Tiene miedo de volver a casa", "about": "s-mateo"},
        anything_else={"text": "en casa le pega su primo"},
    )  # fmt: skip
    raised = said(sent, "safeguarding_raised")
    assert {each["text"] for each in raised} == {"Tiene miedo de volver a casa", "en casa le pega su primo"}
    assert {(each["role"], each["student_id"]) for each in raised} == {("counselor", "s-mateo")}
    assert {each["due_at"] - sent.clock.now() for each in raised} == {timedelta(hours=2)}
    assert said(sent, "concern_raised") == []
    assert {row.question_id for row in sent.rows(SAFEGUARD)} == {"concern", "anything_else"}
    page = sent.as_staff().get("/surveys/students/s-mateo").text
    assert "miedo" not in page
    assert "pega" not in page


def test_a_school_s_own_words_count_and_its_own_role_hears(house: House) -> None:
    house.school(surveys={"safeguarding": {"role": "principal", "within_minutes": 30, "words": {"en": ["the old mill"]}}})
    house.advance(SENT)
    answer(house, "g-george", anything_else={"text": "He goes to the old mill again."})
    raised = said(house, "safeguarding_raised")[0]
    assert (raised["role"], raised["due_at"] - house.clock.now()) == ("principal", timedelta(minutes=30))


def test_what_is_said_of_a_brother_is_filed_for_the_brother(sent: House) -> None:
    answer(sent, "g-ana", contact_frequency={"values": ["weekly"]})  # nothing else may be open
    put(sent, "curious_helper")
    answer(sent, "g-ana", seen={"text": "ayudó a su hermana", "about": "s-lucia"})
    shared = said(sent, "insight_shared")[0]
    assert (shared["student_id"], shared["category"], shared["language"]) == ("s-lucia", "kindness", "es")
    assert [row.text for row in sent.rows(INSIGHT)] == ["ayudó a su hermana"]


def test_contacts_of_one_s_own_are_remembered_and_broadcasts_are_not(sent: House) -> None:
    at = datetime(2026, 9, 2, 15, tzinfo=UTC)
    for number, personal in enumerate((True, False)):
        sent.hear(
            sent.event(
                "notifications.contact_logged", contact_id=f"c-{number}", student_id="s-riya", guardian_id="g-lan", mode="phone",
                kind="positive", personal=personal, live=True, at=at,
            )
        )  # fmt: skip
    assert [row.contact_id for row in sent.rows(CONTACT)] == ["c-0"]
