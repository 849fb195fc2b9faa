"""Interpreters and other resources of a meeting; that it was held, or that somebody did not come."""

from __future__ import annotations

from shared.contracts.base import Contract

EVENTS: list[Contract] = []
