"""The rules of a plan, one by one, and its score by hand."""

from __future__ import annotations

import pytest

from services.scheduling.solver.planning import figures_of
from services.scheduling.solver.scoring import Meeting, check, first_violation, score
from services.scheduling.solver.solution import plan_from
from shared.errors import HomeroomError
from tests.unit.services.scheduling.solver.conference_rounds import household, tiny, wish

WHOLE = [[0, 0, 6]]


def test_a_plan_is_worth_its_wishes_less_waits_and_extra_evenings() -> None:
    evenings = [[0, 0, 6], [1, 0, 6]]
    teachers = [{"id": i, "dur": 1, "avail": evenings} for i in range(3)]
    asked = [wish(0, 0, 0, w=4, dur=1), wish(1, 0, 1, w=2, dur=1), wish(2, 0, 2, w=1, dur=1)]
    instance = tiny(evenings=2, teachers=teachers, households=[household(0, avail=evenings)], requests=asked)
    # From cell 0 to 1, a cell to walk, then two cells of waiting before 4; and a second evening.
    meetings = [Meeting(0, 0, 0), Meeting(1, 0, 4), Meeting(2, 1, 3)]
    check(instance, meetings)
    assert score(instance, meetings) == 400 + 200 + 100 - 3 * 2 - 30


@pytest.mark.parametrize(
    ("meetings", "rule"),
    [
        ([Meeting(0, 0, 5)], 1),
        ([Meeting(0, 1, 0)], 1),
        ([Meeting(0, 0, -1)], 1),
        ([Meeting(9, 0, 0)], 1),
        ([Meeting(0, 0, 0), Meeting(0, 0, 2)], 1),
        ([Meeting(0, 0, 0), Meeting(2, 0, 1)], 2),
        ([Meeting(0, 0, 0), Meeting(1, 0, 2)], 3),
        ([Meeting(0, 0, 2), Meeting(1, 0, 1)], 3),
    ],
)
def test_a_broken_rule_is_told_by_its_number(meetings: list[Meeting], rule: int) -> None:
    broken = first_violation(tiny(), meetings)
    assert broken is not None and broken.rule == rule
    with pytest.raises(HomeroomError, match=f"rule {rule} is broken"):
        check(tiny(), meetings)


def test_by_video_a_family_needs_no_walk() -> None:
    instance = tiny(households=[household(0, avail=WHOLE, video=True), household(1, avail=WHOLE)])
    assert first_violation(instance, [Meeting(0, 0, 0), Meeting(1, 0, 2)]) is None


def test_windows_that_adjoin_are_one() -> None:
    instance = tiny(households=[household(0, avail=[[0, 0, 1], [0, 1, 2]]), household(1, avail=WHOLE)])
    assert first_violation(instance, [Meeting(0, 0, 0)]) is None


def test_two_families_cannot_share_one_interpreter() -> None:
    homes = [household(0, avail=WHOLE, lang="so"), household(1, avail=WHOLE, lang="so")]
    asked = [wish(0, 0, 0), wish(1, 1, 1)]
    one = tiny(households=homes, requests=asked, interpreters=[{"lang": "so", "count": 1}])
    broken = first_violation(one, [Meeting(0, 0, 0), Meeting(1, 0, 1)])
    assert broken is not None and broken.rule == 4
    assert first_violation(one, [Meeting(0, 0, 0), Meeting(1, 0, 2)]) is None
    none = tiny(households=homes, requests=asked)
    assert first_violation(none, [Meeting(0, 0, 0)]) is not None


def test_two_teachers_in_one_meeting_are_both_taken() -> None:
    instance = tiny(requests=[wish(0, 0, 0, also=[1]), wish(1, 1, 1)])
    broken = first_violation(instance, [Meeting(0, 0, 0), Meeting(1, 0, 1)])
    assert broken is not None and broken.rule == 2


def test_a_locked_meeting_must_stand() -> None:
    instance = tiny(locked=[{"request": 2, "evening": 0, "start": 4}])
    with pytest.raises(HomeroomError, match="rule 5"):
        check(instance, [Meeting(0, 0, 0)])
    check(instance, [Meeting(2, 0, 4)])


def test_figures_tell_who_gets_nothing_and_who_waits() -> None:
    figures = figures_of(tiny(), (Meeting(0, 0, 0), Meeting(1, 0, 4)))
    assert figures.nothing == (1,)
    assert figures.must_see_pct == 100
    assert figures.mean_idle_min == 5
    assert figures.teacher_idle_min == 0


@pytest.mark.parametrize(
    ("changed", "where"),
    [
        ({"instance": "other"}, "plan:instance"),
        ({"meetings": {}}, "plan:meetings"),
        ({"meetings": [{"request": 0, "evening": 0}]}, "plan:meetings[0].start"),
        ({"meetings": [{"request": 0, "evening": 0, "start": 0, "teacher": 1}]}, "plan:meetings[0].teacher"),
        ({"score": 401}, "plan:score"),
        ({"bound": 399}, "plan:bound"),
    ],
)
def test_a_solution_that_claims_what_is_not_so_is_refused(changed: dict[str, object], where: str) -> None:
    right = {"instance": "tiny-1", "score": 400, "meetings": [{"request": 0, "evening": 0, "start": 0}]}
    assert plan_from(right, tiny()).score == 400
    with pytest.raises(HomeroomError) as refused:
        plan_from(right | changed, tiny())
    assert refused.value.where == where
