"""What a family reads of plans, notes, disagreements and promises, and what its digit means."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from services.notifications.domain.replies import OpenQuestion, belongs_to
from services.notifications.handlers import disagreements, plans, promises, referrals, summaries
from services.notifications.tables import DELIVERY, OPEN_QUESTION, TASK
from services.translation import catalogue
from tests.unit.services.notifications import world
from tests.unit.services.notifications.conversation.talk import says, staff
from tests.unit.services.notifications.world import District

ANA, DANIEL = "+13125550111", "daniel@example.org"
UNTIL = datetime(2026, 10, 20, 22, 0, tzinfo=UTC)
ENGLISH = yaml.safe_load((Path(catalogue.__file__).parent / "en.yaml").read_text("utf-8"))["entries"]
KEYS = ("plan.", "note.", "disagreement.", "support.", "promise.")


@pytest.fixture(autouse=True)
def wordings(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real wordings of the loop, as translation would answer them."""
    for key, text in ENGLISH.items():
        if key.startswith(KEYS):
            monkeypatch.setitem(world.CATALOGUE, key, text)


def of_plan(district: District, type_: str, **changes: Any) -> Any:
    about = {"plan_id": "p-1", "version": 1, "student_id": "s-mateo", "school_id": "greenview", "staff_id": "t-alvarez"}
    return district.event(f"scheduling.{type_}", **{**about, **changes})


def proposed(district: District, guardian: str = "g-ana", **changes: Any) -> Any:
    return of_plan(district, "plan_proposed", **{
        "guardian_id": guardian, "checkin_on": date(2026, 10, 9), "due_on": date(2026, 10, 20), "priority": None,
        "owners": ["Elena Alvarez", "Ana"], "link": "https://h/scheduling/p/t", "answer_by": UNTIL, "language": "es",
        "label": "machine", "words": ["Leer mejor", "lectura los martes", "15 minutos juntos"], **changes,
    })  # fmt: skip


def sms(district: District) -> str:
    district.settle()
    return str(district.sms.to(ANA)[-1].body)


def test_a_plan_reads_as_goal_steps_and_whose_each_one_is(district: District):
    district.hear(plans.plan_proposed, proposed(district))
    text = sms(district)
    assert "Leer mejor\n1) Elena Alvarez: lectura los martes\n2) Ana: 15 minutos juntos" in text
    assert "Reply 1 to accept" in text and "https://h/scheduling/p/t" in text
    assert "Translated by machine" in text


def test_a_family_that_asks_for_a_plan_is_on_the_teacher_s_list_until_one_is_proposed(district: District):
    asked = district.event(
        "scheduling.plan_asked", plan_id="p-1", guardian_id="g-ana", student_id="s-mateo", school_id="greenview",
        staff_id="t-alvarez", text="Queremos ayudar", language="es",
    )  # fmt: skip
    district.hear(plans.plan_asked, asked)
    assert [(row["kind"], row["note"], row["closed_at"]) for row in district.rows(TASK)] == [("plan_asked", "Queremos ayudar", None)]
    district.hear(plans.plan_proposed, proposed(district))
    assert district.rows(TASK)[0]["closed_at"] is not None


def test_what_matters_most_to_the_family_comes_first(district: District):
    district.hear(plans.plan_proposed, proposed(district, priority="Leer y escribir"))
    text = sms(district)
    assert text.index("Leer y escribir") < text.index("Leer mejor")


def test_one_accepts_and_prose_goes_to_the_teacher(district: District):
    district.hear(plans.plan_proposed, proposed(district))
    district.settle()
    says(district, "¿Qué significa?", key="a")
    says(district, "1", key="b")
    assert [(reply["open_kind"], reply["open_ref"]) for reply in district.told("reply_received")] == [
        (None, None),
        ("plan", "p-1:1"),
    ]


def test_a_digit_answers_what_was_asked_last():
    def asked(kind: str, hour: int) -> OpenQuestion:
        return OpenQuestion(kind, kind, datetime(2026, 9, 29, hour, tzinfo=UTC), UNTIL)

    now = datetime(2026, 9, 29, 20, tzinfo=UTC)
    for kind in ("plan", "note", "commitment"):
        later, sooner = [asked("meeting_offer", 10), asked(kind, 12)], [asked(kind, 8), asked("meeting_offer", 10)]
        assert belongs_to(later, "1", now) == asked(kind, 12)
        assert belongs_to(sooner, "1", now) == asked("meeting_offer", 10)
    assert belongs_to([asked("plan", 9)], "2", now) is None
    assert belongs_to([asked("note", 9)], "It was set 2", now) == asked("note", 9)


def test_a_yes_closes_the_question_of_that_home_only(district: District):
    district.hear(plans.plan_proposed, proposed(district), proposed(district, "g-daniel", language="en", label=""))
    district.settle()
    assert {row["guardian_id"] for row in district.rows(OPEN_QUESTION)} == {"g-ana", "g-daniel"}
    district.hear(plans.plan_accepted, of_plan(district, "plan_accepted", guardian_id="g-ana"))
    assert "has your yes" in sms(district)
    assert {row["guardian_id"] for row in district.rows(OPEN_QUESTION)} == {"g-daniel"}
    assert not any("yes" in letter.body for letter in district.email.to(DANIEL))


def test_when_it_is_agreed_each_home_that_said_yes_and_the_keeper_hear_it(district: District):
    district.hear(plans.plan_proposed, proposed(district))
    district.settle()
    agreed = of_plan(district, "plan_agreed", checkin_on=date(2026, 10, 9), agreed_by=["g-ana"])
    district.hear(plans.plan_agreed, agreed)
    assert "begins now" in sms(district)
    assert district.rows(OPEN_QUESTION) == [], "her next digit means something else"
    assert district.email.to(DANIEL) == []
    assert "Both sides have accepted" in district.email.to("t-alvarez@school.example.org")[-1].body


def test_the_day_to_look_at_it_is_a_task_until_it_is_reviewed(district: District):
    due = of_plan(district, "plan_checkin_due", guardian_id=None, link=None)
    district.hear(plans.plan_checkin_due, due, of_plan(district, "plan_checkin_due", guardian_id="g-ana", link="https://h/p"))
    assert "going at home" in sms(district)
    [task] = district.rows(TASK)
    assert (task["kind"], task["staff_id"], task["closed_at"]) == ("plan_checkin", "t-alvarez", None)
    district.hear(plans.plan_reviewed, of_plan(district, "plan_reviewed", outcome="kept", score=None, next_version=None))
    assert district.rows(TASK)[0]["closed_at"] is not None


def test_a_goal_met_names_what_the_family_did(district: District):
    met = of_plan(
        district, "plan_goal_met", guardian_id="g-ana", score=76.0, target=75.0, language="es", label="", words=["15 minutos juntos"]
    )
    district.hear(plans.plan_goal_met, met)
    text = sms(district)
    assert "76 percent" in text and "What you did helped: 15 minutos juntos" in text


def note(district: District, **changes: Any) -> Any:
    return district.event("scheduling.summary_shared", **{
        "note_id": "n-1", "meeting_id": None, "guardian_id": "g-ana", "student_id": "s-mateo", "staff_id": "t-alvarez",
        "school_id": "greenview", "next_on": date(2026, 10, 9), "answer_by": datetime(2026, 10, 2, 15, tzinfo=UTC),
        "link": "https://h/n/t", "language": "es", "label": "machine", "words": ["Noches cortas", "dos tareas tarde", "fines de semana"],
        **changes,
    })  # fmt: skip


def test_three_short_lines_and_any_words_correct_them(district: District):
    district.hear(summaries.summary_shared, note(district))
    assert "1) Noches cortas\n2) dos tareas tarde\n3) fines de semana" in sms(district)
    says(district, "Dije por la mañana")
    assert district.told("reply_received")[-1]["open_kind"] == "note"


def test_a_meeting_that_was_held_asks_for_its_note_until_it_is_shared(district: District):
    about = {"student_id": "s-mateo", "staff_id": "t-alvarez", "school_id": "greenview", "guardian_id": "g-ana"}
    for meeting_id, kind in (("m-1", "asked"), ("m-2", "conference")):
        district.hear(summaries.meeting_held, district.event("scheduling.meeting_held", meeting_id=meeting_id, kind=kind, **about))
    [task] = district.rows(TASK)
    assert (task["kind"], task["staff_id"], task["closed_at"]) == ("note_due", "t-alvarez", None)
    district.hear(summaries.summary_shared, note(district, meeting_id="m-1"))
    assert district.rows(TASK)[0]["closed_at"] is not None


def test_a_note_that_was_answered_asks_nothing_any_more(district: District):
    about = {"guardian_id": "g-ana", "student_id": "s-mateo", "staff_id": "t-alvarez", "school_id": "greenview"}
    for type_, handler, more in (
        ("summary_confirmed", summaries.summary_confirmed, {}),
        ("summary_corrected", summaries.summary_corrected, {"text": "Dije por la mañana", "language": "es"}),
    ):
        district.hear(summaries.summary_shared, note(district, note_id=type_))
        district.settle()
        assert len(district.rows(OPEN_QUESTION)) == 1
        district.hear(handler, district.event(f"scheduling.{type_}", note_id=type_, **about, **more))
        assert district.rows(OPEN_QUESTION) == []


def test_the_next_version_and_the_end_take_the_former_question_s_place(district: District):
    district.hear(plans.plan_proposed, proposed(district))
    district.settle()
    district.hear(plans.plan_proposed, proposed(district, version=2))
    district.settle()
    assert [row["ref"] for row in district.rows(OPEN_QUESTION)] == ["p-1:2"]
    ended = of_plan(district, "plan_reviewed", version=2, outcome="ended", score=None, next_version=None)
    district.hear(plans.plan_reviewed, ended)
    assert district.rows(OPEN_QUESTION) == []


def test_a_correction_is_on_the_teacher_s_list_in_its_own_words(district: District):
    data = {"note_id": "n-1", "guardian_id": "g-ana", "student_id": "s-mateo", "staff_id": "t-alvarez", "school_id": "greenview"}
    corrected = district.event("scheduling.summary_corrected", **data, text="Dije por la mañana", language="es")
    district.hear(summaries.summary_corrected, corrected)
    district.hear(summaries.summary_corrected, corrected)
    assert [(row["kind"], row["note"]) for row in district.rows(TASK)] == [("note_corrected", "Dije por la mañana")]


def disagreement(district: District, type_: str, **changes: Any) -> Any:
    about: Mapping[str, Any] = {
        "disagreement_id": "d-1", "plan_id": "p-1", "guardian_id": "g-daniel", "student_id": "s-mateo", "school_id": "greenview",
        "staff_id": "t-alvarez", "mediator_id": "t-chen",
    }  # fmt: skip
    return district.event(f"scheduling.{type_}", **{**about, **changes})


def test_who_sees_it_differently_is_thanked_and_both_lists_carry_it_until_it_is_closed(district: District):
    staff(district, "t-chen", "counselor", "Grace")
    opened = disagreement(district, "disagreement_opened", version=1, step=1, meet_by=date(2026, 10, 6), views="Tuesdays are mine")
    district.hear(disagreements.disagreement_opened, opened)
    district.settle()
    assert "Grace Chen, who takes no side" in district.email.to(DANIEL)[-1].body
    assert {(row["staff_id"], row["kind"]) for row in district.rows(TASK)} == {
        ("t-chen", "disagreement"),
        ("t-alvarez", "disagreement_copy"),
    }
    assert district.sms.to(ANA) == [], "the other home hears nothing"
    district.hear(disagreements.disagreement_closed, disagreement(district, "disagreement_closed", outcome="agreed_to_differ"))
    district.settle()
    assert "differently, and that is all right" in district.email.to(DANIEL)[-1].body
    assert all(row["closed_at"] is not None for row in district.rows(TASK))


def test_a_referral_is_the_counselor_s_alone_and_the_list_goes_to_who_asked(district: District):
    staff(district, "t-chen", "counselor", "Grace")
    about = {"guardian_id": "g-ana", "student_id": "s-mateo", "school_id": "greenview"}
    due = datetime(2026, 10, 1, 15, tzinfo=UTC)
    made = district.event("scheduling.referral_made", referral_id="r-1", **about, counselor_id="t-chen", need="winter_coats", due_at=due)
    district.hear(referrals.referral_made, made)
    listed = district.event("scheduling.services_listed", need_id="x-1", **about, language="es", services="Santa Ana: abrigos")
    district.hear(referrals.services_listed, listed)
    [task] = district.rows(TASK)
    assert (task["staff_id"], task["note"], task["due_at"]) == ("t-chen", "winter coats", due)
    assert "Santa Ana: abrigos" in sms(district)
    assert [row["recipient_id"] for row in district.rows(DELIVERY)] == ["g-ana"]


def of_promise(district: District, type_: str, **changes: Any) -> Any:
    return district.event(f"scheduling.commitment_{type_}", **{
        "commitment_id": "c-1", "owner_id": "g-ana", "owner_kind": "guardian", "student_id": "s-mateo", "guardian_id": "g-ana",
        "school_id": "greenview", "due_on": date(2026, 10, 2), "text": "read on weekends", "staff_id": "t-alvarez",
        "language": "es", "label": "machine", "words": ["leer los fines de semana"], "link": "https://h/c/t", **changes,
    })  # fmt: skip


def test_a_guardian_is_reminded_in_their_words_answers_one_and_the_teacher_hears(district: District):
    district.hear(promises.commitment_made, of_promise(district, "made"))
    assert "As agreed with Elena Alvarez for Mateo: leer los fines de semana" in sms(district)
    district.hear(promises.commitment_due, of_promise(district, "due"))
    text = sms(district)
    assert "leer los fines de semana" in text and "https://h/c/t" in text
    assert district.rows(TASK) == [], "a guardian's promise is no task of staff"
    says(district, "1")
    assert district.told("reply_received")[-1]["open_kind"] == "commitment"
    district.hear(promises.commitment_kept, of_promise(district, "kept"))
    district.settle()
    assert "Ana Rivera has done what was agreed for Mateo: read on weekends" in district.email.to("t-alvarez@school.example.org")[-1].body
    assert district.rows(OPEN_QUESTION) == []


def test_a_teacher_s_promise_reaches_the_family_in_its_words(district: District):
    made = of_promise(district, "made", owner_id="t-alvarez", owner_kind="staff", text="extra sheet", words=["hoja extra"], link=None)
    district.hear(promises.commitment_made, made)
    assert "hoja extra" in sms(district)
