"""Answers are obeyed: what they change is said once, whichever way they came; a decline is the last word."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.surveys.tables import ANSWER, RESPONSE
from tests.unit.services.surveys.surveyhouse import DUE, GREEN, NORTH, SENT, House

FAMILY = {"survey": "family_story", "whole_school": True, "due_at": "2026-10-02T17:00"}


@pytest.fixture
def sent(house: House) -> House:
    house.advance(SENT)
    return house


def said(house: House, type_: str) -> list[dict[str, Any]]:
    return [dict(event.data) for event in house.said(f"surveys.{type_}")]


def answer(house: House, guardian_id: str, **answers: dict[str, Any]) -> Any:
    return house.anyone().post(house.link(guardian_id), json={"answers": answers})


def test_twice_a_month_by_phone_after_six_becomes_a_preference(sent: House) -> None:
    result = answer(
        sent, "g-ana",
        contact_frequency={"values": ["twice_a_month"]}, mode={"values": ["phone"], "time": "18:00"},
    )  # fmt: skip
    assert result.status_code == 200
    assert said(sent, "preference_changed") == [
        {
            "guardian_id": "g-ana", "version": 1, "channel_order": ["phone", "sms", "email", "letter"],
            "contacts_per_month": 2, "live_mode": "phone", "available_after": "18:00", "quiet_start": None,
            "quiet_end": None, "timezone": None, "language": None,
        }
    ]  # fmt: skip
    submitted = said(sent, "response_submitted")[0]
    assert (submitted["via"], submitted["language"]) == ("web", "es")
    assert {"effect": "available_after", "value": "18:00"} in submitted["receipt"]


def test_a_second_submission_gets_the_first_receipt_and_changes_nothing(sent: House) -> None:
    first = answer(sent, "g-ana", contact_frequency={"values": ["weekly"]})
    second = answer(sent, "g-ana", contact_frequency={"values": ["monthly"]})
    assert first.json == second.json
    assert len(said(sent, "response_submitted")) == len(said(sent, "preference_changed")) == 1
    assert len(sent.rows(RESPONSE)) == 1


def test_a_concern_is_due_on_the_next_school_day_at_four(sent: House) -> None:
    sent.advance(datetime(2026, 9, 4, 20, 0, tzinfo=UTC))  # a Friday; Monday is Labor Day
    answer(sent, "g-ana", concern={"values": ["peers"], "text": "come sola", "about": "s-lucia"})
    concern = said(sent, "concern_raised")[0]
    assert (concern["topic"], concern["student_id"], concern["school_id"]) == ("peers", "s-lucia", NORTH)
    assert concern["text"] == "come sola"
    assert concern["due_at"] == datetime(2026, 9, 8, 21, 0, tzinfo=UTC)


def test_no_concern_raises_none(sent: House) -> None:
    answer(sent, "g-ana", concern={"values": ["none"]})
    assert said(sent, "concern_raised") == []


def test_a_concern_without_words_says_its_topic_in_the_guardians_language(sent: House) -> None:
    answer(sent, "g-ana", concern={"values": ["learning"]})
    assert said(sent, "concern_raised")[0]["text"] == "El aprendizaje"


def test_an_answer_at_the_deadline_is_on_time_and_a_second_later_late(sent: House) -> None:
    sent.advance(DUE)
    assert answer(sent, "g-ana", mode={"values": ["phone"]}).json["late"] is False
    sent.advance(DUE + timedelta(seconds=1))
    assert answer(sent, "g-meera", mode={"values": ["phone"]}).json["late"] is True


def test_after_the_grace_an_answer_is_refused_kindly(sent: House) -> None:
    sent.advance(DUE + timedelta(days=7, seconds=1))
    refused = answer(sent, "g-ana", mode={"values": ["phone"]})
    assert (refused.status_code, refused.json["code"]) == (410, "SURVEY_CLOSED")
    page = sent.anyone().get(sent.link("g-ana"))
    assert (page.status_code, "+13125550100" in page.text) == (410, True)
    assert sent.rows(RESPONSE) == []


@pytest.mark.parametrize(
    ("given", "question"),
    [
        ({"mode": {"values": ["pigeon"]}}, "mode"),
        ({"mode": {"values": ["phone", "written"]}}, "mode"),
        ({"mode": {"values": ["phone"], "time": "25:99"}}, "mode"),
        ({"concern": {"values": ["peers"], "about": "s-sam"}}, "concern"),
        ({}, "answers"),
    ],
)
def test_an_answer_that_does_not_fit_is_refused_by_name_and_changes_nothing(
    sent: House, given: dict[str, Any], question: str
) -> None:
    refused = answer(sent, "g-ana", **given)
    assert (refused.status_code, list(refused.json["errors"])) == (422, [question])
    assert sent.rows(RESPONSE) == sent.rows(ANSWER) == []


def test_an_answer_to_a_question_that_was_not_asked_is_dropped(sent: House) -> None:
    answer(sent, "g-ana", mode={"values": ["phone"]}, own_schooling={"text": "x"})
    assert [row.question_id for row in sent.rows(ANSWER)] == ["mode"]


def test_declining_everything_is_an_answer_without_effects_but_nobody_asks_again(sent: House) -> None:
    sent.anyone().post(sent.link("g-george"), json={"wish": "decline_all"})
    assert len(said(sent, "question_declined")) == 6
    assert said(sent, "preference_changed") == []
    assert sent.assignment("g-george").state == "declined"


def test_talking_instead_becomes_a_call_that_somebody_owes(sent: House) -> None:
    result = sent.anyone().post(sent.link("g-meera"), json={"wish": "talk", "call_after": "17:30"})
    assert result.json["receipt"] == [{"effect": "talk", "value": "17:30"}]
    concern = said(sent, "concern_raised")[0]
    assert (concern["topic"], concern["student_id"]) == ("talk", "s-riya")
    assert "17:30" in concern["text"]
    assert sent.assignment("g-meera").state == "talk"


def test_declining_one_question_about_the_parent_ends_them_all_for_good(sent: House) -> None:
    started = sent.as_office().post("/surveys/campaigns", json=FAMILY)
    assert started.status_code == 201, started.text
    sent.work()
    answer(sent, "g-george", own_schooling={"declined": True}, child_enjoys={"text": "football"})
    declined = said(sent, "question_declined")[0]
    assert (declined["question_id"], declined["tag"]) == ("own_schooling", "about_parent")
    boundary = said(sent, "boundary_set")
    assert [(b["guardian_id"], b["scope"], b["active"], b["set_by"]) for b in boundary] == [
        ("g-george", "student_only", True, "g-george")
    ]
    # any later survey, of any teacher
    sent.as_staff().post("/surveys/campaigns", json={"survey": "family_story", "class_id": "class-3a", "due_at": "2026-11-02T17:00"})
    sent.work()
    later = {d["guardian_id"]: d["question_ids"] for d in [event.data for event in sent.invitations()][-3:]}
    assert later["g-george"] == ["child_enjoys"]
    assert later["g-meera"] == ["child_enjoys", "own_schooling", "time_to_help"]
    page = sent.anyone().get(sent.link("g-george")).text
    assert "own_schooling" not in page
    card = sent.as_staff().get("/surveys/students/s-sam", headers={"Accept": "text/html"}).text
    assert "Keep to Sam&#39;s learning." in card


def test_only_the_guardian_can_lift_the_boundary(sent: House) -> None:
    sent.as_office().post("/surveys/campaigns", json=FAMILY)
    sent.work()
    answer(sent, "g-george", own_schooling={"declined": True})
    token = sent.ports.preferences_token("riverside", "g-george", now=sent.clock.now(), language="en", school=GREEN)
    assert sent.as_office().post("/surveys/preferences", json={"boundaries": []}).status_code == 403
    lifted = sent.anyone().post(f"/surveys/preferences/{token}", json={"boundaries": []})
    assert lifted.json["boundaries"] == []
    assert [(b["active"], b["version"]) for b in said(sent, "boundary_set")] == [(True, 1), (False, 2)]


def test_no_surveys_means_none_and_closes_what_is_open(sent: House) -> None:
    token = sent.ports.preferences_token("riverside", "g-george", now=sent.clock.now(), language="en", school=GREEN)
    sent.anyone().post(f"/surveys/preferences/{token}", json={"boundaries": ["no_surveys"]})
    sent.as_office().post("/surveys/campaigns", json=FAMILY)
    sent.advance(DUE)
    asked = [d for d in [event.data for event in sent.invitations()] if d["guardian_id"] == "g-george"]
    assert len(asked) == 1  # the one from before
    assert "g-george" not in {d["guardian_id"] for d in said(sent, "response_overdue")}


def test_a_restricted_guardian_cannot_answer_through_an_old_link(sent: House) -> None:
    link = sent.link("g-george")
    sent.restrict("g-george", "s-sam")
    page = sent.anyone().get(link)
    assert page.status_code == 410
    assert "Sam" not in page.text
    assert answer(sent, "g-george", concern={"values": ["other"], "text": "x"}).status_code == 410


def test_paper_and_phone_answers_count_the_same_and_name_who_typed_them(sent: House) -> None:
    assignment = sent.assignment("g-meera").assignment_id
    body = {"via": "paper", "answers": {"contact_frequency": {"values": ["weekly"]}}}
    assert sent.as_office().post(f"/surveys/assignments/{assignment}/answers", json=body).status_code == 200
    assert said(sent, "response_submitted")[0]["via"] == "paper"
    assert said(sent, "preference_changed")[0]["contacts_per_month"] == 4
    assert sent.rows(RESPONSE)[0].entered_by == "o-chen"


def test_preferences_say_what_changed_once_and_count_versions(sent: House) -> None:
    token = sent.ports.preferences_token("riverside", "g-ana", now=sent.clock.now(), language="es", school=None)
    post = sent.anyone().post
    post(f"/surveys/preferences/{token}", json={"quiet_start": "21:00", "quiet_end": "09:00"})
    post(f"/surveys/preferences/{token}", json={"quiet_start": "21:00", "quiet_end": "09:00"})
    form = {"contacts_per_month": "3", "first_channel": "email", "boundaries": ["student_only"]}
    assert post(f"/surveys/preferences/{token}", form=form).status_code == 303
    changed = said(sent, "preference_changed")
    assert [(c["version"], c["quiet_start"], c["contacts_per_month"]) for c in changed] == [(1, "21:00", None), (2, None, 3)]
    assert changed[1]["channel_order"][0] == "email"
    assert post(f"/surveys/preferences/{token}", json={"quiet_start": "21:00", "quiet_end": None}).status_code == 422
    assert post(f"/surveys/preferences/{token}", form={"contacts_per_month": "300"}).status_code == 422


def test_what_matters_most_is_said_in_the_words_it_was_chosen_and_written_in(sent: House) -> None:
    answer(sent, "g-ana", priorities={"values": ["reading_writing", "confidence"], "text": "que lea sola"})
    assert said(sent, "response_submitted")[0]["priorities"] == "Leer y escribir, Confianza y autonomía, que lea sola"


def test_who_says_nothing_of_priorities_has_none(sent: House) -> None:
    answer(sent, "g-ana", contact_frequency={"values": ["weekly"]}, priorities={"declined": True})
    assert said(sent, "response_submitted")[0]["priorities"] is None


def test_words_that_a_school_watches_for_stand_on_no_plan(house: House) -> None:
    house.school(surveys={"safeguarding": {"words": {"en": ["the old mill"]}}})
    house.advance(SENT)
    answer(house, "g-george", priorities={"values": ["confidence"], "text": "he hides at the old mill"})
    assert "mill" not in said(house, "response_submitted")[0]["priorities"]
    assert len(said(house, "safeguarding_raised")) == 1
