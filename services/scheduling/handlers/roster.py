"""The roster as scheduling keeps it, and what a change of it takes back."""

from __future__ import annotations

from collections.abc import Sequence

from services.scheduling.handlers.availability import publish_defaults
from services.scheduling.handlers.booking import withdraw
from services.scheduling.ports import Ports
from shared.directory import projection
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def school_onboarded(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    projection.school_onboarded(uow, events)
    publish_defaults(uow, ports, schools={event.data["school_id"] for event in events})


def staff_listed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    projection.staff_listed(uow, events)
    publish_defaults(uow, ports, staff={event.data["staff_id"] for event in events})


def contact_restricted(uow: UnitOfWork, events: Sequence[Event]) -> None:
    projection.contact_restricted(uow, events)
    withdraw(uow, {event.data["student_id"] for event in events})


def guardian_unlinked(uow: UnitOfWork, events: Sequence[Event]) -> None:
    projection.guardian_unlinked(uow, events)
    withdraw(uow, {event.data["student_id"] for event in events})


def student_withdrawn(uow: UnitOfWork, events: Sequence[Event]) -> None:
    projection.student_withdrawn(uow, events)
    withdraw(uow, {event.data["student_id"] for event in events})
