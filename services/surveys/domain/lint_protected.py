"""Protected topics: asked only after consent, only of who gave it, and never by an oversight.

20 U.S.C. 1232h(b) (PPRA) lists them for surveys of pupils; we hold our forms for guardians to the same, and count a family's
culture among them, which touches its religion. A word list cannot know what a question is about: it only makes the author
say so, with the topic or with `protected: none`."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as File

from services.surveys.domain.definition import Question, Survey
from services.surveys.domain.kinds import NOT_PROTECTED, PROTECTED, QuestionType
from services.surveys.domain.lint_fault import Fault, Path

# by language and topic; each is the beginning of a word, or with a $ behind it a whole one
WORDS = File(__file__).with_name("protected_words.json")
_SIGNS = "\\u0900-\\u0dff\\u064b-\\u0652"  # vowel signs are part of a word, which `\\w` does not know


def protected_faults(survey: Survey) -> Iterator[Fault]:
    """What is declared is asked with consent; what sounds like it is declared."""
    consents: set[str] = set()
    for place, question in enumerate(survey.questions):
        here: Path = ("questions", place)
        if question.type is QuestionType.CONSENT:
            consents.add(question.id)  # may well name the topic: it asks whether one may ask
        elif question.protected is None:
            yield from _undeclared(question, here)
        elif question.protected != NOT_PROTECTED:
            yield from _declared(question, question.protected, consents, here)


def _declared(question: Question, topic: str, consents: set[str], path: Path) -> Iterator[Fault]:
    here: Path = (*path, "protected")
    if not consents:
        yield Fault(
            "survey.no_consent", here, f"{topic} is a protected topic, and nothing before asks for consent",
            "Put a question of type consent before it, and `visible_if: \"{that question} = true\"` here.",
        )  # fmt: skip
    elif not any(f"{{{consent}}}" in (question.visible_if or "").replace(" ", "") for consent in consents):
        yield Fault(
            "survey.no_consent", here, f"{topic} is asked of those, too, who did not consent",
            f"Add `visible_if: \"{{{sorted(consents)[0]}}} = true\"`.",
        )  # fmt: skip
    if not question.declinable:
        yield Fault(
            "survey.must_decline", (*path, "declinable"), "a question on a protected topic can always be declined",
            "Remove `declinable: false`.",
        )  # fmt: skip


def _undeclared(question: Question, path: Path) -> Iterator[Fault]:
    for language, text in question.text.items():
        for topic, pattern in _patterns(language.partition("-")[0]).items():
            if pattern.search(_plain(text)):
                yield Fault(
                    "survey.protected", (*path, "text", language), f"this reads like a question on a protected topic: {topic}",
                    f"Declare `protected: {topic}` and ask for consent before it, or `protected: {NOT_PROTECTED}` if it is none.",
                )  # fmt: skip
                return


@cache
def _patterns(language: str) -> Mapping[str, re.Pattern[str]]:
    words = json.loads(WORDS.read_text("utf-8")).get(language, {})
    return {
        topic: re.compile("|".join(_pattern(word) for word in words[topic])) for topic in PROTECTED if words.get(topic)
    }


def _pattern(word: str) -> str:
    whole = rf"(?![\w{_SIGNS}])" if word.endswith("$") else ""
    return rf"(?<![\w{_SIGNS}]){re.escape(_plain(word.removesuffix('$')))}{whole}"


def _plain(text: str) -> str:
    """Case and the ways of writing one letter made alike; accents and vowel signs stay, where they tell words apart."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
