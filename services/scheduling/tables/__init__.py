"""The tables of scheduling; only `store` writes SQL against them."""

from __future__ import annotations

from services.scheduling.tables import availability, bookings, calendars, journeys, loop, occasions, rounds
from services.scheduling.tables.core import (
    BOUNDARY,
    BRIEF,
    COMMITMENT,
    MEETING,
    METADATA,
    OFFER,
    OFFER_SLOT,
    OFFICE_HOURS,
    PREFERENCE,
)

__all__ = [
    "BOUNDARY",
    "BRIEF",
    "COMMITMENT",
    "MEETING",
    "METADATA",
    "OFFER",
    "OFFER_SLOT",
    "OFFICE_HOURS",
    "PREFERENCE",
    "availability",
    "bookings",
    "calendars",
    "journeys",
    "loop",
    "occasions",
    "rounds",
]
