"""Letters, calls and voice notes."""

from __future__ import annotations
