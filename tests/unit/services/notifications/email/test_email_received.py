"""Bounces, complaints and answers do what they should to a delivery, its reader's channels and the conversation."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from services.notifications.channels.email import inbound
from services.notifications.handlers import mail, wishes, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import CONSENT, DELIVERY, DELIVERY_TRACE, REPLY, SUPPRESSION
from services.notifications.tables.mail import MAIL_IN
from tests.unit.services.notifications.email.mails import KEY, answer, bounce, complaint, stray, token_address
from tests.unit.services.notifications.world import SCHOOL

TEACHER = Author("t-alvarez", "teacher", ("greenview",))


@pytest.fixture
def sent(district):
    """A note to Mateo's homes; Daniel's went by email."""
    note = Note("positive", "Mateo helped another student today.", student_id="s-mateo", class_id=None, category=None, source_language="en", risk="low")
    with district.transaction() as uow:
        writing.write(uow, district.ports, TEACHER, note)
    district.settle()
    delivery = district.delivery_to("g-daniel")
    assert (delivery["state"], delivery["channel"]) == ("sent", "email")
    return delivery["delivery_id"]


def arrive(district, raw: bytes, *recipients: str) -> str:
    arrived = inbound.read(raw, recipients, keys=[KEY], districts=("riverside",))
    with district.transaction() as uow:
        return mail.received(uow, district.ports, arrived)


def suppressed(district) -> list[tuple[str, str, str, str]]:
    return [(row["guardian_id"], row["channel"], row["source"], row["detail"]) for row in district.rows(SUPPRESSION)]


def test_a_dead_address_is_closed_and_the_message_goes_another_way(district, sent):
    assert arrive(district, bounce(sent)) == "bounce"
    district.settle()
    assert suppressed(district) == [("g-daniel", "email", "bounced", "5.1.1")]
    after = district.delivery_to("g-daniel")
    assert after["state"] != "sent" and "email" in after["tried"]
    assert len(district.told("delivery_failed")) == 1


def test_a_full_mailbox_loses_the_message_and_not_the_address(district, sent):
    arrive(district, bounce(sent, status="5.2.2"))
    assert suppressed(district) == [] and "email" in district.delivery_to("g-daniel")["tried"]


def test_the_fifth_soft_bounce_in_a_fortnight_closes_the_address(district, sent):
    for number in range(5):
        assert suppressed(district) == []
        arrive(district, bounce(sent, action="delayed", status="4.2.2") + b"x" * number)
        district.now += timedelta(days=2)
    assert suppressed(district) == [("g-daniel", "email", "bounced", "soft")]


def test_soft_bounces_far_apart_close_nothing(district, sent):
    for number in range(8):
        arrive(district, bounce(sent, action="delayed", status="4.2.2") + b"x" * number)
        district.now += timedelta(days=4)
    assert suppressed(district) == []


def test_a_school_sets_how_many_soft_bounces_are_too_many(district, sent):
    policy = {**SCHOOL, "mail": {"soft_bounces": 2, "soft_bounce_days": 3}}
    district.hear(
        wishes.school_onboarded,
        district.event(
            "district.school_onboarded", school_id="greenview", revision=2, config_version="v2", name="Greenview",
            timezone="America/Chicago", **policy,
        ),
    )  # fmt: skip
    for number in range(2):
        arrive(district, bounce(sent, action="delayed", status="4.2.2") + b"x" * number)
    assert suppressed(district) == [("g-daniel", "email", "bounced", "soft")]


def test_a_complaint_closes_the_channel_and_takes_consent_back(district, sent):
    assert arrive(district, complaint(sent)) == "complaint"
    assert suppressed(district) == [("g-daniel", "email", "complained", "abuse")]
    taken_back = [row for row in district.rows(CONSENT) if row["guardian_id"] == "g-daniel"]
    assert taken_back and not any(row["given"] for row in taken_back)


def test_a_report_that_it_arrived_is_a_receipt(district, sent):
    arrive(district, bounce(sent, action="delivered", status="2.0.0"))
    assert district.delivery_to("g-daniel")["state"] == "delivered"


def test_an_answer_is_in_the_thread_once_however_often_it_comes(district, sent):
    assert [arrive(district, answer(sent, "Thank you!")) for _ in range(2)] == ["reply", "repeated"]
    (row,) = [row for row in district.rows(REPLY) if row["guardian_id"] == "g-daniel"]
    assert (row["channel"], row["text"]) == ("email", "Thank you!")
    assert [event["text"] for event in district.told("reply_received")] == ["Thank you!"]
    assert district.rows(MAIL_IN)[0]["text"] is None, "the thread has the words, and no second place"


def test_stop_in_an_answer_ends_emails(district, sent):
    arrive(district, answer(sent, "STOP"))
    assert ("g-daniel", "email", "stop", None) in suppressed(district)


def test_the_unsubscribe_button_of_a_mail_program_ends_emails_without_a_word_back(district, sent):
    before = len(district.rows(DELIVERY))
    raw = stray("stop").replace(b"info@mail.example.org", token_address("stop", sent).encode())
    assert arrive(district, raw) == "stop"
    district.settle()
    assert suppressed(district) == [("g-daniel", "email", "stop", None)] and len(district.rows(DELIVERY)) == before


def test_who_got_it_forwarded_does_not_speak_for_its_reader(district, sent):
    assert arrive(district, answer(sent, "I am the father.", sender="other@example.org")) == "unreadable"
    (kept,) = district.rows(MAIL_IN)
    assert (kept["unreadable"], kept["sender"], kept["text"]) == ("other_sender", "other@example.org", "I am the father.")
    assert kept["school_id"] == "greenview" and not district.rows(REPLY)


def test_the_readers_address_is_theirs_in_capitals_too(district, sent):
    assert arrive(district, answer(sent, sender="Daniel@Example.ORG")) == "reply"


def test_an_absence_note_of_a_machine_is_a_note_in_the_trace(district, sent):
    assert arrive(district, answer(sent, "I am away.", extra="Auto-Submitted: auto-replied\n")) == "automatic"
    assert not district.rows(REPLY) and not district.told("reply_received")
    assert "noted" in [row["what"] for row in district.rows(DELIVERY_TRACE) if row["delivery_id"] == sent]


def test_what_nobody_can_place_is_kept_whole(district, sent):
    assert arrive(district, stray()) == "unreadable"
    (kept,) = district.rows(MAIL_IN)
    assert (kept["unreadable"], kept["subject"], bytes(kept["raw"])) == ("about_nothing", "Hello?", stray())


def test_a_delivery_that_is_gone_is_said_to_be(district):
    assert arrive(district, answer("0198c0de-0000-7000-8000-00000000dead")) == "unreadable"
    assert district.rows(MAIL_IN)[0]["unreadable"] == "no_delivery"


def test_a_stop_from_the_page_holds_for_what_is_already_on_its_way(district):
    """One click in the middle of a fan-out: what was due, and not yet handed over, is not."""
    note = Note("info", "Picture day is Friday.", student_id="s-mateo", class_id=None, category=None, source_language="en", risk="low")
    with district.transaction() as uow:
        writing.write(uow, district.ports, TEACHER, note)
    while "due" not in {row["state"] for row in district.rows(DELIVERY) if row["recipient_id"] == "g-daniel"}:
        assert district._translate() + district._due(), "nothing moves"
    with district.transaction() as uow:
        wishes.stop(uow, ["g-daniel"], "email", source="one_click")
    district.settle()
    assert district.email.to("daniel@example.org") == []


def test_nothing_personal_is_in_the_repr_of_what_came(district, sent):
    arrived = inbound.read(answer(sent), (), keys=[KEY], districts=("riverside",))
    assert "daniel" not in repr(arrived) and "happy" not in repr(replace(arrived, why="x"))
