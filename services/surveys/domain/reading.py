"""A text message read as an answer: a digit of any script, a synonym in the guardian's language, or free words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

from services.surveys.domain.answers import DECLINED, LONGEST, Given, read_time, western_digits
from services.surveys.domain.definition import FALLBACK, Detail, Option, Question, QuestionType

DECLINE_DIGIT = "0"
_SPLIT = re.compile(r"[\s,;+&/.)-]+")
_EDGES = " .,;:!?¡¿()[]\"'،؛؟"


def fold(text: str) -> str:
    """For comparing: compatibility forms, case, digits and outer punctuation made alike."""
    return western_digits(unicodedata.normalize("NFKC", text)).casefold().strip(_EDGES)


def read_reply(question: Question, text: str, language: str, skip_words: Collection[str]) -> Given | None:
    """The answer, or None where the text is none."""
    folded = fold(text)
    if not folded:
        return None
    if question.declinable and (folded == DECLINE_DIGIT or folded in {fold(word) for word in skip_words}):
        return DECLINED
    if question.type is QuestionType.TEXT:
        return Given(text=text.strip()[:LONGEST])
    if question.type is QuestionType.TIME:
        time = read_time(text)
        return Given(time=time) if time else None
    if question.type is QuestionType.MULTI:
        return _several(question, text, folded, language)
    return _one(question, text, folded, language)


def _one(question: Question, text: str, folded: str, language: str) -> Given | None:
    first, _, rest = folded.partition(" ")
    option = _by_digit(question, first.strip(_EDGES))
    if option is None:
        option, rest = _by_words(question, folded, language)
    if option is None:
        return _free(question, text)
    if question.detail is Detail.TIME:
        return Given(values=(option.value,), time=read_time(rest) if rest else None)
    if question.detail is Detail.TEXT and rest:
        return Given(values=(option.value,), text=text.strip()[-len(rest) :][:LONGEST])
    return Given(values=(option.value,))


def _several(question: Question, text: str, folded: str, language: str) -> Given | None:
    chosen = [_by_digit(question, part) for part in _SPLIT.split(folded) if part]
    if not chosen or None in chosen:
        chosen = [_by_words(question, part.strip(_EDGES), language)[0] for part in re.split(r"[,;،]", folded)]
    if not chosen or None in chosen:
        return _free(question, text)
    return Given(values=tuple(dict.fromkeys(option.value for option in chosen if option)))


def _free(question: Question, text: str) -> Given | None:
    option = next((option for option in question.options if option.free), None)
    # a lone number that is no choice is a slip of the thumb, not words
    if option is None or not any(char.isalpha() for char in text):
        return None
    return Given(values=(option.value,), text=text.strip()[:LONGEST])


def _by_digit(question: Question, part: str) -> Option | None:
    return next((option for option in question.options if part == str(option.digit)), None)


def _by_words(question: Question, folded: str, language: str) -> tuple[Option | None, str]:
    """The option that is named whole, or at the start; and what follows it."""
    named = [(fold(word), option) for option in question.options for word in _words(option, language)]
    for word, option in sorted(named, key=lambda pair: -len(pair[0])):
        if folded == word or folded.startswith(word + " "):
            return option, folded[len(word) :].strip()
    return None, ""


def _words(option: Option, language: str) -> set[str]:
    """Families mix languages: English is understood beside their own."""
    spoken = {language, language.split("-", 1)[0], FALLBACK}
    found = {texts[tag] for texts in (option.label, option.short) for tag in spoken if tag in texts}
    return found | {word for tag in spoken for word in option.synonyms.get(tag, ())}
