"""Said by notifications: what was written, held, sent, answered and noticed."""

from __future__ import annotations

from shared.contracts.said_by_notifications import calendars, families, messages

EVENTS = [*messages.EVENTS, *families.EVENTS, *calendars.EVENTS]
