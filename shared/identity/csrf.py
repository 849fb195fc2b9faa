"""Proof that a form was ours: a token bound to the session, and the browser's own word on where the request came from.

Both must hold (OWASP CSRF cheat sheet: HMAC-based token pattern with origin verification).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import os
from urllib.parse import urlsplit

from shared.identity.signing import TAG_BYTES, Signer


class Csrf:
    """Tokens that one session's forms carry; another session's token is worthless."""

    def __init__(self, key: bytes | str) -> None:
        self._signer = Signer(key, "csrf")

    def token(self, sid: str) -> str:
        """A token for a form, masked with fresh bytes: no two pages show the same one (against BREACH)."""
        mask = os.urandom(TAG_BYTES)
        return base64.urlsafe_b64encode(mask + _xor(mask, self._signer.tag(sid.encode()))).rstrip(b"=").decode()

    def holds(self, sid: str, token: str | None) -> bool:
        try:
            raw = base64.urlsafe_b64decode((token or "").encode("ascii") + b"==")
        except (ValueError, binascii.Error):
            return False
        mask, masked = raw[:TAG_BYTES], raw[TAG_BYTES:]
        return len(masked) == TAG_BYTES and hmac.compare_digest(_xor(mask, masked), self._signer.tag(sid.encode()))


def _xor(left: bytes, right: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(left, right, strict=True))


def same_origin(origin: str | None, referer: str | None, *, host: str) -> bool:
    """Whether the browser says that our own page sent this.

    `host` is the request's Host. A request with neither header is no browser's form post: the token decides alone.
    "null" is a foreign or sandboxed page (our own policy is same-origin; under no-referrer our forms would say null too).
    """
    said = origin or referer
    if not said:
        return True
    return urlsplit(said).netloc == host
