"""Said by surveys: questions decided together, and the pulse."""

from __future__ import annotations

from typing import Any

EVENTS: list[Any] = []
