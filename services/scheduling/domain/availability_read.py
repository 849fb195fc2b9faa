"""Rules out of what is stored: a member of staff's own row, else the school's settings, else the defaults here."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from typing import Any

from services.scheduling.domain.windows import Blackout, Limits, Override, Rules, Travel, parse_windows

SLOT_MINUTES = 20
NOTICE_MINUTES = 120  # nobody is asked to a meeting sooner than that
CALL_ME_MINUTES = 5  # a family that taps "call me" waits at least so long: the teacher must see it
REST_MINUTES = 10

Raw = Mapping[str, Any]


def read_rules(hours: Raw | None, limits: Raw | None, settings: Raw, *, holidays: Collection[date]) -> Rules:
    """`hours` and `limits` are rows of a member of staff, `settings` the school's; `availability` in them holds the defaults."""
    school: Raw = settings.get("availability") or {}
    own_hours, own = hours or {}, limits or {}
    windows = own_hours.get("windows") if hours is not None else settings.get("office_hours")
    evening = settings.get("evening_hours") or school.get("evening_hours") or []
    return Rules(
        windows=parse_windows(windows or []) + parse_windows(evening, evening=True),
        overrides=tuple(
            Override(date.fromisoformat(each["on"]), parse_windows(each["windows"])) for each in own_hours.get("overrides") or []
        ),
        closed=frozenset(holidays),
        length=_minutes(_first(own_hours.get("slot_minutes"), school.get("slot_minutes"), SLOT_MINUTES)),
        buffer=_minutes(_first(own_hours.get("buffer_minutes"), school.get("buffer_minutes"), 0)),
        breaks=parse_windows([*(own.get("breaks") or []), *(school.get("breaks") or [])]),
        blackouts=tuple(_blackouts(own.get("days_off") or [], school.get("blackouts") or [])),
        travel=_travel(school.get("travel") or {}),
        limits=_limits(own, school),
    )


def for_kind(rules: Rules, kind: str, settings: Raw) -> Rules:
    """Rules as a kind of meeting bends them.

    `call_me`: at once, in drop-in hours too. `late`: a private slot after the booking window has closed. `group`: as many
    families as there are seats; every other meeting has its slot to itself.
    """
    if kind != "group":
        alone = tuple(replace(each, seats=None) for each in rules.windows)
        rules = replace(rules, windows=alone, limits=replace(rules.limits, seats=1))
    if kind == "call_me":
        notice = _minutes((settings.get("availability") or {}).get("call_me_minutes", CALL_ME_MINUTES))
        windows = tuple(replace(each, drop_in=False, notice=None) for each in rules.windows)
        return replace(rules, windows=windows, limits=replace(rules.limits, notice=notice))
    if kind == "late":
        return replace(rules, limits=replace(rules.limits, opens=None, closes=None, days_ahead=None))
    return rules


def _limits(own: Raw, school: Raw) -> Limits:
    def say(name: str, default: int | None) -> int | None:
        found = _first(own.get(name), school.get(name), default)
        return None if found is None else int(found)

    step = own.get("step_minutes")
    return Limits(
        before=_minutes(say("before_minutes", 0) or 0),
        step=None if step is None else _minutes(step),
        seats=int(own.get("seats") or 1),
        notice=_minutes(say("notice_minutes", NOTICE_MINUTES) or 0),
        days_ahead=say("days_ahead", None),
        opens=_wall(own.get("opens_at")),
        closes=_wall(own.get("closes_at")),
        per_day=say("per_day", None),
        per_week=say("per_week", None),
        in_a_row=say("in_a_row", None),
        rest=_minutes(say("rest_minutes", REST_MINUTES) or 0),
    )


def _blackouts(days_off: Sequence[Raw], school: Sequence[Raw]) -> Iterable[Blackout]:
    for each in days_off:
        yield Blackout(date.fromisoformat(each["first"]), date.fromisoformat(each["last"]))
    for each in school:
        first = date.fromisoformat(str(each["first"]))
        last = date.fromisoformat(str(each.get("last") or each["first"]))
        start, end = each.get("start"), each.get("end")
        yield Blackout(first, last, time.fromisoformat(start) if start else None, time.fromisoformat(end) if end else None)


def _travel(raw: Raw) -> Travel:
    between = tuple((str(way["one"]), str(way["other"]), _minutes(way["minutes"])) for way in raw.get("between") or [])
    return Travel(between, _minutes(raw.get("default_minutes") or 0))


def _wall(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _minutes(value: int) -> timedelta:
    return timedelta(minutes=value)


def _first(*values: Any) -> Any:
    return next((value for value in values if value is not None), None)
