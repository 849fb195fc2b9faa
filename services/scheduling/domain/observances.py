"""Days that families may keep: spans of a year, some beginning at sunset the evening before, some only estimated.

Nobody's days are guessed here or anywhere: a family says which of them it keeps. Calendars: pyluach (Hebrew), hijridate
(Umm al-Qura; the month begins where the moon is seen, so ± 1 day), lunardate (Chinese), convertdate (Solar Hijri),
dateutil (Easter of both churches).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from convertdate import persian
from dateutil.easter import EASTER_ORTHODOX, easter
from hijridate import Hijri
from lunardate import LunarDate
from pyluach.dates import HebrewDate

# The evening on which the new moon of Kartik stands at dusk in India. Regional calendars may differ by a day. A test
# works them out again from the moon itself.
_DIWALI = {
    2024: (11, 1), 2025: (10, 20), 2026: (11, 8), 2027: (10, 29), 2028: (10, 17), 2029: (11, 5), 2030: (10, 26),
    2031: (11, 14), 2032: (11, 2), 2033: (10, 22), 2034: (11, 10), 2035: (10, 30),
}  # fmt: skip
FIRST_YEAR, LAST_YEAR = min(_DIWALI), max(_DIWALI)


@dataclass(frozen=True, slots=True)
class Observance:
    """`starts_on` to `ends_on`, both kept whole. `eve`: it begins at sunset of the day before `starts_on`.

    `estimated`: the day depends on the moon's being seen, or on the region; it may be a day off.
    """

    key: str
    starts_on: date
    ends_on: date
    eve: bool = False
    estimated: bool = False

    @property
    def first_evening(self) -> date:
        """The day in whose evening it begins."""
        return self.starts_on - timedelta(days=1) if self.eve else self.starts_on

    def touches(self, day: date) -> bool:
        """Whether something on `day` could fall into it; an estimated one may begin a day earlier or end a day later."""
        slack = timedelta(days=1 if self.estimated else 0)
        return self.first_evening - slack <= day <= self.ends_on + slack


KEYS = (
    "lunar_new_year", "ramadan", "nowruz", "eid_al_fitr", "passover", "easter", "orthodox_easter", "eid_al_adha",
    "rosh_hashanah", "yom_kippur", "sukkot", "diwali", "hanukkah", "orthodox_christmas",
)  # fmt: skip


@lru_cache(maxsize=32)
def of_year(year: int) -> tuple[Observance, ...]:
    """Those that begin in that year, in order. ValueError outside 2024–2035: Diwali is a table."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise ValueError(f"observances are known for {FIRST_YEAR} to {LAST_YEAR}, not {year}")
    found = [*_hebrew(year), *_islamic(year), *_others(year)]
    return tuple(sorted((one for one in found if one.starts_on.year == year), key=lambda one: (one.starts_on, one.key)))


def around(day: date, keys: Sequence[str] = KEYS) -> tuple[Observance, ...]:
    """Those of `keys` that touch a day; also the ones of the year before that last until then."""
    years = [year for year in (day.year - 1, day.year, day.year + 1) if FIRST_YEAR <= year <= LAST_YEAR]
    return tuple(one for year in years for one in of_year(year) if one.key in keys and one.touches(day))


def _hebrew(year: int) -> Iterator[Observance]:
    for hebrew in (year + 3760, year + 3761):
        for key, month, day, length in (
            ("passover", 1, 15, 8), ("rosh_hashanah", 7, 1, 2), ("yom_kippur", 7, 10, 1), ("sukkot", 7, 15, 7),
            ("hanukkah", 9, 25, 8),
        ):  # fmt: skip
            first = HebrewDate(hebrew, month, day).to_pydate()
            yield Observance(key, first, first + timedelta(days=length - 1), eve=True)


def _islamic(year: int) -> Iterator[Observance]:
    about = (year - 579) * 33 // 32 - 43  # the Hijri year that begins before it; a lunar year is 11 days shorter
    for hijri in range(about - 2, about + 4):
        ramadan, fitr = (Hijri(hijri, month, 1).to_gregorian() for month in (9, 10))
        adha = Hijri(hijri, 12, 10).to_gregorian()
        yield _lunar("ramadan", _day(ramadan), _day(fitr) - timedelta(days=1))
        yield _lunar("eid_al_fitr", _day(fitr), _day(fitr) + timedelta(days=2))
        yield _lunar("eid_al_adha", _day(adha), _day(adha) + timedelta(days=3))


def _others(year: int) -> Iterator[Observance]:
    new_year = LunarDate(year, 1, 1).to_solar_date()
    nowruz = date(*persian.to_gregorian(year - 621, 1, 1))
    diwali = date(year, *_DIWALI[year])
    yield Observance("lunar_new_year", new_year, new_year + timedelta(days=2), eve=True)
    yield Observance("nowruz", nowruz, nowruz)
    yield Observance("diwali", diwali, diwali, estimated=True)
    yield Observance("easter", easter(year), easter(year))
    yield Observance("orthodox_easter", easter(year, EASTER_ORTHODOX), easter(year, EASTER_ORTHODOX))
    yield Observance("orthodox_christmas", date(year, 1, 7), date(year, 1, 7), eve=True)


def _lunar(key: str, first: date, last: date) -> Observance:
    return Observance(key, first, last, eve=True, estimated=True)


def _day(moment: date) -> date:
    return date(moment.year, moment.month, moment.day)
