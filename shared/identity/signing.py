"""Signed tokens: base64url of a payload and its HMAC-SHA256, short enough for a text message.

A tag of 16 bytes leaves 128 bits against forgery (NIST SP 800-107 §5.3.3), half of what the full tag would cost an SMS.
"""

from __future__ import annotations

import base64
import binascii
import hmac

from shared.errors import HomeroomError

TAG_BYTES = 16
MIN_KEY_BYTES = 32


class TokenBad(Exception):
    """A token that this key did not sign for this use; says nothing more on purpose."""


class Signer:
    """Signs payloads for one `use`; a token of another use does not verify, even with the same key."""

    def __init__(self, key: bytes | str, use: str) -> None:
        raw = key.encode() if isinstance(key, str) else key
        if len(raw) < MIN_KEY_BYTES:
            raise HomeroomError(
                "LINK_KEY_SHORT",
                f"The key that signs links and sessions needs at least {MIN_KEY_BYTES} characters.",
                'Make one with: python -c "import secrets; print(secrets.token_urlsafe(32))"',
                "HOMEROOM_LINK_KEY",
            )
        self._key = hmac.digest(raw, f"homeroom:{use}".encode(), "sha256")

    def sign(self, payload: bytes) -> str:
        return _written(payload + self.tag(payload))

    def tag(self, payload: bytes) -> bytes:
        return hmac.digest(self._key, payload, "sha256")[:TAG_BYTES]

    def read(self, token: str) -> bytes:
        """The payload; raises TokenBad."""
        try:
            raw = base64.b64decode(token.encode("ascii") + b"=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (ValueError, binascii.Error):
            raise TokenBad from None
        payload, tag = raw[:-TAG_BYTES], raw[-TAG_BYTES:]
        # base64 has several spellings of the last bits: only the one we write is ours, so that a token has one name
        if len(raw) <= TAG_BYTES or not hmac.compare_digest(tag, self.tag(payload)) or _written(raw) != token:
            raise TokenBad
        return payload


def _written(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
