"""An alert in the words of the Common Alerting Protocol 1.2 (OASIS, 2010), and what may become of one from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class Status(StrEnum):
    """How an alert is to be handled; only `ACTUAL` is ever shown to families as true."""

    ACTUAL = "Actual"
    EXERCISE = "Exercise"
    SYSTEM = "System"
    TEST = "Test"
    DRAFT = "Draft"


class MsgType(StrEnum):
    ALERT = "Alert"
    UPDATE = "Update"
    CANCEL = "Cancel"
    ACK = "Ack"
    ERROR = "Error"


class Scope(StrEnum):
    PUBLIC = "Public"
    RESTRICTED = "Restricted"
    PRIVATE = "Private"


class Category(StrEnum):
    GEO = "Geo"
    MET = "Met"
    SAFETY = "Safety"
    SECURITY = "Security"
    RESCUE = "Rescue"
    FIRE = "Fire"
    HEALTH = "Health"
    ENV = "Env"
    TRANSPORT = "Transport"
    INFRA = "Infra"
    CBRNE = "CBRNE"
    OTHER = "Other"


class Urgency(StrEnum):
    IMMEDIATE = "Immediate"
    EXPECTED = "Expected"
    FUTURE = "Future"
    PAST = "Past"
    UNKNOWN = "Unknown"


class Severity(StrEnum):
    EXTREME = "Extreme"
    SEVERE = "Severe"
    MODERATE = "Moderate"
    MINOR = "Minor"
    UNKNOWN = "Unknown"


class Certainty(StrEnum):
    OBSERVED = "Observed"
    LIKELY = "Likely"
    POSSIBLE = "Possible"
    UNLIKELY = "Unlikely"
    UNKNOWN = "Unknown"


@dataclass(frozen=True, slots=True)
class Reference:
    """An earlier alert, as `<references>` names it: sender,identifier,sent."""

    sender: str
    identifier: str
    sent: datetime


@dataclass(frozen=True, slots=True)
class Area:
    """`geocodes`: (name of the code, value), as (SAME, 017031)."""

    description: str
    geocodes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Info:
    """The alert in one language; `language` is an RFC 3066 tag, en-US where none is given (CAP 1.2, 3.2.2)."""

    event: str
    language: str = "en-US"
    categories: tuple[Category, ...] = (Category.SAFETY,)
    urgency: Urgency = Urgency.IMMEDIATE
    severity: Severity = Severity.SEVERE
    certainty: Certainty = Certainty.OBSERVED
    expires: datetime | None = None
    sender_name: str = ""
    headline: str = ""
    description: str = field(default="", repr=False)
    instruction: str = field(default="", repr=False)
    web: str = ""
    areas: tuple[Area, ...] = ()


@dataclass(frozen=True, slots=True)
class Alert:
    """`sender`, `identifier`: without spaces, commas, < and & (CAP 1.2, 3.2.1). Times are whole seconds."""

    identifier: str
    sender: str
    sent: datetime
    status: Status
    msg_type: MsgType
    infos: tuple[Info, ...] = ()
    scope: Scope = Scope.PUBLIC
    restriction: str = ""
    addresses: tuple[str, ...] = ()
    note: str = ""
    references: tuple[Reference, ...] = ()

    def in_language(self, wanted: str) -> Info | None:
        """The info in that language, else in English, else the first."""
        by_language: Mapping[str, Info] = {info.language.split("-")[0].lower(): info for info in reversed(self.infos)}
        found = by_language.get(wanted.split("-")[0].lower()) or by_language.get("en")
        return found or (self.infos[0] if self.infos else None)

    @property
    def expires(self) -> datetime | None:
        """When the last of its infos is over; None where one says nothing about it."""
        ends = [info.expires for info in self.infos]
        known = [end for end in ends if end is not None]
        return max(known) if known and len(known) == len(ends) else None


class Fate(StrEnum):
    """What becomes of an alert from outside."""

    SEND = "sent"  # the district's configuration says so for this sender
    DRAFT = "draft"  # a person confirms it
    SHOW = "shown"  # to the office only
    CANCEL = "cancelled"
    EXPIRED = "expired"


def fate(alert: Alert, now: datetime, *, auto_send: bool) -> Fate:
    """A drill or a test is never sent on, whoever sent it; what is over is refused."""
    if alert.expires is not None and alert.expires <= now:
        return Fate.EXPIRED
    if alert.status is not Status.ACTUAL or alert.msg_type in (MsgType.ACK, MsgType.ERROR):
        return Fate.SHOW
    if alert.msg_type is MsgType.CANCEL:
        return Fate.CANCEL
    return Fate.SEND if auto_send else Fate.DRAFT
