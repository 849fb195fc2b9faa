"""Dates, times, durations and periods as calendar files write them (RFC 5545 §3.3)."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

from services.scheduling.calendars.component import Component, Property
from services.scheduling.calendars.zone_names import Zones

_DURATION = re.compile(r"([+-]?)P(?:(\d{1,4})W|(?:(\d{1,5})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8})S)?)?)")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(Z?)")
_DAY = re.compile(r"(\d{4})(\d\d)(\d\d)")
_YEARS = range(1900, 2200)


class Bad(ValueError):
    """A value that means nothing; says no more, since values are somebody's."""


def moment(said: Property, zones: Zones) -> date | datetime:
    """A date, or an aware datetime in the zone that it was written in; floating times are the reader's own."""
    value = said.value.strip()
    try:
        match = _TIME.fullmatch(value)
        if match is not None:
            year, month, day, hour, minute, second = (int(part) for part in match.groups()[:6])
            at = datetime(year, month, day, hour, minute, min(second, 59))  # noqa: DTZ001 - its zone comes next
            zone = UTC if match[7] else zones.of(said.params["TZID"]) if said.params.get("TZID") else zones.home
            found: date | datetime = at.replace(tzinfo=zone)
        else:
            whole = _DAY.fullmatch(value)
            if whole is None:
                raise Bad
            found = date(int(whole[1]), int(whole[2]), int(whole[3]))
    except ValueError:
        raise Bad from None
    if found.year not in _YEARS:  # so that arithmetic near the ends of the calendar cannot overflow
        raise Bad
    return found


def duration(value: str) -> timedelta:
    match = _DURATION.fullmatch(value.strip())
    if match is None or not any(match.groups()[1:]):
        raise Bad
    weeks, days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[1:])
    length = timedelta(weeks=weeks, days=days, hours=hours, minutes=minutes, seconds=seconds)
    return -length if match[1] == "-" else length


def span(event: Component, begin: Any, instant: Callable[[Any], datetime], zones: Zones) -> timedelta:
    """How long an event takes: by DTEND, by DURATION, a day for a date, nothing for a moment (§3.6.1). Bad if negative."""
    ended, lasted = event.get("DTEND"), event.get("DURATION")
    whole = not isinstance(begin, datetime)
    if ended is not None:
        end = moment(ended, zones)
        if isinstance(end, datetime) == whole:
            raise Bad  # a date and a time: nobody can tell what was meant
        length = end - begin if whole else instant(end) - instant(begin)
    elif lasted is not None:
        length = duration(lasted.value)
    else:
        length = timedelta(days=1) if whole else timedelta(0)
    if length < timedelta(0):
        raise Bad
    return length


def period(value: str, zones: Zones) -> tuple[datetime, datetime]:
    """`start/end` or `start/duration`, as instants in UTC."""
    first, _, last = value.partition("/")
    begin = moment(Property("", {}, first), zones)
    if not isinstance(begin, datetime):
        raise Bad
    if last.strip().startswith(("P", "+P")):
        end: Any = begin.astimezone(UTC) + duration(last)
    else:
        end = moment(Property("", {}, last), zones)
    if not isinstance(end, datetime) or end < begin:
        raise Bad
    return begin.astimezone(UTC), end.astimezone(UTC)
