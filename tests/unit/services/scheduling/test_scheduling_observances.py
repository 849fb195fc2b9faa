"""Days that families may keep, against dates that are known and, for Diwali, against the moon."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from pymeeus.Epoch import Epoch
from pymeeus.Moon import Moon

from services.scheduling.domain.observances import FIRST_YEAR, KEYS, LAST_YEAR, around, of_year


def day(key: str, year: int) -> date:
    return next(one.starts_on for one in of_year(year) if one.key == key)


@pytest.mark.parametrize(
    ("key", "on"),
    [
        ("lunar_new_year", date(2027, 2, 6)),
        ("ramadan", date(2027, 2, 8)),
        ("eid_al_fitr", date(2027, 3, 9)),
        ("nowruz", date(2027, 3, 21)),
        ("orthodox_easter", date(2027, 5, 2)),
        ("yom_kippur", date(2027, 10, 11)),
        ("diwali", date(2026, 11, 8)),
        ("rosh_hashanah", date(2026, 9, 12)),
        ("easter", date(2026, 4, 5)),
        ("hanukkah", date(2026, 12, 5)),
    ],
)
def test_a_day_that_is_known(key, on):
    assert day(key, on.year) == on


@pytest.mark.parametrize("year", range(FIRST_YEAR, LAST_YEAR + 1))
def test_every_year_has_every_day_in_order(year):
    found = of_year(year)
    assert {one.key for one in found} == set(KEYS)
    assert [one.starts_on for one in found] == sorted(one.starts_on for one in found)
    assert all(one.starts_on <= one.ends_on for one in found)


@pytest.mark.parametrize("year", range(FIRST_YEAR, LAST_YEAR + 1))
def test_diwali_is_the_evening_on_which_the_new_moon_stands_at_dusk_in_india(year):
    """Dusk in Ujjain is about 12:15 UTC then; the dark fortnight's last day lasts to the new moon and has some to spare."""
    dusk = datetime(year, *day("diwali", year).timetuple()[1:3], 12, 15, tzinfo=UTC)
    y, m, d, h, minute, s = Moon.moon_phase(Epoch(dusk.year, dusk.month, dusk.day + 0.0), target="new").get_full_date()
    new_moon = datetime(y, m, int(d), h, minute, int(s), tzinfo=UTC)
    assert timedelta(minutes=20) < new_moon - dusk < timedelta(hours=25)


def test_what_begins_at_sunset_touches_the_evening_before_and_what_is_estimated_a_day_more():
    assert [one.key for one in around(date(2027, 10, 10))] == ["yom_kippur"]
    assert not around(date(2027, 10, 9), ["yom_kippur"])
    assert around(date(2027, 3, 7), ["eid_al_fitr"]) and not around(date(2027, 3, 6), ["eid_al_fitr"])


def test_a_span_over_new_year_is_found_in_january():
    assert [one.key for one in around(date(2028, 1, 1), ["hanukkah"])] == ["hanukkah"]


def test_a_year_that_is_not_in_the_table_is_refused():
    with pytest.raises(ValueError, match="2024 to 2035"):
        of_year(2036)
