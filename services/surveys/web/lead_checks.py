"""What whoever starts a survey should know about the day to answer by, and about who could not read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import date, timedelta
from enum import StrEnum

SHORT = timedelta(days=5)  # a week's paper round takes as long


class Warn(StrEnum):
    """Why a day is a bad one to answer by. Not refused: the school knows its families."""

    WEEKEND = "weekend"
    HOLIDAY = "holiday"
    NO_TERM = "no_term"
    SHORT = "short"


def day_warnings(
    day: date, *, today: date, terms: Sequence[Mapping[str, str]], holidays: Collection[str]
) -> list[Warn]:
    """Everything against that day, on the school's calendar."""
    found = []
    if day.weekday() >= 5:
        found.append(Warn.WEEKEND)
    if day.isoformat() in {str(each) for each in holidays}:
        found.append(Warn.HOLIDAY)
    if terms and not any(str(term["starts_on"]) <= day.isoformat() <= str(term["ends_on"]) for term in terms):
        found.append(Warn.NO_TERM)
    if day - today < SHORT:
        found.append(Warn.SHORT)
    return found


def unspoken(languages: Collection[str], families: Mapping[str, int]) -> dict[str, int]:
    """Families by a language that the survey does not have: they would read English."""
    spoken = {tag.partition("-")[0] for tag in languages}
    return {tag: number for tag, number in families.items() if tag.partition("-")[0] not in spoken}
