"""What a guardian has answered, and whether it fits the questions."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.surveys.domain.definition import Detail, Question, QuestionType

LONGEST = 2_000  # characters of a free text
_TIME = re.compile(r"(?<![\d:.])([01]?\d|2[0-3])\s*(?:[:.h]\s*([0-5]\d))?\s*(a\.?\s?m\b|p\.?\s?m\b)?(?![\d:])", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Given:
    """One answer. `time` is HH:MM; `about` the child it is about, where there are several."""

    values: tuple[str, ...] = ()
    text: str | None = None
    time: str | None = None
    about: str | None = None
    declined: bool = False

    @property
    def empty(self) -> bool:
        return not (self.values or self.text or self.time or self.declined)

    def plain(self) -> dict[str, Any]:
        return {
            "values": list(self.values),
            "text": self.text,
            "time": self.time,
            "about": self.about,
            "declined": self.declined,
        }


Answers = Mapping[str, Given]
DECLINED = Given(declined=True)


def given_of(plain: Mapping[str, Any]) -> Given:
    """From `plain()` or a request's JSON."""
    return Given(
        values=tuple(plain.get("values") or ()),
        text=(plain.get("text") or "").strip() or None,
        time=plain.get("time") or None,
        about=plain.get("about") or None,
        declined=bool(plain.get("declined")),
    )


def problems(questions: Sequence[Question], answers: Answers, *, children: Sequence[str]) -> dict[str, str]:
    """A code for each answer that does not fit its question: unknown, not_an_option, one_only, too_long, not_a_time,
    not_a_child, may_not_decline."""
    known = {question.id: question for question in questions}
    found: dict[str, str] = {}
    for question_id, given in answers.items():
        question = known.get(question_id)
        code = "unknown" if question is None else _problem(question, given, children)
        if code:
            found[question_id] = code
    return found


def _problem(question: Question, given: Given, children: Sequence[str]) -> str | None:
    if given.declined:
        return None if question.declinable else "may_not_decline"
    if any(question.option(value) is None for value in given.values):
        return "not_an_option"
    if len(given.values) > 1 and question.type is not QuestionType.MULTI:
        return "one_only"
    if given.text and len(given.text) > LONGEST:
        return "too_long"
    if given.time and read_time(given.time) != given.time:
        return "not_a_time"
    if given.about and given.about not in children:
        return "not_a_child"
    return None


def fitted(question: Question, given: Given) -> Given:
    """Only what the question asked for: a hidden or foreign part of a form is dropped, a declined answer holds nothing."""
    if given.declined:
        return DECLINED
    takes_text = question.type is QuestionType.TEXT or question.detail is Detail.TEXT
    takes_time = question.type is QuestionType.TIME or question.detail is Detail.TIME
    return Given(
        values=tuple(dict.fromkeys(given.values)) if question.options else (),
        text=given.text if takes_text else None,
        time=given.time if takes_time else None,
        about=given.about,
    )


def read_time(text: str) -> str | None:
    """HH:MM from `18:00`, `6pm`, `after 6`, `٦:٣٠`; a bare hour from 1 to 7 is in the afternoon. None where there is none."""
    match = _TIME.search(western_digits(text))
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half.startswith("p") and hour < 12:
        hour += 12
    elif half.startswith("a") and hour == 12:
        hour = 0
    elif not half and match[2] is None and 1 <= hour <= 7:
        hour += 12
    return f"{hour:02d}:{minute:02d}"


def western_digits(text: str) -> str:
    """Digits of any script as 0-9."""
    return "".join(str(unicodedata.digit(char)) if char.isdigit() and not char.isascii() else char for char in text)
