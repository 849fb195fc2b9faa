"""Calls from ring to end: whom they reach, in which language, what keys do, and what nobody's answer leads to."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.notifications.handlers import calling
from services.notifications.store import people
from services.notifications.tables import CONTACT, DELIVERY, DELIVERY_TRACE, TASK
from services.notifications.tables.voice import CALL_TRY
from shared.demo.telephony import Manner
from shared.directory import projection
from tests.unit.services.notifications.sms.stand import letter
from tests.unit.services.notifications.voice.phones import phones

MOBILE, HOME = "+13125550171", "+13125550172"
NOBODY = Manner(picks_up="")


@pytest.fixture
def rings(district, tmp_path):
    """Mateo's family can only be called: Ana at home, in Spanish; Daniel has moved away."""
    district.link("g-ana", "s-mateo", language="es", revision=2, phone=HOME)
    district.link("g-daniel", "s-mateo", home="hh-b", revision=2, email="daniel@example.org")
    prefer(district, "voice")
    with phones(district, tmp_path) as opened:
        yield opened


def prefer(district, *channels: str) -> None:
    with district.transaction() as uow:
        people.save_preferences(
            uow.connection,
            [{"guardian_id": "g-ana", "version": 9, "channel_order": list(channels), "contacts_per_month": None, "live_mode": None,
              "available_after": None, "quiet_start": None, "quiet_end": None, "timezone": None, "language": None}],
        )  # fmt: skip


def speaks(rings, language: str) -> None:
    rings.district.link("g-ana", "s-mateo", language=language, revision=3, phone=HOME)


def ana(rings):
    return rings.district.delivery_to("g-ana")


def trace(rings) -> list[str]:
    mine = ana(rings)["delivery_id"]
    return [f"{row['what']}: {row['detail']}" for row in rings.district.rows(DELIVERY_TRACE) if row["delivery_id"] == mine]


def recorded(rings, language: str = "so") -> None:
    message = rings.district.rows(DELIVERY)[0]["message_id"]
    data = {"text_id": message, "content_version": 1, "language": language, "audio": "/translation/audio/abc", "seconds": 41}
    rings.district.hear(calling.voice_rendered, rings.district.event("translation.voice_rendered", **data))


def test_a_call_says_the_message_and_the_menu_in_the_familys_language_and_1_means_heard(rings):
    rings.teach(HOME, Manner(presses="1"))
    rings.write()
    (call,) = rings.stand.calls
    assert call["heard"][0].startswith("[es-US]") and "Mateo helped today." in call["heard"][0]
    assert "oprima 1" in call["heard"][1] and call["heard"][-1] == "[es-US] Gracias. Hasta luego."
    delivery = ana(rings)
    assert (delivery["state"], delivery["channel"], delivery["opened_how"]) == ("delivered", "voice", "played")


def test_what_only_eyes_can_use_is_not_read_aloud(rings):
    rings.write("See https://homeroom.example.org/x\nMateo helped today.")
    heard = " ".join(rings.stand.calls[0]["heard"])
    assert "http" not in heard and "Mateo helped today." in heard


def test_listening_without_a_key_is_delivered_and_not_opened(rings):
    rings.write()
    assert (ana(rings)["state"], ana(rings)["opened_at"]) == ("delivered", None)


def test_2_says_it_again_and_9_asks_for_a_person(rings):
    rings.teach(HOME, Manner(presses="29"))
    rings.write()
    heard = rings.stand.calls[0]["heard"]
    assert sum("Mateo helped today." in line for line in heard) == 4  # twice each time it is said
    assert heard[-1] == "[es-US] Gracias. Una persona de la escuela le llamará."
    tasks = [task for task in rings.district.rows(TASK) if task["guardian_id"] == "g-ana"]
    assert len(tasks) == 1 and ana(rings)["opened_how"] == "played"


def test_a_family_is_never_called_in_a_voice_of_another_language(rings):
    speaks(rings, "so")
    rings.write()
    assert rings.stand.calls == []
    assert any("voice_no_language" in step for step in trace(rings)) and ana(rings)["state"] == "letter"


def test_a_recording_speaks_where_no_engine_can(rings):
    speaks(rings, "so")
    evening = rings.district.now + timedelta(hours=12)
    rings.at(evening)
    rings.write()  # waits for the morning
    recorded(rings)
    rings.at(evening + timedelta(hours=10))
    assert set(rings.stand.calls[0]["heard"]) == {f"(plays {rings.base}/translation/audio/abc)"}


def test_telephones_ring_in_turn_then_rest_and_end_with_the_next_channel(rings):
    rings.district.link("g-ana", "s-mateo", language="es", revision=3, sms=MOBILE, phone=HOME, email="ana@example.org")
    with rings.district.transaction() as uow:
        people.suppress(uow.connection, [{"guardian_id": "g-ana", "channel": "sms", "source": "stop", "detail": None, "since": uow.now}])
    prefer(rings.district, "voice", "email")
    for number in (MOBILE, HOME):
        rings.teach(number, NOBODY)
    began = rings.district.now
    rings.write()
    assert rings.rung == [MOBILE, HOME]  # one round: each telephone once
    rings.at(began + timedelta(minutes=14))
    assert len(rings.rung) == 2
    rings.at(began + timedelta(minutes=21))
    assert rings.rung == [MOBILE, HOME] * 2
    rings.at(began + timedelta(minutes=45))
    assert rings.rung == [MOBILE, HOME] * 3
    assert ana(rings)["channel"] == "email" and rings.district.email.to("ana@example.org")
    assert any("voice_unanswered" in step for step in trace(rings))


def test_a_school_says_which_telephones_ring_how_often_and_how_far_apart(rings):
    rings.district.onboard(revision=2, voice={"telephones": ["home"], "tries": 2, "apart_minutes": 60})
    rings.district.link("g-ana", "s-mateo", language="es", revision=3, sms=MOBILE, phone=HOME)
    for number in (MOBILE, HOME):
        rings.teach(number, NOBODY)
    began = rings.district.now
    rings.write()
    rings.at(began + timedelta(minutes=55))
    assert rings.rung == [HOME]
    rings.at(began + timedelta(hours=3))
    assert rings.rung == [HOME, HOME]
    assert any("voice_unanswered" in step for step in trace(rings))


def test_who_is_reached_is_not_called_again(rings):
    rings.teach(HOME, Manner(picks_up="", times=1))
    began = rings.district.now
    rings.write()
    assert ana(rings)["state"] == "due"
    rings.at(began + timedelta(hours=2))
    assert rings.rung == [HOME, HOME] and ana(rings)["state"] == "delivered"
    assert [row["outcome"] for row in rings.district.rows(CALL_TRY)] == ["no-answer", "human"]


def test_ringing_is_no_contact_and_a_message_that_rings_again_is_one_message(rings):
    rings.teach(HOME, Manner(picks_up="", times=1))
    rings.write()
    assert [row for row in rings.district.rows(CONTACT) if row["guardian_id"] == "g-ana"] == []
    rings.at(rings.district.now + timedelta(hours=2))
    (contact,) = [row for row in rings.district.rows(CONTACT) if row["guardian_id"] == "g-ana"]
    assert contact["mode"] == "voice"
    assert len([said for said in rings.district.told("message_sent") if said["guardian_id"] == "g-ana"]) == 1


def test_a_machine_is_told_the_message_once_and_that_is_no_proof_that_it_was_heard(rings):
    rings.teach(HOME, Manner(picks_up="machine_end_beep"))
    rings.write()
    heard = rings.stand.calls[0]["heard"]
    assert len(heard) == 1 and "Mateo helped today." in heard[0]
    assert (ana(rings)["state"], ana(rings)["opened_at"]) == ("delivered", None)


def test_a_machine_that_others_hear_is_not_told_of_a_concern(rings):
    rings.teach(HOME, Manner(picks_up="machine_end_beep"))
    rings.write("Mateo was hurt by words today.", kind="concern")
    (heard,) = rings.stand.calls[0]["heard"]
    assert "Greenview" in heard and "Mateo" not in heard
    assert ana(rings)["state"] == "due"  # somebody is still to be reached


def test_a_restriction_that_comes_while_it_rings_silences_the_call(rings, monkeypatch):
    real = calling.answered

    def answered(uow, ports, *args, **kwargs):
        event = rings.district.event(
            "district.contact_restricted", restriction_id="r-1", guardian_id="g-ana", student_id="s-mateo", revision=1,
            scope="no_contact", starts_on=uow.now.date(), ends_on=None, lifted=False, authority_ref="court",
        )  # fmt: skip
        projection.contact_restricted(uow, [event])
        return real(uow, ports, *args, **kwargs)

    monkeypatch.setattr(calling, "answered", answered)
    rings.write()
    assert rings.stand.calls[0]["heard"] == []
    assert ana(rings)["state"] != "delivered"


def test_a_provider_that_says_it_twice_rings_once(rings):
    rings.teach(HOME, NOBODY)
    rings.write()
    made = rings.district.rows(CALL_TRY)
    with rings.district.transaction() as uow:
        again = calling.ended(uow, rings.district.ports, made[0]["delivery_id"], 1, sid="CA1", status="no-answer", seconds=0)
        unknown = calling.ended(uow, rings.district.ports, "nothing", 1, sid="CA1", status="no-answer", seconds=0)
    assert (again, unknown) == (None, None) and len(rings.district.rows(CALL_TRY)) == 1


def test_how_a_call_ended_that_nobody_has_told_is_asked_for(rings):
    rings.teach(MOBILE, NOBODY)
    account = rings.district.ports.accounts["voice"]["t"]
    taken, missed = account.carry([letter(HOME), letter(MOBILE, delivery_id="d-2")])
    words = account.look_up([taken.ref, missed.ref, "CA-unknown"], at=rings.district.now)
    assert [(word.state, word.code) for word in words] == [("delivered", None), ("failed", "voice_unanswered")]


@pytest.mark.parametrize("lookup", [True, False])
def test_a_call_that_may_have_been_placed_is_never_placed_again_by_itself(district, tmp_path, lookup):
    district.link("g-ana", "s-mateo", language="es", revision=2, phone=HOME)
    prefer(district, "voice")
    with phones(district, tmp_path, lookup=lookup) as rings:
        rings.teach(HOME, Manner(hangs_up=True, times=1))
        rings.write()
        rings.at(rings.district.now + timedelta(hours=1))
        assert rings.rung == [HOME]
        assert ana(rings)["state"] == "delivered"  # the provider has told how it ended


def test_a_call_that_was_surely_never_placed_is_placed(district, tmp_path):
    district.link("g-ana", "s-mateo", language="es", revision=2, phone=HOME)
    prefer(district, "voice")
    with phones(district, tmp_path) as rings:
        rings.teach(HOME, Manner(hangs_up=True, accepts=False, times=1))
        rings.write()
        rings.at(rings.district.now + timedelta(hours=1))
        assert rings.rung == [HOME] and ana(rings)["state"] == "delivered"
