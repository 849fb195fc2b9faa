"""Said by scheduling: offers, bookings, occasions, rounds, notes, plans and promises."""

from __future__ import annotations

from shared.contracts.said_by_scheduling import (
    availability,
    bookings,
    calendars,
    journeys,
    loop,
    meetings,
    occasions,
    rounds,
)

EVENTS = [
    *meetings.EVENTS,
    *bookings.EVENTS,
    *journeys.EVENTS,
    *rounds.EVENTS,
    *occasions.EVENTS,
    *loop.EVENTS,
    *calendars.EVENTS,
    *availability.EVENTS,
]
