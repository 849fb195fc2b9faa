"""Conference rounds: wishes, must-sees, plans, what was locked, published and repaired."""

from __future__ import annotations
