"""Said by translation: one text, once per language; reviews, flags and voices."""

from __future__ import annotations

from shared.contracts.said_by_translation import coach, review, texts

EVENTS = [*texts.EVENTS, *review.EVENTS, *coach.EVENTS]
