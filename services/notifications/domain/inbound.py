"""What comes in, whatever it came by."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Inbound:
    """Words from a family. `provider_id` makes a repeated call the same reply; `delivery_id`: what it answers, if known.

    `sender`: the number or address as the provider gives it; `guardian_id` where a token or a session already says who.
    `files`: names of attachments that came along; their bytes are never kept. `call_back`: a call is asked for.
    `school_id`: whose account received it, where accounts are schools' own.
    """

    channel: str
    provider_id: str
    text: str = field(repr=False)
    at: datetime
    sender: str | None = field(default=None, repr=False)
    guardian_id: str | None = None
    delivery_id: str | None = None
    files: tuple[str, ...] = field(default=(), repr=False)
    call_back: bool = False
    school_id: str | None = None


@dataclass(frozen=True, slots=True)
class Told:
    """A provider's later word on one delivery. `key` makes a repeated call the same word.

    `state`: accepted, sent, delivered, opened, failed, bounced, complained. `code`: technical, never an address.
    `seconds`: how long the provider took, where it says so; `how`: read, played or answered, for `opened`.
    """

    channel: str
    key: str
    state: str
    at: datetime
    delivery_id: str | None = None
    provider_ref: str | None = None
    code: str | None = None
    permanent: bool = True
    how: str | None = None
