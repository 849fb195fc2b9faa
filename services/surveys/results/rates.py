"""Response rates as AAPOR defines them (Standard Definitions, 10th edition 2023, section "Calculating Outcome Rates").

Each invitation ends in one disposition. With D = I + P + R + NC + O: RR1 = I / (D + U), RR2 = (I + P) / (D + U), RR3 and RR4 the
same with e·U in place of U, RR5 = I / D, RR6 = (I + P) / D. Here `e`, the share of the unknown that are families to be asked at
all, is estimated as the proportional allocation does: eligible among those whose eligibility is known.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Disposition(StrEnum):
    """How one invitation ended (AAPOR's letter in brackets)."""

    COMPLETE = "complete"  # I
    PARTIAL = "partial"  # P: some answers stand in a draft, the deadline is past
    REFUSAL = "refusal"  # R: declined the whole, or a boundary against surveys
    NO_CONTACT = "no_contact"  # NC: no message got through
    OTHER = "other"  # O: asked to talk instead
    UNKNOWN = "unknown"  # U: nothing is known to have arrived, nothing to have failed
    INELIGIBLE = "ineligible"  # left out: no longer at the school, no longer a guardian


@dataclass(frozen=True, slots=True)
class Invitation:
    """What is known of one invitation when the rates are taken."""

    state: str  # open, answered, declined, talk
    begun: bool  # a draft with an answer
    reached: bool  # a provider took a message
    failed: bool  # a channel failed for good
    past_due: bool
    boundary: bool  # the guardian has said `no_surveys` since
    active: bool  # still a guardian of a student of ours


def disposition(invitation: Invitation) -> Disposition | None:
    """How the invitation ended; None while it may still be answered (before the deadline)."""
    settled = {
        "answered": Disposition.COMPLETE,
        "declined": Disposition.REFUSAL,
        "talk": Disposition.OTHER,
    }.get(invitation.state)
    if settled is not None:
        return settled
    if not invitation.active:
        return Disposition.INELIGIBLE
    if invitation.boundary:
        return Disposition.REFUSAL
    if not invitation.past_due:
        return None
    if invitation.begun:
        return Disposition.PARTIAL
    if invitation.failed and not invitation.reached:
        return Disposition.NO_CONTACT
    # reached and silent: contacted, so of known eligibility; AAPOR files it under non-contact, other (2.27)
    return Disposition.OTHER if invitation.reached else Disposition.UNKNOWN


@dataclass(frozen=True, slots=True)
class Rates:
    """The six rates (fractions; None where nobody was asked) and what they are made of."""

    counts: Mapping[Disposition, int]
    e: float
    rr1: float | None
    rr2: float | None
    rr3: float | None
    rr4: float | None
    rr5: float | None
    rr6: float | None

    @property
    def asked(self) -> int:
        return sum(count for kind, count in self.counts.items() if kind is not Disposition.INELIGIBLE)


def rates(ends: Iterable[Disposition] | Mapping[Disposition, int], *, e: float | None = None) -> Rates:
    """`e`: the eligible share of the unknown, where it is known better than by proportional allocation (0 to 1)."""
    counts = Counter(ends)
    complete, partial = counts[Disposition.COMPLETE], counts[Disposition.PARTIAL]
    known = (
        complete + partial + counts[Disposition.REFUSAL] + counts[Disposition.NO_CONTACT] + counts[Disposition.OTHER]
    )
    unknown, ineligible = counts[Disposition.UNKNOWN], counts[Disposition.INELIGIBLE]
    if e is None:
        e = known / (known + ineligible) if known else 1.0
    if not 0 <= e <= 1:
        raise ValueError(f"e is a share of the unknown: 0 to 1, not {e}")
    return Rates(
        counts,
        e,
        _share(complete, known + unknown),
        _share(complete + partial, known + unknown),
        _share(complete, known + e * unknown),
        _share(complete + partial, known + e * unknown),
        _share(complete, known),
        _share(complete + partial, known),
    )


def _share(part: float, whole: float) -> float | None:
    return part / whole if whole else None
