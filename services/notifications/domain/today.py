"""Which five things a member of staff sees today. Somebody who waits for an answer comes first; then one of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

MOST = 5
# what waits for a person today, in this order
URGENT = ("send_alarm", "concern", "reply", "promise_due", "promise_missed", "shared_number", "call_instead", "guide_hard", "brief")
# what may wait a day: one of each before a second of any
ROUTINE = ("live", "gap", "nudge", "good_news", "guide_tried")

_NEVER = datetime.max.replace(tzinfo=UTC)
T = TypeVar("T")


def choose(cards: Iterable[T], *, kind: Callable[[T], str], due: Callable[[T], datetime | None]) -> list[T]:
    """All cards, best first: the caller shows `MOST`. A kind that is not known here counts as urgent: it is somebody's task."""
    urgent: list[T] = []
    routine: dict[str, list[T]] = {name: [] for name in ROUTINE}
    for card in cards:
        routine.get(kind(card), urgent).append(card)
    urgent.sort(key=lambda card: (_place(kind(card)), due(card) is None, due(card) or _NEVER))
    return urgent + _in_turn([routine[name] for name in ROUTINE])


def _place(kind: str) -> int:
    return URGENT.index(kind) if kind in URGENT else len(URGENT)


def _in_turn(piles: Sequence[Sequence[T]]) -> list[T]:
    longest = max((len(pile) for pile in piles), default=0)
    return [pile[turn] for turn in range(longest) for pile in piles if turn < len(pile)]
