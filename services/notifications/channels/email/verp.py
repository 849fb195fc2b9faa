"""Addresses that say which delivery they are about: bounce+TOKEN@…, reply+TOKEN@…, stop+TOKEN@… (VERP); meet+TOKEN@…: a meeting.

A token is 56 hex digits (mail systems may change case): the district's mark, the delivery's UUID, and a keyed mark of both,
so that nobody can bounce, answer or stop what they were not sent. With the word before it it fills 63 of a local part's 64 octets.
"""

from __future__ import annotations

import hashlib
import hmac
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

KINDS = ("bounce", "reply", "stop", "meet")
_MARK = 8


@dataclass(frozen=True, slots=True)
class About:
    """What a token address names. `kind`: bounce, reply, stop, or meet, where `delivery_id` is the meeting's id."""

    kind: str
    district: str
    delivery_id: str


@lru_cache(maxsize=1024)
def _district(slug: str) -> bytes:
    return hashlib.sha256(slug.encode()).digest()[:4]


def token(key: bytes, district: str, delivery_id: str) -> str | None:
    """The token of a delivery; None for an id that is no UUID."""
    try:
        raw = bytes.fromhex(delivery_id.replace("-", ""))
    except ValueError:
        return None
    if len(raw) != 16:
        return None
    named = _district(district) + raw
    return (named + hmac.digest(key, named, "sha256")[:_MARK]).hex()


def read(address: str, keys: Iterable[bytes], districts: Iterable[str]) -> About | None:
    """What an address is about, if one of our keys made its token and the district is of this cell."""
    kind, plus, rest = address.strip().strip("<>").partition("@")[0].lower().partition("+")
    if not plus or kind not in KINDS:
        return None
    try:
        raw = bytes.fromhex(rest)
    except ValueError:
        return None
    named, mark = raw[:20], raw[20:]
    if len(raw) != 20 + _MARK or not any(
        hmac.compare_digest(hmac.digest(key, named, "sha256")[:_MARK], mark) for key in keys
    ):
        return None
    found = next((slug for slug in districts if _district(slug) == named[:4]), None)
    return About(kind, found, str(uuid.UUID(bytes=named[4:]))) if found else None
