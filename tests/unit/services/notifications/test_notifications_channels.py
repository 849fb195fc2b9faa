"""Text messages against a provider over HTTP (emails: `email/`); and what a crash between yes and record leaves."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.channels.port import ChannelError, Content, Doubtful, Outgoing, Receipt
from services.notifications.channels.sms.twilio import NO_ANSWER, TwilioSms, signature, signed_by_us
from services.notifications.handlers import writing
from services.notifications.handlers.writing import Author, Note
from tests.unit.services.notifications.outside import sms_provider

ALVAREZ = Author("t-alvarez", "teacher", ("greenview",))


def letter(to: str, **changes) -> Outgoing:
    content = Content.plain("m-1", "Mateo ayudó hoy. શાળા", title="Greenview", language="es")
    made = Outgoing("d-1", "riverside", datetime(2026, 9, 29, 15, 0, tzinfo=UTC), content, to)
    return replace(made, **changes)


@pytest.fixture
def provider():
    with sms_provider() as opened:
        yield opened


def sms(provider, **settings) -> TwilioSms:
    return TwilioSms(
        {"name": "texts", "base": provider.base, "account_sid": "AC1", "auth_token": "t", "sender": "+1", **settings},
        base_url="https://homeroom.example.org",
    )


def test_a_text_message_carries_our_key_and_where_to_tell_what_became_of_it(provider):
    (outcome,) = sms(provider).carry([letter("+13125550111")])
    (message,) = provider.messages
    assert isinstance(outcome, Receipt) and outcome.ref == message["sid"]
    assert message["key"] == "d-1"
    assert message["StatusCallback"] == "https://homeroom.example.org/notifications/webhooks/sms/status?district=riverside&delivery=d-1"


@pytest.mark.parametrize(("code", "said", "permanent"), [(21610, "sms_21610", True), (20429, "sms_20429", False), (0, "sms_http_503", False)])
def test_a_refusal_says_whether_trying_again_can_help(provider, code, said, permanent):
    provider.refuses["+1999"] = code
    (outcome,) = sms(provider).carry([letter("+1999")])
    assert isinstance(outcome, ChannelError)
    assert (outcome.code, outcome.permanent) == (said, permanent)


def test_a_provider_that_is_down_was_given_nothing(provider):
    (outcome,) = TwilioSms({"name": "texts", "base": "http://127.0.0.1:1", "account_sid": "A"}, base_url="").carry([letter("+1")])
    assert isinstance(outcome, ChannelError) and outcome.code != NO_ANSWER and not outcome.permanent


def test_what_may_have_gone_is_looked_up_and_without_look_up_left_in_doubt(provider):
    channel = sms(provider, lookup=True)
    channel.carry([letter("+1")])
    (known,) = channel.carry([letter("+1", again=True)])
    (never,) = channel.carry([letter("+1", delivery_id="d-2", again=True)])
    assert known == Receipt("SM0") and isinstance(never, Receipt)
    assert [message["key"] for message in provider.messages] == ["d-1", "d-2"]
    (doubtful,) = sms(provider).carry([letter("+1", again=True)])
    assert isinstance(doubtful, Doubtful) and len(provider.messages) == 2


class Dies(Exception):
    """The worker's end, between the provider's yes and our record."""


@pytest.mark.parametrize(("lookup", "state"), [(True, "sent"), (False, "unknown")])
def test_a_crash_after_the_providers_yes_sends_nobody_twice(district, provider, lookup, state):
    channel = sms(provider, lookup=lookup)
    real = channel.carry

    def carry_and_die(batch):
        real(batch)
        raise Dies

    district.ports.accounts["sms"]["texts"] = channel
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note("info", "Trip.", "s-mateo"))
    channel.carry = carry_and_die
    with pytest.raises(Dies):
        district.settle()
    channel.carry = real
    district.at(district.now + timedelta(minutes=6))
    assert len(provider.messages) == 1
    assert district.delivery_to("g-ana")["state"] == state
    assert len(district.email.took) == 1


def test_a_carriers_block_is_remembered_and_start_does_not_lift_it(district, provider):
    provider.refuses["+13125550111"] = 21610
    district.ports.accounts["sms"]["texts"] = sms(provider)
    for text in ("One.", "Two."):
        with district.transaction() as uow:
            writing.write(uow, district.ports, ALVAREZ, Note("emergency", text, "s-mateo"))
        district.settle()
    assert len([d for d in district.told("delivery_failed") if d["guardian_id"] == "g-ana"]) == 1
    assert district.delivery_to("g-ana")["state"] == "letter"


def test_a_signature_needs_a_secret():
    fields = {"Body": "2", "From": "+1"}
    given = signature("", "https://h/x", fields)
    assert not signed_by_us("", "https://h/x", fields, given)
    assert not signed_by_us("secret", "https://h/x", fields, None)
    assert signed_by_us("secret", "https://h/x", fields, signature("secret", "https://h/x", fields))
