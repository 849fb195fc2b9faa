"""A school with a conference round: siblings, two homes of one child, families with an interpreter, a teacher with a break."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.scheduling.domain.rounds import Span
from services.scheduling.handlers import rounds, rounds_planning, rounds_wishes
from services.scheduling.handlers.rounds_solving import Solving
from services.scheduling.store import rounds as store
from services.scheduling.store import rounds_plans as plans
from shared.directory import projection
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.scene import World, guardian, said, student, teacher

ROUND = "round-fall"
SCHOOL = "org-greenview"
MONDAY, TUESDAY = "2026-10-26", "2026-10-27"
EVENINGS = (Span.of({"on": MONDAY, "start": "17:00", "end": "19:00"}), Span.of({"on": TUESDAY, "start": "17:00", "end": "19:00"}))
ANSWER_BY = datetime(2026, 10, 19, 22, 0, tzinfo=UTC)
STUB = (sys.executable, str(Path(__file__).with_name("stub_solver.py")))
"""First come, first served behind the solver's own interface: what a plan is worth is tested where the solver is."""


def settle_in(world: World) -> World:
    """Ms Alvarez, Mr Lee and Ms Kim; Mateo (two homes) and his sister Lucia (Ana's only), Riya, and five more."""
    with world.unit() as uow:
        projection.staff_listed(uow, [teacher("t-lee", name="Sam Lee"), teacher("t-kim", name="Jin Kim")])
        projection.staff_listed(uow, [office("o-reyes")])
        projection.student_enrolled(
            uow,
            [
                taught("s-mateo", "Mateo Rivera", "t-alvarez", "t-lee"),
                taught("s-lucia", "Lucia Rivera", "t-kim", "t-lee"),
                taught("s-riya", "Riya Shah", "t-alvarez", "t-kim"),
                *(taught(f"s-{n}", f"Child{n} Test", "t-alvarez", "t-lee", "t-kim") for n in range(5)),
            ],
        )
        projection.guardian_linked(
            uow,
            [
                guardian("g-ana", "s-lucia", "home-a", "es", "Ana Rivera"),
                *(guardian(f"g-{n}", f"s-{n}", f"home-{n}", "so" if n == 0 else "en", f"Parent{n} Test") for n in range(5)),
            ],
        )
    return world


def taught(student_id: str, name: str, *teachers: str) -> Any:
    event = student(student_id, teachers[0], name=name)
    return said(event.type, "directory", {**event.data, "revision": 2, "teacher_ids": list(teachers)})


def office(staff_id: str, school_id: str = SCHOOL) -> Any:
    event = teacher(staff_id, school_id, "Rosa Reyes")
    return said(event.type, "directory", {**event.data, "role": "office", "class_ids": []})


def drawn_up(world: World, **terms: Any) -> dict[str, Any]:
    with world.unit() as uow:
        told = {"title": "Fall conferences", "evenings": EVENINGS, "answer_by": ANSWER_BY, **terms}
        return rounds.draw_up(uow, ROUND, SCHOOL, terms=told, source="page")


def opened(world: World, **terms: Any) -> int:
    drawn_up(world, **terms)
    with world.unit() as uow:
        return rounds.open_round(uow, world.ports, ROUND)


def the_round(world: World) -> dict[str, Any]:
    with world.unit() as uow:
        return store.by_id(uow.connection, [ROUND])[ROUND]


def home(world: World, home_id: str) -> dict[str, Any]:
    with world.unit() as uow:
        return store.homes(uow.connection, ROUND)[home_id]


def answers(
    world: World,
    home_id: str,
    weights: Mapping[str, int],
    *,
    mode: str = "in_person",
    language: str | None = None,
    windows: Sequence[Span] | None = None,
    guardian_id: str | None = None,
) -> None:
    with world.unit() as uow:
        row = store.by_id(uow.connection, [ROUND])[ROUND]
        mine = store.homes(uow.connection, ROUND)[home_id]
        children = rounds_wishes.children_of(uow, row, mine, guardian_id or home_id)
        answer = rounds_wishes.Answer(weights, mode, language, windows)
        rounds_wishes.answer(uow, row, mine, children=children, said=answer, via="page")


def everybody_answers(world: World) -> None:
    """All but the last family; Ana for both children, Daniel for Mateo only."""
    answers(world, "g-ana", {"t-alvarez": 2, "t-lee": 2, "t-kim": 2}, language="es")
    answers(world, "g-daniel", {"t-alvarez": 2, "t-lee": 1}, mode="video")
    answers(world, "g-meera", {"t-alvarez": 2, "t-kim": 2})
    for n in range(4):
        answers(world, f"g-{n}", {"t-alvarez": 2, "t-lee": 2, "t-kim": 1}, language="so" if n == 0 else None)


def planned(world: World, *, command: Sequence[str] = STUB, preset: str = "balanced", floor: bool = True) -> str:
    """A plan asked for by the office, computed to its end."""
    with world.unit() as uow:
        row = store.by_id(uow.connection, [ROUND])[ROUND]
        plan_id = rounds_planning.ask_plan(uow, row, preset=preset, floor=floor, limit_s=5, by="o-reyes")
    computed(world, plan_id, command=command)
    return plan_id


def computed(world: World, plan_id: str, *, command: Sequence[str] = STUB) -> dict[str, Any]:
    """Due work comes until the plan is settled."""
    solving = Solving(tuple(command))
    while True:
        with world.unit() as uow:
            rounds_planning.round_plan(uow, [DueItem("round_plan", plan_id, uow.now, {}, 0)], solving)
            plan = plans.by_id(uow.connection, plan_id)
        assert plan is not None
        if plan["state"] in ("done", "failed"):
            return plan
        solving.wait(300)


def plan_of(world: World, plan_id: str) -> dict[str, Any]:
    with world.unit() as uow:
        found = plans.by_id(uow.connection, plan_id)
    assert found is not None
    return found


def as_text(value: Any) -> str:
    return json.dumps(value, default=str)
