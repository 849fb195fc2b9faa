"""A provider of text messages and calls in Twilio's shape, and the telephones behind it.

It takes each message once per key (or, without keys, as often as it is told), and behaves towards a number as it was
taught: refuses, breaks, babbles, hangs up after it has accepted. Calls are really placed: it fetches what is to be
said, listens, presses keys, and tells how it ended.
"""

from __future__ import annotations

import hashlib
import hmac
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from shared.clock import monotonic
from shared.demo.callbacks import Callbacks, Weather
from shared.demo.journal import Journal


@dataclass(frozen=True)
class Manner:
    """How one number is answered for.

    `status` and `code`: the answer's HTTP status and error code; `babble`: an answer of that text in place of JSON;
    `hangs_up`: no answer at all. `accepts`: whether the message goes all the same; `times`: how often before it is
    ordinary again. `told`: what becomes of an accepted one (status, or "status:error"). `picks_up`, `presses`: of a call:
    human, machine_end_beep, or empty for nobody; the keys, one after another. Where a script wants several (or a recording),
    they are what stands between two `|`, and a `~` before them is so many seconds of speech; `|` with nothing is silence.
    """

    status: int = 201
    code: int | None = None
    babble: str | None = None
    hangs_up: bool = False
    accepts: bool = True
    times: int = 1_000_000
    told: tuple[str, ...] = ("sent", "delivered")
    picks_up: str = "human"
    presses: str = ""


ORDINARY = Manner()


@dataclass(frozen=True)
class Said:
    """The provider's answer to one request; None: it hangs up."""

    status: int
    body: Mapping[str, Any] | str | None


class Telephony:
    """`keeps_keys`: finds a message again by the sender's key, and takes no second one under it."""

    def __init__(
        self,
        texts: Journal,
        calls: Journal,
        *,
        account: str,
        token: str,
        seed: int = 1,
        keeps_keys: bool = True,
        weather: Weather | None = None,
    ) -> None:
        self.texts, self.calls = texts, calls
        self.keeps_keys = keeps_keys
        self.manners: dict[str, Manner] = {}
        self.callbacks = Callbacks(token, seed=seed, weather=weather or Weather())
        self._account, self._token = account, token
        self._accepted: dict[str, dict[str, str]] = {}
        self._seen: dict[str, int] = {}
        self._lock = threading.Lock()

    def known(self, user: str, password: str) -> bool:
        return hmac.compare_digest(f"{user}:{password}", f"{self._account}:{self._token}")

    def teach(self, number: str, manner: Manner) -> None:
        with self._lock:
            self.manners[number] = manner
            self._seen.pop(number, None)

    def message(self, form: Mapping[str, str], key: str | None) -> Said:
        if not form.get("To") or not form.get("Body"):
            return _refusal(400, 21604)
        return self._take(form, key, call=False)

    def call(self, form: Mapping[str, str], key: str | None) -> Said:
        if not form.get("To") or not (form.get("Url") or form.get("Twiml")):
            return _refusal(400, 21205)
        return self._take(form, key, call=True)

    def find(self, key: str) -> list[dict[str, str]]:
        with self._lock:
            found = self._accepted.get(key) if self.keeps_keys else None
        return [found] if found else []

    def status_of(self, sid: str) -> Said:
        """What became of one message or call, as the last callback would say."""
        with self._lock:
            known = next((one for one in self._accepted.values() if one["sid"] == sid), None)
            manner = self.manners.get(known["to"], ORDINARY) if known else ORDINARY
        if known is None:
            return _refusal(404, 20404)
        if sid.startswith("CA"):
            return Said(200, {**known, "status": "completed" if manner.picks_up else "no-answer"})
        word = _status(sid, known["to"], manner.told[-1]) if manner.told else {"MessageStatus": "queued"}
        error = word.get("ErrorCode")
        return Said(200, {**known, "status": word["MessageStatus"], "error_code": int(error) if error else None})

    def _take(self, form: Mapping[str, str], key: str | None, *, call: bool) -> Said:
        manner = self._manner(form["To"])
        odd = manner.status >= 300 or manner.code is not None or manner.babble is not None or manner.hangs_up
        answer = None if odd and not manner.accepts else self._accept(form, key, manner, call=call)
        if manner.hangs_up:
            return Said(0, None)
        if manner.babble is not None:
            return Said(manner.status if manner.status != 201 else 200, manner.babble)
        if manner.code is not None or manner.status >= 300:
            return _refusal(manner.status if manner.status >= 300 else 400, manner.code)
        return Said(201, answer)

    def _manner(self, number: str) -> Manner:
        with self._lock:
            taught = self.manners.get(number, ORDINARY)
            self._seen[number] = seen = self._seen.get(number, 0) + 1
        return taught if seen <= taught.times else ORDINARY

    def _accept(self, form: Mapping[str, str], key: str | None, manner: Manner, *, call: bool) -> dict[str, str]:
        with self._lock:
            if self.keeps_keys and key and key in self._accepted:
                return self._accepted[key]
            number = len(self._accepted)
            sid = ("CA" if call else "SM") + hashlib.sha256(f"{key}:{number}".encode()).hexdigest()[:32]
            answer = {"sid": sid, "status": "queued", "to": form["To"]}
            self._accepted[key if self.keeps_keys and key else sid] = answer
        if call:
            self.callbacks.later(monotonic(), lambda: self._ring(form, sid, key, manner))
        else:
            self.texts.add({"to": form["To"], "from": form.get("From", ""), "text": form["Body"], "sid": sid, "key": key})
            if form.get("StatusCallback"):
                self.callbacks.plan(form["StatusCallback"], [_status(sid, form["To"], word) for word in manner.told])
        return answer

    def _ring(self, form: Mapping[str, str], sid: str, key: str | None, manner: Manner) -> None:
        """One call: what was heard is written down, and how it ended is told."""
        heard: list[str] = []
        base = {"CallSid": sid, "To": form["To"], "From": form.get("From", "")}
        if manner.picks_up:
            url, keys = form.get("Url", ""), _keys(manner.presses)
            asked: Mapping[str, str] = {**base, "CallStatus": "in-progress", "AnsweredBy": manner.picks_up}
            while url:
                answer = self.callbacks.post(url, asked)
                if answer.status_code >= 300:
                    break  # the provider says that an error has occurred, and hangs up
                heard_now = _listen(answer.text, heard)
                asked = {**base, "CallStatus": "in-progress"}
                if not heard_now.wants_keys:
                    url = heard_now.then
                elif keys:
                    pressed = keys.pop(0)
                    url = heard_now.action if pressed else heard_now.then
                    asked |= _pressed(self._account, pressed, f"{sid}{len(heard)}") if pressed else {}
                else:
                    url = ""  # hung up
        self.calls.add(
            {"to": form["To"], "sid": sid, "key": key, "heard": heard, "answered_by": manner.picks_up, "pressed": manner.presses}
        )
        if form.get("StatusCallback"):
            ended = {**base, "CallStatus": "completed" if manner.picks_up else "no-answer", "CallDuration": "21"}
            if manner.picks_up:
                ended["AnsweredBy"] = manner.picks_up
            self.callbacks.plan(form["StatusCallback"], [ended])


def _pressed(account: str, pressed: str, name: str) -> dict[str, str]:
    """Fields of a turn: keys, or a recording of so many seconds (`~7`) and the key that ended it."""
    if not pressed.startswith("~"):
        return {"Digits": pressed}
    seconds, _, key = pressed[1:].partition("#")
    sid = "RE" + hashlib.sha256(name.encode()).hexdigest()[:32]
    return {"RecordingSid": sid, "RecordingDuration": seconds or "0", "AccountSid": account, "Digits": key or "#"}


def _refusal(status: int, code: int | None) -> Said:
    return Said(status, {"message": "refused", "status": status} | ({"code": code} if code else {}))


def _status(sid: str, to: str, word: str) -> dict[str, str]:
    status, _, error = word.partition(":")
    return {"MessageSid": sid, "MessageStatus": status, "To": to} | ({"ErrorCode": error} if error else {})


@dataclass(frozen=True)
class _Heard:
    """`action`: where keys or a recording go; `then`: where the call goes on without any."""

    wants_keys: bool
    action: str
    then: str


def _keys(presses: str) -> list[str]:
    """One key at a time, or what stands between bars."""
    return presses.split("|") if "|" in presses or presses.startswith("~") else list(presses)


def _listen(script: str, heard: list[str]) -> _Heard:
    """What TwiML says and plays, in order."""
    action, then, wants = "", "", False
    for element in ElementTree.fromstring(script).iter():
        if element.tag == "Say":
            heard.append(f"[{element.get('language', '')}] {element.text or ''}")
        elif element.tag == "Play":
            heard.append(f"(plays {element.text or ''})")
        elif element.tag in ("Gather", "Record"):
            action, wants = element.get("action", ""), True
        elif element.tag == "Redirect":
            then = element.text or ""
    return _Heard(wants, action, then)
