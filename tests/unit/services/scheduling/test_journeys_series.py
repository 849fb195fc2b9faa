"""Meetings that repeat keep the wall clock, skip what does not exist, and obey the exceptions of one day."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.series import (
    Change,
    Dropped,
    Every,
    Occurrence,
    OnHoliday,
    Rule,
    Why,
    days,
    instant,
    occurrences,
)

CHICAGO, NEW_YORK = ZoneInfo("America/Chicago"), ZoneInfo("America/New_York")
ZONES = ("America/Chicago", "Europe/London", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "Pacific/Apia")


def weekly(**changed: object) -> Rule:
    usual: dict[str, object] = {
        "starts_on": date(2026, 10, 20), "at": time(15, 30), "minutes": 20, "every": Every.WEEK, "until": date(2026, 11, 10)
    }  # fmt: skip
    return Rule(**(usual | changed))  # type: ignore[arg-type]


def test_the_wall_time_holds_over_a_change_of_clocks():
    met, dropped = occurrences(weekly(), zone=CHICAGO)
    assert [each.start.hour for each in met] == [20, 20, 21, 21], "clocks go back on 1 November"
    assert {each.start.astimezone(CHICAGO).time() for each in met} == {time(15, 30)} and not dropped


def test_a_night_hour_that_does_not_exist_or_is_doubled_has_no_meeting_and_says_so():
    spring = weekly(starts_on=date(2027, 3, 7), at=time(2, 30), until=date(2027, 3, 21))
    met, dropped = occurrences(spring, zone=NEW_YORK)
    assert [each.on.day for each in met] == [7, 21] and dropped == [Dropped(date(2027, 3, 14), Why.CLOCKS)]
    autumn = weekly(starts_on=date(2026, 11, 1), at=time(1, 30), until=date(2026, 11, 1))
    assert occurrences(autumn, zone=NEW_YORK) == ([], [Dropped(date(2026, 11, 1), Why.CLOCKS)])


def test_a_meeting_that_would_run_into_a_skipped_hour_is_dropped():
    over = weekly(starts_on=date(2027, 3, 14), at=time(1, 50), until=date(2027, 3, 14))
    assert occurrences(over, zone=NEW_YORK)[1] == [Dropped(date(2027, 3, 14), Why.CLOCKS)]


def test_a_holiday_is_skipped_or_moved_to_the_next_school_day_as_the_series_says():
    holiday = date(2026, 10, 27)
    met, dropped = occurrences(weekly(), zone=CHICAGO, closed={holiday})
    assert holiday not in {each.on for each in met} and dropped == [Dropped(holiday, Why.HOLIDAY)]
    met, dropped = occurrences(weekly(on_holiday=OnHoliday.NEXT), zone=CHICAGO, closed={holiday})
    assert met[1] == Occurrence(holiday, datetime(2026, 10, 28, 20, 30, tzinfo=UTC), datetime(2026, 10, 28, 20, 50, tzinfo=UTC))
    assert not dropped


def test_one_day_can_be_moved_or_called_off_and_the_others_stay():
    changes = [Change(date(2026, 10, 27), date(2026, 10, 29), time(9, 0)), Change(date(2026, 11, 3), None)]
    met, dropped = occurrences(weekly(), zone=CHICAGO, changes=changes)
    assert [(each.on.day, each.start) for each in met][1] == (27, datetime(2026, 10, 29, 14, 0, tzinfo=UTC))
    assert dropped == [Dropped(date(2026, 11, 3), Why.OFF)] and len(met) == 3


def test_a_monthly_series_keeps_the_weekday_and_its_place():
    second_tuesday = weekly(starts_on=date(2026, 9, 8), every=Every.MONTH, until=date(2027, 1, 31))
    assert [day.isoformat() for day in days(second_tuesday)] == [
        "2026-09-08", "2026-10-13", "2026-11-10", "2026-12-08", "2027-01-12",
    ]  # fmt: skip
    fifth = weekly(starts_on=date(2026, 9, 29), every=Every.MONTH, until=date(2026, 12, 31))
    assert [day.isoformat() for day in days(fifth)] == ["2026-09-29", "2026-10-27", "2026-11-24", "2026-12-29"]


def test_a_quarterly_series_meets_every_third_month():
    found = list(days(weekly(starts_on=date(2026, 9, 8), every=Every.QUARTER, until=date(2027, 6, 30))))
    assert [day.month for day in found] == [9, 12, 3, 6] and {day.weekday() for day in found} == {1}


@given(
    zone=st.sampled_from(ZONES), start=st.dates(date(2024, 1, 1), date(2035, 1, 1)), at=st.times(),
    every=st.sampled_from(Every), minutes=st.sampled_from((10, 20, 60)), closed=st.sets(st.integers(0, 400), max_size=30),
)  # fmt: skip
def test_every_day_of_the_rule_is_met_once_or_says_why_not(zone, start, at, every, minutes, closed):  # type: ignore[no-untyped-def]
    where, at = ZoneInfo(zone), at.replace(second=0, microsecond=0, fold=0)
    rule = Rule(start, at, minutes, every, start + timedelta(days=370))
    holidays = {start + timedelta(days=each) for each in closed}
    met, dropped = occurrences(rule, zone=where, closed=holidays)
    assert sorted([each.on for each in met] + [each.on for each in dropped]) == list(days(rule))
    for each in met:
        assert each.start.astimezone(where).replace(tzinfo=None) == datetime.combine(each.on, at)
        assert each.end - each.start == timedelta(minutes=minutes)
        wall_end = each.end.astimezone(where).replace(tzinfo=None)
        assert wall_end == datetime.combine(each.on, at) + timedelta(minutes=minutes)
        assert each.on not in holidays


@given(zone=st.sampled_from(ZONES), day=st.dates(date(2024, 1, 1), date(2035, 12, 31)), hour=st.integers(0, 23))
def test_an_instant_is_the_only_minute_that_shows_that_wall_time(zone: str, day: date, hour: int):
    """Against stepping through the UTC half hours of three days, which knows nothing of folds."""
    where, wall = ZoneInfo(zone), datetime.combine(day, time(hour, 30))
    around = datetime.combine(day - timedelta(days=1), time(), UTC)
    steps = (around + timedelta(minutes=15 * n) for n in range(4 * 24 * 3))
    shown = [moment for moment in steps if moment.astimezone(where).replace(tzinfo=None) == wall]
    assert instant(day, time(hour, 30), where) == (shown[0] if len(shown) == 1 else None)
