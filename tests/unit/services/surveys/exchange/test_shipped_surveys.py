"""The surveys we ship, asked in every language: by text message, on the page, and what their answers lead to."""

from __future__ import annotations

import html
from typing import Any

import pytest

from services.surveys.definitions.library import SHIPPED
from services.surveys.definitions.load import check
from services.surveys.domain.answers import Answers, Given, fitted
from services.surveys.domain.definition import Question, QuestionType, Survey, text_in
from services.surveys.domain.effects import EffectKind, effects_of
from services.surveys.domain.reading import read_reply
from services.surveys.domain.sms import MOST_SEGMENTS, Labels, prompt_text, segments
from services.surveys.domain.walk import Outcome, Step, Walk, begin, step
from services.surveys.web.form import read
from services.surveys.words import skip_label
from tests.unit.services.surveys.phonesurvey import reader, setting
from tests.unit.services.surveys.surveyhouse import SENT, House
from tests.unit.services.surveys.surveykinds import put_to

SEVEN = ("intake", "welcome", "conference_feedback", "needs", "trust_pulse", "poll", "barriers")
NAMES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
LANGUAGES = ("en", "es", "so", "vi", "ar", "gu")
CHILD = {"s-riya": "Riya"}
HTML = {"Accept": "text/html"}
WORDS = {
    "en": "my words",
    "es": "mis palabras",
    "so": "erayadayda",
    "vi": "lời của tôi",
    "ar": "كلماتي",
    "gu": "મારા શબ્દો",
}


def shipped(name: str) -> Survey:
    definition, findings = check(SHIPPED / f"{name}.yaml", name)
    assert findings == []
    assert definition is not None
    return definition.survey


def by_text(survey: Survey, language: str, *, last: bool) -> tuple[Answers, list[str]]:
    """The answers of a guardian who always chooses the first (or the last) option, and the texts that were sent."""
    asked = setting(survey, language=language, children=CHILD)
    taken: Step = begin(Walk(), {}, asked)
    sent: list[str] = []
    for _ in range(30):
        if taken.outcome is Outcome.SUBMIT:
            return taken.answers, sent
        assert taken.outcome is Outcome.ASK, (survey.id, language, taken)
        assert taken.prompt is not None
        sent.append(
            prompt_text(
                taken.prompt, language, position=taken.position, total=taken.total, labels=Labels(skip_label(language))
            )
        )
        taken = step(taken.walk, taken.answers, _reply(taken.prompt.question, language, last=last), asked)
    raise AssertionError("the walk does not end")


def _reply(question: Question, language: str, *, last: bool) -> str:
    if question.options:
        return str(question.options[-1 if last else 0].digit)
    return "18:00" if question.type is QuestionType.TIME else WORDS[language]


def on_the_page(survey: Survey, language: str, *, last: bool) -> Answers:
    """The same answers from the page's fields."""
    form: dict[str, list[str]] = {}
    for question in survey.questions:
        for name in [f"{question.id}@{child}" for child in CHILD] if question.per_child else [question.id]:
            if question.options:
                form[name] = [question.options[-1 if last else 0].value]
            elif question.type is QuestionType.TIME:
                form[f"{name}.time"] = ["18:00"]
            else:
                form[f"{name}.text"] = [WORDS[language]]
    return {question.id: read(form, question, tuple(CHILD)) for question in survey.questions}


def test_the_seven_are_shipped_in_six_languages() -> None:
    assert set(SEVEN) <= set(NAMES)
    assert all(shipped(name).languages == LANGUAGES for name in SEVEN)


@pytest.mark.parametrize("last", [False, True], ids=["first", "last"])
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_text_messages_and_the_page_give_the_same_answers(name: str, language: str, last: bool) -> None:
    survey = shipped(name)
    texted, sent = by_text(survey, language, last=last)
    page = on_the_page(survey, language, last=last)
    assert texted
    assert sent
    for question_id, given in texted.items():
        question = survey.question(question_id)
        assert question is not None
        assert fitted(question, given, children=tuple(CHILD)) == fitted(
            question, page[question_id], children=tuple(CHILD)
        )
    assert all(segments(text) <= MOST_SEGMENTS for text in sent)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", NAMES)
def test_every_option_can_be_named_by_digit_and_by_word(name: str, language: str) -> None:
    for question in shipped(name).questions:
        for option in question.options:
            for written in (str(option.digit), text_in(option.short, language)):
                given = read_reply(question, written, reader(language))
                assert given is not None, (question.id, written)
                assert given.values == (option.value,), (question.id, written)


@pytest.mark.parametrize("name", NAMES)
def test_every_question_says_why_and_can_be_declined_and_sounds_like_itself(name: str) -> None:
    for question in shipped(name).questions:
        assert set(question.why) == set(LANGUAGES)
        assert question.declinable
        assert question.required_if is None
        assert set(question.spoken) >= set(LANGUAGES)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", SEVEN)
def test_the_page_of_each_survey_is_whole_in_each_language(name: str, language: str, house: House) -> None:
    definition, _ = check(SHIPPED / f"{name}.yaml", name)
    assert definition is not None
    house.clock.advance_to(SENT)
    path = put_to(house, "g-meera", content=dict(definition.content), language=language)
    response = house.anyone().get(path, headers=HTML)
    assert response.status_code == 200
    shown = html.unescape(response.text)
    first = definition.survey.questions[0]
    assert f'lang="{language}"' in shown
    assert text_in(definition.survey.title, language) in shown
    assert text_in(first.text, language) in shown
    assert text_in(first.why, language) in shown
    assert all(text_in(option.label, language) in shown for option in first.options)


def effects(name: str, **answers: Given) -> list[tuple[EffectKind, str, Any]]:
    survey = shipped(name)
    return [(effect.kind, effect.field, effect.value) for effect in effects_of(survey.questions, answers)]


def test_a_need_is_passed_on_only_with_consent() -> None:
    coats = Given(values=("winter_coats",))
    assert effects("needs", help_with=coats) == [(EffectKind.NEED, "winter_coats", False)]
    assert effects("needs", help_with=coats, may_refer=Given(values=("yes",)))[0] == (
        EffectKind.NEED,
        "winter_coats",
        True,
    )
    assert effects("needs", help_with=coats, may_refer=Given(declined=True))[0] == (
        EffectKind.NEED,
        "winter_coats",
        False,
    )
    assert effects("needs", help_with=Given(values=("none",))) == []


def test_who_needs_nothing_is_not_asked_for_consent() -> None:
    answers, _ = by_text(shipped("needs"), "vi", last=True)
    assert list(answers) == ["help_with"]
    answers, _ = by_text(shipped("needs"), "vi", last=False)
    assert list(answers) == ["help_with", "may_refer", "call_from"]


def test_barriers_are_facts_and_what_is_not_ticked_does_not_stand() -> None:
    told = effects("barriers", reaching=Given(values=("no_internet",)), meeting=Given(values=("night_work",)))
    assert {field for kind, field, stands in told if kind is EffectKind.BARRIER and stands} == {
        "no_internet",
        "night_work",
    }
    assert {field for kind, field, stands in told if kind is EffectKind.BARRIER and not stands} == {
        "phone_shared", "language", "reading", "hours", "transport", "child_care",
    }  # fmt: skip


def test_what_is_still_open_after_a_meeting_is_a_concern() -> None:
    told = effects("conference_feedback", still_open=Given(values=("peers",), text="She eats alone"))
    assert (EffectKind.CONCERN, "peers", "She eats alone") in told
    assert effects("conference_feedback", still_open=Given(values=("none",))) == []


def test_the_welcome_sets_language_channel_and_the_first_talk() -> None:
    told = effects(
        "welcome",
        language=Given(values=("so",)),
        best_way=Given(values=("letter",), time="18:00"),
        first_talk=Given(values=("video",)),
    )
    assert told == [
        (EffectKind.PREFERENCE, "language", "so"),
        (EffectKind.PREFERENCE, "channel_order", ["letter", "phone", "sms", "email"]),
        (EffectKind.PREFERENCE, "available_after", "18:00"),
        (EffectKind.PREFERENCE, "live_mode", "video"),
    ]


def test_the_pulse_is_counted_and_changes_nothing_for_one_home() -> None:
    answers, _ = by_text(shipped("trust_pulse"), "en", last=True)
    assert effects("trust_pulse", **answers) == []
    points = [option.score for option in shipped("trust_pulse").questions[0].options]
    assert points == [1.0, 2.0, 3.0, 4.0, 5.0]
