"""The loop on both databases: several at once, and every store's statements."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.scheduling.domain.plans import Step
from services.scheduling.handlers import disagreements, plan_course, plans, promises, referrals, summaries
from services.scheduling.handlers.plans import PlanRefused
from services.scheduling.store import loop_plans, loop_said
from services.scheduling.tables.loop import PLAN, PLAN_ANSWER, PLAN_VERSION, REFERRAL, VIEW
from tests.unit.services.scheduling import loop_scene as scene
from tests.unit.services.scheduling.scene import World, on_postgresql, on_sqlite, reply, said


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    made = on_sqlite(tmp_path) if request.param == "sqlite" else on_postgresql(request.getfixturevalue("pg_database"), tmp_path)
    yield scene.move_in(made.move_in())
    made.engine.dispose()


def at_once(calls: Sequence[Callable[[], Any]]) -> list[Any]:
    barrier = threading.Barrier(len(calls))

    def one(call: Callable[[], Any]) -> Any:
        barrier.wait(timeout=30)
        try:
            return call()
        except PlanRefused as refused:
            return refused

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(one, calls))


def accepting(world: World, plan_id: str, guardian_id: str) -> Callable[[], str]:
    def call() -> str:
        with world.unit() as uow:
            return plans.accept(uow, plan_id, 1, guardian_id, via="page")

    return call


def test_two_homes_say_yes_at_once_and_one_of_them_twice(world: World):
    both = (Step("guardian", "g-halima", scene.NIGHTLY), Step("guardian", "g-yusuf", "reads on Sundays"))
    plan_id, _ = scene.propose(world, draft=scene.draft(steps=both))
    outcomes = at_once([accepting(world, plan_id, each) for each in ("g-halima", "g-yusuf", "g-halima", "g-yusuf")])
    assert sorted(outcomes) == ["accepted", "accepted", "already", "already"]
    [agreed] = world.events("plan_agreed")
    assert set(agreed.data["agreed_by"]) == {"g-halima", "g-yusuf"}
    assert len(world.events("plan_accepted")) == 1
    assert [(row.state, row.active_version) for row in world.rows(PLAN)] == [("active", 1)]
    assert len([row for row in world.rows(PLAN_ANSWER) if row.side == "home"]) == 2


def test_two_reviews_at_once_make_two_versions_one_after_the_other(world: World):
    plan_id, _ = scene.propose(world)
    accepting(world, plan_id, "g-halima")()

    def change(n: int) -> Callable[[], Any]:
        def call() -> Any:
            proposal = plans.Proposal("s-amina", "t-okafor", scene.draft(), plan_id=plan_id, why=f"reason {n}")
            with world.unit() as uow:
                return plan_course.review(uow, world.ports, plan_id, "changed", proposal=proposal)

        return call

    assert sorted(at_once([change(n) for n in range(3)])) == [2, 3, 4]
    assert sorted(row.version for row in world.rows(PLAN_VERSION)) == [1, 2, 3, 4]
    assert [(row.version, row.active_version) for row in world.rows(PLAN)] == [(4, 1)]


def test_a_goal_is_celebrated_once_however_often_the_grade_is_heard(world: World):
    plan_id, _ = scene.propose(world)
    accepting(world, plan_id, "g-halima")()

    def hear(n: int) -> Callable[[], Any]:
        def call() -> None:
            with world.unit() as uow:
                plan_course.grade_recorded(uow, [scene.grade(76.0 + n, date(2026, 10, 19), n)])

        return call

    at_once([hear(n) for n in range(3)])
    scene.translate(world)
    assert len(world.events("plan_goal_met")) == 1


def test_the_way_of_a_term(world: World):
    """Everything the loop writes and reads, once, on this database."""
    plan_id, _ = scene.propose(world)
    scene.translate(world)
    with world.unit() as uow:
        plans.reply_received(uow, [reply(f"{plan_id}:1", "1", "g-halima", kind="plan")])
        plan = loop_plans.by_id(uow.connection, [plan_id])[plan_id]
        plan_course.report(uow, plan, 1, 2, person_id="g-halima", what=plan_course.Report.TOO_HARD)
        plan_course.grade_recorded(uow, [scene.grade(64.0, date(2026, 9, 28))])
        assert loop_plans.with_active_plan(uow.connection, ["s-amina", "s-mateo"]) == {"s-amina"}
        given: dict[str, Any] = {"guardian_id": "g-yusuf", "version": 1, "text": "Tuesdays are mine", "language": "en"}
        first = disagreements.open_one(uow, world.ports, plan, 1, **given)
        assert disagreements.open_one(uow, world.ports, plan, 1, **given) == first, "said twice, opened once"
        row = loop_said.disagreements(uow.connection, [first])[first]
        assert [fact["kind"] for fact in row.facts] == ["standing", "proposed"]
        disagreements.say_view(uow, row._mapping, "Wednesday too", side="school", person_id="t-okafor")
        assert disagreements.close(uow, first, "agreed", by="t-chen")
        assert not disagreements.close(uow, first, "agreed", by="t-chen")
        assert [each.state for each in loop_said.at_schools(uow.connection, ["org-northgate"])] == ["agreed"]
    assert [view.side for view in sorted(world.rows(VIEW), key=lambda view: view.n)] == ["home", "school"]
    with world.unit() as uow:
        lines = ("Evenings are short", "set 3", "weekends")
        note_id = summaries.share(uow, world.ports, summaries.Summary("s-amina", "g-yusuf", "t-okafor", "org-northgate", *lines))
        summaries.reply_received(uow, [reply(note_id, "It was set 2", "g-yusuf", kind="note")])
        assert [each.state for each in loop_said.notes_of(uow.connection, "t-okafor")] == ["corrected"]
        assert loop_said.without_note(uow.connection, "t-okafor", uow.now, uow.now) == []
        need = {
            "need_id": "need-1", "guardian_id": "g-yusuf", "student_id": "s-amina", "school_id": "org-northgate",
            "need": "winter_coats", "consent": True,
        }  # fmt: skip
        referrals.need_identified(uow, [said("surveys.need_identified", "surveys", need)])
        assert loop_said.supported(uow.connection, ["s-amina"]) == {"s-amina"}
        promise = promises.Promise(
            "g-yusuf", "s-amina", "g-yusuf", "org-northgate", date(2026, 10, 2), "reads", owner_kind="guardian", staff_id="t-okafor"
        )
        commitment_id = promises.make(uow, promise)
        promises.reply_received(uow, [reply(commitment_id, "1", "g-halima", kind="commitment")])
    assert world.events("commitment_kept") == [], "somebody else's yes keeps no promise"
    with world.unit() as uow:
        promises.reply_received(uow, [reply(commitment_id, "1", "g-yusuf", kind="commitment")])
    assert len(world.events("commitment_kept")) == 1
    assert [row.counselor_id for row in world.rows(REFERRAL)] == ["t-chen"]
