"""The calendar file of a meeting as an invitation (RFC 5545, iTIP RFC 5546): one reader per file, private.

Each home has a file of its own that names nobody of another home, and the teacher has one too. The UID stays for as long as the
meeting lives; SEQUENCE grows when its time or place changes, and when it is called off.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.scheduling.calendars.writer import Entry, File, Method, Person, Status, write

ALARM = timedelta(minutes=30)


@dataclass(frozen=True, slots=True, repr=False)  # names people: kept out of tracebacks
class Invitation:
    """What the file says. `summary` is names only, so it needs no language; e-mail addresses may be unknown.

    `zone`: whose wall time the meeting keeps. `answer`: the reader's own last word (PARTSTAT), accepted when they booked it.
    """

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
    zone: str = "UTC"
    answer: str = "ACCEPTED"


def uid_of(meeting_id: str, district: str) -> str:
    return f"{meeting_id}@{district}.homeroom"


def calendar_file(
    invitation: Invitation, *, cancelled: bool = False, declined: tuple[datetime, datetime] | None = None
) -> str:
    """METHOD:REQUEST for a new or moved meeting, CANCEL for one that is off; CRLF lines folded at 75 octets.

    `declined`: the time that the reader proposed and that cannot be (METHOD:DECLINECOUNTER, RFC 5546 §3.2.8).
    """
    method = Method.DECLINECOUNTER if declined else Method.CANCEL if cancelled else Method.REQUEST
    start, end = declined or (invitation.start, invitation.end)
    entry = Entry(
        uid=uid_of(invitation.meeting_id, invitation.district),
        stamp=invitation.made_at,
        start=start,
        end=end,
        zone=invitation.zone,
        summary=invitation.summary,
        sequence=invitation.sequence,
        status=Status.CANCELLED if cancelled else Status.CONFIRMED,
        location=invitation.location,
        organizer=Person(invitation.organizer_name, invitation.organizer_email),
        attendee=Person(invitation.attendee_name, invitation.attendee_email, invitation.answer, rsvp=not cancelled),
        alarm=ALARM,
        meeting_mark=invitation.meeting_id,
    )
    return write(File((entry,), method))
