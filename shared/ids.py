"""Identifiers: UUIDv7 (RFC 9562), so that rows made together lie together in an index."""

from __future__ import annotations

import hashlib

import uuid_utils

_NAMESPACE = uuid_utils.UUID("6f0c8a3e-5c1d-5f7e-9a54-2f1b7d1f0c11")


def new_id() -> str:
    """A new time-ordered id."""
    return str(uuid_utils.uuid7())


def derived_id(*parts: str) -> str:
    """The same id for the same parts (UUIDv5): makes repeated work meet its own row."""
    return str(uuid_utils.uuid5(_NAMESPACE, "\x1f".join(parts)))


def fingerprint(*parts: str) -> str:
    """Twelve hex digits that group alike things, for people to compare."""
    return hashlib.blake2b("\x1f".join(parts).encode(), digest_size=6).hexdigest()
