"""A survey's form: fields named `question`, `question.text`, `question.time`, `question.about`, `question.declined`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime

from services.surveys.domain.answers import Answers, Given, given_of
from services.surveys.domain.definition import Question, Survey, text_in
from shared.web import Request


def answers_of(request: Request, questions: Sequence[Question]) -> Answers:
    """The answers of a form or of JSON."""
    if request.form is None:
        return {key: given_of(plain) for key, plain in request.data["answers"].items()}
    return {question.id: _given(request.form, question) for question in questions}


def _given(form: Mapping[str, list[str]], question: Question) -> Given:
    def last(part: str) -> str | None:
        return (form.get(f"{question.id}.{part}") or [""])[-1].strip() or None

    chosen = tuple(value for value in form.get(question.id, []) if value.strip())
    time = last("time")
    return Given(
        values=chosen,
        text=last("text"),
        time=time,
        about=last("about"),
        declined=last("declined") is not None,
    )


def fields_of(questions: Sequence[Question], answers: Answers, language: str) -> list[dict[str, Any]]:
    """What the template shows: texts in one language, what was given so far."""
    return [
        {
            "id": question.id,
            "type": question.type.value,
            "detail": question.detail.value if question.detail else None,
            "detail_label": text_in(question.detail_label, language) if question.detail else "",
            "text": text_in(question.text, language),
            "why": text_in(question.why, language),
            "options": [(option.value, text_in(option.label, language)) for option in question.options],
            "declinable": question.declinable,
            "concern": any(effect.rule.value == "concern" for effect in question.effects),
            "given": answers.get(question.id, Given()),
        }
        for question in questions
    ]


def autonyms(survey: Survey) -> list[tuple[str, str]]:
    """Each language of the survey by its own name."""
    return [(tag, Locale.parse(tag, sep="-").get_display_name(tag.replace("-", "_")) or tag) for tag in survey.languages]


def when(instant: datetime, zone: str, language: str) -> str:
    """Day and time on the school's clock, written in the reader's language."""
    local = instant.astimezone(ZoneInfo(zone))
    return str(format_datetime(local, "EEEE d MMMM, HH:mm", locale=Locale.parse(language, sep="-")))
