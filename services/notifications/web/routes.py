"""The service's `Api` and what its routes share."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_time

from services.notifications.domain.wording import locale_of
from services.notifications.handlers.rendering import school_zone
from services.notifications.handlers.writing import Author, student_facts
from services.notifications.store import people
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Decision, Resource, Subject, SubjectKind, decide
from shared.web import Api, Request, staff

api = Api("notifications", prefix="/notifications")

WRITERS = staff("teacher", "aide", "counselor", "principal", "office", "administrator")


def author(request: Request) -> Author:
    return Author(request.person_id, request.role, request.schools)


def may_view(uow: UnitOfWork, request: Request, student_id: str) -> Decision:
    """Policy's answer to "may this member of staff see this student?"."""
    subject = Subject(
        SubjectKind.STAFF, request.person_id, uow.district, frozenset({request.role}), frozenset(request.schools)
    )
    return decide(
        subject,
        Action.VIEW,
        Resource.student(student_id, uow.district),
        student_facts(uow, request.person_id, student_id),
    )


def zone_for(uow: UnitOfWork, school_ids: tuple[str, ...]) -> ZoneInfo:
    """The wall clock that a page is read by: the first school's."""
    return school_zone(next(iter(people.schools(uow.connection, school_ids).values()), None))


def on_the_clock(instant: datetime | None, zone: ZoneInfo, language: str) -> str:
    """Day and time as the reader writes them; empty for none."""
    if instant is None:
        return ""
    locale, local = locale_of(language), instant.astimezone(zone)
    return f"{format_date(local, 'EEE d MMM', locale=locale)}, {format_time(local, 'short', locale=locale)}"


def day_on_the_clock(instant: datetime, zone: ZoneInfo, language: str) -> str:
    """The day as the reader writes it."""
    return format_date(instant.astimezone(zone), "EEE d MMM", locale=locale_of(language))


def full_name(row: Mapping[str, Any]) -> str:
    return f"{row['given_name'] or ''} {row['family_name'] or ''}".strip()
