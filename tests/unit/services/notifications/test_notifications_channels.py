"""The two channels against a real mail server and a provider over HTTP; and what a crash between yes and record leaves."""

from __future__ import annotations

import email
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email import policy

import pytest

from services.notifications.channels.email import Email
from services.notifications.channels.port import ChannelError, Doubtful, Outgoing, Receipt
from services.notifications.channels.sms import NO_ANSWER, Sms, signature, signed_by_us
from services.notifications.handlers import writing
from services.notifications.handlers.writing import Author, Note
from tests.unit.services.notifications.outside import sms_provider, smtp_server

ALVAREZ = Author("t-alvarez", "teacher", ("greenview",))


def letter(to: str = "ana@example.org", **changes) -> Outgoing:
    made = Outgoing(
        delivery_id="d-1", district="riverside", at=datetime(2026, 9, 29, 15, 0, tzinfo=UTC), sender="s@example.org", to=to,
        subject="Greenview", body="Mateo ayudó hoy. શાળા", language="es", unsubscribe="https://h.example.org/stop/t",
    )  # fmt: skip
    return replace(made, **changes)


@pytest.fixture
def mail():
    with smtp_server() as (box, port):
        yield box, Email({"host": "127.0.0.1", "port": port, "sender": "s@example.org"})


@pytest.fixture
def provider():
    with sms_provider() as opened:
        yield opened


def sms(provider, **settings) -> Sms:
    return Sms(
        {"base": provider.base, "account_sid": "AC1", "auth_token": "t", "sender": "+1", **settings},
        base_url="https://homeroom.example.org",
    )


def test_a_mail_says_whose_it_is_how_to_stop_it_and_keeps_every_script(mail):
    box, channel = mail
    (outcome,) = channel.carry([letter(ics="BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")])
    parsed = email.message_from_bytes(box.mails[0][1], policy=policy.default)
    assert outcome == Receipt("<d-1@riverside.homeroom>") and parsed["Message-ID"] == outcome.ref
    assert parsed["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click" and "stop/t" in parsed["List-Unsubscribe"]
    assert "Mateo ayudó hoy. શાળા" in parsed.get_body(("plain",)).get_content()
    kinds = [part.get_content_type() for part in parsed.walk()]
    assert "text/calendar" in kinds and "application/ics" in kinds
    assert b"\r\n" in box.mails[0][1]


def test_one_refused_address_does_not_stop_the_others_of_its_batch(mail):
    box, channel = mail
    box.answers = {"gone@example.org": "550 no such user", "busy@example.org": "451 later"}
    gone, busy, fine = channel.carry([letter("gone@example.org"), letter("busy@example.org"), letter("fine@example.org")])
    assert (gone.code, gone.permanent) == ("smtp_550", True)
    assert (busy.code, busy.permanent) == ("smtp_451", False)
    assert isinstance(fine, Receipt) and len(box.mails) == 1


def test_an_address_that_no_header_can_hold_stops_only_itself(mail):
    box, channel = mail
    evil, fine = channel.carry([letter("ana@example.org\r\nBcc: all@example.org"), letter("fine@example.org")])
    assert (evil.code, evil.permanent) == ("address_unusable", True)
    assert isinstance(fine, Receipt) and [to for to, _ in box.mails] == [["fine@example.org"]]


def test_a_line_break_in_a_schools_name_writes_no_header(mail):
    box, channel = mail
    channel.carry([letter(subject="Greenview\r\nBcc: all@example.org")])
    (to, raw), = box.mails
    parsed = email.message_from_bytes(raw, policy=policy.default)
    assert (to, parsed["Subject"], parsed["Bcc"]) == (["ana@example.org"], "Greenview Bcc: all@example.org", None)


def test_a_mail_server_that_is_down_is_a_temporary_matter():
    for settings in ({"host": "127.0.0.1", "port": 1}, {}):
        (outcome,) = Email(settings).carry([letter()])
        assert isinstance(outcome, ChannelError) and not outcome.permanent


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
    (outcome,) = Sms({"base": "http://127.0.0.1:1", "account_sid": "A"}, base_url="").carry([letter("+1")])
    assert isinstance(outcome, ChannelError) and outcome.code != NO_ANSWER and not outcome.permanent


@pytest.mark.parametrize(
    ("status", "text", "said"),
    [(200, "<html>hello</html>", NO_ANSWER), (201, "[]", NO_ANSWER), (400, '{"code": "odd"}', "sms_http_400"), (502, "", "sms_http_502")],
)
def test_an_answer_in_no_shape_we_know_is_tried_again_and_stops_no_other(provider, status, text, said):
    provider.babbles["+1999"] = (status, text)
    odd, fine = sms(provider).carry([letter("+1999"), letter("+1888", delivery_id="d-2")])
    assert isinstance(odd, ChannelError) and (odd.code, odd.permanent) == (said, False)
    assert isinstance(fine, Receipt)


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

    district.ports.channels["sms"] = channel
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
    district.ports.channels["sms"] = sms(provider)
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
