"""Calendar files (RFC 5545): wall time with its zone for what a person keeps by the clock, dates for whole days.

Lines are written here rather than by a library so that the order is fixed (equal content is equal bytes, hence ETags), folds
never split a character, and zones are those of `zones`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from enum import Enum
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.scheduling.calendars import lines, zones

PRODUCT = "-//Homeroom//Scheduling//EN"
_END = lines.fold("END:VCALENDAR")
HORIZON = 10  # years of zone rules for a series without an end


class Method(Enum):
    """What the file asks its reader to do (RFC 5546 §1.4)."""

    PUBLISH = "PUBLISH"
    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    DECLINECOUNTER = "DECLINECOUNTER"


class Status(Enum):
    CONFIRMED = "CONFIRMED"
    TENTATIVE = "TENTATIVE"
    CANCELLED = "CANCELLED"


@dataclass(frozen=True, slots=True, repr=False)
class Person:
    """An organizer or attendee; who has no address is named by one that cannot be written to (RFC 2606)."""

    name: str
    email: str | None
    partstat: str | None = None
    rsvp: bool = False


@dataclass(frozen=True, slots=True)
class Rule:
    """RRULE without its name, e.g. `FREQ=WEEKLY;COUNT=8`; `until` (an instant) is written as the standard wants it."""

    text: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, repr=False)  # names people: kept out of tracebacks
class Entry:
    """One VEVENT. `start`, `end`: aware datetimes, written as wall time of `zone`, or dates for whole days (end excluded).

    `instance`: the original start of the occurrence of a series that this entry replaces; `except_`: those that are off.
    `alarm`: how long before the start a reader is reminded. `stamp`: when this file was made. `meeting_mark`: our own id of the
    meeting, by which the mail channel names the mailbox that hears the answer.
    """

    uid: str
    stamp: datetime
    start: datetime | date
    end: datetime | date
    summary: str
    zone: str = "UTC"
    sequence: int = 0
    status: Status = Status.CONFIRMED
    description: str | None = None
    location: str | None = None
    url: str | None = None
    organizer: Person | None = None
    attendee: Person | None = None
    rule: Rule | None = None
    except_: tuple[datetime | date, ...] = ()
    instance: datetime | date | None = None
    alarm: timedelta | None = None
    changed: datetime | None = None
    busy: bool = True
    meeting_mark: str | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A calendar: its entries, and what a feed says of itself."""

    entries: tuple[Entry, ...]
    method: Method | None = None
    name: str | None = field(default=None, repr=False)
    refresh: timedelta | None = None


def write(file: File) -> str:
    """The file's text, CRLF lines folded at 75 octets."""
    spoken = [zones.folded(zone, *years) for zone, years in sorted(_years(file.entries).items())]
    entries = lines.document(line for entry in file.entries for line in _event(entry))
    head = lines.document(_head(file)) if file.name or file.refresh else _plain_head(file.method)
    return "".join((head, *spoken, entries, _END))


@lru_cache(maxsize=8)
def _plain_head(method: Method | None) -> str:
    """Of nearly every file."""
    return lines.document(_head(File((), method)))


def _head(file: File) -> Iterator[str]:
    yield from ("BEGIN:VCALENDAR", "VERSION:2.0", f"PRODID:{PRODUCT}", "CALSCALE:GREGORIAN")
    if file.method is not None:
        yield f"METHOD:{file.method.value}"
    if file.name:
        yield f"NAME:{lines.text(file.name)}"
        yield f"X-WR-CALNAME:{lines.text(file.name)}"
    if file.refresh is not None:  # RFC 7986 §5.7, and what Outlook reads
        every = duration(file.refresh)
        yield f"REFRESH-INTERVAL;VALUE=DURATION:{every}"
        yield f"X-PUBLISHED-TTL:{every}"


def _years(entries: Sequence[Entry]) -> dict[str, tuple[int, int]]:
    """The years in which each zone is spoken of."""
    found: dict[str, tuple[int, int]] = {}
    for entry in entries:
        if entry.zone == "UTC" or not isinstance(entry.start, datetime):
            continue
        years = [entry.start.year, _last_year(entry)]
        if entry.instance is not None:
            years.append(entry.instance.year)
        low, high = found.get(entry.zone, (years[0], years[0]))
        found[entry.zone] = (min(low, *years), max(high, *years))
    return found


def _last_year(entry: Entry) -> int:
    if entry.rule is None:
        return entry.end.year
    return entry.rule.until.year if entry.rule.until else entry.start.year + HORIZON


def _event(entry: Entry) -> Iterator[str]:
    yield "BEGIN:VEVENT"
    yield f"UID:{lines.text(entry.uid)}"
    yield f"DTSTAMP:{utc(entry.stamp)}"
    if entry.changed is not None:
        yield f"LAST-MODIFIED:{utc(entry.changed)}"
    if entry.instance is not None:
        yield moment("RECURRENCE-ID", entry.instance, entry.zone)
    yield moment("DTSTART", entry.start, entry.zone)
    yield moment("DTEND", entry.end, entry.zone)
    if entry.rule is not None:
        yield f"RRULE:{entry.rule.text}{_until(entry)}"
    for gone in entry.except_:  # a property each: some readers take only the first of several values
        yield moment("EXDATE", gone, entry.zone)
    yield f"SEQUENCE:{entry.sequence}"
    yield f"STATUS:{entry.status.value}"
    yield "CLASS:PRIVATE"
    yield f"TRANSP:{'OPAQUE' if entry.busy else 'TRANSPARENT'}"
    yield f"SUMMARY:{lines.text(entry.summary)}"
    if entry.description:
        yield f"DESCRIPTION:{lines.text(entry.description)}"
    if entry.location:
        yield f"LOCATION:{lines.text(entry.location)}"
    if entry.url:
        yield f"URL:{lines.clean(entry.url)}"
    if entry.meeting_mark:
        yield f"X-HOMEROOM-MEETING:{lines.text(entry.meeting_mark)}"
    if entry.organizer is not None:
        yield _person("ORGANIZER", entry.organizer)
    if entry.attendee is not None:
        yield _person("ATTENDEE", entry.attendee)
    if entry.alarm is not None and entry.status is not Status.CANCELLED:
        yield from ("BEGIN:VALARM", "ACTION:DISPLAY", f"TRIGGER:-{duration(entry.alarm)}")
        yield f"DESCRIPTION:{lines.text(entry.summary)}"
        yield "END:VALARM"
    yield "END:VEVENT"


def _until(entry: Entry) -> str:
    """UTC beside wall times, a date beside whole days (§3.3.10)."""
    assert entry.rule is not None
    if entry.rule.until is None:
        return ""
    written = utc(entry.rule.until) if isinstance(entry.start, datetime) else f"{entry.rule.until:%Y%m%d}"
    return f";UNTIL={written}"


def _person(name: str, person: Person) -> str:
    params = [f"CN={lines.param(person.name)}"] if person.name else []
    if name == "ATTENDEE":
        params += ["CUTYPE=INDIVIDUAL", "ROLE=REQ-PARTICIPANT", f"PARTSTAT={person.partstat or 'NEEDS-ACTION'}"]
        params.append(f"RSVP={'TRUE' if person.rsvp else 'FALSE'}")
    return ";".join([name, *params]) + f":mailto:{lines.clean(person.email or 'none@homeroom.invalid')}"


def moment(name: str, at: datetime | date, zone: str) -> str:
    """A property of a date, or of an instant as wall time of `zone`."""
    if not isinstance(at, datetime):
        return f"{name};VALUE=DATE:{at:%Y%m%d}"
    if zone == "UTC":
        return f"{name}:{utc(at)}"
    return f"{name};TZID={lines.param(zone)}:{at.astimezone(ZoneInfo(zone)):%Y%m%dT%H%M%S}"


def utc(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def duration(length: timedelta) -> str:
    """`PT15M`, `P1D`, `PT2H30M` (§3.3.6)."""
    seconds = int(length.total_seconds())
    days, rest = divmod(seconds, 86_400)
    hours, rest = divmod(rest, 3_600)
    minutes, rest = divmod(rest, 60)
    clock = "".join(f"{number}{unit}" for number, unit in ((hours, "H"), (minutes, "M"), (rest, "S")) if number)
    return "P" + (f"{days}D" if days else "") + (f"T{clock}" if clock else "") if days or clock else "PT0S"
