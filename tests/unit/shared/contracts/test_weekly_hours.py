"""Impossible hours: each fault has one answer, which names the field."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.contracts.weekly_hours import faults, nested, with_blocks

WED = {"weekday": "wed", "start": "15:30", "end": "16:30"}
CLOCKS = st.builds(lambda hour, five: f"{hour:02}:{five * 5:02}", st.integers(0, 23), st.integers(0, 11))


def day(start: str, end: str, weekday: str = "wed", **more: Any) -> dict[str, Any]:
    return {"weekday": weekday, "start": start, "end": end, **more}


BELLS = [{"name": "P1", "start": "08:00", "end": "08:45"}, {"name": "P2", "start": "09:00", "end": "09:45", "weekdays": ["mon"]}]
IMPOSSIBLE = {
    "ends before it starts": ({"windows": [day("16:30", "15:30")]}, "windows.0.end", "after the start"),
    "shorter than a meeting": ({"windows": [day("15:30", "15:40")], "slot_minutes": 20}, "windows.0.end", "20 minutes: there are 10"),
    "two windows overlap": ({"windows": [WED, day("16:00", "17:00")]}, "windows.1.start", "overlaps 15:30-16:30 (number 1)"),
    "buffers longer than the window": ({"windows": [WED], "buffer_minutes": 45, "before_minutes": 30}, "buffer_minutes", "60 minutes"),
    "a break takes it all": (
        {"windows": [WED], "slot_minutes": 20, "breaks": [day("15:45", "16:15")]}, "breaks.0", "leave nothing of wed 15:30",
    ),
    "a break ends before it starts": ({"breaks": [day("12:30", "12:00")]}, "breaks.0.end", "after the start"),
    "a day twice": ({"overrides": [{"on": "2026-10-05"}, {"on": "2026-10-05"}]}, "overrides.1.on", "twice (number 1)"),
    "two windows of one day overlap": (
        {"overrides": [{"on": "2026-10-05", "windows": [WED, day("16:00", "17:00", "mon")]}]}, "overrides.0.windows.1.start", "overlaps",
    ),
    "a day that the school is closed": ({"overrides": [{"on": "2026-09-07", "windows": [WED]}]}, "overrides.0.on", "closed"),
    "days off backwards": ({"days_off": [{"first": "2026-10-09", "last": "2026-10-05"}]}, "days_off.0.last", "no earlier"),
    "half a blackout": ({"blackouts": [{"first": "2026-10-09", "start": "08:00"}]}, "blackouts.0.end", "both"),
    "a blackout backwards": (
        {"blackouts": [{"first": "2026-10-09", "start": "08:00", "end": "07:00"}]}, "blackouts.0.end", "after the start",
    ),
    "an unknown block": ({"windows": [{"weekday": "mon", "block": "P9"}], "bell_schedule": BELLS}, "windows.0.block", "P1, P2"),
    "a block that never is": ({"windows": [{"weekday": "fri", "block": "P2"}], "bell_schedule": BELLS}, "windows.0.weekday", "on fri"),
    "two blocks of one name": ({"bell_schedule": [BELLS[0], BELLS[0]]}, "bell_schedule.1.name", "two blocks P1"),
    "closes before it opens": ({"opens_at": "2026-10-05T08:00", "closes_at": "2026-10-05T08:00"}, "closes_at", "after booking opens"),
    "notice beyond all days": ({"notice_minutes": 4 * 1440, "days_ahead": 3}, "notice_minutes", "nothing could be booked"),
    "a rest that is none": ({"in_a_row": 3, "rest_minutes": 5, "buffer_minutes": 10}, "rest_minutes", "more than the 10"),
    "a week smaller than a day": ({"per_day": 5, "per_week": 4}, "per_week", "at least"),
}  # fmt: skip


@pytest.mark.parametrize("name", IMPOSSIBLE)
def test_what_cannot_be_is_named(name: str):
    rules, field, text = IMPOSSIBLE[name]
    found = nested(faults(rules, closed={"2026-09-07"}))
    assert list(found) == [field]
    assert len(found[field]) == 1 and text in found[field][0]


def test_what_can_be_is_not_complained_of():
    fine = {
        "windows": [WED, day("16:30", "17:00"), day("15:30", "16:30", "thu", weeks="odd"), day("15:30", "16:00", "thu", weeks="even")],
        "breaks": [day("16:00", "16:10"), day("12:00", "12:30", "mon")],
        "overrides": [{"on": "2026-10-05", "windows": [WED]}, {"on": "2026-09-07", "windows": []}],
        "days_off": [{"first": "2026-10-05", "last": "2026-10-05"}],
        "bell_schedule": BELLS, "slot_minutes": 20, "buffer_minutes": 5, "before_minutes": 5, "in_a_row": 3, "rest_minutes": 15,
        "opens_at": "2026-10-01T08:00", "closes_at": "2026-10-05T08:00", "notice_minutes": 120, "days_ahead": 30, "per_day": 3,
        "per_week": 9,
    }  # fmt: skip
    assert faults(fine, closed={"2026-09-07"}) == []


@given(st.lists(st.tuples(st.sampled_from(("mon", "tue")), CLOCKS, CLOCKS), max_size=5))
def test_two_windows_of_a_day_never_share_a_minute_unless_it_is_said(spans):
    windows = [day(*sorted((start, end)), weekday) for weekday, start, end in spans if start != end]
    minutes: set[tuple[str, int]] = set()
    shared = False
    for each in windows:
        (h1, m1), (h2, m2) = ([int(part) for part in each[key].split(":")] for key in ("start", "end"))
        mine = {(each["weekday"], minute) for minute in range(h1 * 60 + m1, h2 * 60 + m2)}
        shared, minutes = shared or bool(minutes & mine), minutes | mine
    assert bool(faults({"windows": windows})) == shared


def test_a_block_of_the_bell_schedule_gives_its_times():
    windows = [{"weekday": "mon", "block": "P2", "start": "01:00", "end": "02:00"}, WED, {"weekday": "mon", "block": "gone"}]
    assert with_blocks(windows, BELLS) == [{"weekday": "mon", "block": "P2", "start": "09:00", "end": "09:45"}, *windows[1:]]
