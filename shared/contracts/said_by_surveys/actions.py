"""Said by surveys: what answers lead to."""

from __future__ import annotations

from typing import Any

EVENTS: list[Any] = []
