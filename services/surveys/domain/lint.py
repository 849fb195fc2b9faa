"""What makes a definition unfit to be published: found before a family sees it, each with its place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

from services.surveys.domain.definition import Survey
from services.surveys.domain.kinds import Mode, QuestionType
from services.surveys.domain.lint_conditions import condition_faults
from services.surveys.domain.lint_dates import date_faults
from services.surveys.domain.lint_fault import Calendar, Fault, Path
from services.surveys.domain.lint_options import option_faults, shape_faults
from services.surveys.domain.lint_protected import protected_faults
from services.surveys.domain.lint_rules import rule_faults
from services.surveys.domain.lint_texts import length_faults, text_faults, voice_faults

__all__ = ["MOST_QUESTIONS", "Calendar", "Fault", "Path", "lint"]

MOST_QUESTIONS = 10  # by text message and by telephone
MOST_ON_A_PAGE = 60


def lint(
    survey: Survey, *, skip: Mapping[str, str], calendar: Calendar | None = None, spoken: bool = False
) -> list[Fault]:
    """All faults. `skip`: the word for declining in each language, which counts towards a message's length; `calendar`: the
    days of the school that asks; `spoken`: the file itself offers a voice menu."""
    faults = [*_size(survey), *_names(survey), *_carry(survey), *text_faults(survey)]
    for place, question in enumerate(survey.questions):
        path: Path = ("questions", place)
        faults += shape_faults(survey, question, path)
        faults += option_faults(survey, question, path)
    faults += [
        *rule_faults(survey),
        *protected_faults(survey),
        *condition_faults(survey),
        *date_faults(survey, calendar),
    ]
    if not any(fault.code == "survey.untranslated" for fault in faults):
        faults += length_faults(survey, skip)
        faults += voice_faults(survey, offered=spoken)
    return faults


def _size(survey: Survey) -> Iterator[Fault]:
    asked = [question for question in survey.questions if question.type is not QuestionType.NOTE]
    most = MOST_QUESTIONS if {Mode.SMS, Mode.VOICE} & set(survey.modes) else MOST_ON_A_PAGE
    if len(asked) > most:
        yield Fault(
            "survey.too_long",
            ("questions",),
            f"at most {most} questions are asked at once",
            "Ask fewer, or take sms and voice out of `modes`." if most == MOST_QUESTIONS else "Ask fewer.",
        )


def _names(survey: Survey) -> Iterator[Fault]:
    counts = Counter(question.id for question in survey.questions)
    for place, question in enumerate(survey.questions):
        if counts[question.id] > 1:
            yield Fault(
                "survey.unreachable",
                ("questions", place, "id"),
                f"another question is named {question.id}, too",
                "Give each its own id.",
            )


def _carry(survey: Survey) -> Iterator[Fault]:
    """Where drafts of an older version go must be there."""
    remedy = "Correct the name, or write null to drop the answers."
    for old, new in survey.carry.questions.items():
        if new is not None and survey.question(new) is None:
            yield Fault("survey.unreachable", ("carry", "questions", old), f"there is no question {new}", remedy)
    for old, values in survey.carry.values.items():
        target = survey.question(survey.carry.questions.get(old, old) or "")
        for value, to in values.items():
            if to is not None and (target is None or target.option(to) is None):
                yield Fault("survey.unreachable", ("carry", "values", old, value), f"there is no option {to}", remedy)
