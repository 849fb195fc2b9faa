"""Whether, when and how one delivery goes. The order is the one in `features`: restriction, safety, concern, cap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.notifications.domain.quiet import QuietHours, month_ends_at
from shared.policy import Obstacle, Purpose, beats


class Weight(StrEnum):
    """What a message is, for the rules that may hold it."""

    ROUTINE = "routine"  # good news and information from staff: what a guardian's cap counts
    IMPORTANT = "important"  # a concern, an alert, a question: goes beyond the cap, and says so
    ANSWER = "answer"  # receipts and confirmations: no contact that a cap counts
    SAFETY = "safety"  # an emergency notice from the school office

    @property
    def purpose(self) -> Purpose:
        """The same in policy's words."""
        return {Weight.SAFETY: Purpose.SAFETY, Weight.IMPORTANT: Purpose.CONCERN}.get(self, Purpose.ROUTINE)


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


@dataclass(frozen=True, slots=True)
class Decision:
    """`reason` is the word of `notifications.message_held`; `until` (UTC) only where it is held."""

    verdict: Verdict
    channel: str | None = None
    reason: str | None = None
    until: datetime | None = None
    over_cap: bool = False

    @classmethod
    def send(cls, channel: str, *, over_cap: bool = False) -> Decision:
        return cls(Verdict.SEND, channel, over_cap=over_cap)

    @classmethod
    def hold(cls, reason: str, until: datetime, *, channel: str, over_cap: bool = False) -> Decision:
        return cls(Verdict.HOLD, channel, reason, until, over_cap)

    @classmethod
    def refuse(cls, reason: str) -> Decision:
        return cls(Verdict.REFUSE, reason=reason)


@dataclass(frozen=True, slots=True)
class Situation:
    """Everything the decision depends on.

    `refusal`: why policy says no (None: it allows). `channels`: those with a contact point, the guardian's order.
    `stopped`: the guardian said STOP there; `blocked`: the carrier refuses; `tried`: refused this message for good.
    `counted`: routine messages this guardian got this month. `solicited`: the guardian has just written or acted, so
    that this is their own conversation going on and not the school calling at night.
    """

    now: datetime
    zone: ZoneInfo
    weight: Weight
    channels: tuple[str, ...]
    refusal: str | None = None
    stopped: frozenset[str] = frozenset()
    blocked: frozenset[str] = frozenset()
    tried: frozenset[str] = frozenset()
    quiet: QuietHours | None = None
    cap: int | None = None
    counted: int = 0
    solicited: bool = False


def decide(situation: Situation) -> Decision:
    """Send, hold until, or refuse; every "no" with its reason."""
    if situation.refusal is not None:
        return Decision.refuse(situation.refusal)
    purpose = situation.weight.purpose
    channel = _channel(situation, purpose)
    if channel is None:
        barred = set(situation.channels) & (situation.stopped | situation.blocked)
        return Decision.refuse("suppressed" if barred else "no_channel")
    over = situation.cap is not None and situation.counted >= situation.cap
    over = over and situation.weight in (Weight.ROUTINE, Weight.IMPORTANT)
    if over and not beats(purpose, Obstacle.CAP):
        release = month_ends_at(situation.now, situation.zone)
        return Decision.hold("cap", _after_quiet(situation, release), channel=channel)
    if not situation.solicited and not beats(purpose, Obstacle.QUIET_HOURS):
        release = _after_quiet(situation, situation.now)
        if release > situation.now:
            return Decision.hold("quiet_hours", release, channel=channel, over_cap=over)
    return Decision.send(channel, over_cap=over)


def _channel(situation: Situation, purpose: Purpose) -> str | None:
    """The first that is open to this purpose; a number that the carrier blocks is never texted again."""
    barred = situation.tried | situation.blocked
    if not beats(purpose, Obstacle.STOP):
        barred |= situation.stopped
    return next((channel for channel in situation.channels if channel not in barred), None)


def _after_quiet(situation: Situation, moment: datetime) -> datetime:
    return situation.quiet.over_at(moment, situation.zone) if situation.quiet else moment


def in_order(preferred: tuple[str, ...], reachable: frozenset[str]) -> tuple[str, ...]:
    """Channels with a contact point: the preferred ones first, then the rest; a letter only where it is preferred."""
    rest = tuple(channel for channel in ("sms", "email") if channel not in preferred)
    return tuple(
        channel for channel in (*preferred, *rest) if channel == "letter" or channel in reachable
    )
