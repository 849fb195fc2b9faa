"""Says that a meeting is fixed or off, with its calendar file: one home per file and event."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

from services.scheduling.domain.invitation import Invitation, calendar_file
from services.scheduling.handlers.availability import WALLS_CHECK, WALLS_NEW
from services.scheduling.ports import Ports
from services.scheduling.store import bookings, calendars_elsewhere, people
from services.scheduling.store.bookings_dossier import Dossier
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

LINK_OUTLIVES = timedelta(days=1)  # the meeting's end: the page still tells what was agreed
WALLS_SOON = timedelta(minutes=5)  # after the booking its wall time is on record
_IDS = ("meeting_id", "guardian_id", "student_id", "staff_id", "school_id")


@dataclass(frozen=True, repr=False)  # names people: kept out of tracebacks
class People:
    """Names and addresses of the people of some meetings, by their ids."""

    staff: Mapping[str, Any]
    guardians: Mapping[str, Any]
    students: Mapping[str, Any]
    zones: Mapping[str, str]

    @classmethod
    def read(cls, uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> People:
        ids = {row["school_id"] for row in rows}
        return cls(
            people.staff(uow.connection, (row["staff_id"] for row in rows)),
            people.guardians(uow.connection, (row["guardian_id"] for row in rows)),
            people.students(uow.connection, (row["student_id"] for row in rows)),
            {each.school_id: each.zone.key for each in people.schools(uow.connection, ids).values()},
        )

    @classmethod
    def of(cls, uow: UnitOfWork, pairs: Sequence[tuple[Mapping[str, Any], Dossier]]) -> People:
        """From what was read with the offers; a host who is not the offer's own teacher is read."""
        staff: dict[str, Any] = {each.offer.staff_id: each.teacher for _, each in pairs if each.teacher is not None}
        others = {row["staff_id"] for row, _ in pairs} - staff.keys()
        if others:
            staff |= people.staff(uow.connection, others)
        return cls(
            staff,
            {each.offer.guardian_id: each.guardian for _, each in pairs if each.guardian is not None},
            {each.offer.student_id: each.student for _, each in pairs if each.student is not None},
            {each.school.school_id: each.school.zone.key for _, each in pairs},
        )

    def language(self, row: Mapping[str, Any]) -> str:
        found = self.guardians.get(row["guardian_id"])
        return str(found.language) if found is not None else "en"


def booked(
    uow: UnitOfWork,
    pairs: Sequence[tuple[Mapping[str, Any], Event | None]],
    *,
    known: People | None = None,
    teams: Mapping[str, Sequence[str]] | None = None,
    quiet: Collection[str] = (),
) -> None:
    """Each meeting row with what caused it. `quiet`: meetings of which somebody else tells the people."""
    rows = [row for row, _ in pairs]
    _own_calendars(uow, rows, teams or {})
    if rows:
        uow.schedule(WALLS_CHECK, WALLS_NEW, uow.now + WALLS_SOON, {})
    known = known or People.read(uow, rows)
    files = calendar_files(uow, rows, known=known)
    staff_files = calendar_files(uow, rows, for_staff=True, known=known)
    for row, cause in pairs:
        uow.emit(
            "scheduling.meeting_booked",
            {
                **{name: row[name] for name in (*_IDS, "offer_id", "kind", "mode", "sequence", "dial_in")},
                "start": row["start_at"],
                "end": row["end_at"],
                "ics": files[row["meeting_id"]],
                "ics_staff": staff_files[row["meeting_id"]],
                "team": list((teams or {}).get(row["meeting_id"], ())),
                "source": row["source"],
                "quiet": row["meeting_id"] in quiet,
            },
            school=row["school_id"],
            subject=row["student_id"],
            cause=cause,
        )


def cancelled(uow: UnitOfWork, rows: Sequence[Any], *, by: str, cause: Event | None, quiet: bool = False) -> None:
    """`by`: guardian or staff. `quiet`: somebody else tells the people."""
    meetings = [dict(row._mapping) for row in rows]
    known = People.read(uow, meetings)
    files = calendar_files(uow, meetings, cancelled=True, known=known)
    staff_files = calendar_files(uow, meetings, cancelled=True, for_staff=True, known=known)
    teams = bookings.parties(uow.connection, [row["meeting_id"] for row in meetings])
    _own_calendars(uow, meetings, teams)
    for row in meetings:
        uow.emit(
            "scheduling.meeting_cancelled",
            {
                **{name: row[name] for name in _IDS},
                "start": row["start_at"],
                "cancelled_by": by,
                "ics": files[row["meeting_id"]],
                "ics_staff": staff_files[row["meeting_id"]],
                "team": teams.get(row["meeting_id"], []),
                "quiet": quiet,
            },
            school=row["school_id"],
            subject=row["student_id"],
            cause=cause,
        )


def _own_calendars(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]], teams: Mapping[str, Sequence[str]]) -> None:
    """Have the staff's calendars elsewhere follow."""
    staff = {row["staff_id"] for row in rows} | {each for row in rows for each in teams.get(row["meeting_id"], ())}
    if staff:
        calendars_elsewhere.want(uow.connection, staff, uow.now)


def calendar_files(
    uow: UnitOfWork,
    rows: Sequence[Mapping[str, Any]],
    *,
    cancelled: bool = False,
    for_staff: bool = False,
    known: People | None = None,
) -> dict[str, str]:
    """The `.ics` of each meeting, by its id: the family's, or the teacher's own."""
    found = invitations(uow, rows, for_staff=for_staff, known=known)
    return {meeting_id: calendar_file(invitation, cancelled=cancelled) for meeting_id, invitation in found.items()}


def invitations(
    uow: UnitOfWork, rows: Sequence[Mapping[str, Any]], *, for_staff: bool = False, known: People | None = None
) -> dict[str, Invitation]:
    """What each meeting's file says to its one reader."""
    known = known or People.read(uow, rows)
    return {
        row["meeting_id"]: _invitation(
            uow,
            row,
            teacher=known.staff.get(row["staff_id"]),
            reader=known.staff.get(row["staff_id"]) if for_staff else known.guardians.get(row["guardian_id"]),
            student=known.students.get(row["student_id"]),
            zone=known.zones.get(row["school_id"], "UTC"),
        )
        for row in rows
    }


class Somewhere(Protocol):
    """A unit of work or a request: it is in a district."""

    @property
    def district(self) -> str: ...


def link(where: Somewhere, ports: Ports, row: Mapping[str, Any], *, language: str) -> str:
    """The guardian's page of this booking."""
    return ports.meeting_link(
        where.district,
        row["guardian_id"],
        row["meeting_id"],
        sequence=row["sequence"],
        expires_at=row["end_at"] + LINK_OUTLIVES,
        language=language,
        school=row["school_id"],
    )


def _invitation(
    uow: UnitOfWork, row: Mapping[str, Any], *, teacher: Any, reader: Any, student: Any, zone: str
) -> Invitation:
    teacher_name = f"{teacher.given_name} {teacher.family_name}" if teacher is not None else row["staff_id"]
    child = student.given_name if student is not None else ""
    return Invitation(
        meeting_id=row["meeting_id"],
        district=uow.district,
        sequence=row["sequence"],
        start=row["start_at"],
        end=row["end_at"],
        summary=" · ".join(part for part in (teacher_name, child) if part),
        organizer_name=teacher_name,
        organizer_email=teacher.email if teacher is not None else None,
        attendee_name=f"{reader.given_name} {reader.family_name}" if reader is not None else "",
        attendee_email=reader.email if reader is not None else None,
        location=row["dial_in"],
        made_at=uow.now,
        zone=zone,
    )
