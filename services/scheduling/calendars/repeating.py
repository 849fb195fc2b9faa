"""Repetition rules of other people's calendars, unrolled by the clock on the wall, within a budget.

dateutil unrolls; a rule that repeats every second since 1970, or never within eight thousand years, would keep it busy for
minutes, so what a rule may cost is worked out beforehand and every rule is cut off where our window ends.
"""

from __future__ import annotations

import datetime as datetime_module
import re
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from types import FunctionType
from typing import Any

from dateutil import rrule as rrule_module
from dateutil.rrule import rrule, rrulestr

from services.scheduling.calendars.moments import Bad

PER_RULE = 120_000  # steps
PER_FILE = 400_000
_STEP = {
    "SECONDLY": timedelta(seconds=1),
    "MINUTELY": timedelta(minutes=1),
    "HOURLY": timedelta(hours=1),
    "DAILY": timedelta(days=1),
    "WEEKLY": timedelta(weeks=1),
    "MONTHLY": timedelta(days=28),
    "YEARLY": timedelta(days=365),
}
_FINER = ("BYHOUR", "BYMINUTE", "BYSECOND")
_UNTIL = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(\d\d)(Z?))?")


class TooOften(Exception):
    """A rule that repeats more often than any calendar of a person does."""


@dataclass(slots=True)
class Budget:
    left: int = PER_FILE


def occurrences(
    rule: str, first: datetime, zone: tzinfo | None, *, low: datetime, high: datetime, budget: Budget
) -> list[datetime]:
    """Wall times in [low, high]. All datetimes are wall times without zone; `zone` is where UNTIL is read. Bad, TooOften."""
    parts = _parts(rule)
    until = min(_until(parts.pop("UNTIL", ""), zone) or high, high)
    if until < first:
        return []
    _spend(parts, until - first, budget)
    text = ";".join(f"{name}={value}" for name, value in parts.items())
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # COUNT beside an end: the end is our window's
            unrolled = rrulestr(text, dtstart=first).replace(until=until)
        return [at for at in _steps(unrolled, until.year) if at >= low]
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        raise Bad from None  # what dateutil raises on rules that are none


class _Calendar:
    """The module `datetime` as dateutil's loop sees it, but with an earlier end of time."""

    def __init__(self, last: int) -> None:
        self.MAXYEAR = last

    def __getattr__(self, name: str) -> Any:
        return getattr(datetime_module, name)


def _steps(unrolled: Any, last: int) -> Iterator[datetime]:
    """The rule's moments. dateutil looks at its end only when it has found one, so a rule for 30 February runs to the year 9999,
    ten seconds for each such event; here the same loop ends with the year `last`.
    """
    loop = FunctionType(rrule._iter.__code__, {**vars(rrule_module), "datetime": _Calendar(last)})
    yield from loop(unrolled)


def _parts(rule: str) -> dict[str, str]:
    found = {}
    for part in rule.strip().strip(";").split(";"):
        name, equals, value = part.partition("=")
        if not equals or not value or len(value) > 2000:
            raise Bad
        found[name.strip().upper()] = value.strip().upper()
    if found.get("FREQ") not in _STEP:
        raise Bad
    found.pop("RSCALE", None) if found.get("RSCALE") == "GREGORIAN" else None
    if "RSCALE" in found:
        raise Bad  # another calendar's months (RFC 7529)
    return found


def _until(value: str, zone: tzinfo | None) -> datetime | None:
    """As wall time; a date counts to its end."""
    if not value:
        return None
    match = _UNTIL.fullmatch(value)
    if match is None:
        raise Bad
    try:
        day = datetime(int(match[1]), int(match[2]), int(match[3]))  # noqa: DTZ001 - wall time
        if match[4] is None:
            return day + timedelta(days=1) - timedelta(seconds=1)
        at = day.replace(hour=int(match[4]), minute=int(match[5]), second=min(int(match[6]), 59))
        return at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None) if match[7] else at
    except (ValueError, OverflowError):
        raise Bad from None


def _spend(parts: dict[str, str], length: timedelta, budget: Budget) -> None:
    """Steps that unrolling may take; refuses what is more than a person's calendar needs."""
    try:
        interval = max(1, int(parts.get("INTERVAL", "1")))
    except ValueError:
        raise Bad from None
    steps = length / (_STEP[parts["FREQ"]] * min(interval, 10_000)) + 1
    for name in _FINER:
        steps *= parts.get(name, "").count(",") + 1
    if steps > PER_RULE or steps > budget.left:
        raise TooOften
    budget.left -= int(steps)
