"""Which zone a TZID means: the database's names, Windows' names, a vendor's prefix, else what the file itself says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import tzinfo
from functools import lru_cache
from io import StringIO
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from dateutil.tz import tzical
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from services.scheduling.calendars import lines
from services.scheduling.calendars.component import Component

_KEPT = frozenset({"TZID", "DTSTART", "TZOFFSETFROM", "TZOFFSETTO", "RRULE", "TZNAME"})
_LARGEST = 400  # lines of one zone: more than any real one


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {name.lower(): name for name in available_timezones()}


_WINDOWS = {name.lower(): zone for name, zone in WINDOWS_TO_OLSON.items()}


@lru_cache(maxsize=2048)
def known(tzid: str) -> ZoneInfo | None:
    """By name alone: `Europe/Berlin`, `W. Europe Standard Time`, `/vendor/2026/Europe/Berlin`."""
    wanted = tzid.strip().strip('"').lower()
    parts = wanted.split("/")
    tails = ["/".join(parts[-count:]) for count in (3, 2, 1) if len(parts) > count]
    for name in (wanted, _WINDOWS.get(wanted, "").lower(), *tails):
        if name in _names():
            try:
                return ZoneInfo(_names()[name])
            except (ZoneInfoNotFoundError, OSError):
                continue
    return None


class Zones:
    """The zones of one file. `unknown`: TZIDs that could not be placed; their times are read as the reader's own."""

    def __init__(self, calendars: Iterable[Component], home: ZoneInfo) -> None:
        self.home = home
        self.unknown: set[str] = set()
        self._own = {zone.text("TZID"): zone for root in calendars for zone in root.each("VTIMEZONE")}
        self._read: dict[str, tzinfo] = {}

    def of(self, tzid: str) -> tzinfo:
        if tzid not in self._read:
            found = known(tzid) or _described(self._own.get(tzid))
            if found is None:
                self.unknown.add(tzid)
            self._read[tzid] = found or self.home
        return self._read[tzid]


def _described(zone: Component | None) -> tzinfo | None:
    """By the rules in the file itself."""
    if zone is None:
        return None
    text = ["BEGIN:VTIMEZONE", f"TZID:{lines.text(zone.text('TZID'))}"]
    for part in zone.parts:
        if part.name in ("STANDARD", "DAYLIGHT"):
            kept = [f"{each.name}:{each.value}" for each in part.properties if each.name in _KEPT]
            text += [f"BEGIN:{part.name}", *kept, f"END:{part.name}"]
    text.append("END:VTIMEZONE")
    if len(text) > _LARGEST:
        return None
    try:
        found: tzinfo | None = tzical(StringIO("\r\n".join(text))).get()
    except (ValueError, KeyError, IndexError, AttributeError, TypeError, OverflowError):
        return None  # dateutil's reader raises these on what is no zone
    return found
