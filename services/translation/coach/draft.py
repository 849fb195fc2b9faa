"""What the coach reads and what it answers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property


class NoteKind(StrEnum):
    """What a note is for; the coach asks more of a concern and of praise."""

    POSITIVE = "positive"
    INFO = "info"
    ASK = "ask"
    CONCERN = "concern"


class Kind(StrEnum):
    """Why a passage is marked; one lesson each."""

    JARGON = "jargon"
    BLAME = "blame"
    TRIGGER = "trigger"
    THREAT = "threat"
    DIAGNOSIS = "diagnosis"
    FAMILY = "family"
    OTHER_CHILD = "other_child"
    SHOUTING = "shouting"
    IDIOM = "idiom"
    PHRASAL = "phrasal"
    CLOCK = "clock"
    PASSIVE = "passive"
    PRONOUN = "pronoun"
    LONG_SENTENCE = "long_sentence"
    NO_EXAMPLE = "no_example"
    NO_COMMON_GROUND = "no_common_ground"
    NO_NEXT_STEP = "no_next_step"
    VAGUE_PRAISE = "vague_praise"


@dataclass(frozen=True)
class Draft:
    """A note before it is sent. `names`: the child it is about; `others`: given names of the rest of the class."""

    text: str
    kind: NoteKind = NoteKind.INFO
    language: str = "en"
    names: tuple[str, ...] = ()
    others: tuple[str, ...] = ()

    @cached_property
    def straight(self) -> str:
        """The text with typographic apostrophes and quotes made plain; positions are the same."""
        return self.text.translate(_STRAIGHT)

    @cached_property
    def low(self) -> str:
        """For matching; as long as the text, which `str.lower` alone does not promise (İ becomes two)."""
        lowered = self.straight.lower()
        if len(lowered) == len(self.text):
            return lowered
        return "".join(low if len(low := letter.lower()) == 1 else letter for letter in self.straight)

    @cached_property
    def sentences(self) -> tuple[tuple[int, int], ...]:
        """Spans, without the blanks around."""
        return tuple(found.span() for found in _SENTENCE.finditer(self.straight))


# A point between digits ("3.5") or after a title ("Mr.") ends nothing
_SENTENCE = re.compile(
    r"[^\s.!?\n](?:[^.!?\n]|(?<=\d)\.(?=\d)|(?<=\bMr)\.|(?<=\bMs)\.|(?<=\bMrs)\.|(?<=\bDr)\.|(?<=\bSr)\.|(?<=\bSra)\."
    r"|(?<=\b[ap])\.(?=m\b)|(?<=[ap]\.m)\.(?= [a-z]))*[.!?]*"
)
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"'})


@dataclass(frozen=True, order=True)
class Flag:
    """Characters `start` to `end` of the draft (the whole of it: 0 to its length), why, and what could stand there."""

    start: int
    end: int
    kind: Kind
    reason: str
    suggestion: str


@dataclass(frozen=True)
class Advice:
    """All flags in the order of the text, the reading grade (US school years), and a plainer version when one helps."""

    flags: tuple[Flag, ...]
    grade: float
    rare_share: float
    plain: str | None = None
    plain_grade: float | None = None
    splits: tuple[str, ...] = ()
    lessons: Mapping[Kind, str] = field(default_factory=dict)

    @property
    def kinds(self) -> frozenset[Kind]:
        return frozenset(flag.kind for flag in self.flags)
