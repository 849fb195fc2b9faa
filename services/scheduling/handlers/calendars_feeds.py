"""A person's meetings as calendar files: the feed that a calendar program asks for, and single meetings for calendars elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from services.scheduling.calendars.writer import Entry, File, Method, write
from services.scheduling.domain.invitation import ALARM, uid_of
from services.scheduling.handlers.permission import may_book
from services.scheduling.ports import Ports
from services.scheduling.store import calendars, people
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork

REFRESH = timedelta(hours=4)  # what the feed asks programs to wait before they ask again
KEPT = timedelta(days=60)  # meetings of the past that a feed still shows


@dataclass(frozen=True)
class Feed:
    """`etag`: equal content, equal mark. `changed`: when the newest meeting in it was booked or moved."""

    text: str = field(repr=False)
    etag: str
    changed: datetime


def link_of(uow: UnitOfWork, ports: Ports, kind: str, owner_id: str) -> str | None:
    """The person's feed as it is, if they have one."""
    row = calendars.feed_of(uow.connection, kind, owner_id)
    return ports.feed_link(uow.district, row.feed_id, owner_id, made_at=row.made_at) if row is not None else None


def renew(uow: UnitOfWork, ports: Ports, kind: str, owner_id: str) -> str:
    """A fresh link; every older one of the person stops working."""
    calendars.revoke_feeds(uow.connection, kind, owner_id, uow.now)
    feed_id = new_id()
    row = {"feed_id": feed_id, "owner_kind": kind, "owner_id": owner_id, "made_at": uow.now, "revoked_at": None}
    calendars.add_feed(uow.connection, row)
    return ports.feed_link(uow.district, feed_id, owner_id, made_at=uow.now)


def switch_off(uow: UnitOfWork, kind: str, owner_id: str) -> None:
    """No link of the person works any more."""
    calendars.revoke_feeds(uow.connection, kind, owner_id, uow.now)


def read(uow: UnitOfWork, feed_id: str) -> Feed | None:
    """What the feed says now; None for one that is revoked, or whose owner is gone."""
    row = calendars.feed(uow.connection, feed_id)
    if row is None or row.revoked_at is not None:
        return None
    if row.owner_kind == "staff":
        owner = people.staff(uow.connection, [row.owner_id]).get(row.owner_id)
        if owner is None or not owner.active:
            return None
    found = calendars.meetings_of(uow.connection, row.owner_kind, [row.owner_id], uow.now - KEPT)
    if row.owner_kind == "guardian":
        found = _allowed(uow, found)
    entries = _entries(uow, found, for_staff=row.owner_kind == "staff")
    text = write(File(tuple(entries), Method.PUBLISH, "Homeroom", REFRESH))
    changed = max([row.made_at, *(each.booked_at for each in found)])
    return Feed(text, sha256(text.encode()).hexdigest()[:32], changed)


def file_of(uow: UnitOfWork, rows: Sequence[Any]) -> dict[str, str]:
    """Each meeting as a file to put into a member of staff's own calendar: no METHOD, nobody invited by it."""
    entries = _entries(uow, rows, for_staff=True)
    return {row.meeting_id: write(File((entry,))) for row, entry in zip(rows, entries, strict=True)}


def _allowed(uow: UnitOfWork, rows: Sequence[Any]) -> list[Any]:
    """A guardian whose contact has been restricted since is shown nothing about the child (fails closed)."""
    known = people.known(uow.connection, {row.student_id for row in rows})
    schools = people.schools(uow.connection, {row.school_id for row in rows})
    return [
        row
        for row in rows
        if row.school_id in schools
        and may_book(
            known, row.guardian_id, row.student_id, district=uow.district, on=schools[row.school_id].today(uow.now)
        ).allowed
    ]


def _entries(uow: UnitOfWork, rows: Sequence[Any], *, for_staff: bool) -> list[Entry]:
    """A family reads whom it meets about which child; a teacher's calendar, which others may see into, says little more than
    the child's first name.
    """
    staff = people.staff(uow.connection, (row.staff_id for row in rows))
    students = people.students(uow.connection, (row.student_id for row in rows))
    schools = people.schools(uow.connection, (row.school_id for row in rows))
    found = []
    for row in rows:
        teacher, student = staff.get(row.staff_id), students.get(row.student_id)
        child = student.given_name if student is not None else ""
        name = f"{teacher.given_name} {teacher.family_name}" if teacher is not None else ""
        parts = (
            (child, f"{student.family_name[:1]}." if student is not None else "") if for_staff else (name, "·", child)
        )
        found.append(
            Entry(
                uid=uid_of(row.meeting_id, uow.district),
                stamp=row.booked_at,
                start=row.start_at,
                end=row.end_at,
                summary=" ".join(part for part in parts if part),
                zone=schools[row.school_id].zone.key if row.school_id in schools else "UTC",
                sequence=row.sequence,
                location=row.dial_in,
                alarm=ALARM,
                changed=row.booked_at,
            )
        )
    return found
