"""Times when several people can be met: all of a team, or any one of several hosts."""

from __future__ import annotations

from collections.abc import Sequence

from services.scheduling.domain.windows import Interval, Slot


def any_free(calendars: Sequence[Sequence[Slot]]) -> list[Slot]:
    """Each time at which at least one of them is free, in order."""
    by_time = {(slot.start, slot.end): slot for slots in reversed(calendars) for slot in slots}
    return [by_time[key] for key in sorted(by_time)]


def all_free(own: Sequence[Slot], others: Sequence[Sequence[Slot]]) -> list[Slot]:
    """The slots of one that lie wholly in free time of all the others, whose own slots may begin at other minutes."""
    stretches = [_stretches(slots) for slots in others]
    return [
        slot
        for slot in own
        if all(any(free.start <= slot.start and slot.end <= free.end for free in theirs) for theirs in stretches)
    ]


def _stretches(slots: Sequence[Slot]) -> list[Interval]:
    """Free time without holes, out of slots that follow each other at no more than their own buffers."""
    found: list[Interval] = []
    for slot in sorted(slots, key=lambda each: each.start):
        if found and slot.start <= found[-1].end + slot.before + slot.after:
            found[-1] = Interval(found[-1].start, max(found[-1].end, slot.end))
        else:
            found.append(slot.interval)
    return found
