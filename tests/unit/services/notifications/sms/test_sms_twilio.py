"""Text messages over HTTP, against a provider that refuses, breaks, babbles and hangs up."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from threading import Barrier
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.request_validator import RequestValidator

from services.notifications.channels.port import ChannelError, Doubtful, Receipt
from services.notifications.channels.sms.twilio import NO_ANSWER, TwilioSms
from services.notifications.channels.twilio import abreast, signature, signed_by_us
from shared.demo.telephony import Manner
from tests.unit.services.notifications.sms.stand import BASE, NOON, TOKEN, letter, provider

ODD = "+13125550199"


@pytest.fixture
def stand(tmp_path):
    with provider(tmp_path) as opened:
        yield opened


def test_a_text_carries_its_words_its_sender_and_our_key(stand):
    (outcome,) = stand.sms().carry([letter()])
    (text,) = stand.texts
    assert outcome == Receipt(text["sid"])
    assert (text["to"], text["text"], text["key"], text["from"]) == ("+13125550111", "Mateo helped today.", "d-1", "+13125559999")


def test_the_provider_is_told_where_to_say_what_became_of_it(stand):
    url = urlsplit(stand.sms().callback(letter(delivery_id="d&1")))
    assert url._replace(query="").geturl() == f"{BASE}/notifications/webhooks/sms/status"
    assert parse_qs(url.query) == {"district": ["riverside"], "delivery": ["d&1"]}


@pytest.mark.parametrize(
    ("code", "permanent", "account"),
    [(21610, True, False), (21614, True, False), (30006, True, False), (30003, False, False), (20429, False, True), (20003, False, True)],
)
def test_a_refusal_says_whose_fault_it_is_and_whether_trying_again_can_help(stand, code, permanent, account):
    stand.telephony.teach(ODD, Manner(code=code, accepts=False))
    (outcome,) = stand.sms().carry([letter(ODD)])
    assert isinstance(outcome, ChannelError)
    assert (outcome.code, outcome.permanent, outcome.account) == (f"sms_{code}", permanent, account)


@pytest.mark.parametrize("status", [401, 429, 503])
def test_an_account_that_is_shut_out_or_throttled_was_given_nothing_and_another_may_try(stand, status):
    stand.telephony.teach(ODD, Manner(status=status, accepts=False))
    (outcome,) = stand.sms().carry([letter(ODD)])
    assert isinstance(outcome, ChannelError) and not isinstance(outcome, Doubtful)
    assert (outcome.code, outcome.permanent, outcome.account) == (f"sms_http_{status}", False, True)


def test_a_provider_that_is_down_was_given_nothing():
    for base in ("http://127.0.0.1:1", ""):
        (outcome,) = TwilioSms({"base": base, "account_sid": "A"}, base_url="").carry([letter(again=False)])
        assert isinstance(outcome, ChannelError) and not isinstance(outcome, Doubtful)
        assert (outcome.code, outcome.account) == ("sms_unavailable", True)


UNCLEAR = [Manner(hangs_up=True), Manner(status=500), Manner(status=502, babble=""), Manner(babble="<html>hello</html>"), Manner(babble="[]")]


@pytest.mark.parametrize("manner", UNCLEAR, ids=repr)
def test_an_answer_that_leaves_it_open_is_asked_for_before_the_next_try(stand, manner):
    stand.telephony.teach(ODD, manner)
    channel = stand.sms(lookup=True)
    (first,) = channel.carry([letter(ODD)])
    assert isinstance(first, ChannelError) and (first.code, first.permanent) == (NO_ANSWER, False)
    (second,) = channel.carry([letter(ODD, again=True)])
    assert second == Receipt(stand.texts[0]["sid"]) and len(stand.texts) == 1


@pytest.mark.parametrize("manner", UNCLEAR, ids=repr)
def test_where_the_account_cannot_be_asked_a_person_decides(stand, manner):
    stand.telephony.teach(ODD, manner)
    odd, fine = stand.sms().carry([letter(ODD), letter(delivery_id="d-2")])
    assert isinstance(odd, Doubtful) and isinstance(fine, Receipt)
    (again,) = stand.sms().carry([letter(ODD, again=True)])
    assert isinstance(again, Doubtful)
    assert [text["to"] for text in stand.texts].count(ODD) == 1


def test_what_was_surely_never_handed_over_goes_on_the_second_claim(stand):
    (outcome,) = stand.sms(lookup=True).carry([letter(again=True)])
    assert isinstance(outcome, Receipt) and len(stand.texts) == 1


def test_a_lookup_that_is_answered_by_something_else_keeps_the_doubt(stand):
    channel = TwilioSms(stand.settings(lookup=True, auth_token="wrong"), base_url=BASE)
    (outcome,) = channel.carry([letter(again=True)])
    assert isinstance(outcome, ChannelError) and outcome.code == NO_ANSWER and stand.texts == []


def test_an_urgent_text_is_not_to_arrive_after_its_hour(stand, monkeypatch):
    asked = []
    channel = stand.sms()
    monkeypatch.setattr(channel._rest, "hand_over", lambda fields, *, key: asked.append(fields) or Receipt("SM1"))
    channel.carry([letter(expires_at=NOON + timedelta(minutes=10)), letter(expires_at=NOON + timedelta(days=3)), letter()])
    assert [fields.get("ValidityPeriod") for fields in asked] == ["600", "36000", None]
    (late,) = channel.carry([letter(expires_at=NOON)])
    assert isinstance(late, ChannelError) and (late.code, late.permanent) == ("expired", True)


def test_a_text_of_many_messages_is_its_beginning_and_the_link(stand):
    stand.sms(segments=2).carry([letter(text="helped another student today " * 90, link="https://h/x")])
    assert stand.texts[0]["text"].endswith("... https://h/x") and len(stand.texts[0]["text"]) <= 306


def test_a_batch_goes_side_by_side_and_its_outcomes_keep_their_order():
    together = Barrier(8, timeout=10)

    def call(one):
        together.wait()  # passes only when eight are under way at once
        return Receipt(one.delivery_id)

    batch = [letter(delivery_id=str(number)) for number in range(16)]
    assert abreast(call, batch) == [Receipt(str(number)) for number in range(16)]


def test_one_letter_that_breaks_our_own_code_stops_no_other():
    def call(one):
        if one.delivery_id == "1":
            raise ValueError
        return Receipt(one.delivery_id)

    outcomes = abreast(call, [letter(delivery_id=str(number)) for number in range(3)])
    assert isinstance(outcomes[1], Doubtful) and outcomes[::2] == [Receipt("0"), Receipt("2")]


def test_what_nobody_has_told_is_asked_for(stand):
    stand.telephony.teach(ODD, Manner(told=("sent", "undelivered:30006")))
    channel = stand.sms()
    fine, odd = channel.carry([letter(), letter(ODD, delivery_id="d-2")])
    words = channel.look_up([fine.ref, odd.ref, "SM-unknown"], at=NOON)
    assert [(word.state, word.code, word.permanent) for word in words] == [("delivered", None, True), ("failed", "sms_30006", True)]
    assert words[0].key == f"{fine.ref}:delivered"  # the same word as the callback's: it counts once


FIELDS = st.dictionaries(st.text("ABab_", min_size=1, max_size=8), st.text(max_size=20), max_size=6)


@given(FIELDS)
def test_our_signature_is_twilios_own(fields):
    url = f"{BASE}/notifications/webhooks/sms/status?district=riverside&delivery=d-1"
    validator = RequestValidator(TOKEN)
    assert validator.validate(url, fields, signature(TOKEN, url, fields))
    assert signed_by_us(TOKEN, url, fields, validator.compute_signature(url, fields))


@given(FIELDS, st.binary(max_size=40))
def test_a_signature_holds_for_nothing_else(fields, raw):
    url = f"{BASE}/x"
    given_ = signature(TOKEN, url, fields)
    assert not signed_by_us(TOKEN, url + "?more=1", fields, given_)
    assert not signed_by_us(TOKEN, url, {**fields, "Body": "2"}, given_)
    assert not signed_by_us("other", url, fields, given_)
    assert not signed_by_us("", url, fields, signature("", url, fields))
    assert not signed_by_us(TOKEN, url, fields, None)
    assert not signed_by_us(TOKEN, url, fields, given_, raw=raw)


@given(st.binary(max_size=200))
def test_a_json_body_is_checked_by_its_digest(raw):
    url = f"{BASE}/x?bodySHA256={hashlib.sha256(raw).hexdigest()}"
    given_ = RequestValidator(TOKEN).compute_signature(url, {})
    assert signed_by_us(TOKEN, url, {}, given_, raw=raw)
    assert not signed_by_us(TOKEN, url, {}, given_, raw=raw + b" ")
