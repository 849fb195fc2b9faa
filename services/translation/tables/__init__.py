"""The tables of translation; only `store` writes SQL against them."""

from __future__ import annotations

from services.translation.tables import engines, glossary, review, voice
from services.translation.tables.core import (
    MEMORY,
    METADATA,
    REVIEW,
    SIGNATURE,
    TEXT,
    TEXT_VERSION,
)

__all__ = [
    "MEMORY",
    "METADATA",
    "REVIEW",
    "SIGNATURE",
    "TEXT",
    "TEXT_VERSION",
    "engines",
    "glossary",
    "review",
    "voice",
]
