"""Dates and times are written by CLDR, not by an engine."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.translation.domain.dates import date_patterns, localise_date, localise_time

MONTHS = ("January February March April May June July August September October November December").split()


@pytest.mark.parametrize(
    ("written", "source", "target", "read"),
    [
        ("Friday 2 Oct", "en", "es", "viernes, 2 de octubre"),
        ("March 12, 2026", "en", "es", "12 de marzo de 2026"),
        ("2 de octubre", "es", "en", "October 2"),
        ("Oct 6", "en", "ca", "6 d’octubre"),
        ("10/06/2026", "en", "es", "10/06/2026"),
        ("Feb 30", "en", "es", "Feb 30"),
        ("Oct 6", "en", "hmn", "6 Lub Kaum Hli"),
        ("Oct 6", "en", "ht", "6 oktòb"),
        ("Oct 6", "en", "qqq", "Oct 6"),
        ("vandredi 2 oktòb", "ht", "en", "Friday, October 2"),
        ("tháng 10", "vi", "en", "tháng 10"),
        ("Friday, October 3, 2026", "en", "es", "Friday, October 3, 2026"),
    ],
)
def test_a_date_is_written_as_its_reader_writes_it_and_a_doubtful_one_stays(written, source, target, read):
    assert localise_date(written, source, target) == read


@pytest.mark.parametrize(
    ("written", "target", "read"),
    [
        ("9:00 AM", "es", "9:00 a. m."),
        ("5:30 p.m.", "ca", "5:30 p. m."),
        ("17:30", "es", "17:30"),
        ("99:00 AM", "es", "99:00 AM"),
    ],
)
def test_a_time_keeps_its_digits(written, target, read):
    assert localise_time(written, target) == read


@given(st.dates(date(2020, 1, 1), date(2035, 12, 31)), st.sampled_from(["es", "ca", "pt", "fr", "gl", "vi"]))
def test_no_digit_of_a_date_is_ever_lost(when, target):
    written = f"{MONTHS[when.month - 1]} {when.day}, {when.year}"
    assert re.fullmatch("|".join(date_patterns("en")), written)
    read = localise_date(written, "en", target)
    # month numbers may come in (Vietnamese), nothing may go
    assert not Counter(re.findall(r"\d+", written)) - Counter(re.findall(r"\d+", read))
