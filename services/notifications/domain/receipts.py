"""What all the words of a provider on one hand-over mean together, whatever their order and however often they come.

Words only ever add: a verdict is the join of a lattice, so any order and any repetition of the same words gives the same
one. That it arrived beats that it failed; the carrier that says both has delivered it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from functools import reduce

from services.notifications.domain.consent import Source
from services.notifications.domain.inbound import Told


class Reach(IntEnum):
    """How far it got."""

    NOWHERE = 0
    ACCEPTED = 1
    FAILED = 2
    ARRIVED = 3
    OPENED = 4


_REACH = {
    "accepted": Reach.ACCEPTED,
    "sent": Reach.ACCEPTED,
    "failed": Reach.FAILED,
    "bounced": Reach.FAILED,
    "complained": Reach.ARRIVED,  # who complains of a mail has it
    "delivered": Reach.ARRIVED,
    "opened": Reach.OPENED,
}
STATES = frozenset(_REACH)
# codes after which the number itself can never take a text: a landline, not a mobile number, unknown (Twilio's names)
LANDLINE = frozenset({"sms_30006", "sms_21614"})
# RFC 3463: no such mailbox, no such domain, moved, disabled: writing there again is useless
DEAD = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
STOPPED = "sms_21610"  # the carrier has heard a STOP


@dataclass(frozen=True, slots=True)
class Verdict:
    """`failure`: the gravest (permanent, code); `closes`: why nothing more should go that way, with a technical word."""

    reach: Reach = Reach.NOWHERE
    failure: tuple[bool, str] | None = None
    arrived_at: datetime | None = None
    opened: tuple[datetime, str] | None = None
    closes: frozenset[tuple[Source, str]] = frozenset()

    def __or__(self, other: Verdict) -> Verdict:
        return Verdict(
            max(self.reach, other.reach),
            max((f for f in (self.failure, other.failure) if f is not None), default=None),
            min((at for at in (self.arrived_at, other.arrived_at) if at is not None), default=None),
            min((o for o in (self.opened, other.opened) if o is not None), default=None),
            self.closes | other.closes,
        )


def verdict(told: Told) -> Verdict:
    """Of one word. ValueError for a state that nobody ever says."""
    if told.state not in STATES:
        raise ValueError(f"no provider's word is {told.state}")
    reach = _REACH[told.state]
    return Verdict(
        reach,
        failure=(told.permanent, told.code or told.state) if reach is Reach.FAILED else None,
        arrived_at=told.at if reach >= Reach.ARRIVED else None,
        opened=(told.at, told.how or "read") if reach is Reach.OPENED else None,
        closes=frozenset(_closes(told)),
    )


def _closes(told: Told) -> Iterable[tuple[Source, str]]:
    code = told.code or told.state
    if told.state == "complained":
        yield Source.COMPLAINED, code
    elif told.state == "bounced" and told.permanent:
        yield Source.BOUNCED, code
    elif (found := closed_by(code)) is not None:
        yield found


def closed_by(code: str) -> tuple[Source, str] | None:
    """What a refusal says of the way itself, whether it comes at the hand-over or later: source and a technical word."""
    if code == STOPPED:
        return Source.CARRIER, code
    if code in LANDLINE:
        return Source.INVALID, "landline"
    if code.removeprefix("smtp_") in DEAD:
        return Source.BOUNCED, code.removeprefix("smtp_")
    return None


def join(words: Iterable[Told]) -> Verdict:
    """Of all words on one hand-over."""
    return reduce(Verdict.__or__, map(verdict, words), Verdict())


class Step(StrEnum):
    """What a verdict does to a delivery."""

    NOTHING = "nothing"
    LATER = "later"  # it is being handed over at this moment: looked at again when that is written down
    CONFIRM = "confirmed"  # it was in doubt whether it had gone
    ARRIVE = "delivered"
    OPEN = "opened"
    FAIL = "failed"


@dataclass(frozen=True, slots=True)
class Standing:
    """A delivery as the ledger has it. `handed_over`: some provider was given it, now or before."""

    state: str
    channel: str | None
    provider_ref: str | None
    handed_over: bool = True
    opened: bool = False


# what a late "it arrived" puts right: also what has meanwhile been planned by another way
_OPEN_TO_ARRIVAL = frozenset({"sent", "unknown", "due", "held", "planned", "failed", "letter", "refused"})


def step(standing: Standing, found: Verdict, *, channel: str, ref: str | None) -> Step:
    """What these words on the hand-over by `channel` under the provider's name `ref` do to the delivery now.

    A failure counts only for the hand-over the ledger has last: an earlier one was acted on, and a second copy of its
    bad news must not send anything again.
    """
    if standing.state == "sending":
        return Step.LATER
    if found.reach >= Reach.ARRIVED:
        if standing.state in _OPEN_TO_ARRIVAL and standing.handed_over:
            return Step.OPEN if found.reach is Reach.OPENED else Step.ARRIVE
        if standing.state == "delivered" and found.reach is Reach.OPENED and not standing.opened:
            return Step.OPEN
        return Step.NOTHING
    if standing.channel != channel or standing.state not in ("sent", "unknown"):
        return Step.NOTHING
    if ref is not None and standing.provider_ref is not None and ref != standing.provider_ref:
        return Step.NOTHING
    if found.reach is Reach.FAILED:
        return Step.FAIL
    return Step.CONFIRM if found.reach is Reach.ACCEPTED and standing.state == "unknown" else Step.NOTHING
