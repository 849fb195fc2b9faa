"""The rules hold for all windows, zones, preferences and crowds, not only for the examples."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.answer import chosen_number
from services.scheduling.domain.choice import Fit, Preference, choose, mode_for, suits
from services.scheduling.domain.invitation import Invitation, calendar_file
from services.scheduling.domain.promises import missed_at, remind_at
from services.scheduling.domain.schooldays import is_school_day, school_day_before
from services.scheduling.domain.windows import GRID, Interval, Override, Rules, Slot, Window, cells, slots

CHICAGO = ZoneInfo("America/Chicago")
# Lord Howe shifts by half an hour, Kathmandu's offset ends in :45, Santiago changes clocks at midnight
ZONES = [ZoneInfo(name) for name in ("America/Chicago", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Santiago", "UTC")]

zones = st.sampled_from(ZONES)
walls = st.builds(time, st.integers(0, 23), st.sampled_from(range(0, 60, 5)))
instants = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda moment: moment.replace(tzinfo=UTC))  # noqa: DTZ001


@st.composite
def windows(draw: st.DrawFn) -> Window:
    start, end = sorted(draw(st.lists(walls, min_size=2, max_size=2, unique=True)))
    return Window(draw(st.integers(0, 6)), start, end, draw(st.booleans()))


@st.composite
def rules(draw: st.DrawFn) -> Rules:
    near = st.dates(date(2026, 10, 25), date(2026, 11, 8))
    return Rules(
        windows=tuple(draw(st.lists(windows(), max_size=4))),
        overrides=tuple(draw(st.lists(st.builds(Override, near, st.lists(windows(), max_size=2).map(tuple)), max_size=2))),
        closed=frozenset(draw(st.lists(near, max_size=3))),
        length=timedelta(minutes=draw(st.sampled_from((5, 10, 20, 45)))),
        buffer=timedelta(minutes=draw(st.sampled_from((0, 5, 15)))),
    )


# around the ends of daylight saving in spring and autumn, north and south
starts = st.sampled_from((datetime(2026, 10, 28, tzinfo=UTC), datetime(2026, 3, 5, tzinfo=UTC), datetime(2026, 4, 2, tzinfo=UTC)))
taken = st.lists(
    st.builds(
        lambda minute, length: Interval(
            datetime(2026, 10, 28, tzinfo=UTC) + timedelta(minutes=minute * 5),
            datetime(2026, 10, 28, tzinfo=UTC) + timedelta(minutes=(minute + length) * 5),
        ),
        st.integers(0, 2000),
        st.integers(1, 12),
    ),
    max_size=4,
)


@given(rules(), taken, zones, starts)
def test_every_slot_lies_in_a_window_on_the_wall_and_clear_of_all_else(rule, busy, zone, start):
    until = start + timedelta(days=7)
    found = slots(rule, busy, zone=zone, start=start, until=until)
    instead = {
        each.on: [window for other in rule.overrides if other.on == each.on for window in other.windows] for each in rule.overrides
    }
    for slot in found:
        begins, ends = slot.start.astimezone(zone), slot.end.astimezone(zone)
        assert start <= slot.start < until and slot.end - slot.start == rule.length
        assert begins.date() not in rule.closed
        weekly = [window for window in rule.windows if window.weekday == begins.weekday()]
        today = instead.get(begins.date(), weekly)
        wall_end = datetime.combine(begins.date(), begins.time()) + rule.length
        inside = [datetime.combine(begins.date(), begins.time()) + GRID * n for n in range(rule.length // GRID)]
        assert all(any(window.start <= wall.time() < window.end for window in today) for wall in inside)
        assert ends.replace(tzinfo=None) == wall_end, "the clocks do not change within a slot"
        assert slot.start.minute % 5 == 0
        blocks = Interval(slot.start, slot.end + rule.buffer)
        assert not any(blocks.overlaps(other) for other in busy)
    for earlier, later in pairwise(found):
        assert earlier.end + rule.buffer <= later.start


def test_wall_time_stays_the_same_when_the_clocks_change():
    rule = Rules((Window(2, time(15, 30), time(16, 30)),))
    found = slots(rule, [], zone=CHICAGO, start=datetime(2026, 10, 28, tzinfo=UTC), until=datetime(2026, 11, 5, tzinfo=UTC))
    assert [slot.start.hour for slot in found] == [20, 20, 21, 21, 21, 22]  # CDT, then CST: always 15:30, 15:50, 16:10


def test_a_wall_time_that_does_not_exist_or_comes_twice_is_no_slot():
    night = Rules(tuple(Window(day, time(0, 0), time(4, 0)) for day in range(7)), length=timedelta(minutes=30))
    spring = slots(night, [], zone=CHICAGO, start=datetime(2026, 3, 8, 6, tzinfo=UTC), until=datetime(2026, 3, 8, 12, tzinfo=UTC))
    assert [slot.start.astimezone(CHICAGO).strftime("%H:%M") for slot in spring] == ["00:00", "00:30", "01:00", "03:00", "03:30"]  # 01:30 would end at a time that does not exist
    autumn = slots(night, [], zone=CHICAGO, start=datetime(2026, 11, 1, 5, tzinfo=UTC), until=datetime(2026, 11, 1, 12, tzinfo=UTC))
    shown = [slot.start.astimezone(CHICAGO).strftime("%H:%M") for slot in autumn]
    assert shown == ["00:00", "02:00", "02:30", "03:00", "03:30"]  # from 01:00 to 02:00 the clock shows each minute twice


def test_a_day_off_and_a_special_day():
    rule = Rules(
        (Window(2, time(15, 30), time(16, 30)),),
        overrides=(Override(date(2026, 9, 30)), Override(date(2026, 10, 1), (Window(0, time(8, 0), time(8, 20)),))),
        closed=frozenset({date(2026, 10, 7)}),
    )
    start = datetime(2026, 9, 29, tzinfo=UTC)
    found = slots(rule, [], zone=CHICAGO, start=start, until=start + timedelta(days=17))
    assert {slot.start.astimezone(CHICAGO).date() for slot in found} == {date(2026, 10, 1), date(2026, 10, 14)}


@given(instants, st.integers(1, 120))
def test_cells_overlap_exactly_where_booked_times_on_the_grid_do(moment, minutes):
    start = moment.replace(minute=moment.minute // 5 * 5, second=0, microsecond=0)
    first = Interval(start, start + GRID * (minutes // 5 + 1))
    for shift in range(-3, 4):
        other = Interval(first.end + GRID * shift, first.end + GRID * (shift + 2))
        assert bool(set(cells(first)) & set(cells(other))) == first.overlaps(other)


@st.composite
def free_slots(draw: st.DrawFn) -> list[Slot]:
    offsets = draw(st.lists(st.integers(0, 24 * 3 * 10), max_size=25, unique=True))
    base = datetime(2026, 10, 28, tzinfo=UTC)
    return [
        Slot(base + timedelta(minutes=20 * n), base + timedelta(minutes=20 * (n + 1)), draw(st.booleans()))
        for n in sorted(offsets)
    ]


preferences = st.builds(
    Preference, live_mode=st.none(), available_after=st.none() | walls, quiet_start=st.none() | walls, quiet_end=st.none() | walls
)


@given(free_slots(), preferences, zones)
def test_what_is_said_to_suit_does_and_nothing_better_was_left_out(free, preference, zone):
    choice = choose(free, preference, zone=zone)
    fitting = [slot for slot in free if suits(slot, preference, zone=zone)]
    assert list(choice.slots) == sorted(choice.slots, key=lambda slot: slot.start)
    assert len(choice.slots) == min(3, len(choice.slots)) and set(choice.slots) <= set(free)
    assert bool(choice.slots) == bool(free), "a family is never left without an offer while a time is free"
    if choice.fit is Fit.NEAREST:
        assert not fitting
    else:
        assert all(slot in fitting for slot in choice.slots)
    if choice.fit is Fit.SUITS:
        assert not any(slot.evening for slot in choice.slots), "evenings are kept for who needs them"


@pytest.mark.parametrize(
    ("hour", "minute", "quiet"),
    [(20, 10, False), (20, 20, True), (20, 30, True), (23, 50, True), (0, 0, True), (6, 40, True), (7, 0, False)],
)
def test_quiet_hours_hold_across_midnight_and_for_the_whole_meeting(hour, minute, quiet):
    start = datetime(2026, 10, 28, hour, minute, tzinfo=UTC)
    preference = Preference(quiet_start=time(20, 30), quiet_end=time(7, 0))
    slot = Slot(start, start + timedelta(minutes=20))
    assert suits(slot, preference, zone=ZoneInfo("UTC")) is not quiet


def test_the_nearest_keeps_quiet_hours_while_anything_else_is_left():
    def at(hour):
        start = datetime(2026, 10, 28, hour, tzinfo=UTC)
        return Slot(start, start + timedelta(minutes=20))

    preference = Preference(available_after=time(20, 0), quiet_start=time(19, 0), quiet_end=time(7, 0))
    choice = choose([at(9), at(15), at(16), at(17), at(21)], preference, zone=ZoneInfo("UTC"))
    assert [slot.start.hour for slot in choice.slots] == [15, 16, 17] and choice.fit is Fit.NEAREST
    assert [slot.start.hour for slot in choose([at(21)], preference, zone=ZoneInfo("UTC")).slots] == [21]


def test_the_way_to_meet_is_the_family_s_where_it_can_be_had():
    assert mode_for(Preference(live_mode="video"), ["phone", "video"]) == ("video",)
    assert mode_for(Preference(live_mode="video"), ["phone", "in_person"]) == ("phone", "in_person")
    assert mode_for(Preference(), ["phone"]) == ("phone",)


@given(st.text(max_size=12))
def test_an_answer_is_one_digit_or_none_at_all(text):
    number = chosen_number(text)
    assert number is None or (0 <= number <= 9 and sum(char.isalnum() for char in text) == 1)


@given(st.sampled_from("0123456789"), st.sampled_from(("{}", " {} ", "{}.", "({})", "#{}", "\u200f{}\u200e", "{}\ufe0f\u20e3")))
def test_a_digit_is_read_however_a_phone_dresses_it(digit, dress):
    assert chosen_number(dress.format(digit)) == int(digit)


@given(st.dates(date(2026, 9, 1), date(2027, 6, 1)), st.frozensets(st.dates(date(2026, 9, 1), date(2027, 6, 1)), max_size=30))
def test_a_reminder_comes_on_the_last_school_day_before(due_on, holidays):
    before = school_day_before(due_on, holidays=holidays)
    assert before < due_on and is_school_day(before, holidays=holidays)
    between = [before + timedelta(days=n) for n in range(1, (due_on - before).days)]
    assert not any(is_school_day(day, holidays=holidays) for day in between)
    reminder = remind_at(due_on, zone=CHICAGO, holidays=holidays).astimezone(CHICAGO)
    assert (reminder.date(), reminder.time()) == (before, time(8, 0))
    missed = missed_at(due_on, zone=CHICAGO).astimezone(CHICAGO)
    assert (missed.date(), missed.time()) == (due_on + timedelta(days=1), time(8, 0))
    assert reminder < missed


def test_a_name_cannot_write_lines_of_its_own_into_a_calendar_file():
    evil = 'Ana "Mo"\r\nATTENDEE:mailto:evil@example.org\r\nX-ALARM:1'
    start = datetime(2026, 9, 30, 20, 30, tzinfo=UTC)
    ics = calendar_file(
        Invitation(
            meeting_id="m-1", district="riverside", sequence=0, start=start, end=start + timedelta(minutes=20), summary=evil,
            organizer_name=evil, organizer_email="t@example.org", attendee_name=evil, attendee_email=None, location=evil,
            made_at=start,
        )
    )
    [event] = icalendar.Calendar.from_ical(ics).walk("VEVENT")
    assert event["ATTENDEE"] == "mailto:none@homeroom.invalid", "one, and not the one in the name"
    assert "X-ALARM" not in event
    assert not [line for line in ics.split("\r\n") if line.startswith(("X-ALARM", "ATTENDEE:mailto:evil"))]
