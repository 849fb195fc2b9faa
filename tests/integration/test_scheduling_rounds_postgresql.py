"""A conference round on PostgreSQL with the real solver in its own process: planned, published, mended, moved."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.scheduling.handlers import rounds_planning, rounds_publishing
from services.scheduling.handlers.rounds_solving import COMMAND
from services.scheduling.store import rounds as store
from services.scheduling.tables import MEETING
from tests.unit.services.scheduling.rounds.rounds_scene import (
    ROUND,
    computed,
    everybody_answers,
    opened,
    plan_of,
    planned,
    settle_in,
    the_round,
)
from tests.unit.services.scheduling.scene import World, on_postgresql


@pytest.fixture
def world(pg_database: str, tmp_path: Path) -> Iterator[World]:
    made = settle_in(on_postgresql(pg_database, tmp_path).move_in())
    yield made
    made.engine.dispose()


def held(world: World) -> dict[tuple[str, str], Any]:
    rows = [row for row in world.rows(MEETING) if row.kind == "conference" and row.state == "booked"]
    return {(row.guardian_id, row.staff_id): row.start_at for row in rows}


def publish(world: World, plan_id: str) -> Any:
    row, plan = the_round(world), plan_of(world, plan_id)
    with world.unit() as uow:
        return rounds_publishing.publish(uow, world.ports, row, plan, by="o-reyes")


def test_a_round_is_solved_published_mended_and_moved(world: World):
    opened(world, interpreters={"es": 1, "so": 1})
    everybody_answers(world)
    plan_id = planned(world, command=COMMAND)
    result = plan_of(world, plan_id)["result"]
    assert result["bound"] >= result["score"] > 0 and result["gap"] is not None
    assert publish(world, plan_id).lost == ()
    before = held(world)
    assert len(before) == len(result["meetings"])
    assert {guardian for guardian, _ in before} >= {"g-ana", "g-daniel", "g-meera"}

    with world.unit() as uow:
        row = store.by_id(uow.connection, [ROUND])[ROUND]
        kim = [each for each in store.teachers(uow.connection, ROUND) if each["staff_id"] == "t-kim"]
        store.save_teachers(uow.connection, [{**each, "absent": True} for each in kim])
        booked = rounds_publishing.as_planned(uow, row)
        repair_id = rounds_planning.ask_repair(uow, row, plan_id, planned=booked, by="o-reyes")
    assert computed(world, repair_id, command=COMMAND)["state"] == "done"
    publish(world, repair_id)
    after = held(world)
    assert after and not [pair for pair in after if pair[1] == "t-kim"]
    told = {event.data["guardian_id"] for event in world.events("round_told") if event.data["change"] == "moved"}
    assert {pair[0] for pair in before if pair[1] == "t-kim"} <= told

    with world.unit() as uow:
        row = store.by_id(uow.connection, [ROUND])[ROUND]
        outcome = rounds_publishing.move_evening(
            uow, world.ports, row, old=date(2026, 10, 26), new=date(2026, 10, 29), by="o-reyes"
        )
    assert outcome.lost == ()
    assert {pair: at for pair, at in held(world).items() if at.date() != date(2026, 10, 26)} == held(world)
