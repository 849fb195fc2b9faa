"""Hours as lines: whatever is typed is read or named by its line, and what is shown is read as it was."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.windows import WEEKDAYS, parse_windows
from services.scheduling.web import availability_lines as lines

clocks = st.builds(lambda hour, five: f"{hour:02}:{five * 5:02}", st.integers(0, 23), st.integers(0, 11))
spans = st.lists(clocks, min_size=2, max_size=2, unique=True).map(sorted)
days = st.integers(0, 400).map(lambda n: (date(2026, 1, 1) + timedelta(days=n)).isoformat())
typed = st.text(st.sampled_from("wedmonri 0123456789:-–,PTtosfnaicghé\n"), max_size=80) | st.text(max_size=40)


@st.composite
def windows(draw: st.DrawFn) -> dict[str, Any]:
    start, end = draw(spans)
    return {
        "weekday": draw(st.sampled_from(WEEKDAYS)),
        **draw(st.just({"start": start, "end": end}) | st.just({"block": "P3"})),
        "evening": draw(st.booleans()),
        **draw(st.fixed_dictionaries({}, optional={
            "drop_in": st.just(True), "place": st.sampled_from(("Annex", "B-12")), "seats": st.integers(1, 60),
            "notice_minutes": st.integers(0, 999) | st.integers(1, 30).map(lambda n: n * 1440), "weeks": st.sampled_from(("odd", "even")),
        })),
    }  # fmt: skip


@given(typed)
def test_no_text_crashes_a_reader_and_every_line_is_read_or_named(text: str):
    full = [n for n, line in enumerate(text.replace("–", "-").splitlines(), 1) if line.strip()]
    for read in (lines.read_hours, lines.read_breaks, lines.read_exceptions):
        found = read(text)
        named = [int(each.split()[1].rstrip(":")) for each in found.bad]
        assert sorted({*named, *found.numbers}) == full and not set(named) & set(found.numbers)


@given(st.lists(windows(), max_size=6))
def test_windows_that_are_shown_are_read_as_they_were(given_: list[dict[str, Any]]):
    read = lines.read_hours("\n".join(map(lines.hours_line, given_)))
    assert read.bad == [] and read.found == given_
    parse_windows([window for window in read.found if "start" in window])


@given(st.lists(st.tuples(days, st.lists(spans, max_size=2)), max_size=4, unique_by=lambda each: each[0]), st.lists(days, max_size=2))
def test_exceptions_that_are_shown_are_read_as_they_were(special: list[Any], off: list[str]):
    overrides = [
        {"on": on, "windows": [
            {"weekday": WEEKDAYS[date.fromisoformat(on).weekday()], "start": start, "end": end} for start, end in hours
        ]}
        for on, hours in special
    ]  # fmt: skip
    away = [{"first": day, "last": (date.fromisoformat(day) + timedelta(days=3)).isoformat()} for day in dict.fromkeys(off)]
    read = lines.read_exceptions("\n".join(lines.exception_lines(overrides, away)))
    assert read.bad == []
    assert sorted((each for each in read.found if "on" in each), key=lambda each: each["on"]) == sorted(
        overrides, key=lambda each: each["on"]
    )
    assert sorted(each["first"] for each in read.found if "first" in each) == sorted(each["first"] for each in away)


@given(st.lists(st.tuples(st.sampled_from(WEEKDAYS), spans), max_size=8, unique_by=lambda each: (each[0], tuple(each[1]))))
def test_breaks_that_are_shown_are_read_as_they_were(given_: list[Any]):
    breaks = [{"weekday": weekday, "start": start, "end": end} for weekday, (start, end) in given_]
    read = lines.read_breaks("\n".join(lines.break_lines(breaks)))

    def in_order(values: list[dict[str, str]]) -> list[dict[str, str]]:
        return sorted(values, key=lambda each: (each["weekday"], each["start"], each["end"]))

    assert read.bad == [] and in_order(read.found) == in_order(breaks)
