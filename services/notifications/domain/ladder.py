"""From a screen that brought nothing across to paper, and from paper to a person who calls (feature F17)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """Why a message is on the ladder."""

    FAILED = "failed"  # every way that needs no paper refused
    NO_CHANNEL = "no_channel"  # there is none, or it is stopped
    UNOPENED = "unopened"
    PREFERRED = "preferred"  # paper is what this family chose


class End(StrEnum):
    """How a message left the ladder."""

    OPENED = "opened"
    ANSWERED = "answered"
    REACHED = "reached"  # a person spoke with them
    HANDED_OVER = "handed_over"
    REFUSED = "refused"  # a restriction came, or it was recalled or has expired
    GIVEN_UP = "given_up"  # called as often as it helps


class LetterState(StrEnum):
    """Where a letter stands; without a row it waits."""

    WAITING = "waiting"
    PRINTING = "printing"
    PRINTED = "printed"
    HANDED_OVER = "handed_over"
    POSTED = "posted"
    NOT_GIVEN = "not_given"
    PULLED = "pulled"  # must not go any more
    WITHHELD = "withheld"  # the guardian's words alone: never the office's paper, a person who may know calls


SETTLED = frozenset({LetterState.HANDED_OVER, LetterState.POSTED, LetterState.NOT_GIVEN, LetterState.PULLED})


class CallOutcome(StrEnum):
    REACHED = "reached"
    LEFT_MESSAGE = "left_message"
    NO_ANSWER = "no_answer"
    WRONG_NUMBER = "wrong_number"


MOST_TRIES = 3


@dataclass(frozen=True, slots=True)
class Rules:
    """A school's. `kinds`: whose silence is followed; good news and announcements are not, their families owe no answer."""

    kinds: frozenset[str] = frozenset({"concern", "ask"})
    unopened_after: timedelta = timedelta(hours=48)
    call_after: timedelta = timedelta(days=4)
    delivered_is_read: bool = False

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Rules:
        """From the school's settings; what they do not say is the default."""
        given = settings.get("ladder") or {}
        base = cls()
        return cls(
            kinds=frozenset(given.get("kinds", base.kinds)),
            unopened_after=timedelta(hours=given["unopened_hours"]) if "unopened_hours" in given else base.unopened_after,
            call_after=timedelta(days=given["call_days"]) if "call_days" in given else base.call_after,
            delivered_is_read=bool(given.get("delivered_is_read", base.delivered_is_read)),
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What is known of one delivery. `handed_at`: when it went or, where it could not, was written."""

    kind: str
    handed_at: datetime
    delivered_at: datetime | None = None
    opened_at: datetime | None = None
    answered_at: datetime | None = None


def read(seen: Seen, rules: Rules) -> End | None:
    """How it was noticed; None: not yet."""
    if seen.answered_at is not None and seen.answered_at >= seen.handed_at:
        return End.ANSWERED
    if seen.opened_at is not None:
        return End.OPENED
    return End.OPENED if rules.delivered_is_read and seen.delivered_at is not None else None


def begins(seen: Seen, rules: Rules, now: datetime) -> bool:
    """Whether a message that went takes the first step: nobody has opened or answered it for so long."""
    if seen.kind not in rules.kinds or read(seen, rules) is not None:
        return False
    return now >= seen.handed_at + rules.unopened_after


def call_at(kind: str, handed_at: datetime, rules: Rules) -> datetime | None:
    """When a person calls about it, should paper bring no answer; None for what nobody need answer."""
    return handed_at + rules.call_after if kind in rules.kinds else None


def after_call(outcome: CallOutcome, tries: int) -> End | None:
    """Whether the ladder ends with this call, the `tries`-th; None: another follows."""
    if outcome is CallOutcome.REACHED:
        return End.REACHED
    if outcome is CallOutcome.WRONG_NUMBER or tries >= MOST_TRIES:
        return End.GIVEN_UP
    return None
