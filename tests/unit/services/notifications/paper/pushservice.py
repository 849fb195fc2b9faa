"""A push service and a browser of ours: checks who calls (RFC 8292) and opens what was sealed (RFC 8291)."""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import http_ece
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def new_key() -> str:
    """A VAPID private key as the cell file has it."""
    return b64(ec.generate_private_key(ec.SECP256R1()).private_numbers().private_value.to_bytes(32, "big"))


@dataclass
class Browser:
    """One subscription with its secrets."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = b"0123456789abcdef"

    @property
    def subscription(self) -> dict[str, Any]:
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        return {"endpoint": self.endpoint, "keys": {"p256dh": b64(point), "auth": b64(self.secret)}}

    def read(self, body: bytes) -> dict[str, Any]:
        opened: dict[str, Any] = json.loads(
            http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm")
        )
        return opened


@dataclass
class Knock:
    path: str
    headers: dict[str, str]
    body: bytes
    claims: dict[str, Any]


class PushService(ThreadingHTTPServer):
    """Takes what is rightly signed; `answers`: a status for a path instead of 201."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.knocks: list[Knock] = []
        self.answers: dict[str, int] = {}
        self.public_key = ""

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def browser(self, name: str) -> Browser:
        return Browser(f"{self.origin}/{name}")

    def claims(self, authorization: str) -> dict[str, Any] | None:
        """The token's claims, if the key that was subscribed with has signed it."""
        scheme, _, rest = authorization.partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        if scheme.lower() != "vapid" or parts["k"] != self.public_key:
            return None
        signed, _, signature = parts["t"].rpartition(".")
        raw = unb64(signature)
        key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), unb64(parts["k"]))
        r, s = int.from_bytes(raw[:32], "big"), int.from_bytes(raw[32:], "big")
        try:
            key.verify(encode_dss_signature(r, s), signed.encode(), ec.ECDSA(hashes.SHA256()))
        except InvalidSignature:
            return None
        found: dict[str, Any] = json.loads(unb64(signed.split(".")[1]))
        return found


class _Handler(BaseHTTPRequestHandler):
    server: PushService

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        claims = self.server.claims(self.headers["Authorization"])
        if claims is None or claims["aud"] != self.server.origin:
            return self._say(403)
        if (status := self.server.answers.get(self.path)) is not None:
            return self._say(status)
        self.server.knocks.append(Knock(self.path, dict(self.headers), body, claims))
        return self._say(201)

    def _say(self, status: int) -> None:
        self.send_response(status)
        if status == 201:
            self.send_header("Location", f"{self.server.origin}/m/{len(self.server.knocks)}")
        if status == 307:
            self.send_header("Location", f"{self.server.origin}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Silence."""


@contextmanager
def push_service() -> Iterator[PushService]:
    server = PushService()
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()
