"""Balance, gaps, live contact, nudges, guides and load, through the real handlers."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from services.notifications.handlers import alerting, balance, contacts, guides, load, nightly, nudges, rhythm, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.store import briefs, ledger
from services.notifications.store import rhythm as store
from services.notifications.tables import CADENCE, CONCERN, DELIVERY, GAP, TASK
from services.notifications.tables.conversation import THREAD
from services.notifications.tables.rhythm import BALANCE, GUIDE, LIVE_MISSING, LOAD, NOTE, NUDGE, STANDING
from shared.messaging.tables import DUE_WORK
from shared.messaging.uow import DueItem
from shared.store import insert_rows
from tests.unit.services.notifications.world import CATALOGUE

ALVAREZ = Author("t-alvarez", "teacher", ("greenview",))
NIGHT = datetime(2026, 9, 30, 7, 30, tzinfo=UTC)
SPECIFIC = "Left three sheets unfinished this week."


def send(district, kind, text=SPECIFIC, category=None, student="s-mateo"):
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note(kind, text, student, category=category))
    district.settle()


def warning(district, kind):
    with district.transaction() as uow:
        return balance.warning(uow, teacher_id="t-alvarez", student_id="s-mateo", kind=kind)


def night(district, moment=NIGHT):
    district.now = moment
    district.hear(lambda uow, ports, items: nightly.nightly(uow, ports, [DueItem("nightly", "greenview", moment, {}, 0)]))


def grade(district, score, revision=2):
    return district.event(
        "district.grade_recorded", student_id="s-mateo", school_id="greenview", class_id="class-t-alvarez", course_id="c-1",
        course_title="Algebra", revision=revision, score_pct=score, previous_pct=None, as_of=date(2026, 9, 29),
    )  # fmt: skip


def test_before_the_fourth_concern_the_teacher_sees_since_when_there_was_no_good_news(district):
    district.now = datetime(2026, 9, 2, 15, 0, tzinfo=UTC)
    send(district, "positive", category="kindness")
    for days in (10, 20, 34):
        district.now = datetime(2026, 9, 2, 15, 0, tzinfo=UTC) + timedelta(days=days)
        send(district, "concern")
    found = warning(district, "concern")
    assert (found.direction, found.positive, found.concern) == ("more_good", 0, 3)
    assert found.last_good.date() == date(2026, 9, 2)
    assert warning(district, "info") is None


def test_a_broadcast_a_rule_and_words_without_an_example_do_not_count(district):
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note("positive", "Well done, all of you, on Friday!", class_id="class-t-alvarez"))
    send(district, "positive", "Great week!")
    district.hear(alerting.grade_recorded, grade(district, 60.0))
    district.settle()
    assert [(row["kind"], row["example"]) for row in district.rows(NOTE)] == [("positive", False)]
    assert warning(district, "concern").positive == 0


def test_the_night_flags_a_student_once_and_good_news_ends_it_at_once(district):
    for _ in range(3):
        send(district, "concern")
    night(district)
    night(district, NIGHT + timedelta(days=1))
    (flagged,) = district.told("balance_flagged")
    assert (flagged["student_id"], flagged["teacher_id"], flagged["direction"], flagged["positive"], flagged["concern"]) == (
        "s-mateo", "t-alvarez", "more_good", 0, 3
    )  # fmt: skip
    send(district, "positive", "Great week!")
    assert len(district.rows(BALANCE)) == 1, "nothing was named that was seen"
    send(district, "positive", category="kindness")
    assert district.rows(BALANCE) == []


def test_silence_about_a_failing_grade_is_flagged_and_so_is_praise_over_it_until_somebody_speaks(district):
    district.now = datetime(2026, 11, 3, 15, 0, tzinfo=UTC)  # after midterm: no early alert goes
    district.hear(alerting.grade_recorded, grade(district, 60.0))
    assert [(row["teacher_id"], row["failing"]) for row in district.rows(STANDING)] == [("t-alvarez", True)]
    night(district, datetime(2026, 11, 4, 8, 30, tzinfo=UTC))
    send(district, "positive", category="creative")
    night(district, datetime(2026, 11, 5, 8, 30, tzinfo=UTC))
    assert [row["direction"] for row in district.told("balance_flagged")] == ["silent", "only_praise"]
    assert warning(district, "positive").course == "Algebra"
    send(district, "concern")
    assert district.rows(BALANCE) == []
    district.hear(alerting.grade_recorded, grade(district, 90.0, revision=3))
    night(district, datetime(2026, 12, 30, 8, 30, tzinfo=UTC))
    assert district.rows(BALANCE) == []


def test_an_early_alert_has_told_the_home_so_nobody_is_silent(district):
    district.hear(alerting.grade_recorded, grade(district, 60.0))
    district.settle()
    night(district)
    assert district.told("balance_flagged") == []


def test_an_open_concern_makes_the_floor_seven_days_and_a_broadcast_is_no_contact(district):
    send(district, "info", "See you tomorrow.")
    with district.transaction() as uow:
        ledger.save_concerns(uow.connection, [{
            "concern_id": "c-1", "guardian_id": "g-ana", "student_id": "s-mateo", "topic": "peers", "due_at": uow.now, "raised_at": uow.now,
            "closed_at": None,
        }])  # fmt: skip
    night(district, NIGHT + timedelta(days=6))
    assert district.rows(GAP) == []
    with district.transaction() as uow:
        writing.write(uow, district.ports, ALVAREZ, Note("info", "Trip on Friday.", class_id="class-t-alvarez"))
    district.settle()
    night(district, NIGHT + timedelta(days=7))
    assert [(row["days_since"], row["floor_days"]) for row in district.rows(GAP)] == [(8, 7)]
    assert [(row["students"], row["gaps"]) for row in district.rows(CADENCE)][-1] == (1, 1)
    assert len(district.rows(CONCERN)) == 1


def december(district):
    district.at(datetime(2026, 12, 1, 16, 0, tzinfo=UTC))


def test_nobody_has_spoken_with_the_home_by_the_first_of_december_and_a_logged_call_ends_it(district):
    for _ in range(2):
        send(district, "info", "See you tomorrow.")
        district.now += timedelta(days=1)
    december(district)
    (missing,) = district.told("live_contact_missing")
    assert (missing["student_id"], missing["guardian_id"], missing["term"], missing["text_count"]) == ("s-mateo", "g-ana", "t1", 2)
    assert [row["since"] for row in district.rows(LIVE_MISSING)] == [date(2026, 12, 1)]
    with district.transaction() as uow:
        assert contacts.log_live(uow, staff_id="t-alvarez", student_id="s-mateo", guardian_id="g-ana", mode="phone")
        assert contacts.log_live(uow, staff_id="t-alvarez", student_id="s-mateo", guardian_id="g-ana", mode="phone")
        assert not contacts.log_live(uow, staff_id="t-alvarez", student_id="s-mateo", guardian_id="g-nobody", mode="phone")
    assert district.rows(LIVE_MISSING) == []
    assert [(c["mode"], c["live"]) for c in district.told("contact_logged") if c["live"]][:1] == [("phone", True)]


def test_a_home_that_somebody_called_in_october_is_not_on_the_list(district):
    with district.transaction() as uow:
        contacts.log_live(uow, staff_id="t-alvarez", student_id="s-mateo", guardian_id="g-ana", mode="in_person")
    december(district)
    assert district.told("live_contact_missing") == [] == district.rows(LIVE_MISSING)


def test_a_day_that_the_calendar_has_moved_is_not_looked_at(district):
    with district.transaction() as uow:
        rhythm.live_contact(uow, district.ports, [DueItem("live_contact", "greenview/2026-11-17", uow.now, {}, 0)])
    assert district.told("live_contact_missing") == []


def signal(district, **changes):
    return district.event("district.signal_recorded", **{
        "student_id": "s-mateo", "school_id": "greenview", "class_id": "class-t-alvarez", "revision": 4, "type": "missing_work", "count": 2,
        "window_days": 7, "score_pct": 81.0, **changes,
    })  # fmt: skip


def test_two_missed_homeworks_are_a_soft_draft_for_the_teacher_and_nothing_goes_home(district):
    district.hear(nudges.signal_recorded, signal(district))
    district.hear(nudges.signal_recorded, signal(district))
    district.settle()
    assert [(n["student_id"], n["teacher_id"], n["signal"]) for n in district.told("nudge_suggested")] == [
        ("s-mateo", "t-alvarez", "missing_work")
    ]  # fmt: skip
    assert district.rows(DELIVERY) == [] and len(district.rows(NUDGE)) == 1


def test_a_newer_count_takes_the_place_of_an_open_draft_and_a_failing_grade_makes_none(district):
    district.hear(nudges.signal_recorded, signal(district), signal(district, revision=5, count=3))
    district.hear(nudges.signal_recorded, signal(district, revision=6, count=4))
    with district.transaction() as uow:
        (left,) = briefs.open_nudges(uow.connection, "t-alvarez")
    assert left["count"] == 4
    assert sorted(str(row["settled_how"]) for row in district.rows(NUDGE)) == ["None", "replaced"]
    district.hear(nudges.signal_recorded, signal(district, type="attendance", revision=7, score_pct=60.0))
    assert len(district.rows(NUDGE)) == 2


def test_with_the_alert_each_home_gets_three_steps_in_its_own_language(district, monkeypatch):
    monkeypatch.setitem(CATALOGUE, "guide.steps", "{student}: {steps} {link}")
    district.hear(alerting.grade_recorded, grade(district, 64.0))
    district.settle()
    spanish = [sent.body for sent in district.sms.took]
    assert any("15 minutos, la siguiente serie" in body and "/notifications/guide/" in body for body in spanish)
    assert {(row["guardian_id"], row["topic"], row["language"]) for row in district.rows(GUIDE)} == {
        ("g-ana", "math_practice", "es"), ("g-daniel", "math_practice", "en"),
    }  # fmt: skip
    assert len(district.told("guide_sent")) == 2
    district.hear(alerting.grade_recorded, grade(district, 60.0, revision=3))
    district.settle()
    assert len(district.rows(GUIDE)) == 2, "no repeat until the student has recovered and falls again"


def test_who_may_not_hear_of_the_child_is_given_no_guide(district):
    district.project(
        "district.contact_restricted", restriction_id="r", guardian_id="g-ana", student_id="s-mateo", revision=1,
        scope="no_contact", starts_on=date(2026, 9, 1), ends_on=None, lifted=False, authority_ref="court-1",
    )  # fmt: skip
    district.hear(alerting.grade_recorded, grade(district, 64.0))
    assert [row["guardian_id"] for row in district.rows(GUIDE)] == ["g-daniel"]
    assert [said["guardian_id"] for said in district.told("guide_sent")] == ["g-daniel"]


def test_too_hard_is_a_task_for_the_teacher_and_tried_it_takes_it_away_again(district):
    district.hear(alerting.grade_recorded, grade(district, 64.0))
    row = next(row for row in district.rows(GUIDE) if row["guardian_id"] == "g-ana")
    for answer in ("too_hard", "tried"):
        with district.transaction() as uow:
            guides.answered(uow, row, answer)
    tasks = {task["kind"]: task["closed_at"] is None for task in district.rows(TASK)}
    assert tasks == {"guide_hard": False, "guide_tried": True}
    assert next(row["answer"] for row in district.rows(GUIDE) if row["guardian_id"] == "g-ana") == "tried"


def test_on_monday_a_teachers_load_is_a_band(district):
    district.now = datetime(2026, 9, 30, 2, 0, tzinfo=UTC)  # 21:00 in Chicago
    for _ in range(6):
        send(district, "info", "See you tomorrow.")
    with district.transaction() as uow:
        insert_rows(uow.connection, THREAD, [{
            "guardian_id": f"g-{n}", "owner_id": "t-alvarez", "opened_at": uow.now, "last_words_at": uow.now, "shown_from": uow.now,
            "due_at": uow.now,
        } for n in range(41)])  # fmt: skip
        load.weekly(uow, district.ports, [DueItem("load", "greenview", uow.now, {}, 0)])
    assert [(row["staff_id"], row["open_threads"], row["after_hours"], row["band"]) for row in district.rows(LOAD)] == [
        ("t-alvarez", 41, 6, "heavy")
    ]  # fmt: skip
    with district.transaction() as uow:
        assert load.carried(uow, "t-alvarez") == "heavy" and load.carried(uow, "t-okafor") == "light"


def test_figures_that_are_counted_for_nobody_are_counted_for_nobody(district):
    with district.transaction() as uow:
        assert store.open_threads(uow.connection, []) == {} == store.counts_at(uow.connection, "nowhere", uow.now)
        assert store.unspoken_with(uow.connection, "nowhere", uow.now) == []


@pytest.mark.parametrize("kind", ["newsletter", "live_contact", "load", "nightly"])
def test_planning_twice_moves_nothing(district, kind):
    planned = []
    for _ in range(2):
        with district.transaction() as uow:
            nightly.plan_nights(uow, ["greenview"])
        planned.append(sorted((row["key"], row["due_at"]) for row in district.rows(DUE_WORK) if row["kind"] == kind))
    assert planned[0] and planned[0] == planned[1]
