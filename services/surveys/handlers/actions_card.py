"""What the family's card is made of, as it is heard: who spoke with whom, and who has taught whom (F05)."""

from __future__ import annotations

from collections.abc import Sequence

from services.surveys.store import actions as store
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def contact_logged(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """A personal contact; a broadcast is none."""
    kept = ("contact_id", "student_id", "guardian_id", "mode", "kind", "live", "at")
    rows = [{name: event.data[name] for name in kept} for event in events if event.data["personal"]]
    if rows:
        store.log_contacts(uow.connection, rows)


def student_enrolled(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """After the projection: who teaches these students is remembered when the roster no longer says so."""
    store.remember_teachers(uow.connection, {event.data["student_id"] for event in events}, uow.now)
