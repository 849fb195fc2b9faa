"""After a plan is published: a teacher falls ill, an evening moves, times come free, families wait in line."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from services.scheduling.domain.rounds import Span
from services.scheduling.handlers import booking, rounds_late, rounds_planning, rounds_publishing, rounds_wishes
from services.scheduling.handlers.rounds_solving import Solving
from services.scheduling.store import rounds as store
from services.scheduling.tables import MEETING
from shared.errors import HomeroomError
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.rounds.rounds_scene import (
    MONDAY,
    ROUND,
    STUB,
    TUESDAY,
    answers,
    computed,
    everybody_answers,
    opened,
    plan_of,
    planned,
    the_round,
)
from tests.unit.services.scheduling.scene import World

SNOW = date(2026, 10, 29)


def publish(world: World, plan_id: str) -> Any:
    row, plan = the_round(world), plan_of(world, plan_id)
    with world.unit() as uow:
        return rounds_publishing.publish(uow, world.ports, row, plan, by="o-reyes")


def held(world: World) -> dict[tuple[str, str], Any]:
    """What is on, by guardian and teacher."""
    rows = [row for row in world.rows(MEETING) if row.kind == "conference" and row.state == "booked"]
    return {(row.guardian_id, row.staff_id): row.start_at for row in rows}


def told(world: World) -> list[tuple[str, str]]:
    return [(event.data["guardian_id"], event.data["change"]) for event in world.events("round_told")]


def falls_ill(world: World, staff_id: str, command: Sequence[str] = STUB) -> str:
    with world.unit() as uow:
        row = store.by_id(uow.connection, [ROUND])[ROUND]
        mine = [each for each in store.teachers(uow.connection, ROUND) if each["staff_id"] == staff_id]
        store.save_teachers(uow.connection, [{**each, "absent": True} for each in mine])
        booked = rounds_publishing.as_planned(uow, row)
        plan_id = rounds_planning.ask_repair(uow, row, row["plan_id"], planned=booked, by="o-reyes")
    computed(world, plan_id, command=command)
    return plan_id


@pytest.fixture
def published(town: World) -> World:
    opened(town)
    everybody_answers(town)
    publish(town, planned(town))
    return town


def test_when_a_teacher_falls_ill_nobody_hears_before_the_repair_is_published(published: World):
    before, messages = held(published), told(published)
    falls_ill(published, "t-kim")
    assert (held(published), told(published)) == (before, messages)


def test_a_repair_moves_nobody_who_need_not_move_and_tells_only_whom_it_touches(published: World):
    before, messages = held(published), told(published)
    plan_id = falls_ill(published, "t-kim", ABSENT_STUB)
    publish(published, plan_id)
    after = held(published)
    assert not [pair for pair in after if pair[1] == "t-kim"]
    assert {pair: at for pair, at in before.items() if pair[1] != "t-kim"}.items() <= after.items()
    touched = {pair[0] for pair in before if pair[1] == "t-kim"}
    assert dict(told(published)[len(messages) :]) == dict.fromkeys(touched, "moved")
    called_off = published.events("meeting_cancelled")
    assert {event.data["staff_id"] for event in called_off} == {"t-kim"}
    assert all(event.data["quiet"] for event in called_off)


ABSENT_STUB = (
    sys.executable,
    "-c",
    "import json,sys; d=json.load(sys.stdin); away=set(d['absent_teachers']);"
    "kept=[m for m in d['plan']['meetings'] if d['instance']['requests'][m['request']]['t'] not in away];"
    "assert away; json.dump({'instance': d['instance']['name'], 'meetings': kept}, sys.stdout)",
)
"""Drops what the absent teachers had and touches nothing else."""


def test_a_snow_day_moves_everybody_to_the_same_hour_and_says_so_once(published: World):
    before, messages = held(published), told(published)
    with published.unit() as uow:
        row = store.by_id(uow.connection, [ROUND])[ROUND]
        outcome = rounds_publishing.move_evening(
            uow, published.ports, row, old=date(2026, 10, 26), new=SNOW, by="o-reyes"
        )
    after = held(published)
    monday = {pair for pair, at in before.items() if at.date() == date(2026, 10, 26)}
    assert monday and outcome.booked == len(monday) and outcome.lost == ()
    assert {pair: before[pair] + timedelta(days=3) for pair in monday}.items() <= after.items()
    assert {pair: at for pair, at in before.items() if pair not in monday}.items() <= after.items()
    fresh = told(published)[len(messages) :]
    assert sorted(fresh) == sorted({(guardian, "moved") for guardian, _ in monday})
    assert [each["on"] for each in the_round(published)["evenings"]] == [SNOW.isoformat(), TUESDAY]


def test_a_snow_day_over_the_change_of_clocks_keeps_the_hour_on_the_wall(published: World):
    with published.unit() as uow:
        row = store.by_id(uow.connection, [ROUND])[ROUND]
        rounds_publishing.move_evening(
            uow, published.ports, row, old=date(2026, 10, 26), new=date(2026, 11, 9), by="o-reyes"
        )
    moved = [at for at in held(published).values() if at.date() >= date(2026, 11, 9)]
    assert min(moved).hour == 23  # 17:00 in Chicago, an hour later in UTC than in October


@pytest.mark.parametrize(("old", "new"), [("2026-10-25", "2026-10-29"), (MONDAY, TUESDAY), (MONDAY, "2026-09-01")])
def test_an_evening_moves_only_to_another_day_to_come(published: World, old: str, new: str):
    before = held(published)
    days = {"old": date.fromisoformat(old), "new": date.fromisoformat(new)}
    row = the_round(published)
    with published.unit() as uow, pytest.raises(HomeroomError):
        rounds_publishing.move_evening(uow, published.ports, row, **days, by="o-reyes")
    assert held(published) == before


def later(world: World, by: timedelta) -> None:
    world.clock.advance_to(world.clock.now() + by)


def look(world: World) -> None:
    with world.unit() as uow:
        rounds_late.round_waitlist(uow, world.ports, [DueItem("round_waitlist", ROUND, uow.now, {}, 0)])


def wait_in_line(world: World, guardian_id: str, staff_id: str) -> None:
    with world.unit() as uow:
        row = store.by_id(uow.connection, [ROUND])[ROUND]
        mine = store.homes(uow.connection, ROUND)[guardian_id]
        children = rounds_wishes.children_of(uow, row, mine, guardian_id)
        rounds_late.wait_for(uow, row, mine, staff_id=staff_id, students=children)


@pytest.fixture
def full(town: World) -> World:
    """Mr Lee has one time only, and Daniel has it."""
    opened(town)
    with town.unit() as uow:
        teachers = store.teachers(uow.connection, ROUND)
        one = [{"on": MONDAY, "start": "17:00", "end": "17:10"}]
        store.save_teachers(uow.connection, [{**t, "windows": one} for t in teachers if t["staff_id"] == "t-lee"])
    answers(town, "g-daniel", {"t-lee": 2})
    publish(town, planned(town))
    return town


def test_a_time_that_comes_free_goes_to_the_first_in_line_and_then_to_the_next(full: World):
    for guardian_id in ("g-1", "g-2"):
        wait_in_line(full, guardian_id, "t-lee")
        later(full, timedelta(minutes=1))
    look(full)
    assert [each for each in told(full) if each[1] == "place_free"] == []
    (row,) = [row for row in full.rows(MEETING) if row.state == "booked"]
    with full.unit() as uow:
        booking.cancel(uow, [row.meeting_id], by="guardian")
    look(full)
    look(full)
    assert [each for each in told(full) if each[1] == "place_free"] == [("g-1", "place_free")]
    later(full, rounds_late.TO_ANSWER)
    look(full)
    assert [each[0] for each in told(full) if each[1] == "place_free"] == ["g-1", "g-2"]


def test_who_asks_again_keeps_their_place_in_line(full: World):
    wait_in_line(full, "g-1", "t-lee")
    later(full, timedelta(minutes=1))
    wait_in_line(full, "g-2", "t-lee")
    later(full, timedelta(minutes=1))
    wait_in_line(full, "g-1", "t-lee")
    with full.unit() as uow:
        line = sorted((w["waits_since"], w["home_id"]) for w in store.wishes(uow.connection, ROUND) if w["waits_since"])
    assert [home_id for _, home_id in line] == ["g-1", "g-2"]


def test_free_times_leave_room_to_walk_and_say_which_fit(town: World):
    opened(town)
    window = [Span.of({"on": MONDAY, "start": "17:00", "end": "17:30"})]
    answers(town, "g-daniel", {"t-lee": 2}, windows=window)
    publish(town, planned(town))
    with town.unit() as uow:
        row, mine = store.by_id(uow.connection, [ROUND])[ROUND], store.homes(uow.connection, ROUND)["g-daniel"]
        free = rounds_late.Board.of(uow, row, [mine], staff_ids=["t-alvarez"]).free(mine, "t-alvarez")
    (busy,) = held(town).values()
    assert free[0].fits and not free[-1].fits
    assert all(each.start >= busy + timedelta(minutes=15) or each.end <= busy - timedelta(minutes=5) for each in free)


def test_interpreters_are_counted_when_a_family_takes_a_time_by_itself(town: World):
    opened(town, interpreters={"so": 1})
    answers(town, "g-0", {"t-lee": 2}, language="so")
    publish(town, planned(town))
    (busy,) = held(town).values()
    with town.unit() as uow:
        row, homes = store.by_id(uow.connection, [ROUND])[ROUND], store.homes(uow.connection, ROUND)
        other = homes["g-1"] | {"language": "so"}
        board = rounds_late.Board.of(uow, row, [other], staff_ids=["t-kim"])
        with_interpreter = {each.start for each in board.free(other, "t-kim")}
        without = {each.start for each in board.free(homes["g-1"], "t-kim")}
    assert busy in without and busy not in with_interpreter


def test_a_worker_that_dies_while_planning_is_replaced_when_its_lease_is_over(town: World):
    opened(town)
    everybody_answers(town)
    with town.unit() as uow:
        row = store.by_id(uow.connection, [ROUND])[ROUND]
        plan_id = rounds_planning.ask_plan(uow, row, preset="balanced", floor=True, limit_s=5, by="o-reyes")
    item = DueItem("round_plan", plan_id, town.clock.now(), {}, 0)
    died = Solving((sys.executable, "-c", "import signal; signal.pause()"))
    with town.unit() as uow:
        rounds_planning.round_plan(uow, [item], died)
    other = Solving(STUB)
    with town.unit() as uow:
        rounds_planning.round_plan(uow, [item], other)
    assert other.idle  # the first still holds the lease
    died.forget(("riverside", plan_id))
    later(town, rounds_planning.LEASE + timedelta(seconds=1))
    assert computed(town, plan_id)["state"] == "done"
    assert plan_of(town, plan_id)["attempts"] == 2


def test_a_solver_that_cannot_succeed_is_not_tried_for_ever(town: World):
    opened(town)
    everybody_answers(town)
    with town.unit() as uow:
        row = store.by_id(uow.connection, [ROUND])[ROUND]
        plan_id = rounds_planning.ask_plan(uow, row, preset="balanced", floor=True, limit_s=5, by="o-reyes")
    crashes = (sys.executable, "-c", "raise SystemExit(1)")
    plan = computed(town, plan_id, command=crashes)
    assert (plan["state"], plan["problem"], plan["attempts"]) == ("failed", "gave_up", rounds_planning.ATTEMPTS)


def test_the_solver_is_told_numbers_and_nobody_s_name(town: World):
    opened(town)
    everybody_answers(town)
    plan = plan_of(town, planned(town))
    text = str(rounds_planning._document(plan))
    assert not any(name in text for name in ("g-ana", "t-lee", "s-mateo", "Ana", "Rivera"))


def test_what_a_teacher_or_a_family_has_on_already_is_kept_free(town: World):
    opened(town)
    answers(town, "g-meera", {"t-alvarez": 2})
    start = datetime(2026, 10, 26, 22, 30, tzinfo=UTC)  # 17:30 in Chicago
    other = booking.Fixed(
        meeting_id="m-other", kind="asked", guardian_id="g-meera", student_id="s-riya", staff_id="t-alvarez",
        school_id="org-greenview", start=start, end=start + timedelta(minutes=20), mode="phone",
    )  # fmt: skip
    with town.unit() as uow:
        assert booking.fix(uow, town.ports, [other])["m-other"].outcome == "booked"
        instance = rounds_planning.gather(uow, store.by_id(uow.connection, [ROUND])[ROUND]).instance
    (home_,) = instance["households"]
    assert home_["avail"] == [[0, 0, 6], [0, 10, 24], [1, 0, 24]]
    assert [[0, 0, 6], [0, 10, 24], [1, 0, 24]] in [each["avail"] for each in instance["teachers"]]
