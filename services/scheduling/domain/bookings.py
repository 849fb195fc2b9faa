"""What a booking takes: people, rooms, interpreters and seats, each for an interval that no other booking may touch."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.scheduling.domain.windows import Interval


class Kind(StrEnum):
    """What can be taken."""

    STAFF = "staff"
    GUARDIAN = "guardian"
    HOUSEHOLD = "household"
    STUDENT = "student"
    ROOM = "room"
    INTERPRETER = "interpreter"
    SEAT = "seat"


@dataclass(frozen=True, slots=True)
class Claim:
    """`meeting_id` (a meeting, a hold, a place in a pool) wants [start, end) of a resource; buffer and walk are part of it."""

    meeting_id: str
    kind: Kind
    resource_id: str
    start: datetime
    end: datetime
    taken_id: str = field(init=False, compare=False)  # names what is taken: the same claim once more is the same row
    lock: str = field(init=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "lock", f"{self.kind.value}:{self.resource_id}")
        object.__setattr__(self, "taken_id", f"{self.meeting_id}|{self.lock}|{int(self.start.timestamp())}")

    @property
    def interval(self) -> Interval:
        return Interval(self.start, self.end)


def seat(pool_id: str, number: int) -> str:
    """The resource of one place in a pool."""
    return f"{pool_id}#{number}"


def clash(claims: Sequence[Claim]) -> tuple[Claim, Claim] | None:
    """Two claims of one batch that overlap, whatever meeting they belong to: nobody can grant both."""
    by_resource: dict[tuple[Kind, str], list[Claim]] = {}
    for claim in sorted(claims, key=lambda each: (each.start, each.end)):
        before = by_resource.setdefault((claim.kind, claim.resource_id), [])
        if before and before[-1].end > claim.start:
            return before[-1], claim
        before.append(claim)
    return None


def meetings_of(claims: Iterable[Claim]) -> list[str]:
    """Each meeting once, in the order of its first claim: who came first is served first."""
    return list(dict.fromkeys(claim.meeting_id for claim in claims))


def second_chance(claims: Sequence[Claim], lost: Collection[str]) -> tuple[set[str], set[str]]:
    """What one go settles, where somebody was refused: (meetings to be asked once more, meetings that are refused for good).

    `claims` were asked in one go, first asked first; `lost` names (`taken_id`) those that were not granted. A refused
    meeting gives back what it had got, so whoever lost to that is asked once more; and so is everybody later who got, or
    lost, a time that the former may now get: a place in the queue is kept. The first who lost did so to what stays, so that
    each go settles somebody.
    """
    open_again: dict[str, list[Interval]] = {}
    again: set[str] = set()
    refused: set[str] = set()
    by_meeting: dict[str, list[Claim]] = {}
    for claim in claims:
        by_meeting.setdefault(claim.meeting_id, []).append(claim)
    for meeting_id, own in by_meeting.items():
        without = [claim for claim in own if claim.taken_id in lost]
        if any(claim.interval.overlaps(other) for claim in without or own for other in open_again.get(claim.lock, ())):
            again.add(meeting_id)
            moved = own
        elif without:
            refused.add(meeting_id)
            moved = [claim for claim in own if claim.taken_id not in lost]
        else:
            continue
        for claim in moved:
            open_again.setdefault(claim.lock, []).append(claim.interval)
    return again, refused
