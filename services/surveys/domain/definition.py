"""A survey as it was published: questions in every language, what they are for, and what their answers change."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from services.surveys.domain.kinds import CHOICES, GRIDS, Detail, Mode, Privacy, QuestionType, Rule

__all__ = [
    "ABOUT_PARENT",
    "CHOICES",
    "FALLBACK",
    "GRIDS",
    "Carry",
    "Detail",
    "EffectRule",
    "Mode",
    "Option",
    "Page",
    "Privacy",
    "Question",
    "QuestionType",
    "Quota",
    "Row",
    "Rule",
    "Survey",
    "Texts",
    "survey_of",
    "text_in",
    "version_of",
]

FALLBACK = "en"
ABOUT_PARENT = "about_parent"

GRACE_DAYS = 7

Texts = Mapping[str, str]  # by language


def text_in(texts: Texts, language: str) -> str:
    """The text for a reader of `language`: that, else without region, else English; empty where there is no text at all."""
    wanted = language
    while wanted:
        if wanted in texts:
            return texts[wanted]
        wanted = wanted.rpartition("-")[0]
    return texts.get(FALLBACK, "")


@dataclass(frozen=True, slots=True)
class Option:
    """One choice. `free`: words that fit no choice are taken as this one, with the words beside it.

    `digit` is what is typed or pressed for it; `score` what a point of a scale counts (its place from 1, if not said)."""

    value: str
    digit: int
    label: Texts
    short: Texts
    synonyms: Mapping[str, tuple[str, ...]]
    free: bool = False
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a matrix, or a day of an availability grid."""

    value: str
    label: Texts
    short: Texts


@dataclass(frozen=True, slots=True)
class EffectRule:
    """`values` maps a choice to what it sets; without it, the added detail (a time) is what is set.

    `consent` names the question that must say yes before anybody else is told."""

    rule: Rule
    field: str | None
    values: Mapping[str, Any]
    consent: str | None = None


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
    voice: Texts = field(default_factory=dict)  # what is spoken; `spoken` falls back to `sms`
    visible_if: str | None = None
    required_if: str | None = None
    constraint: str | None = None
    constraint_text: Texts = field(default_factory=dict)
    per_child: bool = False
    rows: tuple[Row, ...] = ()
    min: float | None = None
    max: float | None = None
    step: float | None = None
    most: int | None = None
    length: int | None = None  # characters of words, below the limit for all
    unit_label: Texts = field(default_factory=dict)
    group: str | None = None
    protected: str | None = None
    prefill: bool = False

    @property
    def spoken(self) -> Texts:
        return {**self.sms, **self.voice}

    def option(self, value: str) -> Option | None:
        return next((option for option in self.options if option.value == value), None)


@dataclass(frozen=True, slots=True)
class Quota:
    """At most `most` responses for which `condition` holds."""

    id: str
    condition: str
    most: int


@dataclass(frozen=True, slots=True)
class Page:
    """A page of the web form: the questions whose `group` is its id."""

    id: str
    title: Texts


@dataclass(frozen=True, slots=True)
class Carry:
    """Where drafts of an older version go: old question to new (None drops it), and by old question, old value to new."""

    questions: Mapping[str, str | None] = field(default_factory=dict)
    values: Mapping[str, Mapping[str, str | None]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Survey:
    """Immutable: `version` is the hash of everything in it, and every answer carries it.

    `deadline` (YYYY-MM-DDTHH:MM) and `send_on` (YYYY-MM-DD) are the school's own clock, where the survey has fixed dates."""

    id: str
    kind: str
    version: str
    languages: tuple[str, ...]
    title: Texts
    intro: Texts
    questions: tuple[Question, ...]
    identified: Privacy = Privacy.IDENTIFIED
    calculations: tuple[tuple[str, str], ...] = ()
    quotas: tuple[Quota, ...] = ()
    grace_days: int = GRACE_DAYS
    deadline: str | None = None
    send_on: str | None = None
    pages: tuple[Page, ...] = ()
    modes: tuple[Mode, ...] = tuple(Mode)
    carry: Carry = field(default_factory=Carry)

    def question(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question.id == question_id), None)


def version_of(content: Mapping[str, Any]) -> str:
    """Sixteen hex digits that name exactly this content."""
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:16]


def survey_of(content: Mapping[str, Any]) -> Survey:
    """From validated plain data (a definition file, or a stored version)."""
    carry = content.get("carry") or {}
    return Survey(
        id=content["survey"],
        kind=content["kind"],
        version=version_of(content),
        languages=tuple(content["languages"]),
        title=content["title"],
        intro=content["intro"],
        questions=tuple(_question(entry) for entry in content["questions"]),
        identified=Privacy(content.get("identified", Privacy.IDENTIFIED)),
        calculations=tuple((entry["name"], entry["expression"]) for entry in content.get("calculations", ())),
        quotas=tuple(Quota(entry["id"], entry["condition"], entry["most"]) for entry in content.get("quotas", ())),
        grace_days=content.get("grace_days", GRACE_DAYS),
        deadline=content.get("deadline"),
        send_on=content.get("send_on"),
        pages=tuple(Page(entry["id"], entry["title"]) for entry in content.get("pages", ())),
        modes=tuple(Mode(name) for name in content.get("modes", Mode)),
        carry=Carry(carry.get("questions", {}), carry.get("values", {})),
    )


def _question(entry: Mapping[str, Any]) -> Question:
    return Question(
        id=entry["id"],
        type=QuestionType(entry["type"]),
        text=entry["text"],
        sms=entry.get("sms") or entry["text"],
        why=entry.get("why", {}),
        options=tuple(_option(option, place) for place, option in enumerate(entry.get("options", ()), 1)),
        declinable=entry.get("declinable", True),
        tag=entry.get("tag"),
        detail=Detail(entry["detail"]) if entry.get("detail") else None,
        detail_label=entry.get("detail_label", {}),
        effects=tuple(_effect(rule) for rule in entry.get("effects", ())),
        voice=entry.get("voice", {}),
        visible_if=entry.get("visible_if"),
        required_if=entry.get("required_if"),
        constraint=entry.get("constraint"),
        constraint_text=entry.get("constraint_text", {}),
        per_child=entry.get("per_child", False),
        rows=tuple(_row(row) for row in entry.get("rows", ())),
        min=entry.get("min"),
        max=entry.get("max"),
        step=entry.get("step"),
        most=entry.get("most"),
        length=entry.get("length"),
        unit_label=entry.get("unit_label", {}),
        group=entry.get("group"),
        protected=entry.get("protected"),
        prefill=entry.get("prefill", False),
    )


def _option(entry: Mapping[str, Any], place: int) -> Option:
    return Option(
        value=entry["value"],
        digit=entry.get("digit", place),
        label=entry["label"],
        short=entry.get("short") or entry["label"],
        synonyms={language: tuple(words) for language, words in entry.get("synonyms", {}).items()},
        free=entry.get("free", False),
        score=entry.get("score"),
    )


def _row(entry: Mapping[str, Any]) -> Row:
    return Row(entry["value"], entry["label"], entry.get("short") or entry["label"])


def _effect(entry: Mapping[str, Any]) -> EffectRule:
    return EffectRule(
        rule=Rule(entry["rule"]),
        field=entry.get("field"),
        values=entry.get("values", {}),
        consent=entry.get("consent"),
    )
