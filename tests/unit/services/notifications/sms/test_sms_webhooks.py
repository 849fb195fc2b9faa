"""The provider's calls: forms and JSON, signed or refused and counted, repeated without harm."""

from __future__ import annotations

import hashlib
import json
from urllib.parse import urlencode

import pytest
from twilio.request_validator import RequestValidator

from services.notifications.handlers import writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import REPLY, SUPPRESSION
from services.notifications.web import api
from shared.identity import Identity
from shared.observability.metrics import CALLBACKS_REFUSED
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.notifications.voice.phones import Site

HOST = "http://falconframework.org"
INBOUND, STATUS = "/notifications/webhooks/sms/inbound", "/notifications/webhooks/sms/status"
ENDED = "/notifications/webhooks/voice/ended"


class Provider:
    """Signs as Twilio's own library does."""

    def __init__(self, district, token: str = "secret") -> None:
        identity = Identity.build("k" * 40, mode="demo", secure=False)
        site = Site(district)
        app = build_app(api, runtime=site, ports=district.ports, clock=site, identity=identity, mode="demo", sign_in_path=None)
        self._client, self._validator = SignedIn(app, identity, None), RequestValidator(token)

    def form(self, path: str, fields: dict[str, str], *, host: str = HOST, **query: str):
        asked = urlencode(query)
        url = f"{host}{path}" + (f"?{asked}" if asked else "")
        headers = {"X-Twilio-Signature": self._validator.compute_signature(url, fields)}
        return self._client.post(path, form=fields, headers=headers, query_string=asked)

    def json(self, path: str, fields: dict[str, str], *, sent: bytes | None = None):
        raw = json.dumps(fields).encode()
        asked = urlencode({"bodySHA256": hashlib.sha256(raw).hexdigest()})
        headers = {
            "X-Twilio-Signature": self._validator.compute_signature(f"{HOST}{path}?{asked}", {}),
            "Content-Type": "application/json",
        }
        return self._client.post(path, body=sent or raw, headers=headers, query_string=asked)


@pytest.fixture
def provider(district):
    return Provider(district)


def says(body: str, sid: str = "SM1") -> dict[str, str]:
    return {"From": "+13125550111", "To": "+1", "Body": body, "MessageSid": sid}


def write(district):
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip.", "s-mateo"))
    district.settle()
    return district.delivery_to("g-ana")


def refused() -> float:
    return CALLBACKS_REFUSED.labels("twilio")._value.get()


def test_words_come_by_form_and_by_json(district, provider):
    assert provider.form(INBOUND, says("Gracias")).status_code == 200
    assert provider.json(INBOUND, says("Sí", "SM2")).status_code == 200
    assert sorted(row["text"] for row in district.rows(REPLY)) == ["Gracias", "Sí"]


def test_the_same_call_twice_is_one_reply(district, provider):
    for _ in range(3):
        assert provider.form(INBOUND, says("Gracias")).status_code == 200
    assert len(district.rows(REPLY)) == 1


def test_behind_a_proxy_the_address_that_was_signed_is_the_sites_own(provider):
    assert provider.form(INBOUND, says("Gracias"), host="https://homeroom.example.org").status_code == 200


def test_what_the_provider_has_not_signed_changes_nothing_and_is_counted(district, provider):
    before = refused()
    forged = Provider(district, token="guessed")
    assert forged.form(INBOUND, says("Gracias")).status_code == 403
    assert forged.form(STATUS, {"MessageSid": "SM1", "MessageStatus": "delivered"}).status_code == 403
    assert forged.form(ENDED, {"CallSid": "CA1", "CallStatus": "completed"}, delivery="d", **{"try": "1"}).status_code == 403
    assert provider.json(INBOUND, says("Gracias"), sent=json.dumps(says("Other")).encode()).status_code == 403
    assert provider.form(INBOUND, says("Gracias"), district="elsewhere").status_code == 403
    assert district.rows(REPLY) == [] and refused() == before + 5


def test_a_picture_is_named_and_not_kept(district, provider):
    sent = {**says(""), "NumMedia": "1", "MediaContentType0": "image/jpeg", "MediaUrl0": "https://provider.example.org/x"}
    assert provider.form(INBOUND, sent).status_code == 200
    assert not any("provider.example.org" in str(row) for row in district.rows(REPLY))


def test_a_call_without_its_fields_is_told_which(provider):
    answer = provider.form(STATUS, {"MessageSid": "SM1"})
    assert answer.status_code == 400 and "MessageStatus" in answer.text


@pytest.mark.parametrize("order", [("sent", "delivered"), ("delivered", "sent"), ("delivered", "delivered", "sent", "delivered")])
def test_whatever_the_order_of_its_callbacks_a_delivered_text_is_delivered(district, provider, order):
    row = write(district)
    for status in order:
        fields = {"MessageSid": row["provider_ref"], "MessageStatus": status}
        assert provider.form(STATUS, fields, delivery=row["delivery_id"]).status_code == 200
    district.settle()
    assert district.delivery_to("g-ana")["state"] == "delivered"


@pytest.mark.parametrize(("code", "source", "detail"), [("21610", "carrier", "sms_21610"), ("30006", "invalid", "landline")])
def test_a_carriers_block_and_a_landline_close_the_channel(district, provider, code, source, detail):
    row = write(district)
    fields = {"MessageSid": row["provider_ref"], "MessageStatus": "undelivered", "ErrorCode": code}
    provider.form(STATUS, fields, delivery=row["delivery_id"])
    district.settle()
    closed = {(r["guardian_id"], r["channel"], r["source"]) for r in district.rows(SUPPRESSION)}
    assert ("g-ana", "sms", source) in closed
    assert district.delivery_to("g-ana")["state"] == "letter"


@pytest.mark.parametrize("status", ["receiving", "scheduled", "partially_delivered", "", "\u0000"])
def test_a_status_that_nobody_has_told_us_of_changes_nothing(district, provider, status):
    row = write(district)
    provider.form(STATUS, {"MessageSid": "SM1", "MessageStatus": status or "odd"}, delivery=row["delivery_id"])
    district.settle()
    assert district.delivery_to("g-ana")["state"] == "sent"
