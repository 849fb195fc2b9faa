"""One visit for several children: slots with their teachers that follow each other, with the walk between the rooms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from services.scheduling.domain.windows import Slot

WALK = timedelta(minutes=5)
LONGEST_WAIT = timedelta(minutes=20)  # between two meetings, the walk not counted: beyond it, it is two visits
MOST_CHILDREN = 6


@dataclass(frozen=True, slots=True)
class Visit:
    """Slots by what they are for (an offer's id), in the order of the visit."""

    stops: tuple[tuple[str, Slot], ...]

    @property
    def start(self) -> datetime:
        return self.stops[0][1].start

    @property
    def end(self) -> datetime:
        return self.stops[-1][1].end

    def waiting(self, walk: timedelta) -> timedelta:
        """Time between meetings beyond the walk."""
        pairs = pairwise(self.stops)
        return sum(((after.start - before.end - walk) for (_, before), (_, after) in pairs), timedelta(0))


def visits(
    free: Mapping[str, Sequence[Slot]],
    *,
    walk: timedelta = WALK,
    longest_wait: timedelta = LONGEST_WAIT,
    count: int = 3,
) -> list[Visit]:
    """The best visits that have a slot of every entry of `free`: least waiting first, then the earliest.

    Depth-first over the order of the meetings with the wait as bound: exact, and quick for as many children as a family
    has (`MOST_CHILDREN`). Of visits that begin together only the best is kept, so that what is offered is a choice.
    """
    if not 2 <= len(free) <= MOST_CHILDREN or not all(free.values()):
        return []
    ordered = {key: sorted(slots, key=lambda slot: slot.start) for key, slots in free.items()}
    found: dict[datetime, Visit] = {}
    for key, slots in ordered.items():
        for slot in slots:
            best = _best_after(((key, slot),), ordered, walk=walk, longest_wait=longest_wait)
            if best is not None:
                held = found.get(best.start)
                if held is None or _rank(best, walk) < _rank(held, walk):
                    found[best.start] = best
    chosen: list[Visit] = []
    for visit in sorted(found.values(), key=lambda each: _rank(each, walk)):
        chosen.append(visit)
        if len(chosen) == count:
            break
    return sorted(chosen, key=lambda each: each.start)


def _best_after(
    stops: tuple[tuple[str, Slot], ...],
    free: Mapping[str, Sequence[Slot]],
    *,
    walk: timedelta,
    longest_wait: timedelta,
) -> Visit | None:
    left = free.keys() - {key for key, _ in stops}
    if not left:
        return Visit(stops)
    earliest = stops[-1][1].end + walk
    best: Visit | None = None
    for key in sorted(left):
        for slot in free[key]:
            if slot.start < earliest:
                continue
            if slot.start > earliest + longest_wait:
                break
            visit = _best_after((*stops, (key, slot)), free, walk=walk, longest_wait=longest_wait)
            if visit is not None and (best is None or _rank(visit, walk) < _rank(best, walk)):
                best = visit
    return best


def _rank(visit: Visit, walk: timedelta) -> tuple[timedelta, datetime, tuple[str, ...]]:
    return visit.waiting(walk), visit.start, tuple(key for key, _ in visit.stops)
