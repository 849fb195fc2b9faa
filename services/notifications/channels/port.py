"""What every channel is given and gives back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One delivery, ready. `again`: a worker may have handed it over before and died. Nothing personal in its repr."""

    delivery_id: str
    district: str
    at: datetime
    sender: str
    to: str = field(repr=False)
    subject: str = field(repr=False)
    body: str = field(repr=False)
    language: str
    unsubscribe: str | None = field(default=None, repr=False)
    ics: str | None = field(default=None, repr=False)
    ics_method: str = "REQUEST"
    again: bool = False


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider said yes; `ref` is its name for the message."""

    ref: str


class ChannelError(Exception):
    """The provider said no. `code` is a technical word, never an address; `permanent`: trying again cannot help."""

    def __init__(self, code: str, *, permanent: bool) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent


class Doubtful(ChannelError):
    """It may have been handed over before, and the provider cannot say: not to be sent again by itself."""

    def __init__(self) -> None:
        super().__init__("handed_over_unknown", permanent=True)


Outcome = Receipt | ChannelError


class Channel(Protocol):
    """Hands over a batch; one outcome per delivery, in order. Never raises for one recipient's sake."""

    name: str

    def carry(self, batch: Sequence[Outgoing]) -> list[Outcome]: ...
