"""The tables of translation; only `store` writes SQL against them."""

from __future__ import annotations

from services.translation.tables import engines, glossary, review, voice
from services.translation.tables.core import (
    MEMORY,
    METADATA,
    SIGNATURE,
    TEXT,
    TEXT_VERSION,
)
from services.translation.tables.review import REVIEW, REVIEW_STEP

__all__ = [
    "MEMORY",
    "METADATA",
    "REVIEW",
    "REVIEW_STEP",
    "SIGNATURE",
    "TEXT",
    "TEXT_VERSION",
    "engines",
    "glossary",
    "review",
    "voice",
]
