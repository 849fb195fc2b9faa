"""Words from home: in one thread, on the clock of the teacher's hours, and nobody's words lost."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
import sqlalchemy as sa

from services.notifications.handlers import writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import CONSENT, DELIVERY, REPLY, SUPPRESSION, TASK
from services.notifications.tables.conversation import REPLY_PLACE, THREAD, UNKNOWN_WORDS
from tests.unit.services.notifications.conversation.talk import (
    ANA,
    DANIEL,
    MONDAY_MORNING,
    SATURDAY_NIGHT,
    card,
    no_school,
    says,
    staff,
)

ALVAREZ = Author("t-alvarez", "teacher", ("greenview",))
TEACHERS_MAIL = "t-alvarez@school.example.org"


def test_a_text_on_saturday_night_is_acknowledged_at_once_and_pings_nobody_before_monday(district):
    card(district, windows=[{"weekday": "wed", "start": "15:30", "end": "16:30"}])
    district.now = SATURDAY_NIGHT
    assert says(district, "¿Hay tarea?") == "reply"
    district.settle()
    (ack,) = district.sms.took
    assert "reply.ack_hours" in ack.body
    params = district.delivery_to("g-ana")["params"]
    assert params["read"] == {"day": "2026-10-05"} and params["due"] == {"day": "2026-10-06"} and "+1312" in params["phone"]
    assert district.email.to(TEACHERS_MAIL) == []
    (held,) = [h for h in district.told("message_held") if h["reason"] == "staff_hours"]
    assert held["release_at"] == MONDAY_MORNING
    district.at(MONDAY_MORNING - timedelta(minutes=1))
    assert district.email.to(TEACHERS_MAIL) == []
    district.at(MONDAY_MORNING)
    (ping,) = district.email.to(TEACHERS_MAIL)
    assert "reply.waits" in ping.body and "/notifications/threads/g-ana" in ping.body


def test_inside_her_hours_the_teacher_is_told_at_once_and_the_family_is_not_answered_by_a_machine(district):
    assert says(district, "Gracias") == "reply"
    district.settle()
    assert district.sms.took == [] and len(district.email.to(TEACHERS_MAIL)) == 1


def test_several_words_of_one_night_are_acknowledged_once_and_ping_once(district):
    district.now = SATURDAY_NIGHT
    for n in range(4):
        says(district, f"Otra cosa {n}", key=str(n))
    district.at(MONDAY_MORNING)
    assert len(district.sms.took) == 1 and len(district.email.to(TEACHERS_MAIL)) == 1
    assert len(district.rows(REPLY)) == 4 and len(district.rows(THREAD)) == 1


def test_a_holiday_moves_reading_and_answer_to_the_next_school_days(district):
    no_school(district, date(2026, 10, 5))
    district.now = SATURDAY_NIGHT
    says(district, "Hola")
    (thread,) = district.rows(THREAD)
    assert thread["shown_from"] == datetime(2026, 10, 6, 12, 30, tzinfo=UTC)
    assert thread["due_at"] == datetime(2026, 10, 7, 21, 0, tzinfo=UTC)


def test_an_answer_that_does_not_come_is_on_the_principals_list(district):
    staff(district, "p-head", "principal", "Rosa")
    says(district, "¿Hay tarea?")
    district.at(datetime(2026, 9, 30, 20, 59, tzinfo=UTC))
    assert district.told("reply_overdue") == []
    district.at(datetime(2026, 9, 30, 21, 0, tzinfo=UTC))
    (late,) = district.told("reply_overdue")
    assert (late["owner_id"], late["hours_open"], late["concern_id"]) == ("t-alvarez", 30, None)
    assert [(t["staff_id"], t["guardian_id"]) for t in district.rows(TASK) if t["kind"] == "reply_overdue"] == [("p-head", "g-ana")]


def test_a_note_written_elsewhere_is_an_answer_too(district):
    says(district, "¿Hay tarea?")
    district.now += timedelta(hours=1)
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note("info", "Page 12.", "s-mateo"))
    district.at(datetime(2026, 10, 2, 21, 0, tzinfo=UTC))
    assert district.told("reply_overdue") == []
    assert district.rows(THREAD)[0]["answered_at"] is not None


@pytest.mark.parametrize(
    ("channel", "sender"), [("sms", ANA), ("whatsapp", "13125550111"), ("whatsapp", "whatsapp:+13125550111"), ("voice", ANA)]
)
def test_words_by_any_channel_land_in_the_same_thread(district, channel, sender):
    assert says(district, "Gracias", channel=channel, sender=sender) == "reply"
    (said,) = district.told("reply_received")
    assert (said["channel"], said["thread_id"], said["language"]) == (channel, "g-ana", "es")
    assert says(district, "Gracias", channel=channel, sender=sender) == "repeated"
    assert len(district.told("reply_received")) == 1


def test_a_mail_is_known_by_its_sender_whatever_the_case(district):
    assert says(district, "Thanks!", channel="email", sender="Daniel@Example.ORG") == "reply"
    assert district.rows(THREAD)[0]["guardian_id"] == "g-daniel"


def test_words_that_answer_a_note_go_to_who_wrote_it(district):
    staff(district, "c-chen", "counselor", "Mei")
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("c-chen", "counselor", ("greenview",)), Note("info", "Hello.", "s-mateo"))
    district.settle()
    says(district, "Gracias", delivery_id=district.delivery_to("g-ana")["delivery_id"])
    assert district.rows(THREAD)[0]["owner_id"] == "c-chen"


def test_words_to_somebody_who_has_left_go_to_the_childs_teacher(district):
    staff(district, "c-chen", "counselor", "Mei")
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("c-chen", "counselor", ("greenview",)), Note("info", "Hello.", "s-mateo"))
    district.settle()
    district.project(
        "district.staff_listed", staff_id="c-chen", revision=2, school_ids=["greenview"], role="counselor", class_ids=[],
        active=False, name={"given_name": "Mei", "family_name": "Chen"}, email=None,
    )  # fmt: skip
    says(district, "Gracias", delivery_id=district.delivery_to("g-ana")["delivery_id"])
    assert district.rows(THREAD)[0]["owner_id"] == "t-alvarez"


def test_a_token_that_was_passed_on_does_not_put_words_in_another_mouth(district):
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note("info", "Hello.", "s-mateo"))
    district.settle()
    says(district, "Gracias", delivery_id=district.delivery_to("g-daniel")["delivery_id"])
    assert district.rows(REPLY)[0]["guardian_id"] == "g-ana"


def test_words_from_a_stranger_are_kept_for_the_office_and_nothing_is_sent_back(district):
    assert says(district, "Hola, soy la tía de Mateo", sender="+13125559999") == "unknown"
    assert says(district, "Hola, soy la tía de Mateo", sender="+13125559999") == "repeated"
    district.settle()
    (kept,) = district.rows(UNKNOWN_WORDS)
    assert kept["text"].startswith("Hola") and kept["sender"] == "+13125559999"
    assert [(t["staff_id"], t["kind"]) for t in district.rows(TASK)] == [("o-office", "unknown_words")]
    assert district.sms.took == [] and district.told("reply_received") == []


def test_where_several_schools_share_a_number_a_stranger_is_on_every_offices_list_and_nobodys_task(district):
    district.onboard("northgate")
    assert says(district, "Hola", sender="+13125559999") == "unknown"
    assert says(district, "Hola", key="2", sender="+13125559999", school_id="greenview") == "unknown"
    assert [t["staff_id"] for t in district.rows(TASK)] == ["o-office"]
    assert len(district.rows(UNKNOWN_WORDS)) == 2


def test_a_picture_is_not_taken_and_the_family_hears_so(district):
    assert says(district, "", files=("image/jpeg",)) == "reply"
    district.settle()
    assert "reply.no_files" in district.sms.took[0].body
    assert district.rows(REPLY_PLACE)[0]["files"] == ["image/jpeg"]
    assert district.told("reply_received") == [], "there is nothing to translate"


def test_nothing_at_all_is_nothing(district):
    assert says(district, "  \n ") == "empty"
    assert district.rows(REPLY) == []


def test_a_call_back_is_a_task_for_whoever_answers(district):
    says(district, "Llámeme", channel="page", guardian_id="g-ana", call_back=True)
    (task,) = [t for t in district.rows(TASK) if t["kind"] == "call_back"]
    assert (task["staff_id"], task["guardian_id"], task["student_id"]) == ("t-alvarez", "g-ana", "s-mateo")


@pytest.mark.parametrize("phrase", ["STOP", "Por favor dejen de enviarme mensajes", "不要再给我发短信了"])
def test_a_stop_ends_that_channel_keeps_a_revocation_and_is_confirmed_once(district, phrase):
    assert says(district, phrase) == "stop"
    assert says(district, phrase) == "repeated"
    district.settle()
    assert [s["channel"] for s in district.rows(SUPPRESSION)] == ["sms"]
    assert {(c["channel"], c["purpose"], c["given"]) for c in district.rows(CONSENT)} == {("sms", "*", False), ("sms", "other", False)}
    assert [m.body for m in district.sms.took] == ["[es] Greenview: no more."]
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note("info", "Trip.", "s-mateo"))
    district.settle()
    assert len(district.sms.took) == 1


@pytest.mark.parametrize(
    ("text", "taken"),
    [
        ("STOP\n\nDaniel Rivera\nSent from my phone", "stop"),
        ("Please stop emailing me.\n\nThanks, Daniel", "stop"),
        ("Stop.\n\nThe bus did not come this morning and he walked for an hour.", "reply"),
        ("Thanks for the news!\n\nstop", "reply"),
    ],
)
def test_a_mail_is_signed_and_still_a_stop(district, text, taken):
    assert says(district, text, channel="email", sender="daniel@example.org") == taken
    assert [s["channel"] for s in district.rows(SUPPRESSION)] == (["email"] if taken == "stop" else [])


def test_a_district_may_let_one_stop_end_every_channel(district):
    district.hear_settings(conversation={"stop_scope": "all_routine"})
    says(district, "stop")
    assert {s["channel"] for s in district.rows(SUPPRESSION)} == {"sms", "whatsapp", "voice", "email", "push"}


def test_start_opens_it_again_and_the_ledger_keeps_every_word(district):
    says(district, "stop")
    district.settle()
    assert says(district, "start", key="2") == "start"
    district.settle()
    assert district.rows(SUPPRESSION) == []
    assert [c["given"] for c in sorted(district.rows(CONSENT), key=lambda c: c["at"]) if c["purpose"] == "*"] in ([False, True], [True, False])
    assert "start.confirmed" in district.sms.took[-1].body


def test_a_wrong_number_closes_it_for_everybody_and_the_office_asks_for_the_right_one(district):
    assert says(district, "Sorry, wrong number") == "wrong"
    district.settle()
    assert [(s["source"], s["detail"], s["channel"]) for s in district.rows(SUPPRESSION)] == [("invalid", "wrong_number", "sms")]
    assert [(t["kind"], t["staff_id"], t["guardian_id"]) for t in district.rows(TASK)] == [("wrong_number", "o-office", "g-ana")]
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("o-office", "office", ("greenview",)), Note("emergency", "Out!", "s-mateo"))
    district.settle()
    assert district.sms.took == [], "not even an emergency goes to a stranger"


def test_a_stop_in_the_middle_of_a_fan_out_is_obeyed_by_the_very_next_claim(district):
    """What a worker has in hand is gone; after the commit nothing more goes to that number."""
    from services.notifications.handlers import delivering

    for n in range(12):
        with district.transaction() as uow:
            writing.write(uow, district.ports, ALVAREZ, Note("ask", f"Note {n}.", "s-mateo"))
    while district._translate():
        pass
    assert sum(d["state"] == "due" and d["recipient_id"] == "g-ana" for d in district.rows(DELIVERY)) == 12
    with district.engine.begin() as connection:  # two are in hand already
        first = sa.select(DELIVERY.c.delivery_id).where(DELIVERY.c.recipient_id == "g-ana").limit(10)
        held = list(connection.execute(first).scalars())
        connection.execute(sa.update(DELIVERY).where(DELIVERY.c.delivery_id.in_(held)).values(due_at=district.now + timedelta(seconds=1)))
    delivering.deliver(district.transaction, district.ports)
    before = len(district.sms.to(ANA))
    assert before == 2
    says(district, "STOP")
    district.now += timedelta(seconds=1)
    district.settle()
    after = [letter.body for letter in district.sms.to(ANA)[before:]]
    assert after == ["[es] Greenview: no more."]


def test_a_stop_by_text_leaves_an_emergency_its_other_ways(district):
    district.link("g-ana", "s-mateo", language="es", sms=ANA, email="ana@example.org", revision=2)
    says(district, "STOP")
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("o-office", "office", ("greenview",)), Note("emergency", "Out!", "s-mateo"))
    district.settle()
    told = district.email.to("ana@example.org") + [m for m in district.sms.to(ANA) if "no more" not in m.body]
    assert told, "an emergency still reaches her"


def test_on_a_page_stop_is_a_word_like_any_other(district):
    assert says(district, "stop", channel="page", guardian_id="g-daniel") == "reply"
    assert district.rows(SUPPRESSION) == [] and DANIEL
