"""Who was not heard from: groups, never people. Respondents against the roster by language, school, grade and channel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from shared.disclosure import LEAST

LOOK = 0.90  # under this an analysis of possible bias is due
AIM = 0.95  # what NCES aims at for surveys of everybody (2012 Statistical Standards, 1-3 and 4-4)
CLEARLY = 0.10  # a group this far behind all is named


class Trait(StrEnum):
    LANGUAGE = "language"
    SCHOOL = "school"
    GRADE = "grade"
    CHANNEL = "channel"


class Flag(StrEnum):
    """What the reader is told beside a response rate."""

    AIM_MET = "aim_met"
    BELOW_AIM = "below_aim"
    POSSIBLE_BIAS = "possible_bias"
    TOO_FEW = "too_few"


def flag(answered: int, asked: int, *, least: int = LEAST) -> Flag:
    if asked < least:
        return Flag.TOO_FEW
    share = answered / asked
    return Flag.AIM_MET if share >= AIM else Flag.BELOW_AIM if share >= LOOK else Flag.POSSIBLE_BIAS


@dataclass(frozen=True, slots=True)
class Group:
    """One group of a trait. `rate` and `gap` (to all) are fractions; None where the group must stay hidden."""

    name: str
    asked: int | None
    answered: int | None
    rate: float | None
    gap: float | None
    unheard: bool


def groups(
    asked: Mapping[str, int], answered: Mapping[str, int], *, hidden: frozenset[str] = frozenset(), least: int = LEAST
) -> list[Group]:
    """By group, the one least heard from first, hidden ones last. `hidden`: what suppression does not let be told."""
    whole = sum(asked.values())
    overall = sum(answered.values()) / whole if whole else 0.0
    found = [
        _group(name, asked[name], answered.get(name, 0), overall, name in hidden or asked[name] < least)
        for name in asked
    ]
    return sorted(found, key=lambda one: (one.rate is None, one.rate if one.rate is not None else 0.0, one.name))


def _group(name: str, asked: int, answered: int, overall: float, hidden: bool) -> Group:
    if hidden:
        return Group(name, None, None, None, None, unheard=False)
    rate = answered / asked
    return Group(name, asked, answered, rate, rate - overall, unheard=overall - rate >= CLEARLY)
