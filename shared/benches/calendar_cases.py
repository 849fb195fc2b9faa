"""Things for calendars to mean, drawn by a seed, with the instants meant: by the zone database alone, not by our writer."""

from __future__ import annotations

import calendar
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

ZONES = (
    "America/New_York", "America/Chicago", "America/Denver", "America/Phoenix", "America/Los_Angeles",
    "America/Anchorage", "Pacific/Honolulu", "America/St_Johns", "America/Halifax", "America/Puerto_Rico",
    "America/Mexico_City", "America/Lima", "America/Sao_Paulo", "America/Santiago", "America/Bogota",
    "Atlantic/Azores", "Europe/London", "Europe/Dublin", "Europe/Berlin", "Europe/Athens",
    "Europe/Moscow", "Europe/Lisbon", "Asia/Jerusalem", "Asia/Beirut", "Africa/Cairo",
    "Africa/Nairobi", "Africa/Johannesburg", "Africa/Mogadishu", "Asia/Kabul", "Asia/Karachi",
    "Asia/Kolkata", "Asia/Kathmandu", "Asia/Ho_Chi_Minh", "Asia/Shanghai", "Asia/Tokyo",
    "Australia/Adelaide", "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham",
)  # fmt: skip
FIRST, LAST = 2026, 2035
# Not among them: zones whose rules have just been changed (Africa/Casablanca, America/Havana, Europe/Chisinau in 2026). Readers
# that look a zone up by its name go by their own edition of the zone database there, whatever a file says.
_WORDS = (
    "María Ángeles Núñez",
    "Nguyễn Thị Hồng Hạnh",
    "عبد الرحمن الصومالي",
    "રિયા શાહ",
    "李小龙的妈妈",
    "Cabdiraxmaan",
    "👩🏽‍🏫 Ms. Álvarez",
)
_MARKS = ("; ", ", ", ' "', " \\ ", ": ", " ", "\n", "—", " ^ ")
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")


@dataclass(frozen=True)
class Occurrence:
    """From `start` to `end`: wall times of the case's zone, or whole days with the end excluded."""

    start: datetime | date
    end: datetime | date


@dataclass(frozen=True)
class Case:
    """One thing: single or a series. `planned`: all occurrences by the rule; `off`: those taken out; `moved`: put elsewhere."""

    uid: str
    zone: str
    text: str
    planned: tuple[Occurrence, ...]
    rule: str | None = None
    until: bool = False
    off: frozenset[int] = frozenset()
    moved: tuple[tuple[int, Occurrence], ...] = ()
    cancelled: bool = False

    def meant(self) -> list[tuple[int | str, int | str]]:
        """The instants that every reader must find, in seconds since 1970, or the days."""
        elsewhere = dict(self.moved)
        kept = [elsewhere.get(n, each) for n, each in enumerate(self.planned) if n not in self.off]
        return sorted(((stamp(each.start, self.zone), stamp(each.end, self.zone)) for each in kept), key=str)


def stamp(at: datetime | date, zone: str) -> int | str:
    return int(at.replace(tzinfo=ZoneInfo(zone)).timestamp()) if isinstance(at, datetime) else at.isoformat()


def cases(count: int, seed: int) -> Iterator[Case]:
    """`count` of them; every zone in turn, kinds by draw."""
    dice = random.Random(seed)
    for n in range(count):
        yield _case(dice, f"case-{seed}-{n}@bench.homeroom", ZONES[n % len(ZONES)])


def _case(dice: random.Random, uid: str, zone: str) -> Case:
    text = _text(dice)
    while True:
        kind = dice.choices(
            ("single", "near_change", "cancelled", "day", "weekly", "monthly", "daily"), (30, 15, 8, 10, 20, 12, 5)
        )[0]
        case = _drawn(dice, kind, uid=uid, zone=zone, text=text)
        if case is not None:
            return case


def _drawn(dice: random.Random, kind: str, *, uid: str, zone: str, text: str) -> Case | None:
    """None for what no booking of ours can be: on a wall time that does not exist, or exists twice, or across a change."""
    if kind == "day":
        first = _day(dice)
        days = dice.choice((1, 1, 2, 5))
        return Case(uid, zone, text, (Occurrence(first, first + timedelta(days=days)),))
    length = timedelta(minutes=dice.choice((5, 10, 15, 20, 30, 45, 60, 90)))
    first = _near_change(dice, zone) if kind == "near_change" else _day(dice)
    start = datetime.combine(first, time(dice.randrange(24), dice.choice((0, 5, 10, 15, 20, 30, 40, 45, 50))))
    if kind in ("single", "near_change", "cancelled"):
        planned = (Occurrence(start, start + length),)
        return Case(uid, zone, text, planned, cancelled=kind == "cancelled") if _sound(planned, zone) else None
    return _series(dice, kind, start, length=length, uid=uid, zone=zone, text=text)


def _series(
    dice: random.Random, kind: str, start: datetime, *, length: timedelta, uid: str, zone: str, text: str
) -> Case | None:
    count = dice.randrange(2, 41 if kind != "daily" else 15)
    if kind == "monthly":
        nth = min((start.day - 1) // 7 + 1, 4)
        start = start.replace(day=_nth_day(start.year, start.month, start.weekday(), nth))
        step = dice.choice((1, 1, 3))
        starts = [_month_on(start, n * step, nth) for n in range(count)]
        rule = f"FREQ=MONTHLY;INTERVAL={step};BYDAY={nth}{_WEEKDAYS[start.weekday()]}"
    else:
        step = dice.choice((1, 1, 2, 4)) if kind == "weekly" else dice.choice((1, 2))
        days = step * (7 if kind == "weekly" else 1)
        starts = [start + timedelta(days=days * n) for n in range(count)]
        rule = f"FREQ={kind.upper()};INTERVAL={step}"
    planned = tuple(Occurrence(each, each + length) for each in starts)
    off = frozenset(dice.sample(range(count), dice.choice((0, 0, 1, 2)) if count > 3 else 0))
    moved = tuple((n, _elsewhere(dice, planned[n])) for n in range(count) if n not in off and dice.random() < 0.05)
    until = dice.random() < 0.5
    sound = planned[-1].end.year <= LAST and _sound((*planned, *(each for _, each in moved)), zone)
    whole = rule if until else f"{rule};COUNT={count}"
    return Case(uid, zone, text, planned, whole, until, off, moved) if sound else None


def _elsewhere(dice: random.Random, each: Occurrence) -> Occurrence:
    by = timedelta(days=dice.choice((-1, 1, 2)), minutes=dice.choice((-60, 0, 25, 90)))
    return Occurrence(each.start + by, each.end + by)


def _sound(planned: tuple[Occurrence, ...], zone: str) -> bool:
    tz = ZoneInfo(zone)
    return all(_exists_once(at, tz) for each in planned for at in (each.start, each.end)) and all(
        stamp(each.end, zone) - stamp(each.start, zone) == (each.end - each.start).total_seconds()  # type: ignore[operator]
        for each in planned
    )


def _exists_once(at: datetime | date, tz: ZoneInfo) -> bool:
    assert isinstance(at, datetime)
    first, second = (at.replace(tzinfo=tz, fold=fold).astimezone(UTC) for fold in (0, 1))
    return first == second and first.astimezone(tz).replace(tzinfo=None) == at


def _day(dice: random.Random) -> date:
    return date(FIRST, 1, 1) + timedelta(days=dice.randrange((date(LAST, 12, 20) - date(FIRST, 1, 1)).days))


def _near_change(dice: random.Random, zone: str) -> date:
    """A day on or beside one on which the clocks change; any day in a zone that has none."""
    tz, year = ZoneInfo(zone), dice.randrange(FIRST, LAST + 1)
    days = [date(year, 1, 2) + timedelta(days=n) for n in range(362)]
    offset = [datetime.combine(day, time(12), tz).utcoffset() for day in days]
    found = [day for n, day in enumerate(days) if n and offset[n] != offset[n - 1]]
    return dice.choice(found) + timedelta(days=dice.choice((-1, 0, 0, 1))) if found else dice.choice(days)


def _nth_day(year: int, month: int, weekday: int, nth: int) -> int:
    first = calendar.monthrange(year, month)[0]
    return (weekday - first) % 7 + 1 + 7 * (nth - 1)


def _month_on(start: datetime, months: int, nth: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return start.replace(year=year, month=month + 1, day=_nth_day(year, month + 1, start.weekday(), nth))


def _text(dice: random.Random) -> str:
    """Short or long, in several scripts, with what must be escaped; never blank at its ends, which some readers take off."""
    words = [dice.choice(_WORDS) + dice.choice(_MARKS) for _ in range(dice.choice((1, 1, 2, 30)))]
    return "".join(words).strip() + dice.choice(("", "!", " ✓"))
