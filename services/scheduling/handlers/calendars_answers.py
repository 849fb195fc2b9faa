"""Answers that calendar programs send to our invitations: accepted, declined, another time please, say it again.

Whoever answers must be the one invited: the mail's sender and the attendee in the file are both held against the addresses that
the roster has for the meeting's guardian and teacher. What another address answers changes nothing, but is shown to the teacher.
An answer to an invitation that has been superseded counts for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.calendars.component import Unreadable
from services.scheduling.calendars.itip import Ask, Partstat, Word, read
from services.scheduling.domain.invitation import calendar_file, uid_of
from services.scheduling.handlers import announce, booking
from services.scheduling.handlers.permission import may_book
from services.scheduling.ports import Ports
from services.scheduling.store import calendars, meetings, people
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

LONGEST = timedelta(hours=4)  # of a meeting that a family may propose
OTHER = "other"  # an address that the roster does not have: the invitation was sent on, or is read elsewhere
_IDS = ("meeting_id", "guardian_id", "student_id", "staff_id", "school_id")


@dataclass(frozen=True)
class _Heard:
    """An answer by one of a meeting's two readers, or by `OTHER`.

    `allowed`: a guardian who may not meet staff any more is answered nothing.
    """

    event: Event
    word: Word
    meeting: Any
    reader: str
    allowed: bool


@dataclass(frozen=True)
class _Reply:
    """The meeting as it is, for one reader's calendar; `declined`: the time proposed that cannot be."""

    meeting: Any
    reader: str
    declined: tuple[datetime, datetime] | None = None
    cause: Event | None = None


def calendar_replied(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """In the order they came; what is not understood, or not from a reader of that meeting, changes nothing."""
    heard = _heard(uow, events)
    fresh = [each for each in heard if each.word.sequence >= each.meeting.sequence or each.word.ask is Ask.REFRESH]
    _replies(uow, [each for each in fresh if each.word.ask is Ask.REPLY and each.word.partstat is not None])
    _counters(uow, [each for each in fresh if each.word.ask is Ask.COUNTER])
    again = [each for each in fresh if each.word.ask is Ask.REFRESH and each.allowed]
    _say(uow, [_Reply(each.meeting, each.reader, cause=each.event) for each in again])


def accept(uow: UnitOfWork, ports: Ports, staff_id: str, counter_id: str) -> str:
    """The teacher takes the time that the family proposes: `booked`, `taken` (it is not free), `refused`, `gone`."""
    found, row = _open(uow, staff_id, counter_id)
    if found is None:
        return "gone"
    result = booking.move(uow, ports, row.meeting_id, start=found.start_at, end=found.end_at)
    if result.outcome in ("booked", "unchanged"):
        calendars.settle_counter(uow.connection, counter_id, "accepted", uow.now)
        return "booked"
    return result.outcome


def decline(uow: UnitOfWork, staff_id: str, counter_id: str) -> bool:
    """The meeting stays as it is, and the family's calendar is told so (DECLINECOUNTER)."""
    found, row = _open(uow, staff_id, counter_id)
    if found is None or not calendars.settle_counter(uow.connection, counter_id, "declined", uow.now):
        return False
    _say(uow, [_Reply(row, "guardian", (found.start_at, found.end_at))])
    return True


def _open(uow: UnitOfWork, staff_id: str, counter_id: str) -> tuple[Any, Any]:
    """The proposal and its meeting, if it waits for this member of staff and the meeting is as it was."""
    found = calendars.counter(uow.connection, counter_id)
    if found is None or found.state != calendars.OPEN or found.start_at <= uow.now:
        return None, None
    row = meetings.by_id(uow.connection, [found.meeting_id])[found.meeting_id]
    same = row.staff_id == staff_id and row.state == meetings.BOOKED and row.sequence == found.sequence
    return (found, row) if same else (None, None)


def _heard(uow: UnitOfWork, events: Sequence[Event]) -> list[_Heard]:
    rows = meetings.by_id(uow.connection, {event.data["meeting_id"] for event in events})
    guardians = people.guardians(uow.connection, {row.guardian_id for row in rows.values()})
    staff = people.staff(uow.connection, {row.staff_id for row in rows.values()})
    schools = people.schools(uow.connection, {row.school_id for row in rows.values()})
    known = people.known(uow.connection, {row.student_id for row in rows.values()})
    found = []
    for event in events:
        row = rows.get(event.data["meeting_id"])
        if row is None:
            continue
        zone = schools[row.school_id].zone if row.school_id in schools else ZoneInfo("UTC")
        try:
            word = read(event.data["ics"], home=zone, now=uow.now)
        except Unreadable:
            continue
        readers = {
            "guardian": _address(guardians.get(row.guardian_id)),
            "staff": _address(staff.get(row.staff_id)),
        }
        sender = event.data["sender"].strip().lower()
        reader = next((kind for kind, address in readers.items() if address and sender == address), OTHER)
        if word.uid != uid_of(row.meeting_id, uow.district):
            continue
        if reader == OTHER and word.ask is not Ask.REPLY:
            continue  # who is not known is told nothing
        if reader == OTHER or word.attendee in ("", readers[reader]):
            on = schools[row.school_id].today(uow.now) if row.school_id in schools else uow.now.date()
            may = may_book(known, row.guardian_id, row.student_id, district=uow.district, on=on).allowed
            found.append(_Heard(event, word, row, reader, reader == "staff" or may))
    return found


def _address(person: Any) -> str:
    return (person.email or "").strip().lower() if person is not None else ""


def _replies(uow: UnitOfWork, heard: Sequence[_Heard]) -> None:
    """The last word of each reader is kept; a family that declines gives its time back."""
    if not heard:
        return
    latest = {(each.meeting.meeting_id, each.reader): each for each in sorted(heard, key=lambda each: each.word.stamp)}
    before = calendars.answers(uow.connection, {meeting_id for meeting_id, _ in latest})
    news = [each for key, each in latest.items() if key not in before or each.word.stamp > before[key].stamp]
    calendars.save_answers(
        uow.connection,
        [
            {
                "meeting_id": each.meeting.meeting_id,
                "reader_kind": each.reader,
                "partstat": each.word.partstat.value if each.word.partstat else "",
                "sequence": each.word.sequence,
                "stamp": each.word.stamp,
                "heard_at": uow.now,
            }
            for each in news
        ],
    )
    for each in news:
        if each.reader == "guardian" and each.word.partstat is Partstat.DECLINED and each.meeting.start_at > uow.now:
            booking.cancel(uow, [each.meeting.meeting_id], by="guardian", cause=each.event)


def _counters(uow: UnitOfWork, heard: Sequence[_Heard]) -> None:
    """A family's proposal waits for the teacher; one that cannot be is declined at once. Teachers move meetings on their page."""
    ours = [each for each in heard if each.reader == "guardian" and each.meeting.state == meetings.BOOKED]
    rows, by_id, never = {}, {}, []
    for each in ours:
        start, end = each.word.start, each.word.end
        if not each.allowed or start is None or end is None:
            continue
        if not uow.now < start < end <= start + LONGEST:
            never.append(_Reply(each.meeting, "guardian", (start, end), each.event))
            continue
        row = _counter(each, start, end, now=uow.now)
        rows[row["counter_id"]] = row
        by_id[row["counter_id"]] = each
    _say(uow, never)
    for counter_id in calendars.add_counters(uow.connection, list(rows.values())):
        each = by_id[counter_id]
        uow.emit(
            "scheduling.time_proposed",
            {
                **{name: getattr(each.meeting, name) for name in _IDS},
                "counter_id": counter_id,
                "start": each.word.start,
                "instead_of": each.meeting.start_at,
            },
            school=each.meeting.school_id,
            subject=each.meeting.student_id,
            cause=each.event,
        )


def _counter(each: _Heard, start: datetime, end: datetime, *, now: datetime) -> dict[str, Any]:
    row = each.meeting
    return {
        "counter_id": derived_id("counter", row.meeting_id, str(row.sequence), start.isoformat(), end.isoformat()),
        "meeting_id": row.meeting_id,
        "staff_id": row.staff_id,
        "start_at": start,
        "end_at": end,
        "sequence": row.sequence,
        "state": calendars.OPEN,
        "heard_at": now,
        "settled_at": None,
    }


def _say(uow: UnitOfWork, replies: Sequence[_Reply]) -> None:
    rows = {
        kind: [dict(each.meeting._mapping) for each in replies if each.reader == kind] for kind in ("guardian", "staff")
    }
    found = {
        (kind, meeting_id): invitation
        for kind, theirs in rows.items()
        if theirs
        for meeting_id, invitation in announce.invitations(uow, theirs, for_staff=kind == "staff").items()
    }
    for each in replies:
        row, off = each.meeting, each.meeting.state != meetings.BOOKED
        method = "DECLINECOUNTER" if each.declined else "CANCEL" if off else "REQUEST"
        invitation = found[each.reader, row.meeting_id]
        uow.emit(
            "scheduling.calendar_answered",
            {
                **{name: getattr(row, name) for name in _IDS},
                "reader": each.reader,
                "method": method,
                "start": row.start_at,
                "ics": calendar_file(invitation, cancelled=off and not each.declined, declined=each.declined),
            },
            school=row.school_id,
            subject=row.student_id,
            cause=each.cause,
        )
