"""A plan is the same text in every home, active only when both sides have accepted that version."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from services.scheduling.domain.plans import Step
from services.scheduling.handlers import loop_words, notes, plan_course, plans, roster
from services.scheduling.tables.loop import PLAN, PLAN_VERSION, SAYING, STANDING
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling import loop_scene as scene
from tests.unit.services.scheduling.scene import World, alert, preference, reply, restriction, said


@pytest.fixture
def home(world: World) -> World:
    return scene.move_in(world)


def accept(world: World, plan_id: str, version: int, guardian_id: str) -> str:
    with world.unit() as uow:
        return plans.accept(uow, plan_id, version, guardian_id, via="page")


def states(world: World) -> list[tuple[str, int | None]]:
    return [(row.state, row.active_version) for row in world.rows(PLAN)]


def test_every_home_reads_the_same_plan_in_its_own_language(home: World):
    scene.propose(home)
    assert set(scene.told(home, "plan_proposed")) == {"g-yusuf"}, "Halima's waits for its words"
    scene.translate(home)
    asked = scene.told(home, "plan_proposed")
    assert asked["g-yusuf"].data["words"] == [scene.GOAL, scene.TUTORING, scene.NIGHTLY, scene.SET4]
    assert asked["g-halima"].data["words"] == [f"[so] {text}" for text in asked["g-yusuf"].data["words"]]
    assert asked["g-halima"].data["label"] == "machine"
    assert asked["g-yusuf"].data["label"] == ""


def test_a_guardian_who_asked_for_another_language_reads_that_one(home: World):
    with home.unit() as uow:
        notes.preference_changed(uow, [preference("g-halima", language="ar"), preference("g-yusuf")])
    scene.propose(home)
    scene.translate(home, "ar")
    asked = scene.told(home, "plan_proposed")
    assert (asked["g-halima"].data["language"], asked["g-halima"].data["words"][0]) == ("ar", f"[ar] {scene.GOAL}")
    assert asked["g-yusuf"].data["language"] == "en"


def test_no_home_reads_the_other_s_name(home: World):
    scene.propose(home)
    scene.translate(home)
    asked = scene.told(home, "plan_proposed")
    assert asked["g-halima"].data["owners"] == ["John Okafor", "Halima", "Amina"]
    assert asked["g-yusuf"].data["owners"] == ["John Okafor", "", "Amina"]


def test_a_plan_is_active_when_the_home_that_is_to_act_says_yes_by_a_digit(home: World):
    plan_id, version = scene.propose(home)
    with home.unit() as uow:
        plans.reply_received(uow, [reply(f"{plan_id}:{version}", "1", "g-halima", kind="plan")])
    [agreed] = home.events("plan_agreed")
    assert agreed.data["agreed_by"] == ["g-halima"]
    assert states(home) == [("active", 1)]
    assert home.due()["plan_checkin", plan_id] == datetime(2026, 10, 9, 13, 0, tzinfo=UTC)


def test_a_home_with_nothing_to_do_can_neither_start_it_nor_hold_it_up(home: World):
    plan_id, version = scene.propose(home)
    assert accept(home, plan_id, version, "g-yusuf") == "accepted"
    assert states(home) == [("proposed", None)]
    assert [event.data["guardian_id"] for event in home.events("plan_accepted")] == ["g-yusuf"]
    assert accept(home, plan_id, version, "g-halima") == "accepted"
    assert states(home) == [("active", 1)]
    assert set(home.events("plan_agreed")[0].data["agreed_by"]) == {"g-yusuf", "g-halima"}


def test_saying_yes_twice_or_to_another_version_changes_nothing(home: World):
    plan_id, version = scene.propose(home)
    accept(home, plan_id, version, "g-halima")
    assert accept(home, plan_id, version, "g-halima") == "already"
    assert accept(home, plan_id, version + 1, "g-yusuf") == "gone"
    assert accept(home, plan_id, version, "g-ana") == "gone", "a stranger to this child"
    assert len(home.events("plan_agreed")) == 1


def test_prose_and_other_digits_accept_nothing(home: World):
    plan_id, version = scene.propose(home)
    with home.unit() as uow:
        for text in ("2", "maybe 1 day", "11"):
            plans.reply_received(uow, [reply(f"{plan_id}:{version}", text, "g-halima", kind="plan")])
    assert states(home) == [("proposed", None)]


def test_a_restriction_that_comes_later_takes_the_plan_from_that_guardian(home: World):
    plan_id, version = scene.propose(home)
    with home.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-halima", "s-amina", date(2026, 9, 1))])
    scene.translate(home)
    assert set(scene.told(home, "plan_proposed")) == {"g-yusuf"}, "what waited for its words does not go any more"
    assert accept(home, plan_id, version, "g-halima") == "gone"
    assert accept(home, plan_id, version, "g-yusuf") == "accepted"
    assert states(home) == [("active", 1)], "who may not be asked is not waited for"


def test_words_that_never_come_are_said_as_they_were_written(home: World):
    scene.propose(home)
    [waiting] = [row for row in home.rows(SAYING) if row.said_at is None]
    home.clock.advance_to(home.due()["words_late", waiting.saying_id])
    with home.unit() as uow:
        loop_words.words_late(uow, [DueItem("words_late", waiting.saying_id, home.clock.now(), {}, 0)])
    data = scene.told(home, "plan_proposed")["g-halima"].data
    assert (data["label"], data["words"][0]) == ("source", scene.GOAL)
    scene.translate(home)
    assert len(home.events("plan_proposed")) == 2, "said once"


def test_what_matters_most_to_a_family_stands_on_top_of_its_own_copy(home: World):
    response = {
        "assignment_id": "a-1", "survey_id": "intake", "kind": "intake", "guardian_id": "g-yusuf",
        "student_ids": ["s-amina"], "via": "web", "language": "en", "receipt": [], "priorities": "Confidence",
    }  # fmt: skip
    with home.unit() as uow:
        notes.response_submitted(uow, [said("surveys.response_submitted", "surveys", response)])
    scene.propose(home)
    scene.translate(home)
    asked = scene.told(home, "plan_proposed")
    assert (asked["g-yusuf"].data["priority"], asked["g-halima"].data["priority"]) == ("Confidence", None)


def test_a_review_makes_the_next_version_and_the_former_holds_until_it_is_agreed(home: World):
    plan_id, _ = scene.propose(home)
    accept(home, plan_id, 1, "g-halima")
    weekend = (Step("staff", "t-okafor", scene.TUTORING), Step("guardian", "g-halima", "30 minutes on weekends"))
    changed = plans.Proposal("s-amina", "t-okafor", scene.draft(steps=weekend), plan_id=plan_id, why="nights are too late")
    with home.unit() as uow:
        plan_course.grade_recorded(uow, [scene.grade(68.0, date(2026, 10, 8))])
        assert plan_course.review(uow, home.ports, plan_id, "changed", proposal=changed) == 2
    assert home.events("plan_reviewed")[0].data["score"] == 68.0
    assert states(home) == [("active", 1)]
    accept(home, plan_id, 2, "g-halima")
    assert states(home) == [("active", 2)]
    assert [row.version for row in home.rows(PLAN_VERSION)] == [1, 2], "the first is kept as it was"


def test_a_goal_met_is_celebrated_with_what_the_family_did(home: World):
    plan_id, _ = scene.propose(home)
    accept(home, plan_id, 1, "g-halima")
    scene.translate(home)
    with home.unit() as uow:
        plan_course.grade_recorded(uow, [scene.grade(76.0, date(2026, 10, 19), 2), scene.grade(68.0, date(2026, 10, 9))])
    [met] = home.events("plan_goal_met")
    assert (met.data["guardian_id"], met.data["score"]) == ("g-halima", 76.0)
    assert met.data["words"] == [f"[so] {scene.NIGHTLY}"]
    assert states(home) == [("met", 1)]
    with home.unit() as uow:
        plan_course.grade_recorded(uow, [scene.grade(80.0, date(2026, 10, 21), 3)])
    assert len(home.events("plan_goal_met")) == 1


def test_a_plan_that_nobody_has_accepted_celebrates_nothing(home: World):
    scene.propose(home)
    with home.unit() as uow:
        plan_course.grade_recorded(uow, [scene.grade(90.0, date(2026, 10, 19))])
    assert home.events("plan_goal_met") == []


def test_grades_are_kept_for_what_a_plan_is_about_only(home: World):
    scene.propose(home)
    with home.unit() as uow:
        plan_course.grade_recorded(uow, [scene.grade(70.0, date(2026, 10, 1)), scene.grade(50.0, date(2026, 10, 1), class_id="art")])
    assert [(row.class_id, row.score) for row in home.rows(STANDING)] == [("class-alg1", 70.0)]


def test_on_the_day_its_keeper_and_the_homes_that_said_yes_are_asked(home: World):
    plan_id, _ = scene.propose(home)
    accept(home, plan_id, 1, "g-halima")
    home.clock.advance_to(home.due()["plan_checkin", plan_id])
    with home.unit() as uow:
        plan_course.plan_checkin(uow, home.ports, [DueItem("plan_checkin", plan_id, home.clock.now(), {}, 0)])
    assert [event.data["guardian_id"] for event in home.events("plan_checkin_due")] == [None, "g-halima"]


def test_an_alert_leaves_a_draft_for_the_teacher_and_nothing_goes_home(world: World):
    with world.unit() as uow:
        plans.early_alert_raised(uow, [alert(), alert("alert-2", teacher_id=None)])
        plans.early_alert_raised(uow, [alert()])
    assert [(row.state, row.staff_id, row.score) for row in world.rows(PLAN)] == [("draft", "t-alvarez", 64.0)]
    assert world.events("plan_proposed") == []


@pytest.mark.parametrize(
    ("steps", "field"),
    [
        ((), "steps"),
        ((Step("guardian", "g-ana", "reads aloud"),), "steps.1"),
        ((Step("staff", "t-okafor", "calls", date(2026, 10, 10)),), "steps.1"),
        ((Step("student", "s-amina", "hands in", date(2026, 11, 1)),), "steps.1"),
    ],
)
def test_a_draft_that_does_not_hold_together_says_where(home: World, steps: tuple[Step, ...], field: str):
    wrong = scene.Draft(scene.GOAL, date(2026, 10, 20), date(2026, 10, 9), steps)
    with pytest.raises(plans.PlanRefused) as refused:
        scene.propose(home, draft=wrong)
    assert list(refused.value.faults) == [field]
    assert home.rows(PLAN) == []
