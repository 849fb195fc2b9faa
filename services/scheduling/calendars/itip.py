"""What calendar programs answer to an invitation (iTIP, RFC 5546 §3.2): REPLY, COUNTER and REFRESH. Anybody may have written it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from zoneinfo import ZoneInfo

from services.scheduling.calendars.component import Component, Fault, Unreadable, parse
from services.scheduling.calendars.moments import Bad, moment, span
from services.scheduling.calendars.zone_names import Zones


class Ask(Enum):
    """What an attendee may say to an organizer."""

    REPLY = "REPLY"
    COUNTER = "COUNTER"
    REFRESH = "REFRESH"


class Partstat(Enum):
    """The answers that mean something for a meeting (RFC 5545 §3.2.12)."""

    ACCEPTED = "accepted"
    DECLINED = "declined"
    TENTATIVE = "tentative"


@dataclass(frozen=True, slots=True)
class Word:
    """One answer about one meeting. `attendee`: the address that it speaks for, in lower case. Times only of a COUNTER."""

    ask: Ask
    uid: str
    sequence: int
    stamp: datetime
    attendee: str = field(repr=False)
    partstat: Partstat | None = None
    start: datetime | None = None
    end: datetime | None = None


def read(raw: bytes | str, *, home: ZoneInfo, now: datetime) -> Word:
    """The answer in a calendar file; raises Unreadable for what is none. `now` stands in for a stamp that is missing."""
    calendars = parse(raw)
    method = calendars[0].text("METHOD").strip().upper()
    if method not in Ask.__members__:
        raise Unreadable(Fault.NO_CALENDAR)
    ask = Ask(method)
    events = list(calendars[0].each("VEVENT"))
    if len(events) != 1 or not events[0].text("UID"):
        raise Unreadable(Fault.SHAPE)
    [event] = events
    attendees = event.all("ATTENDEE")
    if len(attendees) > 1 or (ask is not Ask.REFRESH and not attendees):
        raise Unreadable(Fault.SHAPE)  # an answer speaks for one person
    said = attendees[0] if attendees else None
    start, end = _times(event, Zones(calendars, home)) if ask is Ask.COUNTER else (None, None)
    return Word(
        ask,
        event.text("UID"),
        _sequence(event),
        _stamp(event, home, now),
        _address(said.value) if said is not None else "",
        _partstat(said.params.get("PARTSTAT", "")) if said is not None else None,
        start,
        end,
    )


def _times(event: Component, zones: Zones) -> tuple[datetime, datetime]:
    started = event.get("DTSTART")
    try:
        begin = moment(started, zones) if started is not None else None
        if not isinstance(begin, datetime):
            raise Bad
        length = span(event, begin, lambda at: at.astimezone(UTC), zones)
    except Bad:
        raise Unreadable(Fault.SHAPE, event.line) from None
    return begin.astimezone(UTC), begin.astimezone(UTC) + length


def _sequence(event: Component) -> int:
    text = event.text("SEQUENCE").strip()
    return int(text) if text.isdigit() and len(text) < 8 else 0


def _stamp(event: Component, home: ZoneInfo, now: datetime) -> datetime:
    """A stamp from the future would outdo every later answer: ours counts then."""
    said = event.get("DTSTAMP")
    try:
        at = moment(said, Zones([], home)) if said is not None else now
    except Bad:
        return now
    return min(at.astimezone(UTC), now) if isinstance(at, datetime) else now


def _partstat(value: str) -> Partstat | None:
    return next((each for each in Partstat if each.name == value.strip().upper()), None)


def _address(value: str) -> str:
    scheme, _, address = value.strip().partition(":")
    return (address if scheme.lower() == "mailto" else value).strip().strip("<>").lower()
