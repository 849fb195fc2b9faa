"""Text messages over SMPP 3.4 against an SMSC by other hands, and against one that breaks off."""

from __future__ import annotations

from datetime import timedelta

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels.port import ChannelError, Doubtful, Receipt
from services.notifications.channels.sms import smpp
from services.notifications.channels.sms.smpp import SmppSms
from services.notifications.channels.sms.smpp_words import Piece, pieces
from tests.unit.services.notifications.sms.smsc import SUBMIT_SM, rude_smsc, smsc
from tests.unit.services.notifications.sms.stand import NOON, letter

THROTTLED, BAD_NUMBER, BAD_PASSWORD = 0x58, 0x0B, 0x0E
GUJARATI = "રિયાએ આજે બીજા વિદ્યાર્થીને મદદ કરી. " * 6


def account(port: int, **changes) -> SmppSms:
    settings = {"host": "127.0.0.1", "port": port, "system_id": "homeroom", "password": "secret", "sender": "+13125559999"}
    return SmppSms({**settings, **changes}, base_url="")


@pytest.fixture
def centre(monkeypatch):
    monkeypatch.setattr(smpp, "RESTS_S", (0.0, 0.0))
    with smsc() as opened:
        yield opened


@pytest.fixture
def channel(centre):
    made = account(centre.port)
    yield made
    made.close()


def test_a_short_text_is_one_message_and_asks_for_a_receipt(centre, channel):
    (outcome,) = channel.carry([letter()])
    (took,) = centre.took
    assert outcome == Receipt("id-1")
    assert (took.destination_addr, took.source_addr, took.short_message) == ("13125550111", "13125559999", b"Mateo helped today.")
    assert (took.dest_addr_ton, took.data_coding, took.registered_delivery, took.esm_class) == (1, 0, 1, 0)


def test_a_long_text_of_any_script_comes_in_parts_that_its_telephone_puts_together(centre, channel):
    (outcome,) = channel.carry([letter(text=GUJARATI.strip())])
    bodies = [took.short_message for took in centre.took]
    bodies.sort(key=lambda body: body[5])
    assert isinstance(outcome, Receipt) and len(bodies) == 4
    assert [(body[:3], body[4], body[5]) for body in bodies] == [(b"\x05\x00\x03", 4, n) for n in (1, 2, 3, 4)]
    assert len({body[3] for body in bodies}) == 1
    assert b"".join(body[6:] for body in bodies).decode("utf-16-be") == GUJARATI.strip()
    assert sorted(took.registered_delivery for took in centre.took) == [0, 0, 0, 1]
    assert {(took.esm_class, took.data_coding) for took in centre.took} == {(0x40, 8)}


def test_several_messages_are_under_way_at_once_and_never_more_than_the_window(centre):
    centre.hold = 4
    channel = account(centre.port, window=4)
    batch = [letter(f"+1312555{n:04}", delivery_id=f"d-{n}") for n in range(16)]
    outcomes = channel.carry(batch)
    channel.close()
    taken = {f"id-{n}": f"+{took.destination_addr}" for n, took in enumerate(centre.took, start=1)}
    assert [taken[outcome.ref] for outcome in outcomes] == [one.to for one in batch]
    assert centre.most_under_way == 4


def test_one_session_serves_batch_after_batch(centre, channel):
    channel.carry([letter()])
    channel.carry([letter()])
    assert len(centre.took) == 2 and len(centre.sessions) == 1


def test_a_session_kept_long_is_asked_whether_it_is_still_there(centre, channel, monkeypatch):
    channel.carry([letter()])
    monkeypatch.setattr(smpp, "FRESH_S", -1.0)
    assert isinstance(channel.carry([letter()])[0], Receipt)
    channel._client._socket.close()
    assert isinstance(channel.carry([letter()])[0], Receipt)
    assert len(centre.took) == 3


def test_a_throttled_message_rests_and_goes_after_all(centre, channel):
    centre.rejects["13125550111"] = (THROTTLED, 2)
    outcomes = channel.carry([letter(), letter("+13125550112", delivery_id="d-2")])
    assert all(isinstance(outcome, Receipt) for outcome in outcomes) and len(centre.took) == 2


def test_an_account_throttled_for_good_is_at_fault_and_the_rest_is_not_pressed_on_it(centre):
    channel = account(centre.port, window=1)
    centre.rejects["13125550111"] = (THROTTLED, 99)
    first, second = channel.carry([letter(), letter("+13125550112", delivery_id="d-2")])
    channel.close()
    for outcome in (first, second):
        assert (outcome.code, outcome.permanent, outcome.account) == ("sms_smpp_58", False, True)
    assert centre.took == []


def test_a_number_that_is_none_is_refused_for_good_and_stops_no_other(centre, channel):
    centre.rejects["1999"] = (BAD_NUMBER, 1)
    bad, fine = channel.carry([letter("+1999"), letter(delivery_id="d-2")])
    assert (bad.code, bad.permanent, bad.account) == ("sms_smpp_b", True, False)
    assert isinstance(fine, Receipt)


def test_half_a_text_is_a_matter_for_a_person(centre, channel):
    long = letter(text="helped another student today " * 12)
    centre.rejects["13125550111"] = (0x08, 1)  # ESME_RSYSERR, for its first part only
    (outcome,) = channel.carry([long])
    assert isinstance(outcome, Doubtful) and outcome.code == "sms_in_part"


def test_what_may_have_gone_is_never_sent_again(centre, channel):
    (outcome,) = channel.carry([letter(again=True)])
    assert isinstance(outcome, Doubtful) and centre.took == [] and not channel.keeps_keys


def test_an_urgent_text_is_not_to_arrive_after_its_hour(centre, channel, monkeypatch):
    asked = []
    real = smpp._submit_sm
    monkeypatch.setattr(smpp, "_submit_sm", lambda client, fields, *rest: asked.append(fields) or real(client, fields, *rest))
    channel.carry([letter(expires_at=NOON + timedelta(hours=2, minutes=5))])
    (late,) = channel.carry([letter(expires_at=NOON)])
    assert asked[0]["validity_period"] == "000000020500000R"
    assert (late.code, late.permanent, len(centre.took)) == ("expired", True, 1)


def test_an_smsc_that_is_down_or_refuses_us_was_given_nothing():
    (down,) = account(1).carry([letter()])
    with rude_smsc(bind_status=BAD_PASSWORD) as (port, heard):
        (refused,) = account(port).carry([letter()])
    assert (down.code, down.permanent, down.account) == ("sms_unavailable", False, True)
    assert (refused.code, refused.permanent, refused.account) == ("sms_smpp_bind_e", False, True)
    assert SUBMIT_SM not in heard


@pytest.mark.parametrize("way", ["hangs_up_at", "unbinds_at"])
def test_a_session_that_ends_leaves_in_doubt_only_what_was_under_way(way):
    with rude_smsc(**{way: 2}) as (port, _):
        channel = account(port, window=1)
        outcomes = channel.carry([letter(f"+1312555{n:04}", delivery_id=f"d-{n}") for n in range(4)])
        channel.close()
    assert outcomes[0] == Receipt("r-1")
    assert isinstance(outcomes[1], Doubtful)
    for outcome in outcomes[2:]:
        assert isinstance(outcome, ChannelError) and not isinstance(outcome, Doubtful) and outcome.account


@given(st.text(alphabet=st.one_of(st.characters(exclude_categories=["Cs"]), st.sampled_from("a€[ગ😀")), min_size=1, max_size=700))
def test_pieces_are_read_as_they_were_written(text):
    made = pieces(text, "seed")
    body = [Piece(one.octets[6:] if one.total > 1 else one.octets, one.data_coding).text for one in made]
    assert "".join(body) == text
    assert all(len(one.octets) <= 160 for one in made)


def test_smpp34_reads_our_parts():
    for one in pieces(GUJARATI, "seed"):
        pdu = smpp34.decode(smpp34.SubmitSm("1", "2", one.octets, esm_class=0x40, data_coding=one.data_coding).encode())
        assert pdu.short_message == one.octets
