"""DKIM signatures (RFC 6376; Ed25519: RFC 8463), relaxed/relaxed, over the one-click headers too (RFC 8058 §4)."""

from __future__ import annotations

import re
from base64 import b64encode
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ed25519, padding, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from shared.errors import HomeroomError

SIGNED = (
    "from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type", "auto-submitted",
    "list-unsubscribe", "list-unsubscribe-post",
)  # fmt: skip
TWICE = ("from", "subject")  # listed once more than they occur: one added later breaks the signature (§8.15)
_BLANKS = re.compile(rb"[ \t]+")
_FOLD = re.compile(rb"\r\n[ \t]+")


class Signer:
    """One key of one domain; `selector`._domainkey.`domain` is where its public half is published."""

    def __init__(self, domain: str, selector: str, pem: bytes) -> None:
        key = load_pem_private_key(pem, password=None)
        if not isinstance(key, rsa.RSAPrivateKey | ed25519.Ed25519PrivateKey):
            raise ValueError("DKIM signs with RSA or Ed25519")
        self._key = key
        self.domain = domain
        algorithm = "rsa-sha256" if isinstance(key, rsa.RSAPrivateKey) else "ed25519-sha256"
        self._start = f"v=1; a={algorithm}; c=relaxed/relaxed; d={domain}; s={selector}; t="

    @classmethod
    def of_file(cls, domain: str, selector: str, path: str) -> Signer:
        """HomeroomError names the file that holds no such key, never what is in it."""
        try:
            return cls(domain, selector, Path(path).read_bytes())
        except (OSError, ValueError, TypeError) as error:
            raise HomeroomError(
                "email.dkim_key",
                f"no private key for DKIM can be read ({type(error).__name__})",
                "give dkim_key_file a PEM file with an RSA-2048 or Ed25519 key: openssl genrsa -out FILE 2048",
                where=f"{path}:dkim_key_file",
            ) from None

    def header(self, head: bytes, body: bytes, *, at: datetime) -> bytes:
        """The DKIM-Signature line of a message whose body is canonical already (`encoding` makes it so)."""
        present = canonical(head)
        names = [name for name in SIGNED if name in present]
        listed = ":".join([*names, *TWICE])
        value = f"{self._start}{int(at.timestamp())}; h={listed}; bh={b64encode(sha256(body).digest()).decode()}; b="
        signed = b"".join(present[name] for name in names) + b"dkim-signature:" + value.encode()
        signature = b64encode(self._sign(signed)).decode()
        folded = value.replace("; h=", ";\r\n h=").replace("; bh=", ";\r\n bh=").replace("; b=", ";\r\n b=")
        rows = "\r\n ".join(signature[at : at + 72] for at in range(0, len(signature), 72))
        return f"DKIM-Signature: {folded}{rows}\r\n".encode()

    def _sign(self, signed: bytes) -> bytes:
        if isinstance(self._key, rsa.RSAPrivateKey):
            return self._key.sign(signed, padding.PKCS1v15(), hashes.SHA256())
        return self._key.sign(sha256(signed).digest())


def canonical(head: bytes) -> dict[str, bytes]:
    """Relaxed header lines (§3.4.2) by name; the message has each name once."""
    found: dict[str, bytes] = {}
    for line in _FOLD.sub(b" ", head).split(b"\r\n"):
        if line:
            found.update((_line(line),))
    return found


@lru_cache(maxsize=4096)
def _line(line: bytes) -> tuple[str, bytes]:
    name, _, value = line.partition(b":")
    lower = name.strip().lower()
    return lower.decode(), lower + b":" + _BLANKS.sub(b" ", value).strip() + b"\r\n"
