"""Web push: a knock on the screen of a browser that the family switched on (RFC 8030, 8291, 8292).

What is pushed names the school and nothing else: a locked screen is read by whoever holds the phone.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections import deque
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import requests
from py_vapid import Vapid02, VapidException
from pywebpush import WebPusher, WebPushException

from services.notifications.channels.port import ChannelError, Outcome, Outgoing, Receipt
from shared.errors import HomeroomError
from shared.web.i18n import Translator, catalogue, negotiate

TIMEOUT_S = 20
DEFAULT_TTL = timedelta(days=3)
LONGEST_TTL = timedelta(days=28)  # what push services keep at most
TOKEN_LIFE = timedelta(hours=12)  # RFC 8292 §2: at most 24 hours
GONE = "push_gone"
LOCALE = Path(__file__).resolve().parents[1] / "locale"
# Who runs push services for browsers. A subscription's address comes from a stranger, so nothing else is ever called.
HOSTS = ("fcm.googleapis.com", "updates.push.services.mozilla.com", "web.push.apple.com")
DOMAINS = (".push.services.mozilla.com", ".notify.windows.com", ".push.apple.com")


def allowed(endpoint: str, *, plain: bool = False) -> bool:
    """Whether it is an https address of a push service we know; `plain` (tests) takes any http address as well."""
    try:
        parts = urlsplit(endpoint)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return False
    if plain:
        return parts.scheme in ("http", "https") and bool(host)
    if parts.scheme != "https" or port not in (None, 443) or parts.username or parts.password:
        return False
    return host in HOSTS or host.endswith(DOMAINS)


def subscriptions(address: str) -> list[dict[str, Any]]:
    """One subscription or a list of them, as browsers give them; what cannot be read is not there."""
    try:
        given = json.loads(address)
    except ValueError:
        return []
    return [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, dict) and "endpoint" in one]


def address_of(subscription: Mapping[str, Any]) -> str:
    """A subscription as the contact point keeps it: always written the same way."""
    keys = subscription.get("keys") or {}
    kept = {name: str(keys.get(name, "")) for name in ("auth", "p256dh")}
    return json.dumps({"endpoint": str(subscription["endpoint"]), "keys": kept}, sort_keys=True)


def _key(text: str) -> Vapid02:
    """HomeroomError, without the key, where it is none: noticed when the process starts, not at the first notice."""
    try:
        return Vapid02.from_string(text)
    except (ValueError, TypeError, VapidException):
        raise HomeroomError(
            "cell.value",
            "private_key is no P-256 key",
            "give its 32 bytes in base64url, as tools for web push print it",
            where="channels.push",
        ) from None


class WebPush:
    """`settings`: private_key (VAPID, base64url), subject (mailto: or https:), allow_plain (tests only).

    A push handed over twice shows once: Topic replaces it at the service, the tag at the browser.
    """

    keeps_keys = True

    def __init__(self, settings: Mapping[str, Any], *, base_url: str) -> None:
        self.name = str(settings["name"])
        self.allow_plain = bool(settings.get("allow_plain"))
        self._subject = str(settings.get("subject", ""))
        self._base_url = base_url.rstrip("/")
        self._vapid = _key(str(settings["private_key"]))
        self._gone: deque[tuple[str, str]] = deque(maxlen=10_000)

    @property
    def public_key(self) -> str:
        """What a browser subscribes with: the uncompressed point, base64url."""
        numbers = self._vapid.public_key.public_numbers()
        point = b"\x04" + numbers.x.to_bytes(32, "big") + numbers.y.to_bytes(32, "big")
        return base64.urlsafe_b64encode(point).decode().rstrip("=")

    def carry(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        with requests.Session() as session:
            return [self._one(session, letter) for letter in batch]

    @property
    def knows_gone(self) -> bool:
        return bool(self._gone)

    def take_gone(self, district: str) -> list[str]:
        """Contact points of that district that their services say are no more, since the last time."""
        mine = [address for of, address in self._gone if of == district]
        for address in mine:
            self._gone.remove((district, address))
        return mine

    def _one(self, session: requests.Session, letter: Outgoing) -> Outcome:
        """To each of the person's browsers; it has gone when one took it, and is tried again while one may."""
        outcomes = [self._knock(session, letter, one) for one in subscriptions(letter.to)]
        taken = next((outcome for outcome in outcomes if isinstance(outcome, Receipt)), None)
        if taken is not None:
            return taken
        errors = [outcome for outcome in outcomes if isinstance(outcome, ChannelError)]
        if not errors:
            return ChannelError("push_unreadable", permanent=True)
        return next((error for error in errors if not error.permanent), errors[0])

    def _knock(self, session: requests.Session, letter: Outgoing, subscription: Mapping[str, Any]) -> Outcome:
        endpoint = str(subscription["endpoint"])
        if not allowed(endpoint, plain=self.allow_plain):
            return ChannelError("push_endpoint", permanent=True)
        try:
            body = WebPusher(subscription).encode(self._payload(letter))["body"]
        except (WebPushException, ValueError, TypeError, IndexError, binascii.Error):
            return ChannelError("push_keys", permanent=True)
        try:
            answer = session.post(
                endpoint, data=body, headers=self._headers(letter, endpoint), timeout=TIMEOUT_S, allow_redirects=False
            )
        except requests.RequestException:
            return ChannelError("push_unavailable", permanent=False, account=True)
        return self._read(answer, letter, subscription)

    def _read(self, answer: requests.Response, letter: Outgoing, subscription: Mapping[str, Any]) -> Outcome:
        status = answer.status_code
        if 200 <= status < 300:
            return Receipt(answer.headers.get("Location") or None)
        if status in (404, 410):
            self._gone.append((letter.district, address_of(subscription)))
            return ChannelError(GONE, permanent=True)
        # 401 and 403: our key or our claims; 413 and 400: what we built; neither is this family's fault
        return ChannelError(f"push_http_{status}", permanent=status in (400, 413), account=status not in (400, 413))

    def _headers(self, letter: Outgoing, endpoint: str) -> dict[str, str]:
        parts = urlsplit(endpoint)
        left = min(letter.expires_at - letter.at, LONGEST_TTL) if letter.expires_at else DEFAULT_TTL
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "sub": self._subject,
            "exp": int((letter.at + TOKEN_LIFE).timestamp()),
        }
        return {
            **self._vapid.sign(claims),
            "Content-Encoding": "aes128gcm",
            "Content-Type": "application/octet-stream",
            "TTL": str(max(0, int(left.total_seconds()))),
            "Urgency": "high" if letter.urgent else "normal",
            "Topic": topic(letter.delivery_id),
        }

    def _payload(self, letter: Outgoing) -> bytes:
        language = negotiate([letter.language], catalogue(LOCALE))
        notice = {
            "title": letter.from_name or Translator.of(language, (LOCALE,)).text("push.school"),
            "body": Translator.of(language, (LOCALE,)).text("push.notice"),
            "lang": language,
            "dir": Translator.of(language, (LOCALE,)).dir,
            "tag": topic(letter.delivery_id),
            "url": letter.link or self._base_url,
        }
        return json.dumps(notice, ensure_ascii=False, separators=(",", ":")).encode()


def topic(delivery_id: str) -> str:
    """At most 32 characters of base64url (RFC 8030 §5.4)."""
    return base64.urlsafe_b64encode(hashlib.sha256(delivery_id.encode()).digest()[:18]).decode().rstrip("=")
