"""Why a message may be sent at all: its purpose, and the basis on which this person gets it (TCPA, FCC 16-88)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum


class Purpose(StrEnum):
    """What a message is for, as the law on calls and texts sorts it (47 CFR 64.1200, FCC 16-88)."""

    EMERGENCY = "emergency"  # closure, danger, unexcused absence: needs no consent
    SCHOOL_MISSION = "school_mission"  # about this child's schooling: consent by giving the number, until revoked
    OTHER = "other"  # fundraising, events of others: opt-in only


class Source(StrEnum):
    """Who or what closed a channel."""

    STOP = "stop"
    CARRIER = "carrier"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    INVALID = "invalid"


# what no purpose passes: the carrier, the mail system or the number itself refuses
HARD = frozenset({Source.CARRIER, Source.BOUNCED, Source.INVALID})
# a call or a text costs its reader something; a page, a letter or the inbox does not
NEEDS_BASIS = frozenset({"sms", "voice", "whatsapp", "email", "push"})
ANY = "*"


@dataclass(frozen=True, slots=True)
class Consent:
    """The newest word of one guardian on a channel ("*": all) and a purpose."""

    consent_id: str
    given: bool


def basis(
    channel: str, purpose: Purpose, consents: Mapping[tuple[str, str], Consent], *, channels: Collection[str] = NEEDS_BASIS
) -> str | None:
    """Why it may go this way: a purpose, or a consent's id; None where it may not."""
    if channel not in channels:
        return purpose.value
    if purpose is Purpose.EMERGENCY:
        return purpose.value
    said = consents.get((channel, purpose.value)) or consents.get((ANY, purpose.value))
    if said is not None:
        return said.consent_id if said.given else None
    return purpose.value if purpose is Purpose.SCHOOL_MISSION else None
