"""What got stuck is moved or shown; nothing waits unseen."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.notifications.domain.inbound import Told
from services.notifications.handlers import healing, writing
from services.notifications.handlers.beats import SILENT
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import DELIVERY, DELIVERY_TRACE, MESSAGE_TEXT, TASK
from services.notifications.tables.providers import PROVIDER_SILENT


def write(district):
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Mateo read.", "s-mateo"))


def details(district, what):
    return [row["detail"] for row in district.rows(DELIVERY_TRACE) if row["what"] == what]


@pytest.fixture
def mute(district, monkeypatch):
    """A translation that hears nothing; `mute.heard` holds what it was asked."""
    answer = district._answer
    monkeypatch.setattr(district, "_translate", lambda: 0)
    district.answer = answer
    write(district)
    district.settle()
    return district


def asked(district):
    return [event.data for event in district.said if event.type == "notifications.message_composed" and event.data["text"] == "Mateo read."]


def test_a_text_that_never_came_is_asked_for_again_once_with_the_names_kept(mute):
    assert len(asked(mute)) == 1
    mute.at(mute.now + timedelta(minutes=14))
    assert len(asked(mute)) == 1
    mute.at(mute.now + timedelta(minutes=30))
    again = asked(mute)
    assert len(again) == 2
    assert sorted(again[1]["targets"]) == ["en", "es"] and again[1]["protected"] == ["Mateo"]
    assert again[1]["message_id"] == again[0]["message_id"] and again[1]["kind"] == "info"


def test_after_an_hour_a_person_is_told_once(mute):
    mute.at(mute.now + timedelta(minutes=59))
    assert [row for row in mute.rows(TASK) if row["kind"] == "text_missing"] == []
    mute.at(mute.now + timedelta(days=1))
    (task,) = [row for row in mute.rows(TASK) if row["kind"] == "text_missing"]
    assert (task["staff_id"], task["student_id"]) == ("t-alvarez", "s-mateo")
    assert "no text in es for an hour: a person has been told" in details(mute, "waits")


def test_a_text_whose_request_was_never_written_is_asked_for(district):
    write(district)
    with district.engine.begin() as connection:
        connection.execute(sa.delete(MESSAGE_TEXT).where(MESSAGE_TEXT.c.language == "es"))
    district._unheard.clear()
    district.at(district.now + timedelta(minutes=20))
    assert {row["state"] for row in district.rows(DELIVERY)} == {"sent"}


def test_what_should_go_but_is_due_at_no_time_goes(district):
    write(district)
    district._translate()
    with district.engine.begin() as connection:
        connection.execute(sa.update(DELIVERY).where(DELIVERY.c.state == "due").values(due_at=None))
    district.settle()
    assert "sent" not in {row["state"] for row in district.rows(DELIVERY)}
    district.at(district.now + timedelta(minutes=30))
    assert {row["state"] for row in district.rows(DELIVERY)} == {"sent"}
    assert details(district, "woken")


def test_a_text_message_without_a_receipt_for_a_day_is_said_to_be_so_and_stays_sent(district):
    write(district)
    district.settle()
    district.at(district.now + SILENT - timedelta(hours=1))
    assert district.rows(PROVIDER_SILENT) == []
    district.at(district.now + timedelta(hours=2, minutes=1))
    (row,) = district.rows(PROVIDER_SILENT)
    assert (row["channel"], row["answer"]) == ("sms", healing.CANNOT_ASK)
    assert details(district, "silent") == ["no word from the provider for a day"]
    assert district.delivery_to("g-ana")["state"] == "sent"


def test_a_provider_that_can_be_asked_is_asked_and_its_answer_counts(district):
    asked_for = []

    def look_up(refs, *, at):
        asked_for.extend(refs)
        return [Told("sms", f"{ref}:delivered", "delivered", at, provider_ref=ref) for ref in refs]

    district.sms.look_up = look_up
    write(district)
    district.at(district.now + SILENT + timedelta(hours=3))
    assert asked_for == [district.delivery_to("g-ana")["provider_ref"]]
    assert district.delivery_to("g-ana")["state"] == "delivered"
    assert [row["answer"] for row in district.rows(PROVIDER_SILENT)] == ["delivered"]


def test_a_provider_that_knows_nothing_leaves_it_sent_and_says_so(district):
    district.sms.look_up = lambda refs, *, at: []
    write(district)
    district.at(district.now + SILENT + timedelta(hours=3))
    assert [row["answer"] for row in district.rows(PROVIDER_SILENT)] == [healing.NO_WORD]
    assert district.delivery_to("g-ana")["state"] == "sent"


def test_beats_come_seldom_once_a_person_knows_and_end_when_all_is_well(mute):
    with mute.engine.begin() as connection:
        connection.execute(sa.update(MESSAGE_TEXT).values(failed=True))
    mute.at(mute.now + timedelta(hours=2))
    with mute.transaction() as uow:
        from shared.messaging import due

        upcoming = due.next_due(uow.connection)
    assert upcoming is None or upcoming - mute.now > timedelta(hours=1)
