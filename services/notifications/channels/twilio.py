"""Twilio's REST shape, whatever is handed over: a POST with our key, a look-up by it, and the signature on calls back.

What was sent cannot be taken back, so an answer that leaves it open whether the provider took the message is never taken
for a no: where the account can be asked by our key (`lookup`), it is asked before the next try; else a person decides.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

import urllib3
from urllib3.exceptions import ClosedPoolError, ConnectTimeoutError, HTTPError, NewConnectionError, SSLError

from services.notifications.channels.port import ChannelError, Doubtful, Outcome, Outgoing, Receipt
from shared.clock import monotonic

AT_ONCE = 8
TIMEOUT = urllib3.Timeout(connect=5, read=20)
IDLE_S = 4.0  # servers close idle connections after five seconds and more; a request into a closing one is in doubt
KEY_HEADER = "I-Twilio-Idempotency-Token"
NO_ANSWER = "no_answer"
# Twilio's error codes (docs: "Error and Warning Dictionary") after which this number will never take this message …
PERMANENT = frozenset(
    {21211, 21214, 21217, 21401, 21407, 21408, 21421, 21610, 21612, 21614, 21617, 30004, 30005, 30006, 30007, 13223, 13224}
)
# … and those that are about the account: another one may do better
OF_ACCOUNT = frozenset({20003, 20005, 20008, 20429, 21210, 21212, 21606, 21611, 21659, 30001, 30002, 30022, 30034, 63038})


def abreast(call: Callable[[Outgoing], Outcome], batch: Sequence[Outgoing], *, width: int = AT_ONCE) -> list[Outcome]:
    """The outcome of each, a few at a time; what `call` raises is the outcome of that one alone."""
    outcomes: list[Outcome] = [ChannelError("not_tried", permanent=False)] * len(batch)
    waiting = deque(enumerate(batch))

    def work() -> None:
        while True:
            try:
                number, letter = waiting.popleft()
            except IndexError:
                return
            try:
                outcomes[number] = call(letter)
            except Exception:  # our own fault, and after a hand-over perhaps: not to be repeated blindly
                outcomes[number] = Doubtful("handing_over_failed")

    helpers = [Thread(target=work, daemon=True) for _ in range(min(width, len(batch)) - 1)]
    for helper in helpers:
        helper.start()
    work()
    for helper in helpers:
        helper.join()
    return outcomes


class TwilioRest:
    """One account's resource ("Messages", "Calls") over connections that are kept; safe between threads, green or not."""

    def __init__(self, settings: Mapping[str, Any], *, channel: str, resource: str) -> None:
        base, sid = str(settings.get("base", "")).rstrip("/"), quote(str(settings.get("account_sid", "")))
        self._url = f"{base}/2010-04-01/Accounts/{sid}/{resource}.json" if base else ""
        self._lookup = bool(settings.get("lookup"))
        self._channel, self._found_in = channel, resource.lower()
        self._headers = urllib3.make_headers(basic_auth=f"{settings.get('account_sid', '')}:{settings.get('auth_token', '')}")
        self._pool = urllib3.PoolManager(maxsize=AT_ONCE, block=True, timeout=TIMEOUT, retries=False)
        self._used_at = monotonic()

    def hand_over(self, fields: Mapping[str, str], *, key: str) -> Outcome:
        """Exactly one POST; its outcome."""
        if not self._url:
            return self.unavailable()
        headers = {**self._headers, KEY_HEADER: key, "Content-Type": "application/x-www-form-urlencoded"}
        try:
            answer = self._call("POST", self._url, body=urlencode(fields), headers=headers)
        except (NewConnectionError, ConnectTimeoutError, SSLError):
            return self.unavailable()
        except HTTPError:
            return self.in_doubt()
        return self._read(answer)

    def handed_over(self, key: str) -> Outcome | None:
        """What the provider knows under our key: its receipt; None when it surely has nothing."""
        if not self._lookup:
            return Doubtful()
        if not self._url:
            return self.unavailable()
        try:
            answer = self._call("GET", f"{self._url}?{urlencode({'IdempotencyToken': key})}", headers=self._headers)
        except HTTPError:
            return self.in_doubt()
        found = _body(answer).get(self._found_in)
        if answer.status >= 300 or not isinstance(found, list):
            return self.in_doubt()  # not the answer to our question: asked again later
        if not found:
            return None
        sid = found[0].get("sid") if isinstance(found[0], dict) else None
        return Receipt(str(sid)) if sid else self.in_doubt()

    def fetch(self, sid: str) -> Mapping[str, Any]:
        """What the provider tells of one resource of its own; empty where it tells nothing."""
        if not self._url:
            return {}
        try:
            answer = self._call("GET", f"{self._url.removesuffix('.json')}/{quote(sid)}.json", headers=self._headers)
        except HTTPError:
            return {}
        return _body(answer) if answer.status < 300 else {}

    def unavailable(self) -> ChannelError:
        """Nothing was handed over."""
        return ChannelError(f"{self._channel}_unavailable", permanent=False, account=True)

    def in_doubt(self) -> ChannelError:
        """Perhaps handed over: asked for before the next try, or left to a person where the account cannot be asked."""
        code = f"{self._channel}_{NO_ANSWER}"
        return ChannelError(code, permanent=False) if self._lookup else Doubtful(code)

    def _call(self, method: str, url: str, **rest: Any) -> urllib3.BaseHTTPResponse:
        now = monotonic()
        if now - self._used_at > IDLE_S:
            self._pool.clear()
        self._used_at = now
        while True:
            try:
                return self._pool.request(method, url, redirect=False, **rest)
            except ClosedPoolError:
                continue  # another thread has just cleared it: nothing was sent, and a new one is made

    def _read(self, answer: urllib3.BaseHTTPResponse) -> Outcome:
        body, status = _body(answer), answer.status
        if status < 300:
            # a yes without a name for the message may be anybody's (a proxy's page)
            return Receipt(str(body["sid"])) if body.get("sid") else self.in_doubt()
        code = body.get("code")
        if isinstance(code, int) and not isinstance(code, bool) and status < 500:
            return told_code(self._channel, code)
        if status >= 500 and status != 503:
            return self.in_doubt()  # it broke somewhere behind its door
        account = status in (401, 403, 404, 429, 503)
        return ChannelError(f"{self._channel}_http_{status}", permanent=False, account=account)


def told_code(channel: str, code: int) -> ChannelError:
    """A refusal by the provider's own number for it."""
    return ChannelError(f"{channel}_{code}", permanent=code in PERMANENT, account=code in OF_ACCOUNT)


def _body(answer: urllib3.BaseHTTPResponse) -> dict[str, Any]:
    """The JSON object of the answer; empty where it is anything else."""
    try:
        body = json.loads(answer.data)
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


def signature(auth_token: str, url: str, params: Mapping[str, str]) -> str:
    """X-Twilio-Signature: HMAC-SHA1 of the URL with every POST field, sorted by name, appended (Twilio's documentation)."""
    signed = url + "".join(f"{name}{params[name]}" for name in sorted(params))
    return base64.b64encode(hmac.new(auth_token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def signed_by_us(
    auth_token: str, url: str, params: Mapping[str, str], given: str | None, *, raw: bytes | None = None
) -> bool:
    """Whether the call holds the signature that only the provider and we can make; without a token nothing does.

    `raw`: a body that is no form, JSON say. The address then names the body's digest (bodySHA256), and both are checked.
    """
    if not auth_token or not given:
        return False
    if raw is not None:
        said = dict(parse_qsl(urlsplit(url).query)).get("bodySHA256", "")
        if not hmac.compare_digest(hashlib.sha256(raw).hexdigest(), said.lower()):
            return False
        params = {}
    return hmac.compare_digest(signature(auth_token, url, params), given)
