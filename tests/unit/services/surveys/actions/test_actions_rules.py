"""What answers lead to, as rules: barriers and the way around them, words of danger, counts of polls, scores of a pulse."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.surveys.domain import curious, pulse
from services.surveys.domain.actions_barriers import Barrier, obeyed, way_around
from services.surveys.domain.actions_safeguard import alarming
from services.surveys.domain.definition import survey_of
from services.surveys.domain.effects import effects_of
from services.surveys.domain.given import Given
from services.surveys.domain.polls import Method, count, quorum_met
from services.surveys.domain.polls_result import result_of
from services.surveys.domain.preferences import CHANNELS, Preference

OPTIONS = ("o1", "o2", "o3")
ballots = st.lists(st.permutations(OPTIONS).map(tuple), max_size=60)


def test_no_internet_and_texts_that_fail_become_a_letter_and_a_call() -> None:
    assert way_around((), ["no_internet", "night_work", "texts_fail"]) == ("letter", "phone")


def test_one_closed_way_leaves_the_other() -> None:
    assert way_around((), ["no_internet"]) == ("sms", "letter")
    assert way_around(("email", "sms"), ["texts_fail"]) == ("email", "letter")


def test_who_finds_reading_hard_is_called() -> None:
    assert way_around(("letter", "sms"), ["reading"]) == ("phone",)


def test_a_missed_meeting_offers_the_telephone_unless_the_guardian_wished_otherwise() -> None:
    assert obeyed(Preference(), ["meeting_missed"]).live_mode == "phone"
    assert obeyed(Preference(live_mode="in_person"), ["meeting_missed"]).live_mode == "in_person"


@given(
    stated=st.lists(st.sampled_from(CHANNELS), unique=True),
    barriers=st.sets(st.sampled_from([each.value for each in Barrier])),
)
def test_the_way_around_never_repeats_a_channel_and_never_leaves_nothing(stated: list[str], barriers: set[str]) -> None:
    found = way_around(stated, barriers)
    assert len(set(found)) == len(found)
    assert set(found) <= set(CHANNELS)
    if "texts_fail" in barriers:
        assert "sms" not in found
        assert found


def test_what_was_ticked_for_one_child_stands_for_the_home() -> None:
    asked = survey_of({
        "survey": "ways", "kind": "needs", "languages": ["en"], "title": {"en": "Ways"}, "intro": {"en": "Ways"},
        "questions": [{
            "id": "way", "type": "multi", "per_child": True, "text": {"en": "Way"}, "sms": {"en": "Way"}, "why": {"en": "To help"},
            "options": [{"value": "bus", "digit": 1, "label": {"en": "No bus"}}, {"value": "late", "digit": 2, "label": {"en": "Late"}}],
            "effects": [{"rule": "barrier", "values": {"bus": "transport", "late": "hours"}}],
        }],
    }).questions  # fmt: skip
    told = Given(children={"s-1": Given(values=("late",)), "s-2": Given(values=("bus",))})
    assert {each.field: each.value for each in effects_of(asked, {"way": told})} == {"transport": True, "hours": True}


def test_without_barriers_the_guardian_s_order_stands_as_it_is() -> None:
    assert obeyed(Preference(3, ("phone", "sms")), []) == Preference(3, ("phone", "sms"))


@pytest.mark.parametrize(
    "text",
    [
        "I think somebody abuses her",
        "Tiene MIEDO de volver  a casa",
        "Con nói muốn chết",
        "હમણાં તે આત્મહત્યાની વાત કરે છે",
        "يُؤْذِي نفسه أحيانًا",
        "wuu garaacaa",
    ],
)
def test_words_of_danger_are_found_in_every_language(text: str) -> None:
    assert alarming(text)


@pytest.mark.parametrize("text", ["She eats alone.", "le pegan los colores vivos", "He loves drawing guns", "Đánh đàn rất hay", ""])
def test_other_words_are_left_alone(text: str) -> None:
    assert not alarming(text)


def test_a_school_adds_its_own_words() -> None:
    assert not alarming("the river again")
    assert alarming("the river again", {"en": ["the river*"]})


def test_a_tie_is_told_as_a_tie() -> None:
    found = count(Method.PLURALITY, [("o1",), ("o2",), ("o3",), ("o1",), ("o2",)], OPTIONS)
    assert found.leading == ("o1", "o2")


def test_approval_counts_every_choice_once() -> None:
    assert count(Method.APPROVAL, [("o1", "o2", "o2"), ("o2",)], OPTIONS).votes == {"o1": 1, "o2": 2, "o3": 0}


def test_a_run_off_moves_the_votes_of_the_last() -> None:
    cast = [("o1", "o3")] * 4 + [("o2", "o3")] * 3 + [("o3", "o2")] * 2
    found = count(Method.RANKED, cast, OPTIONS)
    assert found.leading == ("o2",)
    assert [each.out for each in found.rounds] == [("o3",), ()]


def test_a_tie_for_the_last_place_says_how_it_was_settled() -> None:
    cast = [("a",)] * 5 + [("b",)] * 4 + [("c", "b")] * 2 + [("d", "c")] * 2
    found = count(Method.RANKED, cast, ("a", "b", "c", "d"))
    assert found.rounds[0].out == ("c", "d")
    assert found.rounds[0].tie == "together"


@given(cast=ballots)
def test_a_run_off_s_winner_has_more_than_half_or_is_level_with_all_that_are_left(cast: list[Sequence[str]]) -> None:
    found = count(Method.RANKED, cast, OPTIONS)
    last = found.rounds[-1].votes
    total = sum(last.values())
    if len(found.leading) == 1:
        assert last[found.leading[0]] * 2 > total or len(last) == 1
    assert all(sum(each.votes.values()) <= len(cast) for each in found.rounds)


@given(cast=ballots)
def test_an_option_that_most_put_first_wins_by_every_method_of_first_choices(cast: list[Sequence[str]]) -> None:
    plurality = count(Method.PLURALITY, cast, OPTIONS)
    if plurality.leading and plurality.votes[plurality.leading[0]] * 2 > len(cast):
        assert count(Method.RANKED, cast, OPTIONS).leading == plurality.leading


def test_a_quorum_counts_those_asked() -> None:
    assert quorum_met(answered=3, asked=10, quorum=30)
    assert not quorum_met(answered=2, asked=10, quorum=30)
    assert not quorum_met(answered=0, asked=0, quorum=1)


def vote(language: str, option: str, number: int) -> list[tuple[str, tuple[str, ...]]]:
    return [(language, (option,))] * number


def test_a_small_language_is_hidden_and_cannot_be_had_by_subtraction() -> None:
    cast = vote("en", "o1", 30) + vote("en", "o2", 20) + vote("es", "o1", 15) + vote("es", "o2", 12) + vote("vi", "o2", 3)
    found = result_of(Method.PLURALITY, cast, ("o1", "o2"), asked=100, quorum=30, least=10)
    vietnamese = next(each for each in found.by_language if each.language == "vi")
    assert vietnamese.counts["o2"] is None
    assert vietnamese.answered is None
    shown = [each.answered for each in found.by_language]
    assert shown.count(None) >= 2  # else the total less the others would tell
    assert found.leading == ("o1",)
    assert (found.answered, found.rate) == (80, 0.8)


def test_of_fewer_than_ten_answers_no_number_is_told() -> None:
    found = result_of(Method.PLURALITY, vote("en", "o1", 6), ("o1", "o2"), asked=12, quorum=30, least=10)
    assert (found.answered, found.rate) == (None, None)
    assert set(found.votes.values()) <= {None}
    assert found.leading == ("o1",)
    assert found.quorum_met
    alone = result_of(Method.PLURALITY, vote("en", "o1", 1), ("o1", "o2"), asked=12, quorum=1, least=10)
    assert alone.leading == ()


def test_where_all_are_of_one_mind_no_count_tells_everybody_s_own_vote() -> None:
    cast = vote("en", "o1", 20) + vote("en", "o2", 15) + vote("es", "o1", 15)
    found = result_of(Method.PLURALITY, cast, ("o1", "o2"), asked=60, quorum=30, least=10)
    spanish = next(each for each in found.by_language if each.language == "es")
    assert set(spanish.counts.values()) == {None}
    assert found.leading == ("o1",)
    alike = result_of(Method.PLURALITY, vote("en", "o1", 20) + vote("es", "o1", 15), ("o1", "o2"), asked=60, quorum=30, least=10)
    assert set(alike.votes.values()) == {None}
    assert {count for each in alike.by_language for count in each.counts.values()} == {None}
    assert alike.answered == 35


def test_a_poll_that_nobody_answered_has_a_result() -> None:
    found = result_of(Method.RANKED, [], OPTIONS, asked=0, quorum=30, least=10)
    assert (found.leading, found.rate, found.by_language) == ((), None, ())


def test_a_pulse_has_a_margin_that_vanishes_when_all_have_answered() -> None:
    some = pulse.score([4, 5, 3, 4, 4, 5, 2, 4, 4, 5], invited=25)
    everybody = pulse.score([4, 5, 3, 4, 4, 5, 2, 4, 4, 5], invited=10)
    assert (some.mean, some.n) == (4.0, 10)
    assert some.margin == pytest.approx(0.46, abs=0.01)  # 1.96 * sqrt(0.889 / 10 * 15/24)
    assert everybody.margin == 0.0


@given(values=st.lists(st.integers(1, 5).map(float), max_size=9), wanted=st.one_of(st.none(), st.integers(1, 9)))
def test_of_fewer_than_ten_homes_nothing_is_told_whatever_a_school_asks(values: list[float], wanted: int | None) -> None:
    assert pulse.score(values, invited=40, threshold=pulse.least(wanted)) == pulse.Score(None, None, None, suppressed=True)


def test_needs_are_ranked_and_small_ones_have_no_number() -> None:
    chosen = [["rides", "times"]] * 12 + [["times"]] * 5 + [["tutoring"]] * 3
    assert pulse.ranked(chosen) == [
        {"need": "times", "n": 17}, {"need": "rides", "n": 12}, {"need": "tutoring", "n": None},
    ]  # fmt: skip


def test_two_months_without_an_answer_are_enough() -> None:
    at = datetime(2026, 10, 12, 14, tzinfo=UTC)
    silent, answered = curious.Asked("curious_talk", "open", at), curious.Asked("curious_talk", "answered", at)
    now = at + timedelta(days=30)
    assert curious.tires([silent, silent, answered], open_state="open", now=now)
    assert not curious.tires([silent], open_state="open", now=now)
    assert not curious.tires([silent, answered, silent], open_state="open", now=now)
    assert not curious.tires([silent, silent], open_state="open", now=at + curious.PAUSE), "nobody can answer what is closed"


def test_each_child_has_its_month() -> None:
    months = [date(2026, month, 1) for month in (9, 10, 11, 12)]
    assert {curious.child_of(month, ["s-riya", "s-dev"]) for month in months} == {"s-riya", "s-dev"}
    assert curious.question_of(months[0], curious.POOL) != curious.question_of(months[1], curious.POOL)


def test_a_run_off_is_not_told_where_few_have_moved_to_another_choice() -> None:
    def told(moving: int) -> int:
        votes = [("o1", "o2", "o3")] * 40 + [("o2", "o1", "o3")] * 35
        votes += [("o3", "o1", "o2")] * moving + [("o3", "o2", "o1")] * 15
        return len(result_of(Method.RANKED, [("en", each) for each in votes], OPTIONS, asked=200, quorum=30, least=10).rounds)

    assert (told(2), told(12)) == (0, 2)
