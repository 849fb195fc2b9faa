"""A survey as it was published: questions in every language, what they are for, and what their answers change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

FALLBACK = "en"
ABOUT_PARENT = "about_parent"

Texts = Mapping[str, str]  # by language


class QuestionType(StrEnum):
    SINGLE = "single"
    MULTI = "multi"
    TEXT = "text"
    TIME = "time"
    SCALE = "scale"


class Detail(StrEnum):
    """What may be added to a choice."""

    TEXT = "text"
    TIME = "time"


class Rule(StrEnum):
    """What an answer may do."""

    PREFERENCE = "preference"
    CONCERN = "concern"
    BOUNDARY = "boundary"


def text_in(texts: Texts, language: str) -> str:
    """The text for a reader of `language`: that, else without region, else English."""
    wanted = language
    while wanted:
        if wanted in texts:
            return texts[wanted]
        wanted = wanted.rpartition("-")[0]
    return texts[FALLBACK]


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. `free`: words that fit no choice are taken as this one, with the words beside it."""

    value: str
    digit: int
    label: Texts
    short: Texts
    synonyms: Mapping[str, tuple[str, ...]]
    free: bool = False


@dataclass(frozen=True, slots=True)
class EffectRule:
    """`values` maps a choice to what it sets; without it, the added detail (a time) is what is set."""

    rule: Rule
    field: str | None
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """`sms` is the short form; `tag` groups questions that a boundary may remove."""

    id: str
    type: QuestionType
    text: Texts
    sms: Texts
    why: Texts
    options: tuple[Option, ...]
    declinable: bool
    tag: str | None
    detail: Detail | None
    detail_label: Texts
    effects: tuple[EffectRule, ...]

    def option(self, value: str) -> Option | None:
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True, slots=True)
class Survey:
    """Immutable: `version` is the hash of everything in it, and every answer carries it."""

    id: str
    kind: str
    version: str
    languages: tuple[str, ...]
    title: Texts
    intro: Texts
    questions: tuple[Question, ...]

    def question(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question.id == question_id), None)


def version_of(content: Mapping[str, Any]) -> str:
    """Sixteen hex digits that name exactly this content."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def survey_of(content: Mapping[str, Any]) -> Survey:
    """From validated plain data (a definition file, or a stored version)."""
    return Survey(
        id=content["survey"],
        kind=content["kind"],
        version=version_of(content),
        languages=tuple(content["languages"]),
        title=content["title"],
        intro=content["intro"],
        questions=tuple(_question(entry) for entry in content["questions"]),
    )


def _question(entry: Mapping[str, Any]) -> Question:
    return Question(
        id=entry["id"],
        type=QuestionType(entry["type"]),
        text=entry["text"],
        sms=entry["sms"],
        why=entry["why"],
        options=tuple(_option(option) for option in entry.get("options", ())),
        declinable=entry.get("declinable", True),
        tag=entry.get("tag"),
        detail=Detail(entry["detail"]) if entry.get("detail") else None,
        detail_label=entry.get("detail_label", {}),
        effects=tuple(
            EffectRule(Rule(rule["rule"]), rule.get("field"), rule.get("values", {})) for rule in entry.get("effects", ())
        ),
    )


def _option(entry: Mapping[str, Any]) -> Option:
    return Option(
        value=entry["value"],
        digit=entry["digit"],
        label=entry["label"],
        short=entry.get("short") or entry["label"],
        synonyms={language: tuple(words) for language, words in entry.get("synonyms", {}).items()},
        free=entry.get("free", False),
    )
