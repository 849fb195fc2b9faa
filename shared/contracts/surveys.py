"""Said by surveys: what families were asked, what they answered, and what follows from it."""

from __future__ import annotations

from shared.contracts.said_by_surveys import actions, asking, polls

EVENTS = [*asking.EVENTS, *actions.EVENTS, *polls.EVENTS]
