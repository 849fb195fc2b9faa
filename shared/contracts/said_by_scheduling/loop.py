"""Notes and corrections, promises, shared plans, disagreement and referrals."""

from __future__ import annotations

from shared.contracts.base import Contract

EVENTS: list[Contract] = []
