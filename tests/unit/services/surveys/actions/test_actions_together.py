"""Polls, the pulse of a term and the month's curious question, from the school's wish to what families hear."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.surveys import definitions
from services.surveys.domain.polls import Method
from services.surveys.handlers import polls
from services.surveys.handlers.consequences import change_boundary
from services.surveys.handlers.polls import Opening, PollUndecidable
from services.surveys.tables import ASSIGNMENT, DRAFT
from services.surveys.tables.polls import POLL, PULSE_SCORE
from tests.unit.services.surveys.surveyhouse import GREEN, SENT, House

LIBRARY_PULSE = Path(definitions.__file__).parent / "trust_pulse.yaml"
FRIDAY = datetime(2026, 9, 25, 22, 0, tzinfo=UTC)
TRIP = ("Where shall we go?", ("Museum", "Farm", "River"))


def said(house: House, type_: str) -> list[dict[str, Any]]:
    return [dict(event.data) for event in house.said(f"surveys.{type_}")]


def asked(house: House, guardian_id: str, kind: str) -> dict[str, Any]:
    return next(each for each in [event.data for event in house.invitations()] if each["guardian_id"] == guardian_id and each["kind"] == kind)


def open_poll(house: House, method: Method = Method.PLURALITY, texts: dict[str, Any] | None = None) -> str:
    with house.unit() as uow:
        return polls.open_poll(
            uow,
            Opening(
                school_id=GREEN, class_id=None, question=TRIP[0], options=TRIP[1], method=method, quorum=30,
                closes_at=FRIDAY, opened_by="t-alvarez", texts=texts or {},
            ),
        )  # fmt: skip


def translate(house: House, target: str) -> None:
    """What the translation service answers to every text that was asked for."""
    house.hear(
        *(
            house.event(
                "translation.text_translated", text_id=each["text_id"], content_version=1, source="en", target=target,
                text=f"{target}:{each['text']}", engine="test", machine=True, labelled=False, approved_by=None,
                glossary_hits=0, checks={},
            )
            for each in said(house, "words_written")
        )
    )  # fmt: skip


@pytest.fixture
def sent(house: House) -> House:
    house.advance(SENT)
    return house


def test_a_poll_is_asked_once_its_words_are_there_and_answered_by_a_digit(sent: House) -> None:
    open_poll(sent)
    sent.work()
    assert [each["kind"] for each in [event.data for event in sent.invitations()]] == ["intake"] * 3
    for language in ("es", "gu"):
        translate(sent, language)
    sent.work()
    invitation = asked(sent, "g-ana", "poll")
    assert "es:Where shall we go?" in invitation["question"]
    assert "2 es:Farm" in invitation["question"]
    sent.reply("g-ana", "2", assignment_id=invitation["assignment_id"])
    receipt = said(sent, "response_submitted")[-1]
    assert receipt["receipt"] == [{"effect": "poll", "value": "vote"}]
    assert "Nadie en la escuela ve" in receipt["changes"]


def test_a_poll_does_not_wait_for_a_translation_that_does_not_come(sent: House) -> None:
    open_poll(sent)
    translate(sent, "es")
    sent.advance(SENT + timedelta(minutes=11))
    assert "gu:" not in asked(sent, "g-meera", "poll")["question"]
    assert "Where shall we go?" in asked(sent, "g-meera", "poll")["question"]


def test_a_poll_closes_at_its_time_and_says_no_single_vote(sent: House) -> None:
    poll_id = open_poll(sent, texts={"es": ["¿A dónde?", "Museo", "Granja", "Río"], "gu": ["ક્યાં જઈએ?", "મ્યુઝિયમ", "ખેતર", "નદી"]})
    sent.work()
    for guardian, digit in (("g-ana", "2"), ("g-meera", "2"), ("g-george", "1")):
        sent.reply(guardian, digit, assignment_id=asked(sent, guardian, "poll")["assignment_id"])
    sent.advance(FRIDAY)
    closed = said(sent, "poll_closed")[0]
    assert (closed["asked"], closed["answered"], closed["quorum_met"], closed["leading"]) == (3, None, True, [])
    assert {count for each in closed["counts_by_language"] for count in each["counts"].values()} <= {None}
    row = sent.rows(POLL)[0]
    assert row.closed_at is not None
    assert row.poll_id == poll_id
    link = asked(sent, "g-ana", "poll")["link"].removeprefix("https://homeroom.example.org")
    late = sent.anyone().post(link, json={"answers": {"vote": {"values": ["o1"]}}})
    assert late.status_code == 200  # the first vote's receipt, again
    assert len(said(sent, "poll_closed")) == 1


def test_a_vote_at_the_very_close_is_counted_or_refused(sent: House) -> None:
    open_poll(sent, texts={"es": ["¿A dónde?", "Museo", "Granja", "Río"], "gu": ["ક્યાં જઈએ?", "મ્યુઝિયમ", "ખેતર", "નદી"]})
    sent.work()
    before, after = (asked(sent, who, "poll")["link"].removeprefix("https://homeroom.example.org") for who in ("g-ana", "g-meera"))
    sent.clock.advance_to(FRIDAY)
    assert sent.anyone().post(before, json={"answers": {"vote": {"values": ["o1"]}}}).status_code == 200
    sent.work()
    assert sent.rows(POLL)[0].result["quorum_met"]  # one of three homes: it was counted
    assert sent.clock.now() == FRIDAY
    refused = sent.anyone().post(after, json={"answers": {"vote": {"values": ["o1"]}}})
    assert refused.status_code == 410


def test_a_pulse_is_counted_when_its_own_grace_is_over(house: House) -> None:
    own = LIBRARY_PULSE.read_text().replace("survey: trust_pulse", "survey: long_pulse\ngrace_days: 21", 1)
    path = house.runtime.cell.state_dir / "districts" / "riverside" / "surveys" / "long_pulse.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(own)
    house.school(intake=None, surveys={"pulse": {"survey": "long_pulse"}})
    house.advance(datetime(2026, 11, 25, 15, 0, tzinfo=UTC))
    due_at = next(row.due_at for row in house.rows(ASSIGNMENT) if row.kind == "pulse")
    house.advance(due_at + timedelta(days=20))
    assert said(house, "pulse_scored") == []
    house.advance(due_at + timedelta(days=21, seconds=1))
    assert len(said(house, "pulse_scored")) == 3


def test_nobody_is_called_because_they_did_not_vote(sent: House) -> None:
    open_poll(sent, texts={"es": ["¿A dónde?", "Museo", "Granja", "Río"], "gu": ["ક્યાં જઈએ?", "મ્યુઝિયમ", "ખેતર", "નદી"]})
    sent.advance(FRIDAY + timedelta(days=1))
    polled = {row.assignment_id for row in sent.rows(ASSIGNMENT) if row.kind == "poll"}
    assert len(polled) == 3
    assert not polled & {each["assignment_id"] for each in said(sent, "response_overdue")}


def test_what_was_decided_is_told_to_everybody_who_was_asked_and_only_once(sent: House) -> None:
    poll_id = open_poll(sent)
    sent.advance(FRIDAY - timedelta(minutes=1))
    with sent.unit() as uow, pytest.raises(PollUndecidable):
        polls.decide(uow, poll_id, decision="the farm", reason="it is near", by="t-alvarez")
    sent.advance(FRIDAY)
    with sent.unit() as uow:
        polls.decide(uow, poll_id, decision="the farm", reason="it is near", by="t-alvarez")
    sent.work()
    told = said(sent, "poll_decided")
    assert len(told) == 1
    assert told[0]["guardian_ids"] == ["g-ana", "g-george", "g-meera"]
    assert told[0]["text"].splitlines() == [TRIP[0], "Only a few answered.", "We do: the farm.", "Because: it is near"]
    with sent.unit() as uow, pytest.raises(PollUndecidable):
        polls.decide(uow, poll_id, decision="the river", reason="another", by="t-alvarez")


def test_october_s_question_goes_to_who_has_nothing_open_about_one_child(house: House) -> None:
    house.school(intake=None, surveys={"curious": {"day": 1}})
    house.advance(datetime(2026, 10, 2, 15, 0, tzinfo=UTC))
    questions = [each for each in [event.data for event in house.invitations()] if each["kind"] == "curious"]
    october = [each for each in questions if each["due_at"].month == 10]
    assert {each["guardian_id"] for each in october} == {"g-ana", "g-meera", "g-george"}
    assert all(len(each["student_ids"]) == 1 for each in october)
    meera = next(each for each in october if each["guardian_id"] == "g-meera")
    assert meera["question"]
    house.reply("g-meera", "તેણે ભાઈને વાર્તા વાંચી સંભળાવી", assignment_id=meera["assignment_id"])
    shared = said(house, "insight_shared")[0]
    assert (shared["guardian_id"], shared["student_id"], shared["language"]) == ("g-meera", "s-riya", "gu")
    assert shared["text"] == "તેણે ભાઈને વાર્તા વાંચી સંભળાવી"


def test_never_two_questions_are_open_at_once(house: House) -> None:
    house.school(surveys={"curious": {"day": 2}})  # the intake is out since the 1st, open until the 11th
    house.advance(datetime(2026, 9, 3, 15, 0, tzinfo=UTC))
    assert [each for each in [event.data for event in house.invitations()] if each["kind"] == "curious"] == []


def test_after_two_questions_without_an_answer_no_third_is_asked(house: House) -> None:
    house.school(intake=None, surveys={"curious": {"day": 1}})
    house.advance(datetime(2026, 12, 20, 15, 0, tzinfo=UTC))
    asked_meera = [e for e in [event.data for event in house.invitations()] if e["kind"] == "curious" and e["guardian_id"] == "g-meera"]
    assert [each["due_at"].month for each in asked_meera] == [9, 10]
    assert said(house, "response_overdue") == []


def test_a_boundary_keeps_the_month_s_question_away(house: House) -> None:
    house.school(intake=None, surveys={"curious": {"day": 1}})
    with house.unit() as uow:
        change_boundary(uow, "g-george", "no_surveys", active=True)
    house.advance(datetime(2026, 9, 2, 15, 0, tzinfo=UTC))
    assert {each["guardian_id"] for each in [event.data for event in house.invitations()]} == {"g-ana", "g-meera"}
    assert {row.asked for row in house.rows(DRAFT)} == {"seen"}


def test_the_pulse_of_a_term_is_scored_once_and_hides_a_small_school(house: House) -> None:
    house.school(intake=None, surveys={"pulse": {"days_before_end": 28, "open_days": 12}})
    house.advance(datetime(2026, 11, 21, 15, 0, tzinfo=UTC))
    invited = [each for each in [event.data for event in house.invitations()] if each["kind"] == "pulse"]
    assert len(invited) == 3
    house.advance(datetime(2026, 12, 20, 15, 0, tzinfo=UTC))
    scored = said(house, "pulse_scored")
    assert [(each["item"], each["suppressed"], each["mean"], each["n"]) for each in scored] == [
        ("welcome", True, None, None), ("who_to_ask", True, None, None), ("would_help", True, None, None),
    ]  # fmt: skip
    assert {each["term"] for each in scored} == {"t1"}
    assert said(house, "response_overdue") == []


def test_the_pulse_of_a_larger_school_has_a_mean_a_margin_and_ranked_needs(house: House) -> None:
    for number in range(12):
        house.guardian(f"g-{number}", "s-riya")
    house.school(intake=None, surveys={"pulse": {}})
    house.advance(datetime(2026, 11, 25, 15, 0, tzinfo=UTC))
    for number in range(12):
        link = asked(house, f"g-{number}", "pulse")["link"].removeprefix("https://homeroom.example.org")
        help_with = ["own_language"] + (["time_to_talk"] if number < 11 else [])
        answers = {"welcome": {"values": ["p4" if number % 2 else "p5"]}, "would_help": {"values": help_with}}
        result = house.anyone().post(link, json={"answers": answers})
        assert result.status_code == 200, result.text
    house.advance(datetime(2026, 12, 30, 15, 0, tzinfo=UTC))
    scored = {each["item"]: each for each in said(house, "pulse_scored")}
    assert (scored["welcome"]["mean"], scored["welcome"]["n"], scored["welcome"]["invited"]) == (4.5, 12, 15)
    assert 0 < scored["welcome"]["margin"] < 0.5
    assert scored["would_help"]["ranked"] == [{"need": "own_language", "n": 12}, {"need": "time_to_talk", "n": 11}]
    assert scored["who_to_ask"]["suppressed"]
    assert {row.item for row in house.rows(PULSE_SCORE)} == {"welcome", "who_to_ask", "would_help"}
