"""Whether, when and how one delivery goes. The order is the one in `features`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.notifications.domain import consent
from services.notifications.domain.quiet import QuietHours, month_ends_at
from shared.policy import Obstacle, Purpose, beats

GUARDED = "guarded"  # a message's category: its words are the guardian's alone, no thread or call list shows them to staff


class Weight(StrEnum):
    """What a message is, for the rules that may hold it."""

    ROUTINE = "routine"  # good news and information from staff: what a guardian's cap counts
    IMPORTANT = "important"  # a concern, an alert, a question: goes beyond the cap, and says so
    ANSWER = "answer"  # receipts and confirmations: no contact that a cap counts
    SAFETY = "safety"  # an emergency notice from the school office

    @property
    def purpose(self) -> Purpose:
        """The same in policy's words."""
        return _PURPOSE.get(self, Purpose.ROUTINE)


_PURPOSE = {Weight.SAFETY: Purpose.SAFETY, Weight.IMPORTANT: Purpose.CONCERN}

WEIGHT_OF_KIND = {
    "positive": Weight.ROUTINE,
    "info": Weight.ROUTINE,
    "concern": Weight.IMPORTANT,
    "ask": Weight.IMPORTANT,
    "emergency": Weight.SAFETY,
}


class Verdict(StrEnum):
    SEND = "send"
    HOLD = "hold"
    REFUSE = "refuse"


class Channel:
    """The two ways that are no provider's: paper, and the guardian's own page."""

    LETTER = "letter"
    PAGE = "page"


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is the word of `notifications.message_held`; `until` (UTC) only where it is held; `basis` where it goes."""

    verdict: Verdict
    channel: str | None = None
    reason: str | None = None
    until: datetime | None = None
    over_cap: bool = False
    basis: str | None = None

    @classmethod
    def send(cls, channel: str, *, over_cap: bool = False, basis: str | None = None) -> Decision:
        return cls(Verdict.SEND, channel, over_cap=over_cap, basis=basis)

    @classmethod
    def hold(cls, reason: str, until: datetime, *, channel: str, over_cap: bool = False) -> Decision:
        return cls(Verdict.HOLD, channel, reason, until, over_cap)

    @classmethod
    def refuse(cls, reason: str) -> Decision:
        return cls(Verdict.REFUSE, reason=reason)


NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the decision depends on.

    `refusal`: why policy says no (None: it allows). `over`: "expired" or "recalled" where the message no longer holds.
    `channels`: those with a contact point, the guardian's order. `purpose` and `consents`: see `domain.consent`.
    `stopped`: the guardian said STOP there; `blocked`: carrier, mail system or number refuse; `tried`: refused this
    message for good. `counted`: routine messages this guardian got this month. `solicited`: the guardian has just
    written or acted, so that this is their own conversation going on and not the school calling at night.
    """

    now: datetime
    zone: ZoneInfo
    weight: Weight
    channels: tuple[str, ...]
    refusal: str | None = None
    over: str | None = None
    purpose: consent.Purpose = consent.Purpose.SCHOOL_MISSION
    consents: Mapping[tuple[str, str], consent.Consent] = field(default_factory=dict)
    stopped: frozenset[str] = NOTHING
    blocked: frozenset[str] = NOTHING
    tried: frozenset[str] = NOTHING
    quiet: QuietHours | None = None
    cap: int | None = None
    counted: int = 0
    solicited: bool = False


def decide(situation: Situation) -> Decision:
    """Send, hold until, or refuse; every "no" with its reason.

    In this order: restriction, purpose and consent, suppression, cap, quiet hours, channel order.
    """
    if situation.refusal is not None:
        return Decision.refuse(situation.refusal)
    if situation.over is not None:
        return Decision.refuse(situation.over)
    permitted = [(channel, found) for channel in situation.channels if (found := _basis(situation, channel))]
    if situation.channels and not permitted:
        return Decision.refuse("no_consent")
    purpose = situation.weight.purpose
    barred = _barred(situation, purpose)
    open_to_it = [way for way in permitted if way[0] not in barred]
    if not open_to_it:
        suppressed = set(situation.channels) & (situation.stopped | situation.blocked)
        return Decision.refuse("suppressed" if suppressed else "no_channel")
    channel, basis = open_to_it[0]
    over = situation.cap is not None and situation.counted >= situation.cap
    over = over and situation.weight in (Weight.ROUTINE, Weight.IMPORTANT)
    if over and not beats(purpose, Obstacle.CAP):
        release = month_ends_at(situation.now, situation.zone)
        return Decision.hold("cap", _after_quiet(situation, release), channel=channel)
    if channel != Channel.LETTER and not situation.solicited and not beats(purpose, Obstacle.QUIET_HOURS):
        release = _after_quiet(situation, situation.now)
        if release > situation.now:
            return Decision.hold("quiet_hours", release, channel=channel, over_cap=over)
    return Decision.send(channel, over_cap=over, basis=basis)


def _basis(situation: Situation, channel: str) -> str | None:
    return consent.basis(channel, situation.purpose, situation.consents)


def _barred(situation: Situation, purpose: Purpose) -> frozenset[str]:
    """What is closed to this purpose; a number that the carrier blocks is never texted again, whatever for."""
    barred = situation.tried | situation.blocked
    return barred if beats(purpose, Obstacle.STOP) else barred | situation.stopped


def _after_quiet(situation: Situation, moment: datetime) -> datetime:
    return situation.quiet.over_at(moment, situation.zone) if situation.quiet else moment


# ways that a service can take by itself, the cheapest to be read first; a letter and a person's call end the ladder
BY_ITSELF = ("sms", "email", "whatsapp", "push", "voice")
UNASKED = ("sms", "email")  # tried for somebody who has not said what they prefer


@lru_cache(maxsize=1024)  # few orders, many people
def in_order(preferred: tuple[str, ...], reachable: frozenset[str]) -> tuple[str, ...]:
    """Channels with a contact point: the preferred ones first, then the rest; a letter or the page only where preferred."""
    rest = tuple(channel for channel in (*UNASKED, "whatsapp", "push") if channel not in preferred)
    return tuple(
        channel
        for channel in (*preferred, *rest)
        if channel in (Channel.LETTER, Channel.PAGE) or channel in reachable
    )
