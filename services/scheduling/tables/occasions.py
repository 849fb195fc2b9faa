"""Family Fridays, workshops and volunteering: occurrences, sign-ups, attendance; observances."""

from __future__ import annotations
