"""One household's itinerary is the best there is; what the kernels say a plan is worth is what the rules say."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.solver.arrays import Costs, empty_state, meetings_of, positions_of, problem_of
from services.scheduling.solver.baseline import first_come
from services.scheduling.solver.idleness import teacher_idle
from services.scheduling.solver.model import Instance, Request
from services.scheduling.solver.ruin import anneal, place_all, share_of, undo_for
from services.scheduling.solver.scoring import check, score
from services.scheduling.solver.search import Hand, greedy, stand
from tests.unit.services.scheduling.solver.conference_rounds import every_plan, rounds, tiny, wish


def placed(instance: Instance, costs: Costs = Costs()) -> tuple[int, int]:
    """What placing every household in turn is worth, by the kernels and by the rules."""
    problem = problem_of(instance, costs)
    state = empty_state(problem)
    hand = Hand.of(problem, 1, 0)
    place_all(problem, state, hand.work, np.arange(len(problem.walk), dtype=np.int32), hand.rng)
    meetings = meetings_of(problem, state.evening, state.start)
    check(instance, meetings)
    return int(state.worth.sum()), score(instance, meetings)


def only_first_household(instance: Instance) -> Instance:
    asked = [one for one in instance.requests if one.household == 0]
    requests = tuple(Request(i, 0, one.teacher, one.weight, one.dur, ()) for i, one in enumerate(asked))
    return Instance(
        instance.name, instance.grid, instance.cells, instance.evenings, instance.travel, instance.interpreters,
        instance.teachers, instance.households, requests,
    )  # fmt: skip


@settings(max_examples=60)
@given(rounds(evenings=2, cells=5, wishes=3).map(only_first_household))
def test_an_itinerary_is_the_best_of_all(instance: Instance) -> None:
    best = max(score(instance, plan) for plan in every_plan(instance))
    assert placed(instance) == (best, best)


@settings(max_examples=20)
@given(rounds(evenings=3, cells=3, wishes=3).map(only_first_household))
def test_an_itinerary_over_three_evenings_is_the_best_of_all(instance: Instance) -> None:
    best = max(score(instance, plan) for plan in every_plan(instance))
    assert placed(instance) == (best, best)


def test_times_beyond_the_sixty_fourth_cell_are_times_like_others() -> None:
    day = [[0, 0, 130]]
    instance = tiny(
        cells=130,
        teachers=[
            {"id": 0, "dur": 2, "avail": [[0, 63, 65], [0, 100, 130]]},
            {"id": 1, "dur": 2, "avail": [[0, 66, 69]]},
        ],
        households=[{"id": i, "lang": None, "mode": "in_person", "avail": day, "students": []} for i in (0, 1)],
    )
    worth, scored = placed(instance)
    assert worth == scored == 700  # 63–64, a cell to walk, 66–67; the other family at 100


def test_a_household_with_more_wishes_than_the_programme_takes_exactly_gets_a_valid_plan() -> None:
    teachers = [{"id": i, "dur": 1, "avail": [[0, 0, 40]]} for i in range(14)]
    homes = [{"id": 0, "lang": None, "mode": "video", "avail": [[0, 0, 40]], "students": []}]
    asked = [wish(i, 0, i, dur=1, w=4 if i < 5 else 1) for i in range(14)]
    worth, scored = placed(tiny(cells=40, teachers=teachers, households=homes, requests=asked))
    assert worth == scored == 5 * 400 + 6 * 100


@settings(max_examples=40)
@given(rounds(), st.integers(0, 5))
def test_ruin_and_recreate_keeps_every_rule_and_its_books(instance: Instance, seed: int) -> None:
    problem = problem_of(instance, Costs())
    state = greedy(problem, seed=seed)
    hand = Hand.of(problem, seed, 0)
    share = share_of(problem, np.ones(len(problem.walk), bool))
    before = int(state.worth.sum())
    gained = anneal(problem, state, hand.work, undo_for(problem), share, hand.rng, 30.0, 50)
    meetings = meetings_of(problem, state.evening, state.start)
    check(instance, meetings)
    assert before + gained == int(state.worth.sum()) == score(instance, meetings)
    # The free cells that the moves left behind are those of the plan.
    anew = stand(problem, positions_of(problem, meetings))
    assert (anew.free == state.free).all() and (anew.able == state.able).all() and (anew.left == state.left).all()
    assert (anew.worth == state.worth).all()


@settings(max_examples=30)
@given(rounds(), st.booleans())
def test_first_come_first_served_keeps_every_rule(instance: Instance, careful: bool) -> None:
    problem = problem_of(instance, Costs())
    check(instance, meetings_of(problem, *first_come(problem, seed=1, careful=careful)))


def test_careful_parents_wait_less_than_early_ones() -> None:
    teachers = [{"id": 0, "dur": 1, "avail": [[0, 3, 4]]}, {"id": 1, "dur": 1, "avail": [[0, 0, 2]]}]
    asked = [wish(0, 0, 0, w=4, dur=1), wish(1, 0, 1, w=2, dur=1)]
    problem = problem_of(tiny(teachers=teachers, requests=asked), Costs())
    early, careful = (first_come(problem, seed=1, careful=one) for one in (False, True))
    assert list(early.start) == [3, 0]
    assert list(careful.start) == [3, 1]


def test_a_break_is_not_idle_but_a_hole_is() -> None:
    there = np.array([0b110111], np.uint64)  # away in cell 3
    free = np.array([0b010110], np.uint64)  # busy in 0 and 5
    assert teacher_idle(there, free, 6, 0, 0) == 3
    assert teacher_idle(there, free, 6, 1, 2) == 2
