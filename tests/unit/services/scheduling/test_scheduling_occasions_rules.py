"""Family Fridays of a year, and what a day clashes with."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.occasions import clashes, fridays

YEAR = [(date(2026, 9, 1), date(2026, 12, 18)), (date(2027, 1, 1), date(2027, 6, 11))]


def test_the_first_fridays_of_a_year_and_new_years_day_a_week_later():
    found = fridays("first-friday", YEAR, {date(2027, 1, 1)})
    assert [each.on for each in found][:5] == [
        date(2026, 9, 4), date(2026, 10, 2), date(2026, 11, 6), date(2026, 12, 4), date(2027, 1, 8)
    ]  # fmt: skip
    assert found[4].moved_from == date(2027, 1, 1) and found[0].moved_from is None


def test_the_last_friday_moves_back():
    found = fridays("last-friday", YEAR[:1], {date(2026, 11, 27)})
    november = next(each for each in found if each.series == "2026-11")
    assert november.on == date(2026, 11, 20) and november.moved_from == date(2026, 11, 27)
    assert not any(each.series == "2026-12" for each in found), "25 December is outside the term"


@given(st.sampled_from(["first-friday", "last-friday"]), st.sets(st.dates(date(2026, 9, 1), date(2027, 6, 11)), max_size=60))
def test_each_is_a_friday_in_term_that_is_no_holiday_and_at_most_one_a_month(rule, holidays):
    found = fridays(rule, YEAR, holidays)
    assert all(each.on.weekday() == 4 and each.on not in holidays for each in found)
    assert all(any(begins <= each.on <= ends for begins, ends in YEAR) for each in found)
    assert len({each.series for each in found}) == len(found)
    assert all(each.moved_from is None or abs(each.on - each.moved_from) % timedelta(days=7) == timedelta() for each in found)


def test_a_day_that_families_keep_is_counted_and_a_small_group_is_only_named():
    assert [(each.observance.key, each.families) for each in clashes(date(2026, 11, 8), {"diwali": 14})] == [("diwali", 14)]
    assert [(each.observance.key, each.families) for each in clashes(date(2026, 11, 8), {"diwali": 3})] == [("diwali", None)]


def test_nobody_keeps_it_nothing_clashes():
    assert clashes(date(2026, 11, 8), {}) == [] == clashes(date(2026, 11, 8), {"diwali": 0, "yom_kippur": 20})
