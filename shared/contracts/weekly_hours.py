"""What makes hours of the week impossible: one answer per fault, saying where it is and what was expected.

Configuration files and pages ask the same questions here, so that what the one refuses the other does too. Input is as it is
stored: wall times "HH:MM", days "YYYY-MM-DD", weekdays mon … sun. Values of the wrong shape are somebody else's to refuse.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
Raw = Mapping[str, Any]
Path = tuple[str | int, ...]
_MINUTES_A_DAY = 24 * 60


@dataclass(frozen=True, slots=True)
class Fault:
    """`path`: keys and positions down to the field, e.g. ("windows", 2, "end")."""

    path: Path
    text: str


def faults(rules: Raw, *, closed: Collection[str] = ()) -> list[Fault]:
    """Everything that is impossible in these rules.

    `rules`: windows, breaks, overrides, days_off, blackouts, bell_schedule and the limits, each if there is one. `closed`:
    days on which the school is closed anyway.
    """
    slot = int(rules.get("slot_minutes") or 0)
    windows: Sequence[Raw] = rules.get("windows") or []
    return [
        *_bells(rules.get("bell_schedule") or [], windows),
        *_windows(windows, ("windows",), slot=slot),
        *_each_ordered(rules.get("breaks") or [], ("breaks",)),
        *_breaks(rules.get("breaks") or [], windows, slot=slot),
        *_overrides(rules.get("overrides") or [], closed, slot=slot),
        *_spans(rules),
        *_limits(rules, windows),
    ]


def with_blocks(windows: Sequence[Raw], bells: Sequence[Raw]) -> list[dict[str, Any]]:
    """Windows that name a block of the bell schedule, with its times; a block that is unknown leaves them as they are."""
    known = {bell["name"]: bell for bell in bells}
    return [
        {**window, "start": known[window["block"]]["start"], "end": known[window["block"]]["end"]}
        if window.get("block") in known
        else dict(window)
        for window in windows
    ]


def _bells(bells: Sequence[Raw], windows: Sequence[Raw]) -> Iterator[Fault]:
    yield from _each_ordered(bells, ("bell_schedule",))
    known: dict[str, Raw] = {}
    for n, bell in enumerate(bells):
        if bell["name"] in known:
            yield Fault(("bell_schedule", n, "name"), f"there are two blocks {bell['name']}: give each its own name")
        known[bell["name"]] = bell
    for n, window in enumerate(windows):
        name = window.get("block")
        if not name:
            continue
        if name not in known:
            names = ", ".join(known) or "none"
            yield Fault(("windows", n, "block"), f"expected a block of the school's bell schedule ({names})")
        elif known[name].get("weekdays") and window["weekday"] not in known[name]["weekdays"]:
            days = ", ".join(known[name]["weekdays"])
            yield Fault(("windows", n, "weekday"), f"block {name} is not on {window['weekday']}: expected one of {days}")


def _windows(windows: Sequence[Raw], path: Path, *, slot: int, weekly: bool = True) -> Iterator[Fault]:
    yield from _each_ordered(windows, path)
    for n, window in enumerate(windows):
        long = _length(window)
        if 0 < long < slot and not window.get("drop_in"):
            text = f"expected room for a meeting of {slot} minutes: there are {long} from {window['start']} to {window['end']}"
            yield Fault((*path, n, "end"), text)
        for m, other in enumerate(windows[:n]):
            if weekly and (window["weekday"] != other["weekday"] or not _same_weeks(window, other)):
                continue
            if _overlap(window, other):
                text = f"overlaps {other['start']}-{other['end']} (number {m + 1}): join them, or let one end before the other"
                yield Fault((*path, n, "start"), text)


def _breaks(breaks: Sequence[Raw], windows: Sequence[Raw], *, slot: int) -> Iterator[Fault]:
    """A window of which the breaks leave nothing that a meeting fits in."""
    for window in windows:
        if _length(window) < max(slot, 1) or window.get("drop_in"):
            continue
        on_day = [each for each in breaks if each["weekday"] == window["weekday"] and _ordered(each)]
        left = _left(window, on_day)
        if on_day and not any(end - start >= max(slot, 1) for start, end in left):
            text = f"breaks leave nothing of {window['weekday']} {window['start']}-{window['end']}: shorten them or remove it"
            yield Fault(("breaks", breaks.index(on_day[0])), text)


def _overrides(overrides: Sequence[Raw], closed: Collection[str], *, slot: int) -> Iterator[Fault]:
    seen: dict[str, int] = {}
    for n, each in enumerate(overrides):
        day = str(each["on"])
        if day in seen:
            text = f"{day} is there twice (number {seen[day] + 1}): put all its hours into one exception"
            yield Fault(("overrides", n, "on"), text)
        seen.setdefault(day, n)
        if day in closed and each.get("windows"):
            yield Fault(("overrides", n, "on"), f"the school is closed on {day}: nothing could be booked")
        yield from _windows(each.get("windows") or [], ("overrides", n, "windows"), slot=slot, weekly=False)


def _spans(rules: Raw) -> Iterator[Fault]:
    for key in ("days_off", "blackouts"):
        for n, each in enumerate(rules.get(key) or []):
            if each.get("last") and str(each["last"]) < str(each["first"]):
                yield Fault((key, n, "last"), f"expected a day no earlier than {each['first']}")
            if bool(each.get("start")) != bool(each.get("end")):
                yield Fault((key, n, "end" if each.get("start") else "start"), "expected both start and end, or neither")
            elif each.get("start") and not _ordered(each):
                yield Fault((key, n, "end"), "expected an end after the start")


def _limits(rules: Raw, windows: Sequence[Raw]) -> Iterator[Fault]:
    before, after = int(rules.get("before_minutes") or 0), int(rules.get("buffer_minutes") or 0)
    lengths = [_length(window) for window in windows if _ordered(window) and not window.get("drop_in")]
    if lengths and before + after > min(lengths):
        name = "buffer_minutes" if after >= before else "before_minutes"
        text = f"expected less than the shortest window ({min(lengths)} minutes): {before + after} are kept free around a meeting"
        yield Fault((name,), text)
    opens, closes = rules.get("opens_at"), rules.get("closes_at")
    if opens and closes and str(closes) <= str(opens):
        yield Fault(("closes_at",), f"expected a time after booking opens ({opens})")
    notice, ahead = rules.get("notice_minutes"), rules.get("days_ahead")
    if notice is not None and ahead is not None and int(notice) >= (int(ahead) + 1) * _MINUTES_A_DAY:
        yield Fault(("notice_minutes",), f"expected less than the {ahead} days that can be booked ahead: nothing could be booked")
    rest, row = rules.get("rest_minutes"), rules.get("in_a_row")
    if row is not None and rest is not None and before + after > 0 and int(rest) <= before + after:
        text = f"expected more than the {before + after} minutes kept free between meetings: each of them would count as a rest"
        yield Fault(("rest_minutes",), text)
    day, week = rules.get("per_day"), rules.get("per_week")
    if day is not None and week is not None and int(week) < int(day):
        yield Fault(("per_week",), f"expected at least as many as a day ({day})")


def _each_ordered(spans: Iterable[Raw], path: Path) -> Iterator[Fault]:
    for n, each in enumerate(spans):
        if not _ordered(each):
            yield Fault((*path, n, "end"), "expected an end after the start")


def _left(window: Raw, breaks: Iterable[Raw]) -> list[tuple[int, int]]:
    free, found = _minutes(window["start"]), []
    end = _minutes(window["end"])
    for each in sorted(breaks, key=lambda pause: str(pause["start"])):
        found.append((free, min(_minutes(each["start"]), end)))
        free = max(free, _minutes(each["end"]))
    return [*found, (free, end)]


def _ordered(span: Raw) -> bool:
    return not span.get("start") or not span.get("end") or str(span["end"]) > str(span["start"])


def _length(span: Raw) -> int:
    return _minutes(span["end"]) - _minutes(span["start"]) if span.get("start") and span.get("end") else 0


def _minutes(clock: str) -> int:
    hours, _, minutes = str(clock).partition(":")
    return int(hours) * 60 + int(minutes)


def _overlap(one: Raw, other: Raw) -> bool:
    clocks = (one.get("start"), one.get("end"), other.get("start"), other.get("end"))
    return all(clocks) and str(one["start"]) < str(other["end"]) and str(other["start"]) < str(one["end"])


def _same_weeks(one: Raw, other: Raw) -> bool:
    weeks = {one.get("weeks") or "every", other.get("weeks") or "every"}
    return weeks != {"odd", "even"}


def nested(found: Sequence[Fault]) -> dict[str, list[str]]:
    """Faults by their field, written as a path from nought: `windows.2.end`."""
    by_field: dict[str, list[str]] = defaultdict(list)
    for fault in found:
        by_field[".".join(map(str, fault.path))].append(fault.text)
    return dict(by_field)
