"""Why a guardian is not reached, and what a person can do about it (the reasons of PowerSchool's Contact Cleanup, and ours)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from services.notifications.domain.consent import Source

LOOK_BACK = timedelta(days=60)
TRIES = 3  # so many without a word that one arrived, and the contact counts as inactive


class Reason(StrEnum):
    """From the most to the least certain."""

    NO_CONTACT = "no_contact"
    LANDLINE = "landline"
    WRONG_NUMBER = "wrong_number"
    BLOCKED = "blocked"  # by the carrier
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    STOPPED = "stopped"
    SWITCHED_OFF = "switched_off"
    INACTIVE = "inactive"
    NEVER_CONFIRMED = "never_confirmed"


class Action(StrEnum):
    """The next step for a person."""

    CALL_HOME = "call_home"
    CHECK_SIBLING_SCHOOL = "check_sibling_school"
    LETTER_WITH_FORM = "letter_with_form"
    ASK_AT_PICKUP = "ask_at_pickup"
    RESPECT = "respect"  # their own wish: letters, and a word in person about what would suit


@dataclass(frozen=True, slots=True)
class Block:
    """A channel that is closed: who closed it, and the technical word."""

    source: Source
    detail: str | None = None


@dataclass(frozen=True, slots=True)
class Contact:
    """What is known of one guardian. `tries`, `reached`: deliveries of the last 60 days; `ever`: whether any ever arrived."""

    channels: frozenset[str] = frozenset()  # with an address
    blocks: Mapping[str, Block] = field(default_factory=dict)
    tries: int = 0
    reached: int = 0
    ever: bool = False
    answers: bool = False  # wrote to us in these days
    last_error: str | None = None
    has_phone: bool = False
    elsewhere: bool = False  # a child of theirs is at another school too
    lives_with: bool = True


@dataclass(frozen=True, slots=True)
class Repair:
    """`channel`: the way that failed, where it is one."""

    reason: Reason
    channel: str | None
    action: Action


# Twilio's codes and SMPP's words for a handset that is off or out of reach
OFF = frozenset({"30003", "absent", "unreachable"})
_ORDER = ("sms", "whatsapp", "voice", "email", "push")
_LANDLINE = frozenset({"landline", "30006", "21614"})


def judge(contact: Contact) -> Repair | None:
    """Why this guardian is not reached; None where they are, or where nothing was tried yet."""
    found = _reason(contact)
    if found is None:
        return None
    reason, channel = found
    return Repair(reason, channel, next_action(reason, channel, contact))


def _reason(contact: Contact) -> tuple[Reason, str | None] | None:
    if not contact.channels:
        return Reason.NO_CONTACT, None
    usable = contact.channels - contact.blocks.keys()
    if not usable:
        return _closed(contact)
    if contact.reached or contact.answers:
        return None
    way = min(usable, key=_rank) if len(usable) == 1 else None
    if contact.tries >= TRIES:
        if contact.last_error is not None and any(word in contact.last_error for word in OFF):
            return Reason.SWITCHED_OFF, way
        return (Reason.INACTIVE if contact.ever else Reason.NEVER_CONFIRMED), way
    return None


def _closed(contact: Contact) -> tuple[Reason, str]:
    """All ways are closed: the reason of the one that families use most."""
    channel = min(contact.channels, key=_rank)
    block = contact.blocks[channel]
    match block.source:
        case Source.STOP:
            return Reason.STOPPED, channel
        case Source.CARRIER:
            return Reason.BLOCKED, channel
        case Source.BOUNCED:
            return Reason.BOUNCED, channel
        case Source.COMPLAINED:
            return Reason.COMPLAINED, channel
        case Source.INVALID:
            return (Reason.LANDLINE if block.detail in _LANDLINE else Reason.WRONG_NUMBER), channel


def next_action(reason: Reason, channel: str | None, contact: Contact) -> Action:
    """What is most likely to help, and least trouble for the family."""
    if reason in (Reason.STOPPED, Reason.COMPLAINED):
        return Action.RESPECT
    phone_is_it = reason is Reason.WRONG_NUMBER and channel == "voice"
    if contact.has_phone and not phone_is_it and "voice" not in contact.blocks:
        return Action.CALL_HOME
    if contact.elsewhere:
        return Action.CHECK_SIBLING_SCHOOL
    return Action.ASK_AT_PICKUP if contact.lives_with else Action.LETTER_WITH_FORM


def _rank(channel: str) -> int:
    return _ORDER.index(channel) if channel in _ORDER else len(_ORDER)
