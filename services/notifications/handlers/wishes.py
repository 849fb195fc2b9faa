"""What guardians want and do not want, kept as surveys says it; and schools, whose nights are planned here."""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.handlers import nightly
from services.notifications.ports import Ports
from services.notifications.store import people
from shared.directory import projection
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def preference_changed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The newest version wins, in whatever order they come."""
    own = (
        "guardian_id",
        "version",
        "channel_order",
        "contacts_per_month",
        "live_mode",
        "available_after",
        "quiet_start",
        "quiet_end",
        "timezone",
        "language",
    )
    people.save_preferences(uow.connection, [{name: event.data[name] for name in own} for event in events])


def boundary_set(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A boundary only its guardian undoes: an event that somebody else set is not obeyed when it lifts one."""
    own = ("guardian_id", "scope", "version", "active")
    rows = [
        {name: event.data[name] for name in own}
        for event in events
        if event.data["active"] or event.data["set_by"] == event.data["guardian_id"]
    ]
    if rows:
        people.save_boundaries(uow.connection, rows)


def school_onboarded(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Keep the settings (the acknowledgement that `homeroom status` reads) and plan the school's next night."""
    projection.school_onboarded(uow, events)
    nightly.plan_nights(uow, {event.data["school_id"] for event in events})
