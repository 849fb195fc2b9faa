"""The pure rules: answers to effects, what may be asked, the school calendar, the parts of a text message."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.surveys.definitions import Library
from services.surveys.domain.answers import DECLINED, Given, fitted, given_of, problems, read_time
from services.surveys.domain.asking import Ask, NotAsked, ask, visible
from services.surveys.domain.calendar import (
    Acceptance,
    acceptance,
    at_local,
    concern_due,
    local_instant,
    next_school_day,
    school_year,
)
from services.surveys.domain.definition import ABOUT_PARENT, Question, QuestionType, version_of
from services.surveys.domain.effects import EffectKind, effects_of, receipt_of
from services.surveys.domain.preferences import FIELDS, Preference, changed, refused
from services.surveys.domain.reading import Reader, read_reply
from services.surveys.domain.sms import segments
from services.surveys.words import vocabulary

INTAKE = Library().find("nowhere", "intake").survey
STORY = Library().find("nowhere", "family_story").survey
QUESTIONS = (*INTAKE.questions, *STORY.questions)


def answer_to(question: Question) -> st.SearchStrategy[Given]:
    values = st.lists(st.sampled_from([o.value for o in question.options]), max_size=3) if question.options else st.just([])
    if question.type is not QuestionType.MULTI:
        values = values.map(lambda chosen: chosen[:1])
    text = st.none() | st.text(min_size=1, max_size=20)
    time = st.none() | st.times().map(lambda clock: clock.strftime("%H:%M"))
    some = st.builds(Given, values=values.map(tuple), text=text, time=time)
    return st.one_of(st.just(DECLINED), st.just(Given()), some)


answers = st.fixed_dictionaries({}, optional={question.id: answer_to(question) for question in QUESTIONS})


@given(answers)
def test_there_is_one_effect_per_question_and_kind_and_the_same_answers_have_the_same(given_answers: dict[str, Given]) -> None:
    effects = effects_of(QUESTIONS, given_answers)
    keys = [effect.key for effect in effects]
    assert len(set(keys)) == len(keys)
    assert effects == effects_of(QUESTIONS, given_answers)
    told = [effect for effect in effects if effect.kind is not EffectKind.WORDS]  # only looked through, by a list
    assert len(receipt_of(effects)) == len(told)


@given(answers)
def test_declining_changes_nothing_but_what_is_asked(given_answers: dict[str, Given]) -> None:
    for effect in effects_of(QUESTIONS, given_answers):
        declined = given_answers[effect.question_id].declined
        assert declined == (effect.kind in (EffectKind.DECLINED, EffectKind.BOUNDARY))


@given(answers)
def test_a_declined_question_about_the_parent_always_sets_the_boundary(given_answers: dict[str, Given]) -> None:
    declined = {q.id for q in QUESTIONS if q.tag == ABOUT_PARENT and given_answers.get(q.id, Given()).declined}
    bounded = {e.question_id for e in effects_of(QUESTIONS, given_answers) if e.kind is EffectKind.BOUNDARY}
    assert bounded == declined


@given(answers)
def test_what_is_kept_of_an_answer_passes_the_checks_again(given_answers: dict[str, Given]) -> None:
    kept = {q.id: fitted(q, given_answers[q.id]) for q in QUESTIONS if q.id in given_answers}
    assert problems(QUESTIONS, kept, children=()) == {}
    assert all(given_of(value.plain()) == value or value.text != (value.text or "").strip() for value in kept.values())


@given(st.sets(st.sampled_from(["student_only", "no_surveys"])), st.sets(st.sampled_from([q.id for q in QUESTIONS])))
def test_no_boundary_is_ever_overstepped_and_no_declined_question_put_again(boundaries: set[str], declined: set[str]) -> None:
    shown = visible(QUESTIONS, boundaries=boundaries, declined=declined)
    assert not {question.id for question in shown} & declined
    assert not ("student_only" in boundaries and any(question.tag == ABOUT_PARENT for question in shown))
    assert not ("no_surveys" in boundaries and shown)


@given(st.sets(st.sampled_from(["student_only", "no_surveys"])))
def test_a_further_boundary_never_asks_more(boundaries: set[str]) -> None:
    shown = visible(QUESTIONS, boundaries=boundaries)
    assert {question.id for question in shown} <= {question.id for question in visible(QUESTIONS, boundaries=())}


def test_there_is_a_reason_for_not_asking() -> None:
    nobody: dict[str, Any] = {"boundaries": (), "declined": ()}
    assert ask(STORY, children=["b", "a"], **nobody) == Ask(("child_enjoys", "own_schooling", "time_to_help"), ("a", "b"))
    assert ask(STORY, children=[], **nobody) is NotAsked.NO_CHILD
    assert ask(STORY, children=["a"], boundaries={"no_surveys"}, declined=()) is NotAsked.NO_SURVEYS
    assert ask(STORY, children=["a"], boundaries={"student_only"}, declined={"child_enjoys"}) is NotAsked.NO_QUESTION


@pytest.mark.parametrize(
    ("question", "language", "reply", "expected"),
    [
        ("contact_frequency", "en", "3.", Given(("twice_a_month",))),
        ("contact_frequency", "so", "bil walba", Given(("monthly",))),
        ("contact_frequency", "es", "cada semana", Given(("weekly",))),
        ("contact_frequency", "ar", "٣", Given(("twice_a_month",))),
        ("contact_frequency", "en", "seldom", None),
        ("mode", "vi", "gọi điện 18:30", Given(("phone",), time="18:30")),
        ("mode", "es", "Teléfono después de las 6pm", Given(("phone",), time="18:00")),
        ("mode", "en", "2", Given(("phone",))),
        ("home_learning", "en", "1,3 4", Given(("reading", "everyday", "other"))),
        ("home_learning", "es", "leer, tarea", Given(("reading", "homework"))),
        ("home_learning", "en", "We garden together", Given(("other",), text="We garden together")),
        ("home_learning", "en", "8", None),
        ("concern", "en", "3 she eats alone", Given(("peers",), text="she eats alone")),
        ("concern", "gu", "તે એકલી જમે છે", Given(("other",), text="તે એકલી જમે છે")),
        ("concern", "es", "No", Given(("none",))),
        ("anything_else", "en", "  thank you ", Given(text="thank you")),
        ("anything_else", "en", "0", DECLINED),
        ("mode", "en", "   ", None),
    ],
)
def test_a_text_message_is_read_as_people_write_it(question: str, language: str, reply: str, expected: Given | None) -> None:
    asked = INTAKE.question(question)
    assert asked is not None
    assert read_reply(asked, reply, Reader(language, vocabulary(language), date(2026, 9, 1))) == expected


@pytest.mark.parametrize(
    ("text", "clock"),
    [("18:00", "18:00"), ("6pm", "18:00"), ("after 6", "18:00"), ("18h30", "18:30"), ("12 am", "00:00"), ("12pm", "12:00"),
     ("٦:٣٠ pm", "18:30"), ("9", "09:00"), ("6:15", "06:15"), ("25:00", None), ("soon", None)],
)  # fmt: skip
def test_a_time_is_read_as_people_write_it(text: str, clock: str | None) -> None:
    assert read_time(text) == clock


@given(st.times())
def test_a_written_time_is_read_back(clock: Any) -> None:
    assert read_time(clock.strftime("%H:%M")) == clock.strftime("%H:%M")


@given(
    st.dates(date(2026, 8, 1), date(2027, 6, 30)),
    st.sets(st.dates(date(2026, 8, 1), date(2027, 8, 30)), max_size=20),
)
def test_a_concern_is_due_on_a_later_weekday_that_is_no_holiday(today: date, holidays: set[date]) -> None:
    terms = [{"starts_on": "2026-09-01", "ends_on": "2027-06-10"}]
    due = next_school_day(today, terms=terms, holidays=[day.isoformat() for day in holidays])
    assert due > today
    assert due.weekday() < 5
    assert due not in holidays


def test_a_concern_over_the_winter_break_is_due_when_school_is_back() -> None:
    terms = [{"starts_on": "2026-09-01", "ends_on": "2026-12-18"}, {"starts_on": "2027-01-05", "ends_on": "2027-06-10"}]
    due = concern_due(datetime(2026, 12, 19, 12, 0, tzinfo=UTC), "America/Chicago", terms=terms, holidays=[])
    assert due == datetime(2027, 1, 5, 22, 0, tzinfo=UTC)


def test_wall_clock_times_follow_the_schools_zone_across_the_change_to_winter_time() -> None:
    assert local_instant("2026-10-31T17:00", "America/Chicago") == datetime(2026, 10, 31, 22, 0, tzinfo=UTC)
    assert local_instant("2026-11-01T17:00", "America/Chicago") == datetime(2026, 11, 1, 23, 0, tzinfo=UTC)
    assert at_local(date(2026, 9, 1), datetime.min.time().replace(hour=9), "America/Phoenix").hour == 16


def test_the_school_year_turns_in_july() -> None:
    assert [school_year(date(2026, 6, 30)), school_year(date(2026, 7, 1)), school_year(date(2027, 1, 1))] == ["2025", "2026", "2026"]


def test_the_edges_of_the_deadline() -> None:
    due = datetime(2026, 9, 11, 22, 0, tzinfo=UTC)
    second = timedelta(seconds=1)
    moments = [due, due + second, due + timedelta(days=7), due + timedelta(days=7) + second]
    assert [acceptance(moment, due) for moment in moments] == [
        Acceptance.ON_TIME, Acceptance.LATE, Acceptance.LATE, Acceptance.CLOSED,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "parts"),
    [("a" * 160, 1), ("a" * 161, 2), ("a" * 307, 3), ("€" * 80, 1), ("€" * 81, 2), ("í" * 70, 1), ("í" * 71, 2), ("😀" * 36, 2)],
)
def test_the_parts_of_a_text_message_are_counted_as_the_network_does(text: str, parts: int) -> None:
    assert segments(text) == parts


changes = st.fixed_dictionaries(
    {},
    optional={
        "contacts_per_month": st.none() | st.integers(0, 31),
        "live_mode": st.sampled_from([None, "phone", "video", "in_person"]),
        "available_after": st.sampled_from([None, "18:00", "07:30"]),
        "channel_order": st.permutations(["email", "sms", "phone", "letter"]).map(lambda order: order[:2]),
    },
)


@given(st.lists(changes, max_size=6))
def test_versions_count_what_differs_and_nothing_else(steps: list[dict[str, Any]]) -> None:
    kept = Preference()
    for each in steps:
        after = changed(kept, each)
        differs = any(getattr(after, name) != getattr(kept, name) for name in FIELDS)
        assert after.version == kept.version + differs
        assert changed(after, each) is after
        kept = after


@pytest.mark.parametrize(
    "wrong",
    [{"contacts_per_month": 99}, {"live_mode": "pigeon"}, {"quiet_start": "25:00"}, {"channel_order": ["sms", "sms"]},
     {"quiet_start": "21:00", "quiet_end": None}, {"shoe_size": 42}],
)  # fmt: skip
def test_a_value_that_cannot_be_is_refused_by_name(wrong: dict[str, Any]) -> None:
    assert set(refused(wrong)) <= {*wrong, "quiet_end"}
    with pytest.raises(ValueError, match="cannot set"):
        changed(Preference(), wrong)


def test_the_same_content_has_the_same_version_whatever_the_order_of_its_keys() -> None:
    assert version_of({"a": 1, "b": [2]}) == version_of({"b": [2], "a": 1}) != version_of({"a": 1, "b": [3]})
