"""Who gets a time that several want: the first to ask, each person in one place at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain.windows import Interval

Busy = Mapping[str, Sequence[Interval]]


@dataclass(frozen=True, slots=True)
class Ask:
    """A guardian wants this time with that member of staff. `key` names the ask; `blocks`: the staff's time plus buffer."""

    key: str
    staff_id: str
    guardian_id: str
    wanted: Interval
    blocks: Interval
    asked_at: datetime
    moves: str | None = None  # the meeting that gives up its own time for this one


def allocate(asks: Iterable[Ask], *, staff_busy: Busy, guardian_busy: Busy) -> tuple[list[Ask], list[Ask]]:
    """(won, lost), in the order asked; what is won is busy for those who come after."""
    staff = defaultdict(list, {key: list(value) for key, value in staff_busy.items()})
    home = defaultdict(list, {key: list(value) for key, value in guardian_busy.items()})
    won: list[Ask] = []
    lost: list[Ask] = []
    for ask in sorted(asks, key=lambda ask: (ask.asked_at, ask.key)):
        collides = any(ask.blocks.overlaps(other) for other in staff[ask.staff_id]) or any(
            ask.wanted.overlaps(other) for other in home[ask.guardian_id]
        )
        if collides:
            lost.append(ask)
            continue
        won.append(ask)
        staff[ask.staff_id].append(ask.blocks)
        home[ask.guardian_id].append(ask.wanted)
    return won, lost
