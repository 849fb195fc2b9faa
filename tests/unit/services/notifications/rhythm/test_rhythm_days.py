"""When things come by themselves: never on a weekend, a holiday or twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain import cadence, rhythm
from services.notifications.domain.newsletter import events_of
from services.notifications.domain.rhythm import Rhythm, SchoolYear

CHICAGO = ZoneInfo("America/Chicago")
CALENDAR = {
    "terms": [
        {"id": "t1", "starts_on": "2026-09-01", "ends_on": "2026-12-18"},
        {"id": "t2", "starts_on": "2027-01-04", "ends_on": "2027-06-11"},
    ],
    "holidays": ["2026-09-07", "2026-10-12", "2026-11-26", "2026-11-27", "2027-01-01"],
    "midterm_release_on": date(2026, 10, 23),
}
YEAR = SchoolYear.of(CALENDAR)
DAYS = st.dates(date(2026, 7, 1), date(2027, 7, 31))
MOMENTS = st.datetimes(datetime(2026, 7, 1), datetime(2027, 5, 20), timezones=st.just(UTC))  # noqa: DTZ001 - as hypothesis wants them


def test_a_school_that_says_nothing_has_the_defaults_and_what_it_says_holds():
    assert Rhythm.of({}) == Rhythm.of({"rhythm": None}) == Rhythm()
    own = Rhythm.of({"rhythm": {"brief_on": "thu", "brief_at": "14:00", "live_contact_on": ["2026-11-20"], "next_years": 1}})
    assert (own.brief_on, own.brief_at, own.live_contact_on, own.brief_words) == ("thu", time(14), (date(2026, 11, 20),), 120)


@given(MOMENTS)
def test_a_brief_falls_on_a_school_day_to_come_no_later_in_its_week_than_set(now):
    day = rhythm.next_brief_day(Rhythm(), YEAR, now, CHICAGO)
    assert day is not None and YEAR.is_school_day(day) and day.weekday() <= 4
    assert rhythm.at(day, Rhythm().brief_at, CHICAGO) > now


def test_in_the_week_of_thanksgiving_the_brief_goes_on_wednesday():
    assert rhythm.brief_day(Rhythm(), YEAR, date(2026, 11, 25)) == date(2026, 11, 25)


def test_a_week_without_school_has_no_brief():
    assert rhythm.brief_day(Rhythm(), YEAR, date(2026, 12, 23)) is None


@given(MOMENTS)
def test_a_newsletter_falls_on_the_first_school_day_of_a_month(now):
    day = rhythm.next_newsletter(Rhythm(), YEAR, now, CHICAGO)
    assert day is not None and YEAR.is_school_day(day)
    assert not any(YEAR.is_school_day(day.replace(day=earlier)) for earlier in range(1, day.day))


def test_families_are_welcomed_on_the_monday_two_weeks_before_school_starts():
    term, when = rhythm.welcome_at(Rhythm(), YEAR, datetime(2026, 8, 1, tzinfo=UTC), CHICAGO)
    assert (term.id, when.astimezone(CHICAGO)) == ("t1", datetime(2026, 8, 17, 9, 0, tzinfo=CHICAGO))


@pytest.mark.parametrize(("now", "expected"), [
    (datetime(2026, 8, 25, 3, 0, tzinfo=UTC), datetime(2026, 8, 25, 14, 0, tzinfo=UTC)),
    (datetime(2026, 8, 29, 12, 0, tzinfo=UTC), None), (datetime(2026, 9, 2, tzinfo=UTC), None),
])  # fmt: skip
def test_a_school_that_comes_late_welcomes_the_next_morning_and_not_when_school_is_about_to_begin(now, expected):
    found = rhythm.welcome_at(Rhythm(), YEAR, now, CHICAGO)
    assert (found[1] if found else None) == expected


def test_live_contact_is_looked_at_on_the_first_of_december_or_when_the_school_says():
    assert list(rhythm.live_contact_days(Rhythm(), YEAR)) == [date(2026, 12, 1), date(2027, 5, 25)]
    own = Rhythm(live_contact_on=(date(2026, 11, 26),))
    assert {day: term.id for day, term in rhythm.live_contact_days(own, YEAR).items()} == {
        date(2026, 11, 30): "t1", date(2027, 5, 25): "t2",
    }  # fmt: skip


def test_the_first_friday_moves_from_a_holiday_and_there_is_none_out_of_term():
    months = [date(2026, month, 1) for month in (9, 10, 11, 12)] + [date(2027, 1, 1), date(2027, 7, 1)]
    assert rhythm.family_fridays("first-friday", YEAR, months) == [
        date(2026, 9, 4), date(2026, 10, 2), date(2026, 11, 6), date(2026, 12, 4), date(2027, 1, 8),
    ]  # fmt: skip
    assert rhythm.family_fridays("last-friday", YEAR, [date(2026, 11, 1)]) == [date(2026, 11, 20)]


def test_a_newsletter_lists_family_friday_and_days_without_school_by_itself():
    settings = {"family_friday": {"rule": "first-friday", "start": "08:00", "end": "09:00", "online": True}}
    october = [event.line for event in events_of(settings, CALENDAR, YEAR, month=date(2026, 10, 1))]
    assert october == [
        "Fri 2 Oct, 8:00 AM–9:00 AM: Family Friday, online too. Come as you are.",
        "Mon 12 Oct: no school.",
        "Fri 23 Oct: midterm reports go home.",
    ]
    november = [event.line for event in events_of({}, CALENDAR, YEAR, month=date(2026, 11, 2))]
    assert november == ["Thu 26 Nov to Fri 27 Nov: no school."]


@given(DAYS, st.integers(0, 86_399))
def test_ten_minutes_of_the_teachers_own_hours_lie_ahead_and_within_them(day, second):
    now = datetime.combine(day, time.min, tzinfo=UTC) + timedelta(seconds=second)
    start, end = cadence.live_slot([{"weekday": "wed", "start": "15:30", "end": "16:30"}], now, CHICAGO)
    local = start.astimezone(CHICAGO)
    assert start > now and end - start == timedelta(minutes=10)
    assert (local.weekday(), local.hour, local.minute) == (2, 15, 30)
    assert start - now <= timedelta(days=8)


def test_without_hours_there_is_no_slot():
    assert cadence.live_slot([], datetime(2026, 9, 1, tzinfo=UTC), CHICAGO) is None


@pytest.mark.parametrize(("when", "at_work"), [
    ("2026-09-29T07:30", True), ("2026-09-29T16:59", True), ("2026-09-29T17:00", False), ("2026-09-26T10:00", False),
])  # fmt: skip
def test_evenings_and_weekends_are_after_hours(when, at_work):
    assert rhythm.working_hours(Rhythm(), datetime.fromisoformat(when).replace(tzinfo=CHICAGO), CHICAGO) is at_work
