"""WhatsApp over Meta's Cloud API: one person at a time, free words only within 24 hours of theirs, else a template.

Meta recognises no message by our key, so one that may have been handed over before is in doubt; our delivery id travels
as `biz_opaque_callback_data`, and a later status settles it.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from typing import Any

import requests
from urllib3.exceptions import NewConnectionError

from services.notifications.channels.port import ChannelError, Doubtful, Outcome, Outgoing, Receipt
from shared.errors import HomeroomError

TIMEOUT_S = 20
LONGEST = 4096  # characters of a text message
LONGEST_PARAMETER = 1024  # characters of a template's body, of which a parameter can be no more
ANY = "*"
# Cloud API error codes (Meta, "Error codes"): this number will never take this message
PERMANENT = frozenset(
    {100, 131008, 131009, 131021, 131026, 131030, 131047, 131049, 131050, 131051, 132000, 132001, 132005, 132007, 132012}
    | {132015, 132016, 132068, 132069}
)
# the fault is the account's: another account may do better, and so may this one later
ACCOUNT = frozenset(
    {0, 1, 2, 3, 4, 10, 190, 200, 368, 80007, 130429, 131000, 131005, 131016, 131031, 131042, 131045, 131048, 131057}
    | {133010, 133016}
)
REENGAGE = 131047  # more than 24 hours since their last words
_SPACES = re.compile(r"\s+")


class WhatsAppCloud:
    """`settings`: base (URL with version), phone_number_id, access_token, app_secret, verify_token, and templates:
    key of a text ("*": any) → language → {name, language, slots}. A slot is a value of the delivery, or `body`, `link`,
    `school`.
    """

    keeps_keys = False

    def __init__(self, settings: Mapping[str, Any], *, base_url: str) -> None:
        self.name = str(settings["name"])
        self.app_secret = str(settings.get("app_secret", ""))
        self.verify_token = str(settings.get("verify_token", ""))
        self.phone_number_id = str(settings.get("phone_number_id", ""))
        self._url = f"{str(settings.get('base', '')).rstrip('/')}/{self.phone_number_id}/messages"
        self._token = str(settings.get("access_token", ""))
        self._templates = _templates(settings.get("templates") or {})

    def carry(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        with requests.Session() as session:
            session.headers["Authorization"] = f"Bearer {self._token}"
            return [self._one(session, letter) for letter in batch]

    def _one(self, session: requests.Session, letter: Outgoing) -> Outcome:
        if letter.again:
            return Doubtful()
        try:
            content = self._content(letter)
        except ChannelError as error:
            return error
        outcome = self._post(session, letter, content)
        if isinstance(outcome, ChannelError) and outcome.code == _code(REENGAGE) and content["type"] == "text":
            # our clock and theirs differ by a moment: what is not free any more goes as a template
            try:
                return self._post(session, letter, self._template(letter))
            except ChannelError as error:
                return error
        return outcome

    def _post(self, session: requests.Session, letter: Outgoing, content: Mapping[str, Any]) -> Outcome:
        body = {
            "messaging_product": "whatsapp",
            "recipient_type": "individual",
            "to": letter.to.lstrip("+"),
            "biz_opaque_callback_data": f"{letter.district}/{letter.delivery_id}",
            **content,
        }
        try:
            answer = session.post(self._url, json=body, timeout=TIMEOUT_S, allow_redirects=False)
        except requests.RequestException as error:
            if never_connected(error):
                return ChannelError("whatsapp_unavailable", permanent=False, account=True)
            return Doubtful("whatsapp_no_answer")  # it may have arrived, and Meta cannot be asked
        return _read(answer)

    def _content(self, letter: Outgoing) -> dict[str, Any]:
        if not letter.extras.get("window_open"):
            return self._template(letter)
        if len(letter.body) > LONGEST:
            raise ChannelError("whatsapp_too_long", permanent=True)
        return {"type": "text", "text": {"body": letter.body, "preview_url": False}}

    def _template(self, letter: Outgoing) -> dict[str, Any]:
        """The approved template of this text in this language; ChannelError where there is none."""
        key = str(letter.extras.get("template") or letter.content.key)
        known = self._templates.get(key) or self._templates.get(ANY) or {}
        found = known.get(letter.language) or known.get(letter.language.split("-")[0])
        if found is None:
            raise ChannelError("whatsapp_no_template", permanent=True)
        values = {**letter.values, "body": letter.body, "link": letter.link or "", "school": letter.from_name}
        slots = [str(slot) for slot in found.get("slots") or ()]
        given = [_SPACES.sub(" ", str(values.get(slot, ""))).strip() for slot in slots]
        if not all(given) or any(len(text) > LONGEST_PARAMETER for text in given):
            raise ChannelError("whatsapp_template_slot", permanent=True)  # empty or over-long ones are refused as a whole
        template: dict[str, Any] = {"name": found["name"], "language": {"code": found.get("language", letter.language)}}
        if given:
            template["components"] = [
                {"type": "body", "parameters": [{"type": "text", "text": text} for text in given]}
            ]
        return {"type": "template", "template": template}


def _templates(given: Any) -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    """Checked when the process starts: a template without a name would be noticed one family at a time."""
    wrong = None if isinstance(given, Mapping) else "templates"
    for key, languages in given.items() if wrong is None else ():
        if not isinstance(languages, Mapping):
            wrong = f"templates.{key}"
            break
        for language, one in languages.items():
            slots = one.get("slots", []) if isinstance(one, Mapping) else None
            if not isinstance(slots, list) or not one.get("name"):
                wrong = f"templates.{key}.{language}"
    if wrong is not None:
        raise HomeroomError(
            "cell.value",
            "a WhatsApp template is not readable",
            "write KEY: {LANGUAGE: {name: …, language: …, slots: [...]}}",
            where=f"channels.whatsapp.{wrong}",
        )
    return given  # type: ignore[no-any-return]


def _read(answer: requests.Response) -> Outcome:
    try:
        body = answer.json()
    except ValueError:
        body = None
    if not isinstance(body, dict):
        body = {}
    if answer.status_code < 300:
        sent = body.get("messages")
        if isinstance(sent, list) and sent and isinstance(sent[0], dict) and sent[0].get("id"):
            return Receipt(str(sent[0]["id"]))
        return Doubtful("whatsapp_no_answer")  # a yes without a name may be anybody's (a proxy's page)
    error = body.get("error")
    code = error.get("code") if isinstance(error, dict) else None
    if isinstance(code, int):
        return failure(code)
    return ChannelError(f"whatsapp_http_{answer.status_code}", permanent=False, account=answer.status_code >= 500)


def never_connected(error: requests.RequestException) -> bool:
    """Whether surely nothing was handed over; a connection that broke later may have brought everything."""
    reason = getattr(error.args[0], "reason", None) if error.args else None
    return isinstance(error, requests.ConnectTimeout) or isinstance(reason, NewConnectionError)


def failure(code: int) -> ChannelError:
    """What Meta's error code means for us."""
    return ChannelError(_code(code), permanent=code in PERMANENT, account=code in ACCOUNT)


def _code(code: int) -> str:
    return f"whatsapp_{code}"


def signed(app_secret: str, body: bytes, given: str | None) -> bool:
    """X-Hub-Signature-256: HMAC-SHA256 of the raw body under the app's secret; without a secret nothing holds."""
    if not app_secret or not given:
        return False
    made = hmac.new(app_secret.encode(), body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(f"sha256={made}".encode(), given.encode())
