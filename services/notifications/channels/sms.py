"""SMS over HTTP in Twilio's shape, and the signature on what comes back.

A message sent twice cannot be taken back, so a delivery that may have been handed over before is first looked up by our
key; a provider that cannot look up leaves it `Doubtful`, and a person decides.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import requests

from services.notifications.channels.port import ChannelError, Doubtful, Outcome, Outgoing, Receipt

TIMEOUT_S = 20
KEY_HEADER = "I-Twilio-Idempotency-Token"
# Twilio's error codes after which this number will never take this message (docs: "SMS error codes")
PERMANENT = frozenset({21211, 21214, 21217, 21407, 21408, 21421, 21610, 21612, 21614, 30003, 30005, 30006})
STOPPED = "sms_21610"
NO_ANSWER = "sms_no_answer"


class Sms:
    """`settings`: base (URL), account_sid, auth_token, sender; optionally lookup (true: can find by our key)."""

    name = "sms"

    def __init__(self, settings: Mapping[str, Any], *, base_url: str) -> None:
        self._settings = settings
        self._base_url = base_url.rstrip("/")
        self.sender = str(settings.get("sender", ""))
        self.auth_token = str(settings.get("auth_token", ""))

    @property
    def _messages(self) -> str:
        settings = self._settings
        return f"{str(settings['base']).rstrip('/')}/2010-04-01/Accounts/{settings['account_sid']}/Messages.json"

    def callback(self, district: str, delivery_id: str) -> str:
        """Where the provider tells what became of it; signed by the provider with its whole query."""
        return f"{self._base_url}/notifications/webhooks/sms/status?district={quote(district)}&delivery={quote(delivery_id)}"

    def carry(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        if not self._settings.get("base"):
            return [ChannelError("sms_unavailable", permanent=False) for _ in batch]
        with requests.Session() as session:
            session.auth = (str(self._settings["account_sid"]), self.auth_token)
            return [self._one(session, letter) for letter in batch]

    def _one(self, session: requests.Session, letter: Outgoing) -> Outcome:
        try:
            if letter.again and (known := self._handed_over(session, letter)) is not None:
                return known
            answer = session.post(
                self._messages,
                data={
                    "To": letter.to,
                    "From": self.sender,
                    "Body": letter.body,
                    "StatusCallback": self.callback(letter.district, letter.delivery_id),
                },
                headers={KEY_HEADER: letter.delivery_id},
                timeout=TIMEOUT_S,
            )
        except requests.ConnectionError:
            return ChannelError("sms_unavailable", permanent=False)
        except requests.RequestException:
            # the request may have arrived: only the provider knows, so it is asked before the next try
            return ChannelError(NO_ANSWER, permanent=False)
        return _read(answer)

    def _handed_over(self, session: requests.Session, letter: Outgoing) -> Outcome | None:
        """The provider's receipt of an earlier hand-over; None when it surely has none."""
        if not self._settings.get("lookup"):
            return Doubtful()
        answer = session.get(self._messages, params={"IdempotencyToken": letter.delivery_id}, timeout=TIMEOUT_S)
        if answer.status_code >= 400:
            return ChannelError(f"sms_http_{answer.status_code}", permanent=False)
        found = _body(answer).get("messages")
        if not isinstance(found, list):
            return ChannelError(NO_ANSWER, permanent=False)  # not the answer to our question: asked again later
        return Receipt(str(found[0]["sid"])) if found else None


def _read(answer: requests.Response) -> Outcome:
    body = _body(answer)
    if answer.status_code < 300:
        # a yes without a name for the message may be anybody's (a proxy's page): looked up before it is tried again
        return Receipt(str(body["sid"])) if body.get("sid") else ChannelError(NO_ANSWER, permanent=False)
    code = body.get("code")
    if not isinstance(code, int):
        return ChannelError(f"sms_http_{answer.status_code}", permanent=False)
    return ChannelError(f"sms_{code}", permanent=code in PERMANENT)


def _body(answer: requests.Response) -> dict[str, Any]:
    """The JSON object of the answer; empty where it is anything else."""
    try:
        body = answer.json()
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def signature(auth_token: str, url: str, params: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 of the URL with every POST field, sorted by name, appended (Twilio's documentation)."""
    signed = url + "".join(f"{name}{params[name]}" for name in sorted(params))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def signed_by_us(auth_token: str, url: str, params: Mapping[str, str], given: str | None) -> bool:
    """Whether the call holds the signature that only the provider and we can make; without a token nothing does."""
    return bool(auth_token and given) and hmac.compare_digest(signature(auth_token, url, params), str(given))
