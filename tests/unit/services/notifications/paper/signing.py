"""What providers sign with, written from their documents and not from our code."""

from __future__ import annotations

import hashlib
import hmac


def hub_signature(secret: str, body: bytes) -> str:
    """X-Hub-Signature-256 (Meta, "Validating payloads")."""
    return "sha256=" + hmac.digest(secret.encode() or b"\0", body, hashlib.sha256).hex()
