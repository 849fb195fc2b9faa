"""A teacher is away: few families move; and every refused wish has a reason and a price."""

from __future__ import annotations

import pytest

from services.scheduling.solver import (
    Absence,
    Instance,
    Kind,
    Meeting,
    Plan,
    Reason,
    advise,
    explain,
    plan,
    plan_of,
    read_instance,
    repair,
)
from services.scheduling.solver.scoring import check, score
from shared.backing.state import REPOSITORY
from shared.errors import HomeroomError
from tests.unit.services.scheduling.solver.conference_rounds import household, tiny, wish

DATA = REPOSITORY / "tests" / "data" / "conference"


@pytest.fixture(scope="module")
def small() -> Instance:
    return read_instance(DATA / "small-1.json")


@pytest.fixture(scope="module")
def planned(small: Instance) -> Plan:
    return plan(small, seed=1, moves=20_000)


def test_an_absent_teachers_meetings_are_gone_and_few_other_families_move(small: Instance, planned: Plan) -> None:
    mended = repair(small, planned, [3], moves=400, most_moved=2)
    held = {one.request for one in mended.plan.meetings}
    assert not any(small.requests[request].teacher == 3 for request in held)
    assert len(mended.moved) <= 2
    assert set(mended.own) == {small.requests[one.request].household for one in mended.dropped}
    untouched = [
        one
        for one in planned.meetings
        if small.requests[one.request].household not in {*mended.own_moved, *mended.moved}
        and small.requests[one.request].teacher != 3
    ]
    assert set(untouched) <= set(mended.plan.meetings)
    left = [one for one in planned.meetings if one not in mended.dropped]
    assert mended.plan.score >= score(small, left)


def test_a_teacher_away_on_one_evening_meets_families_on_the_other(small: Instance) -> None:
    evenings = [[0, 0, 6], [1, 0, 6]]
    instance = tiny(
        evenings=2,
        teachers=[{"id": 0, "dur": 2, "avail": evenings}],
        households=[household(0, avail=evenings)],
        requests=[wish(0, 0, 0, w=4)],
    )
    mended = repair(instance, plan_of(instance, (Meeting(0, 0, 0),)), [Absence(0, evening=0)], moves=100)
    assert [one.evening for one in mended.plan.meetings] == [1]
    assert mended.own == (0,)


def test_no_family_moves_where_none_may(small: Instance, planned: Plan) -> None:
    assert repair(small, planned, [0, 1], moves=400, most_moved=0).moved == ()


def test_a_lock_on_the_absent_teacher_is_lifted() -> None:
    instance = tiny(locked=[{"request": 0, "evening": 0, "start": 0}])
    mended = repair(instance, plan(instance, moves=100), [0], moves=100)
    assert [one.request for one in mended.plan.meetings] == [1]


def test_a_teacher_who_does_not_exist_cannot_be_absent(small: Instance, planned: Plan) -> None:
    with pytest.raises(HomeroomError, match="teacher 99 does not exist"):
        repair(small, planned, [99])


def reason_of(instance: Instance, *meetings: Meeting, request: int) -> Reason:
    refused = explain(instance, plan_of(instance, meetings))
    return next(one.reason for one in refused if one.request == request)


def test_hours_that_never_meet_are_the_reason() -> None:
    homes = [household(0, avail=[[0, 0, 1]]), household(1, avail=[[0, 0, 6]])]
    assert reason_of(tiny(households=homes), request=0) is Reason.NO_COMMON_TIME


def test_a_missing_interpreter_is_the_reason() -> None:
    homes = [household(0, avail=[[0, 0, 6]], lang="so"), household(1, avail=[[0, 0, 2]], lang="so")]
    assert reason_of(tiny(households=homes), request=0) is Reason.NO_INTERPRETER
    one = tiny(households=homes, requests=[wish(0, 0, 0), wish(1, 1, 1)], interpreters=[{"lang": "so", "count": 1}])
    assert reason_of(one, Meeting(0, 0, 0), request=1) is Reason.NO_INTERPRETER


def test_a_full_teacher_is_the_reason_and_so_is_a_must_see_before() -> None:
    homes = [household(0, avail=[[0, 0, 6]]), household(1, avail=[[0, 0, 2]])]
    assert reason_of(tiny(households=homes), Meeting(0, 0, 0), request=2) is Reason.MUST_SEE_FIRST
    lighter = [wish(0, 0, 0, w=2), wish(1, 1, 0, w=1)]
    assert reason_of(tiny(households=homes, requests=lighter), Meeting(0, 0, 0), request=1) is Reason.TEACHER_FULL


def test_the_familys_own_meetings_are_the_reason_where_a_time_is_free() -> None:
    homes = [household(0, avail=[[0, 0, 3]]), household(1, avail=[[0, 0, 6]])]
    assert reason_of(tiny(households=homes), Meeting(0, 0, 0), request=1) is Reason.OWN_MEETINGS


def test_alternatives_tell_what_they_cost_and_whom() -> None:
    homes = [household(0, avail=[[0, 0, 6]]), household(1, avail=[[0, 0, 2]])]
    instance = tiny(
        households=homes,
        requests=[wish(0, 0, 0, w=2), wish(1, 1, 0, w=1)],
        teachers=[{"id": 0, "dur": 2, "avail": [[0, 0, 6]]}],
    )
    (refusal,) = explain(instance, plan_of(instance, (Meeting(0, 0, 0),)))
    by_kind = {one.kind: one for one in refusal.alternatives}
    swap = by_kind[Kind.SWAP]
    assert swap.meeting == Meeting(1, 0, 0)
    assert swap.cost == -100  # the other family moves to a later time and both meet
    assert [(move.household, move.request) for move in swap.moves] == [(0, 0)]
    assert swap.moves[0].to is not None and swap.moves[0].to.start >= 2
    nearest = next(one for one in refusal.alternatives if one.kind is Kind.OUTSIDE)
    assert nearest.meeting.start == 2  # just after the hours the family gave
    assert nearest.moves == () and nearest.cost == -100


def test_every_alternative_but_those_outside_is_a_valid_plan(small: Instance, planned: Plan) -> None:
    refusals = explain(small, planned)
    held = {one.request for one in planned.meetings}
    assert {one.request for one in refusals} == {one.id for one in small.requests} - held
    checked = 0
    for refusal in refusals:
        for other in refusal.alternatives:
            if other.kind is Kind.OUTSIDE:
                continue
            changed = {move.request for move in other.moves}
            kept = [one for one in planned.meetings if one.request not in changed]
            meetings = [*kept, *(move.to for move in other.moves if move.to is not None), other.meeting]
            check(small, meetings)
            assert planned.score - score(small, meetings) == other.cost
            checked += 1
    assert checked > 10


def test_advice_finds_the_half_hour_that_serves_two_families() -> None:
    teachers = [{"id": 0, "dur": 2, "avail": [[0, 0, 2]]}, {"id": 1, "dur": 2, "avail": [[0, 0, 2], [0, 4, 6]]}]
    homes = [household(i, avail=[[0, 0, 6]], video=True) for i in range(4)]
    asked = [*(wish(i, i, 0) for i in range(3)), wish(3, 3, 1)]
    instance = tiny(teachers=teachers, households=homes, requests=asked)
    best = advise(instance, plan(instance, moves=200))[0]
    assert (best.teacher, best.first, best.end) == (0, 2, 8)
    assert best.gain == 400 and best.met == 2


def test_where_every_wish_is_met_there_is_no_advice() -> None:
    instance = tiny(requests=[wish(0, 0, 0)])
    assert advise(instance, plan(instance, moves=50)) == []
