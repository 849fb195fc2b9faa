"""Said by translation: words of a draft that could be plainer or kinder."""

from __future__ import annotations

from shared.contracts.base import Contract

EVENTS: list[Contract] = []
