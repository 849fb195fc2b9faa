"""A brokerage event (B2B meeting scheduling): its file, and an independent check of a schedule.

Format and rules: `tests/data/b2b/README.md` (Bofill et al., JAIR 74, 2022). Everything in the file counts from 1; here it counts
from 0. Standard library only: it also runs beside the SAT solver, in an environment of its own.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

FAIRNESS = 2
"""No two participants' breaks may differ by more: d of the published optima."""
MORNING, AFTERNOON, EITHER = 1, 2, 3
NUMBERS = ("nBusiness", "nMeetings", "nTables", "nTotalSlots", "nMorningSlots")


@dataclass(frozen=True, slots=True)
class Event:
    """`meetings[m]` are its two participants; `allowed[m]` the slots in which it may be; `before[m]` the meetings ahead of it."""

    name: str
    participants: int
    slots: int
    tables: int
    meetings: tuple[tuple[int, int], ...]
    allowed: tuple[frozenset[int], ...]
    before: tuple[frozenset[int], ...]

    def of(self, participant: int) -> tuple[int, ...]:
        """The meetings of a participant."""
        return tuple(m for m, pair in enumerate(self.meetings) if participant in pair)


class BadEvent(ValueError):
    """The file is not such an event: it says which key and what is expected there."""


def read_event(path: Path) -> Event:
    """The event in a `.dzn` file; BadEvent where a key is missing or does not fit the others."""
    values = dict(re.findall(r"(\w+)\s*=\s*([^;]*);", path.read_text(encoding="utf-8")))
    missing = {*NUMBERS, "requested", "forbidden", "fixed", "precedences"} - set(values)
    if missing:
        raise BadEvent(
            f"{path.name}: {sorted(missing)[0]} is missing; write it as in the README beside the public files"
        )
    try:
        participants, count, tables, slots, morning = (int(values[key]) for key in NUMBERS)
    except ValueError:
        raise BadEvent(f"{path.name}: one of {', '.join(NUMBERS)} is not a whole number; write one") from None
    numbers = [int(one) for one in re.findall(r"-?\d+", values["requested"])]
    fixed = [int(one) for one in re.findall(r"-?\d+", values["fixed"])]
    forbidden, before = _sets(values["forbidden"]), _sets(values["precedences"])
    for key, found, wanted in (
        ("requested", len(numbers), 3 * count),
        ("fixed", len(fixed), count),
        ("forbidden", len(forbidden), participants),
        ("precedences", len(before), count),
    ):
        if found != wanted:
            raise BadEvent(f"{path.name}: {key} holds {found} entries; write {wanted}")
    rows = list(zip(numbers[::3], numbers[1::3], numbers[2::3], strict=True))
    halves = {MORNING: range(morning), AFTERNOON: range(morning, slots), EITHER: range(slots)}
    allowed = []
    for number, ((one, other, session), slot) in enumerate(zip(rows, fixed, strict=True), start=1):
        if not (0 < one <= participants and 0 < other <= participants and one != other and session in halves):
            raise BadEvent(
                f"{path.name}: requested row {number}: write two different participants and session 1, 2 or 3"
            )
        blocked = forbidden[one - 1] | forbidden[other - 1]
        allowed.append(frozenset(s for s in halves[session] if s not in blocked and slot in (0, s + 1)))
    return Event(
        name=path.name.removesuffix(".dzn"),
        participants=participants,
        slots=slots,
        tables=tables,
        meetings=tuple((one - 1, other - 1) for one, other, _ in rows),
        allowed=tuple(allowed),
        before=tuple(before),
    )


def _sets(text: str) -> list[frozenset[int]]:
    """`[{0},{2,3},…]` counted from 0; the placeholder 0 falls away."""
    return [
        frozenset(int(one) - 1 for one in re.findall(r"[1-9]\d*", inside)) for inside in re.findall(r"{([^}]*)}", text)
    ]


def breaks(event: Event, slot_of: Sequence[int]) -> list[int]:
    """Per participant, how often idle slots stand between two meetings that follow each other."""
    found = []
    for participant in range(event.participants):
        slots = sorted(slot_of[m] for m in event.of(participant))
        found.append(sum(later - earlier > 1 for earlier, later in pairwise(slots)))
    return found


def broken_rule(event: Event, slot_of: Sequence[int]) -> str | None:
    """The first rule that a schedule (the slot of each meeting) breaks, or None."""
    if len(slot_of) != len(event.meetings):
        return f"{len(slot_of)} slots for {len(event.meetings)} meetings"
    for meeting, slot in enumerate(slot_of):
        if slot not in event.allowed[meeting]:
            return f"meeting {meeting + 1} may not be in slot {slot + 1}"
        if any(slot_of[ahead] >= slot for ahead in event.before[meeting]):
            return f"meeting {meeting + 1} is not after all that must be before it"
    for participant in range(event.participants):
        slots = [slot_of[m] for m in event.of(participant)]
        if len(set(slots)) < len(slots):
            return f"participant {participant + 1} is in two meetings at once"
    for slot in range(event.slots):
        if sum(one == slot for one in slot_of) > event.tables:
            return f"slot {slot + 1} has more meetings than tables"
    counts = breaks(event, slot_of)
    if max(counts, default=0) - min(counts, default=0) > FAIRNESS:
        return f"breaks differ by more than {FAIRNESS}"
    return None
