"""How much a teacher carries: a band for whoever can help, never a figure to compare people by."""

from __future__ import annotations

from enum import StrEnum

USUAL = 0.5  # from half of what is heavy on
LOW_URGENCY = frozenset({"gap", "good_news", "live", "nudge", "guide_tried"})


class Band(StrEnum):
    LIGHT = "light"
    USUAL = "usual"
    HEAVY = "heavy"


def band(*, open_threads: int, after_hours: int, heavy_threads: int, heavy_after_hours: int) -> Band:
    """Heavy when either alone is heavy: long evenings are not made up for by few threads."""
    share = max(open_threads / heavy_threads, after_hours / heavy_after_hours)
    return Band.HEAVY if share >= 1 else Band.USUAL if share >= USUAL else Band.LIGHT


def defers(kind: str, carried: Band) -> bool:
    """Whether a card of this kind waits while a teacher carries this much."""
    return carried is Band.HEAVY and kind in LOW_URGENCY
