"""A survey answered by text message, one question at a time, in the guardian's language."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
import yaml

import services.surveys.definitions
from services.surveys.definitions import Library
from services.surveys.domain.sms import MOST_SEGMENTS, Labels, prompt_text, segments
from services.surveys.domain.walk_prompts import MATRICES, prompts_of
from services.surveys.handlers.consequences import change_boundary
from services.surveys.tables import ASSIGNMENT, DRAFT, RESPONSE
from services.surveys.words import skip_label, words
from tests.unit.services.surveys.surveyhouse import DISTRICT, DUE, SENT, House

SHIPPED = Path(services.surveys.definitions.__file__).parent


@pytest.fixture
def sent(house: House) -> House:
    house.advance(SENT)
    return house


def test_six_replies_after_the_first_answer_the_whole_intake(sent: House) -> None:
    sent.reply("g-ana", "hola", "3", "2 18:00", "1 3", "leer", "nada", "Le gusta dibujar")
    assert [text.split(" ")[0] for text in sent.asked()] == ["1/6", "2/6", "3/6", "4/6", "5/6", "6/6"]
    assert "Cada cuanto" in sent.asked()[0]
    response = sent.said("surveys.response_submitted")[0].data
    assert (response["via"], response["language"]) == ("sms", "es")
    preference = sent.said("surveys.preference_changed")[0].data
    assert (preference["contacts_per_month"], preference["live_mode"], preference["available_after"]) == (2, "phone", "18:00")
    assert sent.said("surveys.concern_raised") == []
    assert sent.rows(DRAFT) == []
    assert sent.rows(RESPONSE)[0].via == "sms"


def test_digits_and_words_of_the_guardians_language_are_understood(sent: House) -> None:
    sent.reply("g-meera", "હા", "૪", "ફોન")
    assert sent.asked()[-1].startswith("3/6")
    draft = sent.rows(DRAFT)[0].answers
    assert (draft["contact_frequency"]["values"], draft["mode"]["values"]) == (["monthly"], ["phone"])


def test_what_is_not_understood_is_asked_twice_more_then_the_link_is_sent_once(sent: House) -> None:
    sent.reply("g-george", "ok", "99", "banana", "??!x", "what")
    texts = sent.asked()
    assert [text.startswith("Sorry") for text in texts] == [False, True, True, False]
    assert sent.link("g-george") in texts[3]
    sent.reply("g-george", "2")
    assert sent.asked()[-1].startswith("2/6")


def test_zero_or_a_word_for_skipping_declines(sent: House) -> None:
    sent.reply("g-george", "hi", "0", "skip", "0", "0", "0", "0")
    assert len(sent.said("surveys.question_declined")) == 6
    assert sent.assignment("g-george").state == "declined"


def test_answers_given_on_the_page_are_not_asked_again(sent: House) -> None:
    sent.anyone().post(sent.link("g-george"), json={"wish": "save", "answers": {"contact_frequency": {"values": ["weekly"]}}})
    sent.reply("g-george", "hi")
    assert sent.asked()[0].startswith("2/6")


def test_declining_a_question_about_the_parent_ends_the_walk_of_such_questions(sent: House) -> None:
    sent.as_office().post("/surveys/campaigns", json={"survey": "family_story", "whole_school": True, "due_at": "2026-10-02T17:00"})
    sent.work()
    story = next(e.data for e in sent.invitations() if e.data["kind"] == "family_story" and e.data["guardian_id"] == "g-george")
    sent.reply("g-george", "hi", "Football", "0", assignment_id=story["assignment_id"])
    assert len(sent.asked()) == 2
    assert sent.said("surveys.boundary_set")[0].data["scope"] == "student_only"
    assert sent.said("surveys.response_submitted")[0].data["survey_id"] == "family_story"


def test_a_reply_of_somebody_else_or_to_something_else_changes_nothing(sent: House) -> None:
    ana = sent.assignment("g-ana").assignment_id
    sent.reply("g-george", "1", assignment_id=ana)
    sent.reply("g-george", "1", assignment_id="no-such")
    assert sent.asked() == []
    assert sent.rows(DRAFT) == []


def test_a_reply_after_the_answer_on_the_page_is_thanked_for_once_and_changes_nothing(sent: House) -> None:
    sent.anyone().post(sent.link("g-ana"), json={"wish": "decline_all"})
    before = (sent.rows(RESPONSE), len(sent.said("surveys.response_submitted")))
    sent.reply("g-ana", "3", "3", "hola")
    (said,) = sent.asked()
    assert "ya tenemos sus respuestas" in said
    assert "+13125550100" in said
    assert (sent.rows(RESPONSE), len(sent.said("surveys.response_submitted"))) == before


def test_a_reply_after_the_grace_gets_a_kind_word(sent: House) -> None:
    sent.advance(DUE + timedelta(days=8))
    sent.reply("g-george", "3")
    assert "+13125550100" in sent.asked()[0]
    assert sent.rows(DRAFT) == []


def test_two_replies_that_come_together_are_taken_in_their_order(sent: House) -> None:
    assignment = sent.assignment("g-george").assignment_id

    def reply(text: str, seconds: int) -> object:
        return sent.event(
            "notifications.reply_received", thread_id="g-george", reply_id=f"r-{seconds}", guardian_id="g-george", channel="sms",
            language="en", open_kind="survey", open_ref=assignment, received_at=SENT + timedelta(seconds=seconds), text=text,
        )  # fmt: skip

    sent.hear(reply("3", 9), reply("hi", 1))
    assert [text[:3] for text in sent.asked()] == ["1/6", "2/6"]
    assert sent.rows(DRAFT)[0].answers["contact_frequency"]["values"] == ["twice_a_month"]


def test_a_restricted_guardian_is_sent_no_further_question(sent: House) -> None:
    assignment = sent.assignment("g-george").assignment_id
    sent.restrict("g-george", "s-sam")
    sent.reply("g-george", "hi", assignment_id=assignment)
    assert sent.asked() == []


def at(sent: House, guardian: str, *texts: tuple[str, int]) -> None:
    """Replies received so many seconds from now, taken when they are told."""
    now = sent.clock.now()
    for number, (text, seconds) in enumerate(texts):
        sent.hear(
            sent.event(
                "notifications.reply_received", thread_id=guardian, reply_id=f"t-{sent.next()}-{number}", guardian_id=guardian,
                channel="sms", language="en", open_kind="survey", open_ref=sent.assignment(guardian).assignment_id,
                received_at=now + timedelta(seconds=seconds), text=text,
            )
        )  # fmt: skip


def test_an_answer_sent_twice_counts_once(sent: House) -> None:
    sent.reply("g-george", "hi")
    at(sent, "g-george", ("2", 0), ("2", 1))
    assert [text[:3] for text in sent.asked()] == ["1/6", "2/6"]
    assert list(sent.rows(DRAFT)[0].answers) == ["contact_frequency"]


def test_an_answer_that_was_under_way_when_the_next_question_went_out_mends_the_one_before(sent: House) -> None:
    sent.reply("g-george", "hi")
    at(sent, "g-george", ("2", 0), ("3", -5))
    assert sent.rows(DRAFT)[0].answers["contact_frequency"]["values"] == ["twice_a_month"]
    assert "mode" not in sent.rows(DRAFT)[0].answers
    assert len(sent.asked()) == 2


def test_later_brings_one_question_tomorrow_at_an_hour_that_suits_and_no_more(sent: House) -> None:
    sent.reply("g-ana", "hola", "3", "2 18:00", "luego")
    assert "miércoles" in sent.asked()[-1]
    before = len(sent.asked())
    sent.advance(SENT + timedelta(days=1, minutes=10))
    (event,) = sent.said("surveys.question_asked")[before:]
    assert event.data["text"].startswith("Nos pidio volver a esto:\n3/6")
    assert event.data["solicited"] is False
    sent.advance(SENT + timedelta(days=3))
    assert len(sent.asked()) == before + 1
    sent.reply("g-ana", "1")
    assert sent.asked()[-1].startswith("4/6")


def test_who_goes_on_before_tomorrow_is_not_asked_twice(sent: House) -> None:
    sent.reply("g-ana", "hola", "luego", "3")
    before = len(sent.asked())
    sent.advance(SENT + timedelta(days=2))
    assert len(sent.asked()) == before


def test_help_says_where_one_is_what_to_do_and_whom_to_call(sent: House) -> None:
    sent.reply("g-george", "hi", "3", "help")
    said = sent.asked()[-1]
    assert said.startswith("Greenview: question 2 of 6.")
    assert "+13125550100" in said
    assert "STOP" in said


def test_back_and_web_in_the_guardians_language(sent: House) -> None:
    sent.reply("g-ana", "hola", "3", "atrás")
    assert sent.asked()[-1].startswith("1/6")
    sent.reply("g-ana", "enlace")
    assert sent.link("g-ana") in sent.asked()[-1]
    assert sent.rows(DRAFT)[0].answers["contact_frequency"]["values"] == ["twice_a_month"]


def test_no_text_that_goes_out_is_more_than_two_parts(sent: House) -> None:
    for guardian in ("g-ana", "g-meera", "g-george"):
        sent.reply(guardian, "x", "??", "3", "?", "2", "0", "luego", "call me", "web", "0", "0", "0")
    assert max(segments(text) for text in sent.asked()) <= MOST_SEGMENTS


def test_a_boundary_set_half_way_ends_the_questions_at_once(sent: House) -> None:
    sent.reply("g-george", "hi", "3")
    before = len(sent.asked())
    with sent.unit() as uow:
        change_boundary(uow, "g-george", "no_surveys", active=True)
    sent.reply("g-george", "2")
    assert len(sent.asked()) == before


@pytest.mark.parametrize("change", [{"modes": ["web", "paper"]}, {"identified": "anonymous"}])
def test_a_survey_that_is_not_for_text_messages_or_anonymous_sends_its_page_and_takes_no_answer(
    house: House, tmp_path: Path, change: dict[str, object]
) -> None:
    content = {**house.ports.library.find(DISTRICT, "intake").content, **change}
    content["questions"] = [{**each, "effects": []} for each in content["questions"]]  # nobody's answers change nothing
    folder = tmp_path / "districts" / DISTRICT / "surveys"
    folder.mkdir(parents=True)
    (folder / "intake.yaml").write_text(yaml.safe_dump(content, allow_unicode=True))
    house.advance(SENT)
    house.reply("g-george", "hi", "3")
    (said,) = house.asked()
    assert house.link("g-george") in said
    assert house.rows(DRAFT) == []


@pytest.mark.parametrize("name", sorted(path.stem for path in SHIPPED.glob("*.yaml")))
def test_every_question_that_ships_is_two_parts_at_most_in_every_language(name: str) -> None:
    survey = Library().find("nowhere", name).survey
    asked = [(question, ("a", "b") if question.per_child else ()) for question in survey.questions]
    prompts = prompts_of(asked, by_row=MATRICES)
    for language in survey.languages:
        said = words(language).text
        labels = Labels(skip_label(language), said("sms.yes"), said("sms.no"))
        for place, prompt in enumerate(prompts, 1):
            child = "Abdirahman" if prompt.child else None
            text = prompt_text(prompt, language, position=place, total=len(prompts), labels=labels, child=child)
            assert segments(text) <= MOST_SEGMENTS, (language, prompt.key)


WORKSHOP = """\
survey: workshop
kind: workshop
languages: [en]
title: {en: Workshop}
intro: {en: A place for each who wants one.}
quotas: [{id: seats, condition: "{comes} = 'evening'", most: 1}]
questions:
  - id: comes
    type: single
    text: {en: Do you come?}
    sms: {en: Do you come?}
    why: {en: So that there is a chair.}
    options: [{value: evening, digit: 1, label: {en: Evenings}}, {value: stays, digit: 2, label: {en: At home}}]
  - {id: words, type: text, declinable: false, required_if: "{comes} = 'stays'", text: {en: Why}, sms: {en: Why}, why: {en: So that we hear it.}}
"""


def workshop(house: House, folder: Path) -> dict[str, str]:
    """Assignment by guardian of a survey with one place."""
    path = folder / "districts" / DISTRICT / "surveys" / "workshop.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(WORKSHOP)
    asked = {"survey": "workshop", "whole_school": True, "due_at": "2026-10-02T17:00"}
    assert house.as_office().post("/surveys/campaigns", json=asked).status_code == 201
    house.work()
    return {row.guardian_id: row.assignment_id for row in house.rows(ASSIGNMENT) if row.survey_id == "workshop"}


def test_the_last_place_is_taken_once_and_who_comes_later_is_told_kindly_and_can_choose_again(house: House, tmp_path: Path) -> None:
    mine = workshop(house, tmp_path)
    house.reply("g-george", "hi", "1", "yes please", assignment_id=mine["g-george"])
    house.reply("g-meera", "hi", "1", "so do I", assignment_id=mine["g-meera"])
    told = house.asked()[-3:]
    assert told[0] == words("gu").text("error.full")
    assert mine["g-meera"] in {row.assignment_id for row in house.rows(DRAFT)}
    path = told[2].removeprefix("https://homeroom.example.org")
    again = house.anyone().post(path, json={"wish": "send", "answers": {"comes": {"values": ["stays"]}}})
    assert again.status_code == 200, again.text
    assert {row.assignment_id for row in house.rows(RESPONSE)} == {mine["g-george"], mine["g-meera"]}


def test_a_question_that_must_be_answered_is_not_passed_over(house: House, tmp_path: Path) -> None:
    mine = workshop(house, tmp_path)["g-george"]
    house.reply("g-george", "hi", "2", "", "I work nights", assignment_id=mine)
    assert [text.split("\n")[0] for text in house.asked()[-2:]] == ["2/2 Why", "Sorry, we could not read that."]
    assert house.said("surveys.response_submitted")[-1].data["assignment_id"] == mine
