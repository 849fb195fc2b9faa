"""What an SMSC brings: answers, long answers in parts, receipts, repeats after a broken session, and nonsense."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from datetime import timedelta

import pytest
import smpp34
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels.sms import smpp_link
from services.notifications.channels.sms.smpp_words import Piece, pieces, receipt_of
from services.notifications.handlers import receipts, sms_in, writing
from services.notifications.handlers.sms_in import Heard
from services.notifications.handlers.writing import Author, Note
from services.notifications.smpp_in import Listener
from services.notifications.tables import REPLY
from services.notifications.tables.conversation import UNKNOWN_WORDS
from services.notifications.tables.sms import SMS_PIECE
from tests.unit.services.notifications.sms.smsc import BIND_RECEIVER, BIND_TRANSCEIVER, rude_smsc, smsc
from tests.unit.services.notifications.sms.stand import until

ANA = "13125550111"
LONG = "Gracias, maestra. Mateo está muy contento con su proyecto de ciencias y quiere enseñárselo a todos en casa. ¿Qué día es?"


@pytest.fixture
def centre():
    with smsc() as opened:
        yield opened


@contextmanager
def listening(district, centre):
    settings = {"host": "127.0.0.1", "port": centre.port, "system_id": "h", "password": "s", "name": "smpp-1"}
    listener, stop = Listener(district.transaction, district.ports, settings), threading.Event()
    thread = threading.Thread(target=listener.run, args=(stop,), kwargs={"enquire_s": 0.05}, daemon=True)
    thread.start()
    assert listener.bound.wait(10)
    until(lambda: centre.listened_to)
    yield listener
    stop.set()
    thread.join(timeout=10)
    assert not thread.is_alive()


def words(district) -> list[str]:
    return [row["text"] for row in district.rows(REPLY)]


def test_an_answer_is_acknowledged_once_it_is_kept(district, centre):
    with listening(district, centre):
        centre.deliver("Sí, señora".encode("utf-16-be"), source_addr=ANA, source_addr_ton=1, data_coding=8)
        assert words(district) == ["Sí, señora"]  # deliver() came back, so it was acknowledged: it is there


def test_parts_are_put_together_whatever_their_order(district, centre):
    made = pieces(LONG, "x")
    assert len(made) == 2
    with listening(district, centre):
        for one in reversed(made):
            centre.deliver(one.octets, source_addr=ANA, source_addr_ton=1, data_coding=one.data_coding, esm_class=0x40)
        assert words(district) == [LONG]
    assert {(row["waiting"], row["text"]) for row in district.rows(SMS_PIECE)} == {(False, None)}


def test_parts_by_their_parameters_are_put_together_too(district, centre):
    with listening(district, centre):
        for number, text in enumerate((b"Thank ", b"you"), start=1):
            tlvs = [smpp34.Tlv(smpp34.TLV_SAR_MSG_REF_NUM, b"\0\7"), smpp34.Tlv(smpp34.TLV_SAR_TOTAL_SEGMENTS, b"\2"),
                    smpp34.Tlv(smpp34.TLV_SAR_SEGMENT_SEQNUM, bytes([number]))]  # fmt: skip
            centre.deliver(text, source_addr=ANA, source_addr_ton=1, tlvs=tlvs)
        assert words(district) == ["Thank you"]


def test_a_text_whose_rest_never_comes_is_shown_with_its_gap(district):
    first = pieces(LONG, "x")[0]
    with district.transaction() as uow:
        sms_in.heard(uow, district.ports, [Heard("s-1", 1, f"+{ANA}", Piece(first.octets[6:], first.data_coding, 1, 2, 9))])
    assert words(district) == []
    district.now += timedelta(minutes=10)
    with district.transaction() as uow:
        sms_in.tidy(uow, district.ports)
    (text,) = words(district)
    assert text.endswith("[…]") and LONG.startswith(text.removesuffix("[…]"))


def test_the_same_answer_twice_is_two_but_brought_again_by_a_new_session_is_one(district):
    one = Piece(b"1", 0)
    for session, sequence in (("s-1", 1), ("s-1", 2), ("s-2", 1)):
        with district.transaction() as uow:
            sms_in.heard(uow, district.ports, [Heard(session, sequence, f"+{ANA}", one)])
    assert words(district) == ["1", "1"]
    district.now += timedelta(minutes=5)
    with district.transaction() as uow:
        sms_in.heard(uow, district.ports, [Heard("s-2", 2, f"+{ANA}", one)])
    assert words(district) == ["1", "1", "1"]


def test_a_receipt_settles_its_delivery(district, centre):
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip.", "s-mateo"))
    district.settle()
    ref = district.delivery_to("g-ana")["provider_ref"]
    text = f"id:{ref} sub:001 dlvrd:001 submit date:2609291500 done date:2609291501 stat:DELIVRD err:000 text:Trip".encode()
    with listening(district, centre):
        centre.deliver(text, source_addr=ANA, source_addr_ton=1, esm_class=0x04)
        centre.deliver(text, source_addr=ANA, source_addr_ton=1, esm_class=0x04)
    while receipts.apply_words(district.transaction, district.ports):
        pass
    assert district.delivery_to("g-ana")["state"] == "delivered"
    assert words(district) == []


def test_a_receipt_in_no_shape_we_know_is_kept_for_a_person_and_is_nobodys_words(district, centre):
    with listening(district, centre):
        centre.deliver(b"stat=OK!", source_addr=ANA, source_addr_ton=1, esm_class=0x04)
    assert words(district) == []
    assert [row["text"] for row in district.rows(UNKNOWN_WORDS)] == ["stat=OK!"]


def test_a_message_that_cannot_be_taken_keeps_no_other_waiting_and_stays_with_the_smsc(district, centre, monkeypatch):
    real = sms_in.heard

    def heard(uow, ports, brought):
        if any(one.piece is not None and one.piece.octets == b"poison" for one in brought):
            raise ValueError
        real(uow, ports, brought)

    monkeypatch.setattr(sms_in, "heard", heard)
    with listening(district, centre):
        with pytest.raises(AssertionError, match="100"):  # ESME_RX_T_APPN: later, please
            centre.deliver(b"poison", source_addr=ANA, source_addr_ton=1)
        centre.deliver(b"fine", source_addr=ANA, source_addr_ton=1)
        assert words(district) == ["fine"]


def test_an_smsc_that_knows_no_transceiver_is_listened_to_as_a_receiver_and_a_wrong_password_is_not_tried_twice():
    settings = {"host": "127.0.0.1", "system_id": "h", "password": "s"}
    with rude_smsc(bind_status=0x0D, refuses=(BIND_TRANSCEIVER,)) as (port, heard):
        smpp_link.close(smpp_link.bind_to_listen({**settings, "port": port}))
        assert heard[:2] == [BIND_TRANSCEIVER, BIND_RECEIVER]
    with rude_smsc(bind_status=0x0E) as (port, heard), pytest.raises(smpp_link.BindRefused):
        smpp_link.bind_to_listen({**settings, "port": port})
    assert heard == [BIND_TRANSCEIVER]


class Pdu:
    """What smpplib parses a deliver_sm into."""

    esm_class, data_coding, source_addr, source_addr_ton = 4, 0, b"1", 1

    def __init__(self, text: bytes, **more) -> None:
        self.short_message = text
        vars(self).update(more)


@pytest.mark.parametrize(
    ("pdu", "state", "permanent", "code"),
    [
        (Pdu(b"id:a1 sub:001 stat:DELIVRD err:000 text:"), "delivered", False, "sms_smpp_delivrd_000"),
        (Pdu(b"id:a1 stat:UNDELIV err:01b"), "failed", True, "sms_smpp_undeliv_01b"),
        (Pdu(b"id:a1 stat:EXPIRED"), "failed", False, "sms_smpp_expired_000"),
        (Pdu(b"", receipted_message_id=b"a1", message_state=2), "delivered", False, "sms_smpp_delivrd_000"),
    ],
)  # fmt: skip
def test_receipts_are_read_from_their_text_or_their_parameters(pdu, state, permanent, code):
    read = receipt_of(pdu)
    assert (read.message_id, read.state, read.permanent, read.code) == ("a1", state, permanent, code)


@given(st.binary(max_size=200))
def test_no_receipt_breaks_the_reader(octets):
    read = receipt_of(Pdu(octets))
    assert read is None or read.state in {"accepted", "sent", "delivered", "failed"}
