"""The ladder through real handlers: screens, then paper, then a person's call; and where it stops."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa

from services.notifications.channels.port import ChannelError
from services.notifications.domain.inbound import Told
from services.notifications.domain.ladder import CallOutcome, LetterState
from services.notifications.handlers import asking, calls, ladder, listening, receipts, wishes
from services.notifications.tables import CONTACT, LETTER, MESSAGE, SUPPRESSION, TASK
from services.notifications.tables.paper import LADDER
from shared.messaging.uow import DueItem
from tests.unit.services.notifications.paper.papermill import LAN, LANS_NUMBER, Mill, text_of


def beats(mill: Mill) -> None:
    with mill.district.transaction() as uow:
        ladder.plan_beats(uow, ["greenview"])


def fail(mill: Mill) -> None:
    mill.district.sms.refuses[LANS_NUMBER] = ChannelError("sms_30005", permanent=True)


def call(mill: Mill, outcome: CallOutcome) -> bool:
    (task,) = mill.calls()
    with mill.district.transaction() as uow:
        return calls.record(uow, task["task_id"], outcome, staff_id="o-office", schools=["greenview"])


def test_a_failing_number_ends_in_a_letter_in_both_languages_a_call_and_a_delivery(mill):
    """Feature F17."""
    beats(mill)
    fail(mill)
    mill.write()
    assert mill.delivery()["state"] == "letter"
    (queued,) = mill.district.told("letter_queued")
    assert queued["languages"] == ["vi", "en"] and queued["school_id"] == "greenview"
    (exhausted,) = mill.district.told("channel_exhausted")
    assert (exhausted["reason"], exhausted["tried"]) == ("failed", ["sms"])

    pdf = mill.file(mill.run())
    assert pdf is not None
    said = text_of(pdf)
    assert "Dear Lan (grandmother)," in said, "nobody is Mr and Mrs"
    assert "[vi] Bao has missed reading twice." in said and "Elena Alvarez · Greenview · Bao" in said
    assert "https://" not in said, "nobody types an address from paper"

    mill.later(days=3, hours=20)
    assert mill.calls() == []
    mill.later(hours=9)
    (task,) = mill.calls()
    assert (task["guardian_id"], task["staff_id"]) == (LAN, "o-office")
    with mill.district.transaction() as uow:
        (line,) = calls.listed(uow, mill.district.ports, ["greenview"])
    assert line.interpreter and line.language == "vi" and "Bao has missed reading twice." in line.say

    assert mill.settle(LetterState.HANDED_OVER, mill.delivery()["delivery_id"]) == (1, 0)
    delivered = mill.delivery()
    assert (delivered["state"], delivered["channel"], delivered["delivered_at"]) == ("delivered", "letter", mill.district.now)
    assert mill.calls() == [], "who has the letter need not be called"
    assert "handed over: letter handed over by the office" in mill.trace()
    assert mill.district.told("messages_delivered")[-1]["guardian_ids"] == [LAN]
    assert [row["mode"] for row in mill.district.rows(CONTACT) if row["guardian_id"] == LAN] == ["letter"]


def test_a_concern_that_nobody_opens_for_two_days_goes_on_paper_as_well(mill):
    beats(mill)
    mill.write()
    mill.later(hours=47)
    assert mill.letter() is None
    mill.later(hours=6)
    assert mill.letter()["why"] == "unopened" and mill.delivery()["state"] == "sent"
    assert mill.district.told("channel_exhausted")[-1]["tried"] == ["sms"]
    assert "letter queued: not opened in 48 hours" in mill.trace()
    before = len(mill.district.told("channel_exhausted"))
    mill.later(hours=10)
    assert len(mill.district.told("channel_exhausted")) == before, "one step is taken once"


@pytest.mark.parametrize("kind", ["positive", "info"])
def test_good_news_and_information_are_followed_by_nobody(mill, kind):
    beats(mill)
    mill.write(kind=kind, text="Bao read aloud today.")
    mill.later(days=10)
    assert mill.district.rows(LADDER) == [] and mill.district.rows(LETTER) == []


def test_whoever_has_opened_it_gets_no_letter(mill):
    beats(mill)
    mill.write()
    row = mill.delivery()
    opened = Told("sms", "w-1", "opened", mill.district.now, delivery_id=row["delivery_id"], how="read")
    with mill.district.transaction() as uow:
        receipts.told(uow, mill.district.ports, [opened])
    mill.later(days=5)
    assert mill.step() is None and mill.calls() == []


def test_an_answer_ends_the_ladder_and_an_unprinted_letter_with_it(mill):
    beats(mill)
    mill.write()
    mill.later(hours=53)
    assert mill.letter()["state"] == "waiting"
    with mill.district.transaction() as uow:
        listening.sms_received(uow, mill.district.ports, provider_id="SM9", number=LANS_NUMBER, text="Cảm ơn cô")
    mill.later(hours=24)
    assert (mill.step()["ended_by"], mill.letter()["state"]) == ("answered", "pulled")
    assert "ladder ends: answered, no letter is needed" in mill.trace()
    mill.later(days=5)
    assert mill.calls() == []


def test_a_school_may_follow_other_kinds_sooner_and_take_delivered_for_read(mill):
    mill.rules(kinds=["info"], unopened_hours=3, delivered_is_read=True)
    beats(mill)
    mill.write(text="Bao has missed reading twice.")
    mill.write(kind="info", text="Bring a coat.", student="s-mateo")
    arrived = Told("sms", "w-2", "delivered", mill.district.now, delivery_id=mill.delivery("g-ana")["delivery_id"])
    with mill.district.transaction() as uow:
        receipts.told(uow, mill.district.ports, [arrived])
    mill.later(hours=8)
    assert [row["guardian_id"] for row in mill.district.rows(LADDER)] == ["g-daniel"]


def test_who_prefers_letters_gets_paper_at_once(mill):
    mill.district.hear(
        wishes.preference_changed,
        mill.district.event(
            "surveys.preference_changed", guardian_id=LAN, version=1, channel_order=["letter"], contacts_per_month=None,
            live_mode=None, available_after=None, quiet_start=None, quiet_end=None, timezone=None, language=None, voice=False,
        ),
    )  # fmt: skip
    mill.write()
    assert (mill.delivery()["state"], mill.letter()["why"]) == ("letter", "preferred")
    assert mill.district.sms.to(LANS_NUMBER) == []


def test_a_restriction_after_the_ladder_began_ends_it_before_anybody_calls(mill):
    beats(mill)
    fail(mill)
    mill.write()
    mill.forbid()
    mill.later(days=5)
    assert mill.calls() == [] and mill.step()["ended_by"] == "refused"
    assert (mill.letter()["state"], mill.delivery()["state"]) == ("pulled", "refused")


@pytest.fixture
def called(mill: Mill) -> Mill:
    """Paper brought nothing either: the call is due."""
    beats(mill)
    fail(mill)
    mill.write()
    mill.later(days=4, hours=4)
    return mill


def test_who_is_reached_has_had_the_message_and_a_live_contact(called):
    assert call(called, CallOutcome.REACHED)
    row = called.delivery()
    assert (row["state"], row["channel"], row["opened_how"]) == ("delivered", "phone", "answered")
    live = [one for one in called.district.rows(CONTACT) if one["live"]]
    assert [(one["mode"], one["kind"], one["personal"]) for one in live] == [("phone", "concern", True)]
    assert called.calls() == [] and called.letter()["state"] == "pulled"
    assert called.district.told("message_opened")[-1]["channel"] == "phone"


def test_three_calls_in_vain_are_enough_and_never_on_a_weekend(called):
    for _ in range(2):
        assert call(called, CallOutcome.NO_ANSWER)
        due = called.calls()[0]["due_at"]
        assert due > called.district.now and due.weekday() < 5
        called.later(days=4, hours=4)
    assert call(called, CallOutcome.LEFT_MESSAGE)
    assert called.calls() == [] and called.step()["ended_by"] == "given_up"


def test_a_wrong_number_is_closed_and_left_to_contact_repair(called):
    assert call(called, CallOutcome.WRONG_NUMBER)
    closed = {(row["channel"], row["detail"]) for row in called.district.rows(SUPPRESSION) if row["guardian_id"] == LAN}
    assert closed >= {("voice", "wrong_number"), ("sms", "wrong_number")}


def test_a_call_at_another_school_is_none_of_the_readers(called):
    (task,) = called.calls()
    with called.district.transaction() as uow:
        assert not calls.record(uow, task["task_id"], CallOutcome.REACHED, staff_id="x", schools=["northgate"])
    assert [row["closed_at"] for row in called.district.rows(TASK) if row["kind"] == "call_home"] == [None]


def test_a_restricted_guardian_is_not_on_the_call_list_even_before_the_next_beat(called):
    called.forbid()
    with called.district.transaction() as uow:
        assert calls.listed(uow, called.district.ports, ["greenview"]) == []


def test_the_beat_costs_the_same_however_many_families(mill):
    beats(mill)
    for number in range(30):
        mill.district.enrol(f"s-{number}", "Kim")
        mill.district.link(f"g-{number}", f"s-{number}", sms=f"+1312555{number:04d}")
        mill.write(student=f"s-{number}")
    mill.district.now += timedelta(hours=53)
    statements: list[str] = []
    sa.event.listen(mill.district.engine, "before_cursor_execute", lambda *a: statements.append(a[2]))
    with mill.district.transaction() as uow:
        ladder.beat(uow, mill.district.ports, [DueItem("ladder", "greenview", uow.now, {}, 0)])
    assert len(mill.district.rows(LADDER)) >= 30
    assert len(statements) < 60, f"{len(statements)} statements for 30 families"


def test_what_its_own_service_reminds_of_is_not_followed_twice(mill, monkeypatch):
    """A thousand unanswered invitations neither become letters nor keep a concern from becoming one."""
    monkeypatch.setattr(ladder, "BATCH", 2)
    beats(mill)
    due = mill.district.now + timedelta(days=9)
    for number in range(4):
        mill.district.enrol(f"s-{number}", "Kim")
        mill.district.link(f"g-{number}", f"s-{number}", sms=f"+1312555{number:04d}")
        invited = mill.district.event(
            "surveys.survey_assigned", survey_id="intake", kind="intake", school_id="greenview", question_ids=["q"], due_at=due,
            reminder=False, asked=[{
                "assignment_id": f"a-{number}", "guardian_id": f"g-{number}", "student_ids": [f"s-{number}"], "link": "https://h.example/s",
            }],
        )  # fmt: skip
        mill.district.hear(asking.survey_assigned, invited)
    mill.district.settle()
    for number in range(3):
        mill.write(student=f"s-{number}")
    mill.later(hours=53)
    assert sorted(row["guardian_id"] for row in mill.district.rows(LADDER)) == ["g-0", "g-1", "g-2"]
    assert {row["catalogue_key"] for row in mill.district.rows(MESSAGE)} >= {"survey.invitation"}
