"""Brokerage events: the public files are read whole, the check sees every broken rule, and the clauses mean what the rules say."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.benches.b2b import PUBLISHED
from shared.benches.b2b_event import BadEvent, Event, breaks, broken_rule, read_event
from shared.benches.b2b_sat import Encoding

DATA = Path(__file__).parents[4] / "data" / "b2b"


def event_of(
    meetings: list[tuple[int, int]], *, slots: int, tables: int = 9, participants: int | None = None, **more: object
) -> Event:
    event = Event(
        name="tiny",
        participants=participants or 1 + max(max(pair) for pair in meetings),
        slots=slots,
        tables=tables,
        meetings=tuple(meetings),
        allowed=tuple(frozenset(range(slots)) for _ in meetings),
        before=tuple(frozenset() for _ in meetings),
    )
    return replace(event, **more)  # type: ignore[arg-type]


def fewest_breaks(event: Event) -> int | None:
    """By trying every schedule."""
    schedules = product(range(event.slots), repeat=len(event.meetings))
    return min((sum(breaks(event, one)) for one in schedules if broken_rule(event, one) is None), default=None)


def satisfiable(clauses: list[list[int]]) -> list[int] | None:
    """The literals of some model, by unit propagation and trying both ways: enough for tiny formulas."""
    model: set[int] = set()
    while True:
        rest, unit = [], None
        for clause in clauses:
            if model.isdisjoint(clause):
                left = [one for one in clause if -one not in model]
                if not left:
                    return None
                unit = left[0] if len(left) == 1 else unit
                rest.append(left)
        clauses = rest
        if unit is None:
            break
        model.add(unit)
    if not clauses:
        return list(model)
    for choice in (clauses[0][0], -clauses[0][0]):
        found = satisfiable([*clauses, [choice]])
        if found is not None:
            return [*model, *found]
    return None


def schedule_with(event: Event, most_breaks: int) -> list[int] | None:
    encoding = Encoding(event, most_breaks)
    found = satisfiable(encoding.formula.clauses)
    if found is None:
        return None
    held = set(found)
    return encoding.slot_of([one if one in held else -one for one in range(1, encoding.formula.variables + 1)])


@st.composite
def tiny_events(draw: st.DrawFn) -> Event:
    slots = draw(st.integers(2, 4))
    pairs = draw(
        st.lists(
            st.sampled_from([(a, b) for a in range(5) for b in range(a + 1, 5)]), min_size=1, max_size=5, unique=True
        )
    )
    allowed = tuple(
        frozenset(draw(st.sets(st.integers(0, slots - 1), min_size=slots - 1, max_size=slots))) for _ in pairs
    )
    before = tuple(
        frozenset({draw(st.integers(0, number - 1))}) if number and draw(st.integers(0, 4)) == 0 else frozenset()
        for number in range(len(pairs))
    )
    tables = draw(st.integers(1, 3))
    return event_of(pairs, slots=slots, tables=tables, participants=5, allowed=allowed, before=before)


@settings(max_examples=50, deadline=None)
@given(tiny_events())
def test_the_clauses_have_a_model_exactly_when_a_schedule_has_so_few_breaks(event: Event) -> None:
    fewest = fewest_breaks(event)
    for most in range(3):
        schedule = schedule_with(event, most)
        assert (schedule is not None) == (fewest is not None and fewest <= most)
        if schedule is not None:
            assert broken_rule(event, schedule) is None
            assert sum(breaks(event, schedule)) <= most


def test_a_break_counts_once_however_long_and_not_before_the_first_or_after_the_last() -> None:
    event = event_of([(0, 1), (0, 2), (0, 3)], slots=9)
    assert breaks(event, [1, 5, 7]) == [2, 0, 0, 0]
    assert breaks(event, [4, 5, 6]) == [0, 0, 0, 0]


@pytest.mark.parametrize(
    ("event", "slots", "rule"),
    [
        (event_of([(0, 1), (2, 3)], slots=2), [0], "1 slots for 2 meetings"),
        (event_of([(0, 1)], slots=2, allowed=(frozenset({1}),)), [0], "may not be in slot 1"),
        (event_of([(0, 1), (2, 3)], slots=2, before=(frozenset(), frozenset({0}))), [1, 1], "not after all"),
        (event_of([(0, 1), (1, 2)], slots=2), [0, 0], "participant 2 is in two meetings"),
        (event_of([(0, 1), (2, 3)], slots=2, tables=1), [1, 1], "more meetings than tables"),
        (event_of([(0, 1), (0, 2), (0, 3), (0, 4)], slots=7), [0, 2, 4, 6], "differ by more than 2"),
    ],
)
def test_the_check_names_the_broken_rule(event: Event, slots: list[int], rule: str) -> None:
    assert rule in str(broken_rule(event, slots))


def test_unfair_schedules_are_no_model() -> None:
    """One who meets in every other slot has three breaks, the others none."""
    pairs = [(0, 1), (0, 2), (0, 3), (0, 4)]
    every_other = tuple(frozenset({2 * number}) for number in range(4))
    assert schedule_with(event_of(pairs, slots=7, allowed=every_other), 3) is None
    three = event_of(pairs[:3], slots=7, allowed=every_other[:3])
    assert schedule_with(three, 2) == [0, 2, 4]


@pytest.mark.parametrize("name", sorted(PUBLISHED))
def test_every_public_event_is_read_whole(name: str) -> None:
    event = read_event(DATA / f"{name}.dzn")
    assert len(event.meetings) == len(event.allowed) == len(event.before)
    assert all(event.allowed)
    assert max(max(pair) for pair in event.meetings) < event.participants


def test_sessions_forbidden_and_fixed_slots_say_where_a_meeting_may_be(tmp_path: Path) -> None:
    event = read_event(DATA / "ticf-13crafc.original.dzn")
    halves = {(min(slots), max(slots)) for slots in event.allowed}
    assert halves == {(0, 12), (13, 20), (0, 20)}
    text = (DATA / "tic-12.original.dzn").read_text(encoding="utf-8")
    path = tmp_path / "fixed.dzn"
    path.write_text(
        text.replace("fixed = [0", "fixed = [5").replace("forbidden = [{0},", "forbidden = [{2,3},"), encoding="utf-8"
    )
    event = read_event(path)
    assert event.allowed[0] == {4}
    assert event.allowed[1] == {0, 3, 4, 5, 6, 7}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("nTables = 21;", "", "nTables is missing"),
        ("nTables = 21;", "nTables = many;", "not a whole number"),
        ("nMeetings = 125;", "nMeetings = 124;", "requested holds 375 entries; write 372"),
        ("|1, 8,3,", "|1, 1,3,", "requested row 1"),
        ("|1, 8,3,", "|1, 8,4,", "requested row 1"),
    ],
)
def test_a_file_that_is_no_event_says_what_to_write(tmp_path: Path, old: str, new: str, said: str) -> None:
    path = tmp_path / "bad.dzn"
    path.write_text((DATA / "tic-12.original.dzn").read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    with pytest.raises(BadEvent, match=said):
        read_event(path)
