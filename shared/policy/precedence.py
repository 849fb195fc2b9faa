"""Which reason to send beats which reason not to: the order in `features`, "Where practices conflict"."""

from __future__ import annotations

from enum import StrEnum

from shared.policy.model import Purpose


class Obstacle(StrEnum):
    """A reason not to send now, or not this way."""

    RESTRICTION = "restriction"  # court order, safety: nothing beats it
    CARRIER_BLOCK = "carrier_block"  # the carrier refuses the number: never re-text it, take another channel
    BOUNDARY = "boundary"  # set by the guardian, undone only by the guardian
    STOP = "stop"  # the guardian stopped this channel
    QUIET_HOURS = "quiet_hours"
    CAP = "cap"  # the guardian's limit of routine contacts


_BEATS: dict[Purpose, frozenset[Obstacle]] = {
    Purpose.SAFETY: frozenset({Obstacle.QUIET_HOURS, Obstacle.CAP, Obstacle.STOP}),
    Purpose.CONCERN: frozenset({Obstacle.CAP}),
    Purpose.ROUTINE: frozenset(),
}


def beats(purpose: Purpose, obstacle: Obstacle) -> bool:
    """Whether something sent for `purpose` goes on in spite of `obstacle`."""
    return obstacle in _BEATS[purpose]
