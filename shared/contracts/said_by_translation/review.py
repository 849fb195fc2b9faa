"""Said by translation: what a person must look at."""

from __future__ import annotations

from shared.contracts.base import Contract

EVENTS: list[Contract] = []
