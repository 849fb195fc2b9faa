"""Hours, breaks and exceptions as lines that a person can read and write, and back.

    wed 15:30-16:30                        an exception:  2026-10-14 off
    thu 18:00-19:00 evening in annex                      2026-10-14 14:00-15:00, 16:00-17:00
    fri P3 seats 4 notice 24h odd                         2026-10-19 to 2026-10-23 off
    mon 12:00-12:30 drop-in               a break:        daily 12:00-12:30
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from services.scheduling.domain.windows import WEEKDAYS
from shared.contracts.weekly_hours import Fault

_CLOCKS = re.compile(r"^(\d{1,2}:\d{2})-(\d{1,2}:\d{2})$")
_ON_GRID = re.compile(r"^([01]\d|2[0-3]):[0-5][05]$")
_DAY = re.compile(r"^\d{4}-\d{2}-\d{2}$")
_FLAGS: dict[str, dict[str, Any]] = {
    "evening": {"evening": True},
    "drop-in": {"drop_in": True},
    "odd": {"weeks": "odd"},
    "even": {"weeks": "even"},
}
DAILY = "daily"
HOURS_HINT = "expected a day and hours on five minutes, like wed 15:30-16:30"
BREAK_HINT = "expected a day (or daily) and a time on five minutes, like daily 12:00-12:30"
EXCEPTION_HINT = "expected a day of the calendar and off or hours, like 2026-10-14 off"


@dataclass
class Lines:
    """What was read, and from which line each of it came; `bad` says what could not be read, by line."""

    found: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    bad: list[str] = field(default_factory=list)

    def said(self, faults: Sequence[Fault], key: str) -> list[str]:
        """Faults of `key` as a person finds them: by line."""
        return [f"line {self.numbers[int(fault.path[1])]}: {fault.text}" for fault in faults if fault.path[0] == key]


class _Unreadable(Exception):
    pass


def read_hours(text: str) -> Lines:
    return _read(text, lambda line: [_window(line.lower().split(), line.split())], HOURS_HINT)


def read_breaks(text: str) -> Lines:
    return _read(text, _break, BREAK_HINT)


def read_exceptions(text: str) -> Lines:
    """Each either `{on, windows}` or, for days off, `{first, last}`."""
    return _read(text, lambda line: [_exception(line)], EXCEPTION_HINT)


def hours_line(window: dict[str, Any]) -> str:
    span = window.get("block") or f"{window['start']}-{window['end']}"
    notice = window.get("notice_minutes")
    more = [
        "evening" if window.get("evening") else "",
        "drop-in" if window.get("drop_in") else "",
        f"in {window['place']}" if window.get("place") else "",
        f"seats {window['seats']}" if window.get("seats") else "",
        f"notice {_short(notice)}" if notice is not None else "",
        window["weeks"] if window.get("weeks") in ("odd", "even") else "",
    ]
    return " ".join(part for part in (window["weekday"], span, *more) if part)


def break_lines(breaks: Sequence[dict[str, Any]]) -> list[str]:
    """One line a time; `daily` where it is the same on all five school days."""
    times = dict.fromkeys((each["start"], each["end"]) for each in breaks)
    lines = []
    for start, end in times:
        days = [each["weekday"] for each in breaks if (each["start"], each["end"]) == (start, end)]
        if set(WEEKDAYS[:5]) <= set(days):
            lines.append(f"{DAILY} {start}-{end}")
            days = [day for day in days if day not in WEEKDAYS[:5]]
        lines += [f"{day} {start}-{end}" for day in days]
    return lines


def exception_lines(overrides: Sequence[dict[str, Any]], days_off: Sequence[dict[str, Any]]) -> list[str]:
    lines = [
        f"{each['on']} " + (", ".join(f"{w['start']}-{w['end']}" for w in each["windows"]) or "off") for each in overrides
    ]
    lines += [
        f"{each['first']} off" if each["first"] == each["last"] else f"{each['first']} to {each['last']} off" for each in days_off
    ]
    return sorted(lines)


def _read(text: str, read: Callable[[str], list[dict[str, Any]]], hint: str) -> Lines:
    lines = Lines()
    for number, line in enumerate(text.replace("–", "-").splitlines(), 1):
        if not line.strip():
            continue
        try:
            found = read(line)
        except _Unreadable:
            lines.bad.append(f"line {number}: {hint}")
            continue
        lines.found += found
        lines.numbers += [number] * len(found)
    return lines


def _window(words: list[str], written: list[str]) -> dict[str, Any]:
    if len(words) < 2 or words[0][:3] not in WEEKDAYS:
        raise _Unreadable
    found: dict[str, Any] = {"weekday": words[0][:3]}
    clocks = _CLOCKS.match(words[1])
    found |= dict(zip(("start", "end"), _clocks(words[1]), strict=True)) if clocks else {"block": written[1]}
    if not clocks and ":" in words[1]:
        raise _Unreadable
    found["evening"] = False
    rest = iter(range(2, len(words)))
    for at in rest:
        if words[at] in _FLAGS:
            found |= _FLAGS[words[at]]
            continue
        value = next(rest, None)
        if value is None:
            raise _Unreadable
        found |= _named(words[at], words[value], written[value])
    return found


def _named(name: str, value: str, written: str) -> dict[str, Any]:
    if name == "in":
        return {"place": written}
    if name == "seats" and value.isdigit() and 1 <= int(value) <= 60:
        return {"seats": int(value)}
    if name == "notice" and (given := re.fullmatch(r"(\d{1,3})(min|m|h|d)", value)):
        return {"notice_minutes": int(given[1]) * {"m": 1, "h": 60, "d": 1440}[given[2][0]]}
    raise _Unreadable


def _break(line: str) -> list[dict[str, Any]]:
    words = line.lower().split()
    if len(words) != 2 or (words[0] != DAILY and words[0][:3] not in WEEKDAYS):
        raise _Unreadable
    start, end = _clocks(words[1])
    days = WEEKDAYS[:5] if words[0] == DAILY else (words[0][:3],)
    return [{"weekday": day, "start": start, "end": end} for day in days]


def _exception(line: str) -> dict[str, Any]:
    words = line.lower().replace(",", " ").split()
    if len(words) < 2:
        raise _Unreadable
    first = _day(words[0])
    if words[1] == "to":
        if len(words) != 4 or words[3] != "off":
            raise _Unreadable
        return {"first": first, "last": _day(words[2])}
    if words[1:] == ["off"]:
        return {"on": first, "windows": []}
    weekday = WEEKDAYS[date.fromisoformat(first).weekday()]
    spans = [_clocks(word) for word in words[1:]]
    return {"on": first, "windows": [{"weekday": weekday, "start": start, "end": end} for start, end in spans]}


def _clocks(text: str) -> tuple[str, str]:
    found = _CLOCKS.match(text)
    clocks = tuple(each.zfill(5) for each in found.groups()) if found else ()
    if len(clocks) != 2 or not all(_ON_GRID.match(each) for each in clocks):
        raise _Unreadable
    return clocks[0], clocks[1]


def _day(text: str) -> str:
    if not _DAY.match(text):
        raise _Unreadable
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:  # 2026-02-30 never comes
        raise _Unreadable from None


def _short(minutes: int) -> str:
    for unit, size in (("d", 1440), ("h", 60)):
        if minutes and minutes % size == 0:
            return f"{minutes // size}{unit}"
    return f"{minutes}m"
