"""Which free slots suit a guardian, and what to offer where none does."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.scheduling.domain.windows import Slot

OFFERED = 3  # a text message can hold them, and a digit answers


class Fit(StrEnum):
    """How well an offer suits what the guardian said."""

    SUITS = "suits"
    EVENING = "evening"  # from the evening windows, opened for families who cannot come earlier
    NEAREST = "nearest"  # nothing suits: the nearest there is, and the page says so


@dataclass(frozen=True, slots=True)
class Preference:
    """What a guardian said in the intake; wall times where the guardian lives. None: nothing said."""

    live_mode: str | None = None
    available_after: time | None = None
    quiet_start: time | None = None
    quiet_end: time | None = None


@dataclass(frozen=True, slots=True)
class Choice:
    """At most `OFFERED` slots, in order, and how they fit."""

    slots: tuple[Slot, ...]
    fit: Fit


def choose(
    free: Iterable[Slot],
    preference: Preference,
    *,
    zone: ZoneInfo,
    count: int = OFFERED,
    usable: Callable[[Slot], bool] = lambda slot: True,
    crowd: Callable[[Slot], int] | None = None,
) -> Choice:
    """The first slots that suit; else from the evening windows; else the nearest to what was asked for.

    `zone` is the guardian's. Quiet hours are kept even by the nearest, as long as anything is left outside them. `usable` is
    asked only as far as is needed. `crowd`: how many others were shown a slot; of the first few the least shown are taken.
    """
    slots = list(free)
    few = count if crowd is None else count * 4
    for fit in (Fit.SUITS, Fit.EVENING):
        suiting = []
        for slot in slots:
            if (fit is Fit.EVENING or not slot.evening) and usable(slot) and suits(slot, preference, zone=zone):
                suiting.append(slot)
                if len(suiting) == few:
                    break
        if suiting:
            best = suiting if crowd is None else sorted(suiting, key=crowd)
            return Choice(tuple(sorted(best[:count], key=lambda slot: slot.start)), fit)
    left = [slot for slot in slots if usable(slot)]
    awake = [slot for slot in left if not _quiet(slot, preference, zone)] or left
    nearest = sorted(awake, key=lambda slot: (_short_of(slot, preference, zone), slot.start))[:count]
    return Choice(tuple(sorted(nearest, key=lambda slot: slot.start)), Fit.NEAREST)


def suits(slot: Slot, preference: Preference, *, zone: ZoneInfo) -> bool:
    """Not before the guardian is available, and outside quiet hours."""
    after = preference.available_after
    early = after is not None and slot.start.astimezone(zone).time() < after
    return not early and not _quiet(slot, preference, zone)


def mode_for(preference: Preference, possible: Sequence[str]) -> tuple[str, ...]:
    """The guardian's way to meet if it can be had, else all that can: the family chooses."""
    if preference.live_mode in possible:
        return (str(preference.live_mode),)
    return tuple(possible)


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute


def _quiet(slot: Slot, preference: Preference, zone: ZoneInfo) -> bool:
    """Whether any of the slot lies in quiet hours, which may span midnight."""
    begin, end = preference.quiet_start, preference.quiet_end
    if begin is None or end is None or begin == end:
        return False
    return any(_between(_wall(moment, zone), begin, end, closed_start=first) for moment, first in
               ((slot.start, True), (slot.end, False)))


def _between(moment: time, begin: time, end: time, *, closed_start: bool) -> bool:
    """In [begin, end) or, for the end of a slot, in (begin, end]."""
    now, first, last = _minutes(moment), _minutes(begin), _minutes(end)
    if not closed_start:
        now, first, last = now - 1, first, last
    return first <= now < last if first < last else now >= first or now < last


def _wall(moment: datetime, zone: ZoneInfo) -> time:
    return moment.astimezone(zone).time()


def _short_of(slot: Slot, preference: Preference, zone: ZoneInfo) -> int:
    """Minutes by which the slot begins before the guardian is available; 0 when it does not."""
    if preference.available_after is None:
        return 0
    return max(0, _minutes(preference.available_after) - _minutes(_wall(slot.start, zone)))
