"""Conference rounds: opened, planned, published, repaired."""

from __future__ import annotations

from shared.contracts.base import Contract

EVENTS: list[Contract] = []
