"""A text that waits for a person: held, told about, sent as the person wrote it, put right where another had gone out."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from typing import Any

import pytest

from services.notifications.domain.audience import Audience
from services.notifications.domain.sending import Weight
from services.notifications.handlers import announcing, calling, listening, reviews
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.writing import Author, Note, write
from services.notifications.tables import DELIVERY, MESSAGE, MESSAGE_TEXT, TASK
from services.notifications.tables.voice import RECORDING

AUTHOR = Author("t-alvarez", "teacher", ("greenview",))
SPANISH = "Mateo queda suspendido un día."


def written(district: Any, text: str = "Mateo is suspended for one day.", **note: Any) -> str:
    with district.transaction() as uow:
        return write(uow, district.ports, AUTHOR, Note("concern", text, student_id="s-mateo", **note)).message_id


def requested(district: Any, message_id: str, **changes: Any) -> None:
    data = {
        "text_id": message_id, "content_version": 1, "target": "es", "risk": "essential", "ground": "essential", "topics": ["discipline"],
        "waits": True, "round": 1, "opened_at": district.now, "warn_at": district.now + timedelta(hours=20),
        "due_at": district.now + timedelta(hours=24), "readers": ["o-office"], "asked_by": None, "notice_phone": None,
    } | changes  # fmt: skip
    event = district.event("translation.review_requested", **data)
    district.hear(reviews.review_requested, _of_school(event))


def completed(district: Any, message_id: str, **changes: Any) -> None:
    data = {
        "text_id": message_id, "content_version": 1, "target": "es", "risk": "essential", "ground": "essential", "waited": True,
        "round": 1, "reviewer_id": "i-abdi", "decision": "edited", "edited": True, "asked_by": [], "completed_at": district.now,
        "text": SPANISH,
    } | changes  # fmt: skip
    district.hear(reviews.review_completed, _of_school(district.event("translation.review_completed", **data)))


def _of_school(event: Any) -> Any:
    return dataclasses.replace(event, school="greenview")


def unanswered(district: Any, message_id: str) -> None:
    """Translation has no Spanish for it."""
    district._unheard = [event for event in district._unheard if event.data.get("message_id") != message_id]


@pytest.fixture
def held(district: Any) -> str:
    """A suspension notice whose Spanish nobody has written yet: translation answers English, and asks for a person."""
    message_id = written(district)
    unanswered(district, message_id)
    requested(district, message_id)
    district.settle()
    return message_id


def test_what_waits_for_a_person_is_held_and_says_why(district, held):
    row = district.delivery_to("g-ana")
    assert (row["state"], row["reason"]) == ("held", "needs_person")
    assert district.sms.to("+13125550111") == []


def test_a_question_that_is_heard_after_its_answer_holds_nothing_and_warns_nobody(district):
    message_id = written(district)
    unanswered(district, message_id)
    completed(district, message_id)
    requested(district, message_id, readers=[])
    district.settle()
    district.at(district.now + timedelta(hours=21))
    assert [SPANISH in letter.body for letter in district.sms.to("+13125550111")] == [True]
    assert district.rows(TASK) == []


def test_what_was_planned_after_the_others_were_held_is_called_too_when_nobody_writes_it(district):
    message_id = written(district)
    unanswered(district, message_id)
    completed(district, message_id, decision="withdrawn", edited=False, text=None)
    row = district.delivery_to("g-ana")
    assert (row["state"], row["reason"]) == ("refused", "person_calls")
    assert [row["kind"] for row in district.rows(TASK)] == ["call_translated"]


def test_what_was_spoken_of_a_text_that_a_person_has_put_right_is_not_heard_any_more(district):
    message_id = written(district)
    district.settle()
    recording = {"text_id": message_id, "content_version": 1, "language": "es", "audio": "/translation/audio/abc", "seconds": 41}
    district.hear(calling.voice_rendered, district.event("translation.voice_rendered", **recording))
    completed(district, message_id, decision="approved", edited=False, waited=False)
    assert len(district.rows(RECORDING)) == 1
    completed(district, message_id, waited=False, round=2)
    assert district.rows(RECORDING) == []


def test_what_waits_is_not_asked_for_again_and_shown_to_nobody_as_lost(district, held):
    district.at(district.now + timedelta(hours=3))
    assert [row["kind"] for row in district.rows(TASK)] == []


def test_what_the_person_wrote_is_what_is_sent_and_no_machine_is_named(district, held):
    completed(district, held)
    district.settle()
    [letter] = district.sms.to("+13125550111")
    assert SPANISH in letter.body
    assert "machine" not in letter.body


def test_its_readers_are_told_at_once_and_the_office_four_hours_before_it_is_due(district, held):
    assert any("review.waits" in mail.body for mail in district.email.to("o-office@school.example.org"))
    district.at(district.now + timedelta(hours=21))
    assert [row["kind"] for row in district.rows(TASK)] == ["review_late"]
    assert any("review.late" in mail.body for mail in district.email.to("o-office@school.example.org"))


def test_what_went_out_and_is_read_in_turn_calls_no_office(district):
    message_id = written(district, "Mateo fell today.")
    district.settle()
    requested(district, message_id, ground="sensitive", waits=False, readers=[])
    district.at(district.now + timedelta(hours=80))
    assert [row["kind"] for row in district.rows(TASK) if row["kind"].startswith("review")] == []


def test_a_text_read_in_time_warns_nobody(district, held):
    completed(district, held)
    district.at(district.now + timedelta(hours=25))
    assert [row for row in district.rows(TASK) if row["kind"] == "review_late"] == []


def test_a_warning_ends_when_the_text_is_read(district, held):
    district.at(district.now + timedelta(hours=21))
    completed(district, held)
    assert all(row["closed_at"] for row in district.rows(TASK) if row["kind"] == "review_late")


def test_where_nobody_reads_the_language_the_office_hears_at_once(district):
    requested(district, written(district), readers=[])
    assert [row["kind"] for row in district.rows(TASK)] == ["review_nobody"]


def test_the_family_hears_meanwhile_only_where_the_district_wants_it(district):
    message_id = written(district)
    unanswered(district, message_id)
    requested(district, message_id, notice_phone="+18005550100")
    district.settle()
    [letter] = district.sms.to("+13125550111")
    assert "review.notice" in letter.body
    assert "suspended" not in letter.body


def test_a_text_that_nobody_will_write_becomes_a_call_by_its_sender(district, held):
    completed(district, held, decision="withdrawn", edited=False, text=None)
    district.settle()
    assert district.sms.to("+13125550111") == []
    [call] = [row for row in district.rows(TASK) if row["kind"] == "call_translated"]
    assert (call["staff_id"], call["guardian_id"]) == ("t-alvarez", "g-ana")


def test_an_edit_of_what_had_gone_out_goes_to_those_who_had_the_wrong_text(district):
    message_id = written(district, "Mateo fell today.")
    district.settle()
    district.now += timedelta(hours=1)
    completed(district, message_id, ground="sensitive", waited=False, text="Mateo se cayó hoy.")
    district.settle()
    assert "review.fixed" in district.sms.to("+13125550111")[-1].body
    fix = next(row for row in district.rows(MESSAGE) if row["catalogue_key"] == "review.fixed")
    told = [row for row in district.rows(DELIVERY) if row["message_id"] == fix["message_id"]]
    assert [(row["recipient_id"], row["params"]["text"]) for row in told] == [("g-ana", "Mateo se cayó hoy.")]


def test_a_message_that_had_gone_out_untranslated_is_sent_translated(district):
    message_id = written(district, "Mateo painted today.")
    district.settle()
    district.now += timedelta(hours=1)
    completed(district, message_id, ground="untranslated", waited=False, text="Mateo pintó hoy.")
    district.settle()
    assert "review.translated" in district.sms.to("+13125550111")[-1].body


def test_the_same_completion_heard_twice_corrects_once(district):
    message_id = written(district, "Mateo fell today.")
    district.settle()
    district.now += timedelta(hours=1)
    for _ in range(2):
        completed(district, message_id, ground="sensitive", waited=False, text="Mateo se cayó hoy.")
        district.settle()
    assert len([m for m in district.sms.to("+13125550111") if "review.fixed" in m.body]) == 1


def test_a_text_found_right_is_told_to_who_asked_and_to_nobody_else(district):
    message_id = written(district, "Mateo fell today.")
    district.settle()
    district.now += timedelta(hours=1)
    before = len(district.sms.took)
    completed(district, message_id, ground="asked", waited=False, decision="approved", edited=False, asked_by=["g-ana"])
    district.settle()
    assert ["review.right" in letter.body for letter in district.sms.took[before:]] == [True]


def sms(district: Any, text: str) -> str:
    with district.transaction() as uow:
        taken = listening.sms_received(uow, district.ports, provider_id=f"SM-{text}-{district.now}", number="+13125550111", text=text)
    district.settle()
    return taken


@pytest.mark.parametrize("word", ["PERSON", "persona", "Quiero hablar con una persona", "interprete por favor", "人工", "QOF", "사람", "TAO po", "mtu"])
def test_the_word_for_a_person_asks_for_one_for_the_last_translated_text(district, word):
    message_id = written(district, "Mateo fell today.")
    district.settle()
    assert sms(district, word) == "person"
    assert [(data["text_id"], data["guardian_id"], data["language"]) for data in district.told("person_asked")] == [
        (message_id, "g-ana", "es")
    ]


def test_a_family_that_asked_hears_by_when_and_whom_to_call(district):
    message_id = written(district, "Mateo fell today.")
    district.settle()
    requested(district, message_id, waits=False, ground="asked", asked_by="g-ana")
    district.settle()
    assert "review.asked_phone" in district.sms.to("+13125550111")[-1].body


def test_the_word_for_a_person_where_nothing_was_translated_asks_to_be_called(district):
    assert sms(district, "PERSON") == "reply"
    assert [row["kind"] for row in district.rows(TASK)] == ["call_back"]
    assert district.told("person_asked") == []


def test_a_sentence_with_a_person_in_it_is_words_for_the_teacher(district):
    assert sms(district, "A person from the bus company called me about Mateo") == "reply"
    assert district.told("person_asked") == []


def test_a_review_of_a_text_that_is_not_ours_changes_nothing(district):
    requested(district, "somebody-elses", readers=[])
    completed(district, "somebody-elses", waited=False)
    district.settle()
    assert district.rows(MESSAGE_TEXT) == [] or all(row["message_id"] != "somebody-elses" for row in district.rows(MESSAGE_TEXT))


def test_a_message_that_was_about_to_go_is_written_out_anew(district):
    with district.transaction() as uow:
        draft = Draft("m-q", "info", Weight.ROUTINE, "greenview", [Recipient("g-ana", ("s-mateo",))], text="Mateo fell.")
        compose(uow, district.ports, [draft])
    district._translate()
    assert district.delivery_to("g-ana")["state"] == "due"
    completed(district, "m-q", waited=False, text="Mateo se cayó.")
    district.settle()
    [letter] = district.sms.to("+13125550111")
    assert "Mateo se cayó." in letter.body


def fair(district: Any, text: str = "Sign the consent form, {guardian}.") -> str:
    """An announcement to Ana, who has two children at the school, and Daniel, who reads English."""
    district.enrol("s-lucia", "Lucia")
    district.link("g-ana", "s-lucia", language="es", sms="+13125550111")
    what = Announcement(kind="info", title="Form", text=text, audience=Audience(schools=("greenview",)), school_id="greenview")
    with district.transaction() as uow:
        message_id = announcing.announce(uow, district.ports, Author("o-office", "office", ("greenview",)), what).message_id
    return str(message_id)


def test_an_announcement_goes_at_once_to_who_reads_it_and_waits_for_a_person_where_it_must(district):
    message_id = fair(district)
    english = [event for event in district._unheard if event.data.get("message_id") == message_id]
    unanswered(district, message_id)
    district.settle()
    for event in english:
        event.data["targets"] = ["en"]
    district._unheard += english
    requested(district, message_id, topics=["consent"])
    district.settle()
    assert len(district.email.to("daniel@example.org")) == 1
    assert district.sms.to("+13125550111") == []
    completed(district, message_id, text="Firme el formulario, {guardian}.")
    district.settle()
    [letter] = district.sms.to("+13125550111")
    assert "Firme el formulario, " in letter.body
    assert "{guardian}" not in letter.body
    assert "Mateo" in letter.body and "Lucia" in letter.body


def test_the_right_text_of_an_announcement_names_each_reader_s_own_children(district):
    message_id = fair(district, "{children}: the trip is on Friday.")
    district.settle()
    district.now += timedelta(hours=1)
    completed(district, message_id, ground="corrected", waited=False, text="{children}: el paseo es el viernes.")
    district.settle()
    [fix] = [row for row in district.rows(DELIVERY) if "el paseo" in str(row["params"].get("text"))]
    assert fix["recipient_id"] == "g-ana"
    assert "Mateo" in fix["params"]["text"] and "Lucia" in fix["params"]["text"]
