"""One curious question a month, of a pool, to whoever has none open: asked kindly, and stopped where nobody answers (F06)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.surveys.domain.calendar import at_local, next_school_day

KIND = "curious"
POOL = (
    "curious_talk",
    "curious_proud",
    "curious_curiosity",
    "curious_evening",
    "curious_helper",
    "curious_hope",
)
PATIENCE = 2  # questions in a row without an answer: then none for a while
PAUSE = timedelta(days=182)  # closed questions cannot be answered any more, so the silence must end by itself
OPEN_DAYS = 14
ASK_AT_DAY = 10  # of the month, or the next school day


@dataclass(frozen=True, slots=True)
class Asked:
    """A curious question that a guardian had before."""

    survey_id: str
    state: str
    assigned_at: datetime


def question_of(month: date, pool: Sequence[str]) -> str:
    """The month's question: the same for every school with this pool, so that a family with two schools is asked once."""
    return pool[(month.year * 12 + month.month - 1) % len(pool)]


def tires(history: Sequence[Asked], *, open_state: str, now: datetime) -> bool:
    """Whether the last questions stayed without an answer, not half a year ago. `history`: the newest first."""
    last = history[:PATIENCE]
    silent = len(last) == PATIENCE and all(asked.state == open_state for asked in last)
    return silent and now - last[0].assigned_at < PAUSE


def child_of(month: date, children: Sequence[str]) -> str:
    """Whose turn it is: each child of a home in turn, month by month."""
    return sorted(children)[(month.year * 12 + month.month - 1) % len(children)]


def ask_at(month: date, day: int, clock: Any, zone: str, *, terms: Sequence[Any], holidays: Sequence[str]) -> datetime | None:
    """The school day from that day of the month on, if it is in the same month."""
    wanted = month.replace(day=day) - timedelta(days=1)
    found = next_school_day(wanted, terms=terms, holidays=holidays)
    return at_local(found, clock, zone) if (found.year, found.month) == (month.year, month.month) else None


def next_month(month: date) -> date:
    return (month.replace(day=1) + timedelta(days=32)).replace(day=1)
