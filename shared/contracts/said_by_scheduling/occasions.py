"""Family Fridays, workshops and what a day clashes with."""

from __future__ import annotations

from shared.contracts.base import Contract

EVENTS: list[Contract] = []
