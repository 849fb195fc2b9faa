"""What every channel is given and gives back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol


@dataclass(frozen=True)
class Content:
    """What all recipients of one text in one language share, so that a channel can prepare it once.

    `pieces` alternates with `slots`: pieces[0] slots[0] pieces[1] … pieces[-1]. A personal note has one piece.
    `key` names it for caches. `title`: a heading, never with a child's name in it.
    """

    key: str
    title: str = field(repr=False)
    language: str
    pieces: tuple[str, ...] = field(repr=False)
    slots: tuple[str, ...] = ()

    def __hash__(self) -> int:
        return hash(self.key)  # not of texts, every time that a cache is asked

    @classmethod
    def plain(cls, key: str, text: str, *, title: str, language: str) -> Content:
        return cls(key, title, language, (text,))

    def written(self, values: Mapping[str, str]) -> str:
        """The whole text of one recipient."""
        if not self.slots:
            return self.pieces[0]
        parts = [self.pieces[0]]
        for slot, piece in zip(self.slots, self.pieces[1:], strict=True):
            parts.append(values[slot])
            parts.append(piece)
        return "".join(parts)


@dataclass(frozen=True)
class Outgoing:
    """One delivery, ready. Nothing personal in its repr.

    `to`: address, number, or for push the subscriptions' JSON. `again`: a worker may have handed it over before and
    died. `extras`: what only one channel understands (audio_url, ics, ics_method, template, subscription, urgent).
    """

    delivery_id: str
    district: str
    at: datetime
    content: Content
    to: str = field(repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    from_name: str = ""
    unsubscribe: str | None = field(default=None, repr=False)
    reply_to: str | None = field(default=None, repr=False)
    link: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None
    urgent: bool = False
    again: bool = False
    extras: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @cached_property
    def body(self) -> str:
        return self.content.written(self.values)

    @property
    def language(self) -> str:
        return self.content.language


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider said yes; `ref` is its name for the message, None where our own delivery id finds it (email)."""

    ref: str | None
    state: str = "sent"


class ChannelError(Exception):
    """The provider said no. `code` is a technical word, never an address; `permanent`: trying again cannot help.

    `account`: the fault is the account's or the provider's (no connection, 5xx, throttled, bad credentials), so another
    account may do better; otherwise it is the recipient's.
    """

    def __init__(self, code: str, *, permanent: bool, account: bool = False) -> None:
        super().__init__(code)
        self.code = code
        self.permanent = permanent
        self.account = account


class Doubtful(ChannelError):
    """It may have been handed over, and the provider cannot say: not to be sent again by itself."""

    def __init__(self, code: str = "handed_over_unknown") -> None:
        super().__init__(code, permanent=True)


Outcome = Receipt | ChannelError


class Channel(Protocol):
    """One account of one provider. Hands over a batch; one outcome per delivery, in order; never raises for one's sake.

    `keeps_keys`: a delivery handed over twice is recognised (idempotency key, look-up, or the same Message-ID).
    """

    name: str
    keeps_keys: bool

    def carry(self, batch: Sequence[Outgoing]) -> list[Outcome]: ...
