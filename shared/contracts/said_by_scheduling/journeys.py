"""Check-ins that are due."""

from __future__ import annotations

from shared.contracts.base import Contract

EVENTS: list[Contract] = []
