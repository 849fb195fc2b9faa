"""The calendar file of a meeting (RFC 5545, iTIP RFC 5546): one home per file, private, times in UTC.

The teacher gets the same file, so it holds no link of the guardian's.

UTC instead of a VTIMEZONE: calendars disagree on how to read one (ical.js takes the first of many onsets), and an
appointment that does not repeat needs none.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from icalendar import Calendar, Event, vCalAddress, vText


@dataclass(frozen=True, slots=True, repr=False)  # names people: kept out of tracebacks
class Invitation:
    """What the file says. `summary` is names only, so it needs no language; e-mail addresses may be unknown."""

    meeting_id: str
    district: str
    sequence: int
    start: datetime
    end: datetime
    summary: str
    organizer_name: str
    organizer_email: str | None
    attendee_name: str
    attendee_email: str | None
    location: str | None
    made_at: datetime


def calendar_file(invitation: Invitation, *, cancelled: bool = False) -> str:
    """METHOD:REQUEST for a new or moved meeting, METHOD:CANCEL for one that is off; CRLF lines folded at 75 octets."""
    calendar = Calendar()
    calendar.add("prodid", "-//Homeroom//Scheduling//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "CANCEL" if cancelled else "REQUEST")
    event = Event()
    event.add("uid", f"{invitation.meeting_id}@{invitation.district}.homeroom")
    event.add("sequence", invitation.sequence)
    event.add("dtstamp", invitation.made_at.astimezone(UTC))
    event.add("dtstart", invitation.start.astimezone(UTC))
    event.add("dtend", invitation.end.astimezone(UTC))
    event.add("summary", invitation.summary)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    event.add("organizer", _person(invitation.organizer_name, invitation.organizer_email))
    attendee = _person(invitation.attendee_name, invitation.attendee_email)
    attendee.params["ROLE"] = vText("REQ-PARTICIPANT")
    attendee.params["PARTSTAT"] = vText("ACCEPTED")
    event.add("attendee", attendee)
    if invitation.location:
        event.add("location", invitation.location)
    calendar.add_component(event)
    return str(calendar.to_ical().decode())


def _person(name: str, email: str | None) -> vCalAddress:
    """An address; who has none is named all the same, by an address that cannot be written to (RFC 2606)."""
    address = vCalAddress(f"mailto:{email}" if email else "mailto:none@homeroom.invalid")
    address.params["CN"] = vText(name)
    return address
