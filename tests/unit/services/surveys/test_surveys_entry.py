"""Codes, the entry desk, resuming elsewhere, and what a guardian was asked before."""

from __future__ import annotations

import re
from typing import Any

import pytest

from services.surveys.domain.codes import Code
from services.surveys.handlers.life import code_for
from services.surveys.tables import ANSWER, CODE, DRAFT, RESPONSE
from services.surveys.web.staff_entry import split
from tests.unit.services.surveys.surveyhouse import DISTRICT, NORTH, SENT, House
from tests.unit.services.surveys.surveykinds import put_to

HTML = {"Accept": "text/html"}


@pytest.fixture
def sent(house: House) -> House:
    house.advance(SENT)
    return house


def code_of(house: House, guardian_id: str) -> Code:
    assignment = house.assignment(guardian_id)
    with house.unit() as uow:
        return code_for(uow, house.ports, assignment)


def typed(house: House, text: str) -> Any:
    return house.as_office().post("/surveys/enter", form={"code": text})


@pytest.mark.parametrize("write", ["{0} {1}", "{0}{1}", "  {0}-{1} "])
def test_a_form_is_found_by_code_and_pin_however_they_are_typed(sent: House, write: str) -> None:
    code = code_of(sent, "g-meera")
    found = typed(sent, write.format(code.shown.lower(), code.pin))
    assert (found.status_code, found.headers["Location"]) == (303, f"/surveys/assignments/{sent.assignment('g-meera').assignment_id}/answers")


def test_digits_of_any_script_are_digits() -> None:
    assert split("K7QM-2R9D ٤٨٢١") == ("K7QM2R9D", "4821")


def test_a_wrong_pin_opens_nothing_is_counted_and_five_bar_the_code(sent: House) -> None:
    code = code_of(sent, "g-meera")
    wrong = "0000" if code.pin != "0000" else "1111"
    assert typed(sent, f"{code.shown} {wrong}").status_code == 422
    assert sent.rows(CODE)[0].misses == 1
    for _ in range(4):
        typed(sent, f"{code.shown} {wrong}")
    assert typed(sent, f"{code.shown} {code.pin}").status_code == 422


def test_typing_one_form_twice_gives_one_response_and_says_who_and_when_but_not_what(sent: House) -> None:
    path = f"/surveys/assignments/{sent.assignment('g-meera').assignment_id}/answers"
    sent.staff("o-chen")
    form = {"via": "paper", "mode": "in_person", "anything_else.text": "a secret", "wish": "send"}
    first = sent.as_office().post(path, form=form)
    desk = sent.as_office().get(first.headers["Location"], headers=HTML).text
    assert "typed in by Elena Alvarez" in desk
    assert "1 September" in desk
    second = sent.as_office().post(path, form={**form, "mode": "phone", "anything_else.text": "another"})
    assert second.status_code == 303
    again = sent.as_office().get(path, headers=HTML).text
    assert "typed in by Elena Alvarez" in again
    assert "a secret" not in desk + again
    assert "in person" not in desk + again
    assert len(sent.rows(RESPONSE)) == 1
    assert {row.question_id: row.content["values"] for row in sent.rows(ANSWER)}["mode"] == ["in_person"]
    data = sent.as_office().post(path, json={"via": "paper", "answers": {"mode": {"values": ["phone"]}}}).json
    assert (data["entered_by"], data["via"]) == ("o-chen", "paper")


def test_what_the_family_answered_itself_is_kept_where_the_office_leaves_it_empty(sent: House) -> None:
    sent.anyone().post(sent.link("g-meera"), json={"answers": {"mode": {"values": ["phone"], "time": "17:15"}}, "wish": "save"})
    path = f"/surveys/assignments/{sent.assignment('g-meera').assignment_id}/answers"
    screen = sent.as_office().get(path, headers=HTML).text
    assert screen.count("has answered this already") == 1
    assert "17:15" not in screen
    sent.as_office().post(path, form={"via": "phone", "contact_frequency": "weekly", "wish": "send"})
    kept = {row.question_id: row.content for row in sent.rows(ANSWER)}
    assert (kept["mode"]["time"], kept["contact_frequency"]["values"]) == ("17:15", ["weekly"])


def test_the_entry_screen_counts_as_the_paper_does(sent: House) -> None:
    put_to(sent)
    screen = sent.as_office().get("/surveys/assignments/a-g-ana-all_kinds-r1/answers", headers=HTML).text
    assert re.findall(r"<legend id=\"\w+-l\">(\d+)\. ", screen) == [str(number) for number in range(1, 23)]
    assert " hidden disabled" not in screen


def test_a_place_given_twice_in_a_ranking_is_told_and_nothing_is_lost(sent: House) -> None:
    put_to(sent)
    form = {"via": "paper", "order:morning": "1", "order:evening": "1", "story.text": "She sings", "wish": "send"}
    again = sent.as_office().post("/surveys/assignments/a-g-ana-all_kinds-r1/answers", form=form)
    assert again.status_code == 422
    assert 'href="#q-order"' in again.text
    assert "She sings" in again.text
    assert sent.rows(RESPONSE) == []


def test_another_schools_office_cannot_look_at_whose_form_it_was(sent: House) -> None:
    assignment = sent.assignment("g-meera").assignment_id
    assert sent.as_office((NORTH,)).get(f"/surveys/enter?done={assignment}", headers=HTML).status_code == 403
    assert sent.as_staff().get("/surveys/enter", headers=HTML).status_code == 403


def test_a_form_begun_on_one_telephone_goes_on_on_another_by_code(sent: House) -> None:
    sent.anyone().post(sent.link("g-meera"), form={"mode": "phone", "mode.time": "17:15", "_page": "0", "_rev": "0", "wish": "save"})
    code = code_of(sent, "g-meera")
    assert sent.anyone().get(f"/surveys/code/{DISTRICT}", headers=HTML).status_code == 200
    found = sent.anyone().post(f"/surveys/code/{DISTRICT}", form={"code": code.shown, "pin": code.pin})
    assert found.status_code == 303
    assert 'value="17:15"' in sent.anyone().get(found.headers["Location"]).text
    refused = sent.anyone().post(f"/surveys/code/{DISTRICT}", form={"code": code.shown, "pin": "12"})
    assert (refused.status_code, 'role="alert"' in refused.text) == (422, True)
    assert sent.anyone().get("/surveys/code/elsewhere", headers=HTML).status_code == 404


def test_two_telephones_at_once_the_last_writer_wins_per_question(sent: House) -> None:
    link = sent.link("g-meera")
    both = {"_page": "0", "_rev": "0", "wish": "save"}
    sent.anyone().post(link, form={**both, "mode": "phone"})
    sent.anyone().post(link, form={**both, "contact_frequency": "weekly"})  # its page was older, and empty there
    assert {key: given["values"] for key, given in sent.rows(DRAFT)[0].answers.items()} == {"mode": ["phone"], "contact_frequency": ["weekly"]}
    sent.anyone().post(link, form={**both, "_rev": "2", "mode": "phone"})  # and this one has cleared it
    assert set(sent.rows(DRAFT)[0].answers) == {"mode"}


def test_a_guardian_reads_their_own_earlier_answers_and_never_the_other_homes(sent: House) -> None:
    sent.guardian("g-jorge", "s-mateo")
    put_to(sent, "g-jorge")
    put_to(sent, "g-ana")
    theirs = {"answers": {"story": {"text": "from Jorge's home"}}}
    mine = {"answers": {"story": {"text": "from Ana's home"}, "sure": {"children": {"s-mateo": {"values": ["yes"]}}}, "times": {"cells": {"mon": ["evening"]}}}}
    for guardian, body in (("g-jorge", theirs), ("g-ana", mine)):
        token = sent.ports.survey_token(DISTRICT, f"a-{guardian}-all_kinds-r1", guardian, due_at=sent.assignment(guardian).due_at, language="en", school="org-greenview")
        assert sent.anyone().post(f"/surveys/s/{token}", json=body).status_code == 200
    token = sent.ports.preferences_token(DISTRICT, "g-ana", now=sent.clock.now(), language="en", school="org-greenview")
    page = sent.anyone().get(f"/surveys/preferences/{token}/answers", headers=HTML).text
    assert "from Ana&#39;s home" in page
    assert "Mateo: Very much" in page
    assert "Monday: Evening" in page
    assert "Jorge" not in page


def test_last_years_answer_is_offered_where_the_survey_says_so_and_only_ones_own(sent: House) -> None:
    from tests.unit.services.surveys.surveykinds import CONTENT

    content = {**CONTENT, "questions": [{**q, "prefill": q["id"] in ("way", "call_name")} for q in CONTENT["questions"]]}
    sent.guardian("g-jorge", "s-mateo")
    last = put_to(sent, "g-ana", content=content, round="2025")
    other = put_to(sent, "g-jorge", content=content, round="2026")
    body = {"answers": {"way": {"values": ["walk"]}, "call_name": {"text": "Anita"}, "story": {"text": "not offered"}}}
    assert sent.anyone().post(last, json=body).status_code == 200
    mine = put_to(sent, "g-ana", content=content, round="2026")
    first, second = (sent.anyone().get(f"{mine}?page={place}").text for place in (0, 1))
    assert 'value="walk" checked' in first
    assert "your answer from last time" in first
    assert 'value="Anita"' in second
    assert "checked" not in sent.anyone().get(other).text
    assert "not offered" not in sent.anyone().get(f"{mine}?page=2").text


def test_a_page_of_an_older_version_is_carried_to_the_new_one_and_takes_nothing_back(sent: House) -> None:
    from services.surveys.domain.definition import survey_of
    from tests.unit.services.surveys.surveykinds import CONTENT

    renamed = [{**q, "id": "tale"} if q["id"] == "story" else q for q in CONTENT["questions"]]
    new = {**CONTENT, "questions": renamed, "carry": {"questions": {"story": "tale"}}}
    put_to(sent, "g-george")  # publishes the older version
    link = put_to(sent, "g-ana", content=new, round="r2")
    sent.anyone().post(link, json={"answers": {"way": {"values": ["bus"]}}, "wish": "save"})
    old_page = {"_page": "2", "_rev": "1", "_version": survey_of(CONTENT).version, "story.text": "She sings", "wish": "send"}
    assert sent.anyone().post(link, form=old_page).status_code == 303
    kept = {row.question_id: row.content for row in sent.rows(ANSWER)}
    assert (kept["tale"]["text"], kept["way"]["values"]) == ("She sings", ["bus"])


def test_each_line_of_a_receipt_leads_to_where_it_is_changed_back(sent: House) -> None:
    link = sent.link("g-meera")
    assert sent.anyone().post(link, json={"answers": {"mode": {"values": ["phone"], "time": "18:00"}}}).status_code == 200
    receipt = sent.anyone().get(f"{link}?lang=en").text
    for field in ("live_mode", "available_after"):
        (path,) = re.findall(rf'href="(/surveys/changes/[^"#]+)#{field}"', receipt)
        assert f'id="{field}"' in sent.anyone().get(path).text
