"""Slots under every rule at once, against an oracle that knows nothing but minutes that pass in UTC."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.domain.windows import (
    Blackout,
    Booked,
    Interval,
    Limits,
    Override,
    Rules,
    Travel,
    Weeks,
    Window,
    slots,
)

CHICAGO = ZoneInfo("America/Chicago")
ZONES = [CHICAGO, *map(ZoneInfo, ("Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "UTC"))]
MONDAY = datetime(2026, 10, 5, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
ALL_WEEK = tuple(Window(day, time(8), time(12)) for day in range(7))

zones = st.sampled_from(ZONES)
# the weeks of clock changes, north and south, spring and autumn
starts = st.sampled_from([datetime(2026, *day, tzinfo=UTC) for day in ((10, 30), (3, 6), (4, 3), (10, 2), (9, 4))])
walls = st.builds(time, st.integers(0, 23) | st.integers(0, 4), st.sampled_from(range(0, 60, 5)))  # clocks change at night
lengths = st.sampled_from((5, 10, 20, 45)).map(lambda minutes: timedelta(minutes=minutes))
buffers = st.sampled_from((0, 5, 15)).map(lambda minutes: timedelta(minutes=minutes))


@st.composite
def spans(draw: st.DrawFn) -> tuple[time, time]:
    start, end = sorted(draw(st.lists(walls, min_size=2, max_size=2, unique=True)))
    return start, end


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start, end = draw(spans())
    weeks = draw(st.sampled_from((Weeks.EVERY, Weeks.EVERY, Weeks.ODD, Weeks.EVEN)))
    return Window(draw(st.integers(0, 6)), start, end, draw(st.booleans()), weeks=weeks, drop_in=draw(st.integers(0, 9)) == 0)


@st.composite
def worlds(draw: st.DrawFn) -> tuple[Rules, list[Booked], list[Interval], ZoneInfo, datetime]:
    start = draw(starts)
    near = st.integers(-1, 5).map(lambda days: (start + timedelta(days=days)).date())
    minutes = st.integers(-600, 5 * 1440 // 5).map(lambda steps: start + MINUTE * steps * 5)

    def part(first: date, more: int, span: tuple[time, time] | None) -> Blackout:
        return Blackout(first, first + timedelta(days=more), *(span or (None, None)))

    before, after = draw(buffers), draw(buffers)
    busy = [
        Booked(at - before, at + length + after, Interval(at, at + length))
        for at, length in draw(st.lists(st.tuples(minutes, lengths), max_size=4))
    ]
    away = [Interval(at, at + length * 3) for at, length in draw(st.lists(st.tuples(minutes, lengths), max_size=3))]
    rules = Rules(
        windows=tuple(draw(st.lists(windows(), max_size=5))),
        overrides=tuple(draw(st.lists(st.builds(Override, near, st.lists(windows(), max_size=2).map(tuple)), max_size=2))),
        closed=frozenset(draw(st.lists(near, max_size=1))),
        length=draw(lengths),
        buffer=after,
        breaks=tuple(draw(st.lists(windows(), max_size=3))),
        blackouts=tuple(draw(st.lists(st.builds(part, near, st.integers(0, 1), st.none() | spans()), max_size=2))),
        limits=Limits(
            before=before,
            step=draw(st.none() | st.sampled_from((5, 15, 30)).map(lambda m: timedelta(minutes=m))),
            notice=draw(st.sampled_from((timedelta(0), timedelta(hours=30)))),
            per_day=draw(st.none() | st.integers(1, 2)),
            per_week=draw(st.none() | st.integers(1, 3)),
        ),
    )
    return rules, busy, away, draw(zones), start


def brute(rules: Rules, busy: list[Booked], away: list[Interval], zone: ZoneInfo, start: datetime, until: datetime) -> list:
    """Every start on the grid, tried minute by minute; `now` is `start`."""
    when: dict[datetime, list[datetime]] = defaultdict(list)
    moment = start - timedelta(days=3)
    while moment < until + timedelta(days=3):
        when[moment.astimezone(zone).replace(tzinfo=None)].append(moment)
        moment += MINUTE
    taken = {each.start + MINUTE * n for each in (*busy, *away) for n in range(int((each.end - each.start) / MINUTE))}
    held = {(each.meeting.start, each.meeting.end) for each in busy}
    local = [begin.astimezone(zone).date() for begin, _ in held]
    per_day, per_week = Counter(local), Counter(day.isocalendar()[:2] for day in local)
    found, free_from = [], None
    day = start.astimezone(zone).date() - timedelta(days=1)
    while day <= until.astimezone(zone).date():
        for wall, evening in _grid(rules, day):
            label = datetime.combine(day, time()) + MINUTE * wall
            asked = [label + MINUTE * n for n in range(int(rules.length / MINUTE) + 1)]
            instants = [when[each] for each in asked]
            if any(len(each) != 1 for each in instants) or any(b[0] - a[0] != MINUTE for a, b in pairwise(instants)):
                continue
            begin, end = instants[0][0], instants[-1][0]
            first, last = begin - rules.limits.before, end + rules.buffer
            if free_from is not None and first < free_from:
                continue
            if any(first + MINUTE * n in taken for n in range(int((last - first) / MINUTE))):
                continue
            free_from = last
            caps = rules.limits
            full = (caps.per_day is not None and per_day[day] >= caps.per_day) or (
                caps.per_week is not None and per_week[day.isocalendar()[:2]] >= caps.per_week
            )
            if start <= begin < until and not full and begin >= start + caps.notice:
                found.append((begin, end, evening))
        day += timedelta(days=1)
    return found


def _grid(rules: Rules, day: date) -> list[tuple[int, bool]]:
    """(minute of the day, evening) of every start that the day's windows give."""
    inside = [None] * 1440
    special = [window for each in rules.overrides if each.on == day for window in each.windows]
    weekly = [w for w in rules.windows if w.weekday == day.weekday() and w.weeks.has(day)]
    todays = special if any(each.on == day for each in rules.overrides) else weekly
    for evening in (True, False):
        for window in todays:
            if window.evening == evening:
                _paint(inside, window.start, window.end, evening)
    for window in todays:
        if window.drop_in:
            _paint(inside, window.start, window.end, None)
    for pause in rules.breaks:
        if pause.weekday == day.weekday() and pause.weeks.has(day):
            _paint(inside, pause.start, pause.end, None)
    for out in rules.blackouts:
        if out.first <= day <= out.last:
            _paint(inside, out.start or time(), out.end if out.start else None, None)
    if day in rules.closed:
        inside = [None] * 1440
    step = rules.limits.step or rules.limits.before + rules.length + rules.buffer
    found, at = [], 0
    while at < 1440:
        if inside[at] is None:
            at += 1
            continue
        end = at
        while end < 1440 and inside[end] == inside[at]:
            end += 1
        start = at
        while start + rules.length / MINUTE <= end:
            found.append((start, inside[at]))
            start += int(step / MINUTE)
        at = end
    return found


def _paint(inside: list, start: time, end: time | None, value: bool | None) -> None:
    last = 1440 if end is None else end.hour * 60 + end.minute
    for minute in range(start.hour * 60 + start.minute, last):
        inside[minute] = value


@settings(max_examples=60, deadline=None)
@given(worlds())
def test_slots_are_those_that_trying_every_minute_finds(world):
    rules, busy, away, zone, start = world
    until = start + timedelta(days=4)
    found = slots(rules, busy, zone=zone, start=start, until=until, now=start, away=away)
    assert [(slot.start, slot.end, slot.evening) for slot in found] == brute(rules, busy, away, zone, start, until)


@given(worlds(), st.randoms())
def test_the_order_in_which_rules_are_written_does_not_matter(world, chance):
    rules, busy, away, zone, start = world

    def shuffled(values):
        return tuple(chance.sample(list(values), len(values)))

    other = replace(
        rules, windows=shuffled(rules.windows), overrides=shuffled(rules.overrides), breaks=shuffled(rules.breaks),
        blackouts=shuffled(rules.blackouts),
    )  # fmt: skip
    asked = {"zone": zone, "start": start, "until": start + timedelta(days=5), "now": start}
    assert slots(rules, busy, away=away, **asked) == slots(other, shuffled(busy), away=shuffled(away), **asked)


@given(worlds(), st.integers(0, 5 * 288), st.integers(0, 5 * 288))
def test_which_slots_there_are_does_not_depend_on_when_one_looks(world, first, second):
    rules, busy, away, zone, start = world
    whole = slots(rules, busy, zone=zone, start=start, until=start + timedelta(days=5), away=away)
    low, high = sorted((start + MINUTE * 5 * first, start + MINUTE * 5 * second))
    part = slots(rules, busy, zone=zone, start=low, until=high, away=away)
    assert part == [slot for slot in whole if low <= slot.start < high]


@given(worlds())
def test_buffers_of_both_meetings_stack(world):
    rules, busy, _, zone, start = world
    found = slots(rules, busy, zone=zone, start=start, until=start + timedelta(days=5))
    for earlier, later in pairwise(found):
        assert later.start - earlier.end >= rules.buffer + rules.limits.before
    for slot in found:
        for other in busy:
            apart = max(slot.start - other.meeting.end, other.meeting.start - slot.end)
            assert apart >= rules.buffer + rules.limits.before


def whole_day(rules: Rules, busy=(), *, day: int = 0, **more) -> list[str]:
    start = datetime(2026, 10, 5, 5, tzinfo=UTC) + timedelta(days=day)
    found = slots(rules, busy, zone=CHICAGO, start=start, until=start + timedelta(days=1), **more)
    return [slot.start.astimezone(CHICAGO).strftime("%H:%M") for slot in found]


def meeting(clock: str, minutes: int = 30, place: str | None = None) -> Booked:
    start = datetime.combine(MONDAY.date(), time.fromisoformat(clock), CHICAGO).astimezone(UTC)
    return Booked(start, start + minutes * MINUTE, Interval(start, start + minutes * MINUTE), place)


HALF_HOURS = Rules((Window(0, time(8), time(12)),), length=timedelta(minutes=30))


@given(st.data())
def test_nobody_meets_more_in_a_row_than_they_can(data):
    """Whichever free slot is booked next, there is a rest after `in_a_row` of them."""
    most = data.draw(st.integers(1, 3))
    rest = timedelta(minutes=data.draw(st.sampled_from((5, 20))))
    step = timedelta(minutes=data.draw(st.sampled_from((5, 10))))
    rules = replace(HALF_HOURS, length=timedelta(minutes=20), limits=Limits(in_a_row=most, rest=rest, step=step))
    start, booked = MONDAY, []
    while True:
        found = slots(rules, booked, zone=CHICAGO, start=start, until=start + timedelta(days=1))
        if not found:
            break
        slot = data.draw(st.sampled_from(found))
        booked.append(Booked(slot.start, slot.end, slot.interval))
    run = 1
    assert booked
    for earlier, later in pairwise(sorted(booked, key=lambda each: each.start)):
        run = run + 1 if later.start - earlier.end < rest else 1
        assert run <= most


def test_a_third_meeting_in_a_row_is_not_offered():
    rules = replace(HALF_HOURS, limits=Limits(in_a_row=2, rest=timedelta(minutes=15)))
    assert whole_day(rules, [meeting("08:30"), meeting("09:00")]) == ["10:00", "10:30", "11:00", "11:30"]


def test_a_break_starts_the_slots_anew_after_it():
    rules = replace(HALF_HOURS, breaks=(Window(0, time(9, 40), time(10, 5)),))
    assert whole_day(rules) == ["08:00", "08:30", "09:00", "10:05", "10:35", "11:05"]


def test_the_way_from_another_wing_is_kept_free_on_both_sides():
    rules = replace(
        HALF_HOURS,
        windows=(Window(0, time(8), time(9, 30), place="main"), Window(0, time(9, 30), time(12), place="annex")),
        travel=Travel((("annex", "main", timedelta(minutes=15)),)),
    )
    assert whole_day(rules)[:4] == ["08:00", "08:30", "09:00", "10:00"], "09:30 in the annex cannot follow 09:00 in main"
    assert "09:30" not in whole_day(rules, [meeting("09:00", place="main")])
    assert "09:30" in whole_day(rules, [meeting("09:00", place=None)]), "a call needs no way"
    assert whole_day(rules, [meeting("09:30", place="annex")])[:3] == ["08:00", "08:30", "10:00"]


def test_seats_are_left_until_a_slot_is_full():
    rules = replace(HALF_HOURS, limits=Limits(seats=3, per_day=1))
    start, until = MONDAY, MONDAY + timedelta(days=1)

    def seats(*clocks: str) -> dict[str, int]:
        booked = [meeting(clock) for clock in clocks]
        found = slots(replace(rules, limits=replace(rules.limits, per_day=None)), booked, zone=CHICAGO, start=start, until=until)
        return {slot.start.astimezone(CHICAGO).strftime("%H:%M"): slot.seats for slot in found}

    assert seats("09:00", "09:00") == {**dict.fromkeys(("08:00", "08:30", "09:30", "10:00", "10:30", "11:00", "11:30"), 3), "09:00": 1}
    assert "09:00" not in seats("09:00", "09:00", "09:00")
    across = [meeting("09:15")]
    assert "09:00" not in whole_day(replace(rules, limits=Limits(seats=3)), across), "another meeting is not a seat of this one"


def test_booking_opens_closes_and_reaches_only_so_far_ahead():
    opens = replace(HALF_HOURS, limits=Limits(opens=datetime(2026, 10, 1, 8), closes=datetime(2026, 10, 4, 20)))  # noqa: DTZ001
    before, during = datetime(2026, 10, 1, 12, 59, tzinfo=UTC), datetime(2026, 10, 1, 13, tzinfo=UTC)
    assert not whole_day(opens, now=before) and whole_day(opens, now=during)
    assert not whole_day(opens, now=datetime(2026, 10, 5, 1, tzinfo=UTC)), "20:00 in Chicago"
    near = replace(HALF_HOURS, limits=Limits(days_ahead=3))
    assert not whole_day(near, now=during) and whole_day(near, now=during + timedelta(days=1))


def test_a_window_has_a_notice_of_its_own():
    own = replace(HALF_HOURS, windows=(Window(0, time(8), time(12), notice=timedelta(hours=24)),))
    now = datetime(2026, 10, 4, 15, 30, tzinfo=UTC)  # 10:30 on Sunday
    assert whole_day(own, now=now) == ["10:30", "11:00", "11:30"]
    assert len(whole_day(HALF_HOURS, now=now)) == 8


def test_part_time_every_other_week():
    odd = replace(HALF_HOURS, windows=(Window(0, time(8), time(9), weeks=Weeks.ODD),))
    assert MONDAY.isocalendar().week == 41
    assert whole_day(odd) and not whole_day(odd, day=7) and whole_day(odd, day=14)


def test_nothing_is_booked_in_drop_in_hours():
    rules = replace(HALF_HOURS, windows=(*HALF_HOURS.windows, Window(0, time(9), time(11), drop_in=True)))
    assert whole_day(rules) == ["08:00", "08:30", "11:00", "11:30"]


def test_a_full_day_and_a_full_week():
    day = replace(HALF_HOURS, windows=ALL_WEEK, limits=Limits(per_day=2))
    two = [meeting("08:00"), meeting("11:00")]
    assert not whole_day(day, two) and whole_day(day, two, day=1)
    week = replace(day, limits=Limits(per_week=2))
    assert not whole_day(week, two, day=6) and whole_day(week, two, day=7)


def test_an_hour_that_comes_twice_or_never_has_no_slots():
    nights = replace(HALF_HOURS, windows=tuple(replace(each, start=time(0), end=time(4)) for each in ALL_WEEK))
    assert whole_day(nights, day=27) == ["00:00", "02:00", "02:30", "03:00", "03:30"], "on 1 November 01:00-02:00 comes twice"
    spring = slots(nights, [], zone=CHICAGO, start=datetime(2026, 3, 8, 6, tzinfo=UTC), until=datetime(2026, 3, 8, 10, tzinfo=UTC))
    assert [slot.start.astimezone(CHICAGO).hour for slot in spring] == [0, 0, 1, 3, 3], "02:00-03:00 never comes"
