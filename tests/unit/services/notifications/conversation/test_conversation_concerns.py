"""A concern from home: acknowledged at once, answered on the clock, closed by the guardian and nobody else (F32)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.notifications.handlers import concerns
from services.notifications.store import ledger
from services.notifications.tables import CONCERN, OPEN_QUESTION, REPLY, TASK
from services.notifications.tables.conversation import CONCERN_CLOCK
from tests.unit.services.notifications.conversation.talk import concern, says, staff

EVENING = datetime(2026, 9, 30, 0, 40, tzinfo=UTC)  # 19:40 on the 29th in Chicago
DUE = datetime(2026, 9, 30, 21, 0, tzinfo=UTC)  # 16:00 the next school day


@pytest.fixture
def raised(district):
    """Ana's concern, written in the evening, with a counselor and a principal at the school."""
    staff(district, "c-chen", "counselor", "Mei")
    staff(district, "p-head", "principal", "Rosa")
    district.now = EVENING
    concern(district, due_at=DUE)
    district.settle()
    return district


def answer(district, by="t-alvarez"):
    with district.transaction() as uow:
        concerns.answered(uow, district.ports, ["c-1"], by=by)
    district.settle()


def test_it_is_acknowledged_within_the_minute_and_copied_to_the_counselor(raised):
    assert "concern.ack" in raised.sms.took[0].body and raised.sms.took[0].at - EVENING < timedelta(minutes=1)
    assert {(t["staff_id"], t["kind"], t["due_at"]) for t in raised.rows(TASK)} == {
        ("t-alvarez", "concern", DUE), ("c-chen", "concern_copy", DUE),
    }  # fmt: skip


def test_a_topic_that_is_not_the_counselors_stays_with_the_teacher(district):
    staff(district, "c-chen", "counselor", "Mei")
    concern(district, due_at=DUE, topic="homework")
    assert [t["staff_id"] for t in district.rows(TASK)] == ["t-alvarez"]


def test_a_school_says_which_topics_are_the_counselors(district):
    staff(district, "c-chen", "counselor", "Mei")
    district.hear_settings(conversation={"counselor_topics": ["homework"]})
    concern(district, due_at=DUE, topic="homework")
    concern(district, due_at=DUE, topic="peers", concern_id="c-2")
    assert [t["task_id"] for t in district.rows(TASK) if t["staff_id"] == "t-alvarez"] == ["c-1", "c-2"]
    assert len([t for t in district.rows(TASK) if t["staff_id"] == "c-chen"]) == 1


def test_its_words_stand_in_the_thread_and_are_translated(raised):
    (reply,) = raised.rows(REPLY)
    assert (reply["text"], reply["open_kind"], reply["open_ref"]) == ("Come solo.", "concern", "c-1")
    assert [(r["text"], r["open_kind"]) for r in raised.told("reply_received")] == [("Come solo.", None)]


def test_without_an_answer_by_the_hour_it_is_on_the_principals_list(raised):
    raised.at(DUE - timedelta(minutes=1))
    assert raised.told("reply_overdue") == []
    raised.at(DUE)
    (late,) = raised.told("reply_overdue")
    assert (late["concern_id"], late["owner_id"], late["thread_id"]) == ("c-1", "t-alvarez", "g-ana")
    assert [(t["staff_id"], t["guardian_id"]) for t in raised.rows(TASK) if t["kind"] == "concern_overdue"] == [("p-head", "g-ana")]


def test_only_the_guardians_one_closes_it(raised):
    raised.now = datetime(2026, 9, 30, 19, 50, tzinfo=UTC)
    answer(raised)
    assert "concern.asks" in raised.sms.took[-1].body
    assert raised.rows(CONCERN)[0]["closed_at"] is None and raised.told("concern_answered") == []
    assert says(raised, "1") == "concern"
    (closed,) = raised.told("concern_answered")
    assert (closed["elapsed_min"], closed["confirmed_by"], closed["rounds"], closed["via"]) == (19 * 60 + 10, "g-ana", 1, "sms")
    assert raised.rows(CONCERN)[0]["closed_at"] is not None and raised.rows(OPEN_QUESTION) == []
    assert all(t["closed_at"] is not None for t in raised.rows(TASK))
    raised.at(DUE + timedelta(days=1))
    assert raised.told("reply_overdue") == []


def test_not_yet_starts_another_round_on_the_clock(raised):
    raised.now = datetime(2026, 9, 30, 19, 50, tzinfo=UTC)
    answer(raised)
    assert says(raised, "2") == "concern"
    raised.settle()
    assert "concern.again" in raised.sms.took[-1].body
    (clock,) = raised.rows(CONCERN_CLOCK)
    assert (clock["rounds"], clock["due_at"], clock["answered_at"]) == (1, DUE + timedelta(days=1), None)
    assert [t["kind"] for t in raised.rows(TASK) if t["closed_at"] is None and t["staff_id"] == "t-alvarez"] == ["concern_again"]
    raised.at(DUE + timedelta(days=1))
    assert len(raised.told("reply_overdue")) == 1
    answer(raised)
    says(raised, "1", key="2")
    assert raised.told("concern_answered")[0]["rounds"] == 2


def test_ticking_the_task_off_asks_the_guardian_and_closes_nothing(raised):
    with raised.transaction() as uow:
        closed = ledger.close_task(uow.connection, "c-1", "t-alvarez", uow.now)
        concerns.of_task(uow, raised.ports, closed, by="t-alvarez")
    raised.at(datetime(2026, 9, 30, 13, 0, tzinfo=UTC))
    assert raised.rows(CONCERN)[0]["closed_at"] is None
    assert "concern.asks" in raised.sms.took[-1].body


def test_words_instead_of_a_digit_go_to_the_teacher_and_leave_the_question_open(raised):
    raised.now = datetime(2026, 9, 30, 19, 50, tzinfo=UTC)
    answer(raised)
    assert says(raised, "Gracias, pero sigue comiendo solo") == "reply"
    assert len(raised.rows(OPEN_QUESTION)) == 1


def test_the_other_guardian_cannot_close_it(raised):
    answer(raised)
    with raised.transaction() as uow:
        concerns.confirmed(uow, raised.ports, "c-1", "g-daniel", text="1", via="page")
    assert raised.told("concern_answered") == []


def test_a_concern_said_twice_is_one(raised):
    concern(raised, due_at=DUE)
    raised.settle()
    assert len(raised.rows(CONCERN)) == len(raised.rows(REPLY)) == 1 and len(raised.told("reply_received")) == 1
    assert len(raised.sms.took) == 1
