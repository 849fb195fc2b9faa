"""A survey's file is right, or is refused with its line before any family sees it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from services.surveys.definitions import DefinitionError, Library, load
from services.surveys.definitions.library import SHIPPED
from services.surveys.domain.definition import QuestionType, survey_of
from services.surveys.words import skip_label
from shared.errors import HomeroomError

INTAKE = (SHIPPED / "intake.yaml").read_text("utf-8")


def replaced(old: str, new: str) -> str:
    assert old in INTAKE
    return INTAKE.replace(old, new, 1)


def line_of(text: str, wanted: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if wanted in line)


def test_the_shipped_surveys_are_fit_to_be_asked_in_six_languages() -> None:
    library = Library()
    intake = library.find("nowhere", "intake").survey
    assert [question.id for question in intake.questions] == [
        "contact_frequency", "mode", "home_learning", "priorities", "concern", "anything_else",
    ]  # fmt: skip
    assert set(intake.languages) == {"en", "es", "so", "vi", "ar", "gu"}
    assert all(question.declinable for question in intake.questions)
    story = library.find("nowhere", "family_story").survey
    assert [question.tag for question in story.questions] == [None, "about_parent", "about_parent"]


@pytest.mark.parametrize(
    ("change", "code", "at"),
    [
        (lambda: replaced("  vi: Làm quen với nhau\n", ""), "survey.untranslated", "title:"),
        (lambda: replaced("How often should the teacher write to you?", "How often? " * 40), "survey.sms_too_long", "How often? How"),
        (lambda: replaced("monthly: 1}", "yearly: 1}"), "survey.unreachable", "yearly: 1}"),
        (lambda: replaced("digit: 2", "digit: 1"), "survey.unreachable", "value: twice_a_week"),
        (lambda: replaced("field: contacts_per_month", "field: contacts_a_month"), "survey.unknown_field", "field: contacts_a"),
        (lambda: replaced("type: single", "type: slider"), "config.invalid_value", "type: slider"),
        (lambda: replaced("kind: intake", "knid: intake"), "config.unknown_key", "knid: intake"),
        (lambda: replaced("id: mode", "id: contact_frequency"), "survey.unreachable", "id: contact_frequency"),
        (lambda: replaced("[weekly, every week]", "[weekly, monthly]"), "survey.ambiguous", "[weekly, monthly]"),
        (lambda: replaced("languages: [en, es", "languages: [es"), "config.invalid_value", "languages: [es"),
        (lambda: replaced("questions:", "questions: ["), "config.invalid_yaml", None),
    ],
)  # fmt: skip
def test_a_wrong_file_is_refused_with_its_line_and_a_remedy(
    tmp_path: Path, change: Callable[[], str], code: str, at: str | None
) -> None:
    text = change()
    path = tmp_path / "intake.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError) as refused:
        load(path, "surveys/intake.yaml")
    assert code in {finding.code for finding in refused.value.findings}
    first = next(finding for finding in refused.value.findings if finding.code == code)
    assert first.remedy
    if at is not None:
        assert re.match(rf"surveys/intake\.yaml:{line_of(text, at)}:\d+", first.place), first.place


def test_a_question_about_the_parent_must_be_declinable(tmp_path: Path) -> None:
    text = (SHIPPED / "family_story.yaml").read_text("utf-8").replace("tag: about_parent", "tag: about_parent\n    declinable: false", 1)
    (tmp_path / "s.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(DefinitionError, match="always be declined"):
        load(tmp_path / "s.yaml", "surveys/s.yaml")


def test_a_districts_own_file_stands_before_the_shipped_one_and_is_read_again_when_it_changes(tmp_path: Path) -> None:
    own = tmp_path / "riverside" / "surveys" / "intake.yaml"
    own.parent.mkdir(parents=True)
    library = Library(tmp_path)
    shipped = library.find("riverside", "intake").survey
    own.write_text(replaced("Getting to know each other", "Hello"), encoding="utf-8")
    changed = library.find("riverside", "intake").survey
    assert (changed.title["en"], changed.version == shipped.version) == ("Hello", False)
    assert library.find("greenview", "intake").survey.version == shipped.version
    own.unlink()
    assert library.find("riverside", "intake").survey.version == shipped.version


def test_a_survey_that_does_not_exist_is_refused_with_those_that_do(tmp_path: Path) -> None:
    with pytest.raises(HomeroomError, match="family_story, intake"):
        Library(tmp_path).find("riverside", "no_such")


def test_what_is_stored_of_a_version_reads_back_as_the_same_survey() -> None:
    definition = Library().find("nowhere", "intake")
    assert survey_of(dict(definition.content)) == definition.survey
    assert {question.type for question in definition.survey.questions} >= {QuestionType.MULTI, QuestionType.TEXT}


def test_the_word_for_declining_is_said_in_the_guardians_language() -> None:
    assert len({skip_label(language) for language in ("en", "es", "so", "vi", "ar", "gu")}) == 6
    assert skip_label("es-MX") == skip_label("es")
    assert skip_label("zh-Hans") == skip_label("en")
