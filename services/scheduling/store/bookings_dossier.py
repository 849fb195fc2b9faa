"""Everything that answering an offer needs, in one query: offer and slots, both people, the child, the school, the rules."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from services.scheduling.store import people
from services.scheduling.tables import BOUNDARY, MEETING, OFFER, OFFER_SLOT, OFFICE_HOURS
from services.scheduling.tables.availability import AVAILABILITY
from shared.directory.projection import (
    CALENDAR,
    CONTACT_RESTRICTION,
    GUARDIAN,
    GUARDIAN_LINK,
    SCHOOL,
    STAFF,
    STUDENT,
)
from shared.policy import Boundary, Link, Restriction
from shared.store import among


@dataclass(frozen=True, slots=True, repr=False)  # names people: kept out of tracebacks
class Person:
    """As a calendar file names somebody."""

    given_name: str
    family_name: str
    email: str | None = None
    language: str = "en"


@dataclass(frozen=True, slots=True)
class Hours:
    """What an offer needs to know of the teacher's hours."""

    slot_minutes: int
    modes: list[str]


@dataclass(frozen=True, slots=True)
class Caps:
    """Most meetings a day and a week of the teacher, their own or the school's; None: no such limit."""

    per_day: int | None
    per_week: int | None

    @property
    def any(self) -> bool:
        return self.per_day is not None or self.per_week is not None


@dataclass(frozen=True, slots=True, repr=False)
class Dossier:
    """One offer with all that belongs to it. `offer` has the offer's columns; `slots` are (start, end) by number."""

    offer: Any
    slots: dict[int, Any]
    school: people.School
    known: people.Known
    teacher: Person | None
    guardian: Person | None
    student: Person | None
    hours: Hours | None
    caps: Caps
    before: timedelta
    buffer: timedelta
    meeting: Any | None


@dataclass(frozen=True, slots=True)
class Slot:
    start_at: Any
    end_at: Any


@dataclass(frozen=True, slots=True)
class Current:
    """The meeting that an offer has led to, or is to move."""

    meeting_id: str
    start_at: Any
    sequence: int
    state: str


def _named(table: sa.Table, prefix: str, *names: str) -> list[sa.ColumnElement[Any]]:
    return [table.c[name].label(f"{prefix}_{name}") for name in names]


_QUERY = (
    sa.select(
        *OFFER.c,
        *_named(OFFER_SLOT, "slot", "n", "start_at", "end_at"),
        *_named(SCHOOL, "school", "name", "timezone", "settings"),
        *_named(CALENDAR, "calendar", "holidays"),
        *_named(OFFICE_HOURS, "hours", "buffer_minutes", "slot_minutes", "modes"),
        *_named(AVAILABILITY, "limits", "before_minutes", "per_day", "per_week"),
        *_named(STAFF, "staff", "given_name", "family_name", "email"),
        *_named(GUARDIAN, "guardian", "given_name", "family_name", "email", "language"),
        *_named(STUDENT, "student", "given_name", "family_name", "school_id", "active"),
        *_named(GUARDIAN_LINK, "link", "legal_guardian", "lives_with", "receives", "active"),
        *_named(CONTACT_RESTRICTION, "restriction", "restriction_id", "scope", "starts_on", "ends_on", "lifted"),
        *_named(BOUNDARY, "boundary", "scope"),
        *_named(MEETING, "meeting", "start_at", "sequence", "state"),
    )
    .select_from(OFFER)
    .outerjoin(
        OFFER_SLOT,
        sa.and_(
            OFFER_SLOT.c.offer_id == OFFER.c.offer_id, OFFER_SLOT.c.n.in_(sa.bindparam("numbers", expanding=True))
        ),
    )
    .join(SCHOOL, SCHOOL.c.school_id == OFFER.c.school_id)
    .outerjoin(CALENDAR, CALENDAR.c.school_id == OFFER.c.school_id)
    .outerjoin(OFFICE_HOURS, OFFICE_HOURS.c.staff_id == OFFER.c.staff_id)
    .outerjoin(AVAILABILITY, AVAILABILITY.c.staff_id == OFFER.c.staff_id)
    .outerjoin(STAFF, STAFF.c.staff_id == OFFER.c.staff_id)
    .outerjoin(GUARDIAN, GUARDIAN.c.guardian_id == OFFER.c.guardian_id)
    .outerjoin(STUDENT, STUDENT.c.student_id == OFFER.c.student_id)
    .outerjoin(
        GUARDIAN_LINK,
        sa.and_(GUARDIAN_LINK.c.guardian_id == OFFER.c.guardian_id, GUARDIAN_LINK.c.student_id == OFFER.c.student_id),
    )
    .outerjoin(
        CONTACT_RESTRICTION,
        sa.and_(
            CONTACT_RESTRICTION.c.guardian_id == OFFER.c.guardian_id,
            CONTACT_RESTRICTION.c.student_id == OFFER.c.student_id,
        ),
    )
    .outerjoin(BOUNDARY, sa.and_(BOUNDARY.c.guardian_id == OFFER.c.guardian_id, BOUNDARY.c.active))
    .outerjoin(MEETING, MEETING.c.meeting_id == OFFER.c.meeting_id)
)


def read(connection: sa.Connection, offer_ids: Collection[str], numbers: Collection[int]) -> dict[str, Dossier]:
    """By offer, with its slots of these numbers; those that do not exist, or whose school is not known yet, are left out."""
    rows: dict[str, list[Any]] = {}
    query = _QUERY.where(among(OFFER.c.offer_id, offer_ids))
    for row in connection.execute(query, {"numbers": sorted(set(numbers))}).all():
        rows.setdefault(row.offer_id, []).append(row)
    return {offer_id: _dossier(theirs) for offer_id, theirs in rows.items()}


def _dossier(rows: list[Any]) -> Dossier:
    first = rows[0]
    slots = {row.slot_n: Slot(row.slot_start_at, row.slot_end_at) for row in rows if row.slot_n is not None}
    return Dossier(
        offer=first,
        slots=slots,
        school=people.School(
            first.school_id,
            first.school_name,
            ZoneInfo(first.school_timezone),
            first.school_settings,
            frozenset(date.fromisoformat(day) for day in first.calendar_holidays or ()),
        ),
        known=_known(first, rows),
        teacher=_person(first, "staff", first.staff_email),
        guardian=_person(first, "guardian", first.guardian_email, first.guardian_language or "en"),
        student=_person(first, "student", None),
        hours=Hours(first.hours_slot_minutes, first.hours_modes) if first.hours_modes is not None else None,
        caps=_caps(first),
        before=timedelta(minutes=first.limits_before_minutes or 0),
        buffer=timedelta(minutes=first.hours_buffer_minutes or 0),
        meeting=Current(first.meeting_id, first.meeting_start_at, first.meeting_sequence, first.meeting_state)
        if first.meeting_state is not None
        else None,
    )


def _caps(row: Any) -> Caps:
    school = row.school_settings.get("availability") or {}
    own = row.limits_per_day, row.limits_per_week
    return Caps(*(said if said is not None else school.get(name) for said, name in zip(own, ("per_day", "per_week"), strict=True)))


def _person(row: Any, prefix: str, email: str | None, language: str = "en") -> Person | None:
    given = getattr(row, f"{prefix}_given_name")
    return Person(given, getattr(row, f"{prefix}_family_name"), email, language) if given is not None else None


def _known(first: Any, rows: list[Any]) -> people.Known:
    """What policy decides on, for this guardian and child alone."""
    link = Link(first.link_legal_guardian, first.link_lives_with, first.link_receives)
    restrictions = {
        row.restriction_restriction_id: Restriction(
            first.guardian_id,
            first.student_id,
            row.restriction_scope,
            row.restriction_starts_on,
            row.restriction_ends_on,
            row.restriction_lifted,
        )
        for row in rows
        if row.restriction_restriction_id is not None
    }
    boundaries = frozenset(Boundary(row.boundary_scope) for row in rows if row.boundary_scope is not None)
    return people.Known(
        links={(first.guardian_id, first.student_id): link} if first.link_active else {},
        schools_of={first.student_id: frozenset({first.student_school_id})} if first.student_active else {},
        restrictions=tuple(restrictions.values()),
        boundaries={first.guardian_id: boundaries},
        taught=frozenset(),
    )
