"""The rules of a round as properties: clock and grid, homes, the instance, figures that cannot give a small group away."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.domain.rounds import GRID, Grid, Home, Lock, Span, Teacher, Wish, parse_spans, problems
from services.scheduling.domain.rounds_first_come import first_come
from services.scheduling.domain.rounds_homes import Tie, homes
from services.scheduling.domain.rounds_instance import Job, Terms, build, meetings, solution
from services.scheduling.domain.rounds_report import Group, report, shown, waits_of
from services.scheduling.solver.reading import instance_of
from services.scheduling.solver.scoring import Meeting, check

ZONE = ZoneInfo("America/Chicago")
DAY = date(2026, 10, 26)
EVENINGS = (Span(DAY, time(17), time(20)), Span(DAY + timedelta(days=1), time(16, 30), time(18)))
GRID_OF = Grid(EVENINGS, ZONE)

clocks = st.integers(0, 23 * 12).map(lambda n: time(n * 5 // 60, n * 5 % 60))
spans = st.builds(
    lambda on, a, b: Span(on, min(a, b), max(a, b)), st.sampled_from([DAY, DAY + timedelta(days=1), DAY + timedelta(days=9)]), clocks, clocks
)


@given(st.integers(0, 1), st.integers(0, 35))
def test_a_cell_s_wall_time_leads_back_to_the_cell(evening: int, cell: int):
    wall = GRID_OF.wall(evening, cell)
    place = GRID_OF.place(wall.date(), wall.time())
    assert place == ((evening, cell) if cell < GRID_OF.length(evening) else None)


@given(st.lists(spans, max_size=5))
def test_windows_hold_exactly_the_whole_cells_of_the_spans(given_: list[Span]):
    cells = {(e, c) for e, a, b in GRID_OF.windows(given_) for c in range(a, b)}
    for evening in range(2):
        for cell in range(GRID_OF.length(evening)):
            begins = GRID_OF.wall(evening, cell)
            ends = begins + timedelta(minutes=GRID)
            inside = any(
                span.on == begins.date() and span.start <= begins.time() and (ends.time() <= span.end) for span in given_
            )
            assert ((evening, cell) in cells) == inside


@given(st.lists(st.tuples(st.integers(-30, 260), st.integers(1, 90)), max_size=4))
def test_busy_minutes_take_every_cell_they_touch_and_no_other(busy: list[tuple[int, int]]):
    first = GRID_OF.instant(0, 0)
    taken = [(first + timedelta(minutes=a), first + timedelta(minutes=a + n)) for a, n in busy]
    left = {(e, c) for e, a, b in GRID_OF.without(GRID_OF.windows(None), taken) for c in range(a, b)}
    for evening in range(2):
        for cell in range(GRID_OF.length(evening)):
            begins = GRID_OF.instant(evening, cell)
            ends = begins + timedelta(minutes=GRID)
            assert ((evening, cell) in left) == (not any(a < ends and begins < b for a, b in taken))


ties = st.builds(
    Tie,
    st.sampled_from(["ana", "ben", "cy", "dee"]),
    st.sampled_from(["s1", "s2", "s3"]),
    st.sampled_from(["h1", "h2", "h3"]),
    st.integers(1, 3),
)


@given(st.lists(ties, max_size=12, unique_by=lambda tie: (tie.guardian_id, tie.student_id)))
def test_every_tie_is_in_one_home_and_no_guardian_speaks_for_two(given_: list[Tie]):
    found = homes(given_)
    assert len({home.home_id for home in found}) == len(found)
    for tie in given_:
        mine = [home for home in found if tie.guardian_id in home.guardian_ids and tie.student_id in home.students]
        assert mine
    assert all(home.guardian_ids[0] == home.home_id for home in found)


def test_two_homes_of_one_child_stay_two():
    found = homes([Tie("ana", "mateo", "a", 1), Tie("daniel", "mateo", "b", 1), Tie("ana", "lucia", "a", 1)])
    assert [(home.home_id, home.students) for home in found] == [("ana", ("lucia", "mateo")), ("daniel", ("mateo",))]


@st.composite
def jobs(draw: st.DrawFn) -> Job:
    teachers = [Teacher(f"t{n}", draw(st.sampled_from((5, 10, 15)))) for n in range(draw(st.integers(1, 3)))]
    windows = st.none() | st.lists(spans, max_size=3).map(tuple)
    families = [
        Home(f"h{n}", draw(st.sampled_from(("in_person", "video", "phone"))), draw(st.sampled_from((None, "so", "es"))), draw(windows))
        for n in range(draw(st.integers(1, 6)))
    ]
    wishes = [
        Wish(home.home_id, teacher.staff_id, (f"s-{home.home_id}",), draw(st.sampled_from((1, 2, 4))))
        for home in families
        for teacher in teachers
        if draw(st.booleans())
    ]
    terms = Terms("r", draw(st.sampled_from((0, 5, 10))), {"so": 1}, draw(st.sampled_from((0, 5))))
    return build(terms, GRID_OF, teachers, families, wishes)


@settings(max_examples=60, deadline=None)
@given(jobs())
def test_first_come_first_served_is_a_plan_that_the_solver_s_own_rules_allow(job: Job):
    planned = first_come(job, [])
    instance = instance_of(job.instance)
    found = solution(job, planned)
    check(instance, [Meeting(each["request"], each["evening"], each["start"]) for each in found["meetings"]])
    assert sorted(meetings(job, found), key=str) == sorted(planned, key=str)


@settings(max_examples=60, deadline=None)
@given(jobs())
def test_figures_add_up(job: Job):
    planned = first_come(job, [])
    figures = report(job, planned)
    assert figures.met == len(planned) <= figures.wishes
    assert figures.must_met <= figures.must
    assert len(figures.nothing) == figures.homes - len({each.home_id for each in planned})
    assert all(minutes >= 0 for minutes in waits_of(job, planned).values())
    assert figures.longest_wait <= figures.family_wait


def test_a_lock_whose_wish_or_place_is_gone_is_no_lock():
    teacher, home = Teacher("t", 10), Home("h", "video")
    terms = Terms("r", 5, {}, 0)
    locks = [Lock("h", "t", DAY, time(17, 30)), Lock("h", "gone", DAY, time(17)), Lock("h", "t", DAY, time(21))]
    job = build(terms, GRID_OF, [teacher], [home], [Wish("h", "t", ("s",))], locks=locks)
    assert job.instance["locked"] == [{"request": 0, "evening": 0, "start": 6}]
    assert Job.of(job.raw()) == job


def test_a_wish_for_a_teacher_who_is_away_is_left_out_with_its_reason():
    job = build(Terms("r", 5, {}, 0), GRID_OF, [Teacher("t", 10, absent=True)], [Home("h", "video")], [Wish("h", "t", ("s",))])
    assert job.requests == () and job.left_out == (("h", "t", "teacher_away"),)


def test_a_family_whose_language_nobody_interprets_is_planned_all_the_same():
    """No interpreter is there to be waited for: the office sees how many need one by telephone."""
    job = build(Terms("r", 5, {"so": 1}, 5), GRID_OF, [Teacher("t", 10)], [Home("h", "video", "vi")], [Wish("h", "t", ("s",))])
    assert job.instance["households"][0]["lang"] is None
    assert job.instance["requests"][0]["dur"] == 2


groups = st.dictionaries(st.text("abcdef", min_size=1, max_size=2), st.builds(Group, st.integers(0, 40), st.integers(0, 99), st.integers(0, 99)), max_size=7)


@given(groups)
def test_no_small_group_is_shown_nor_left_to_be_worked_out(given_: dict[str, Group]):
    table = shown(given_)
    assert table.keys() == given_.keys()
    hidden = [given_[name] for name, group in table.items() if group is None]
    assert all(group is None or group.homes >= 10 for group in table.values())
    if hidden and any(group is not None for group in table.values()):
        assert len(hidden) > 1 and sum(group.homes for group in hidden) >= 10


def test_evenings_are_read_from_lines_and_a_wrong_line_is_named():
    assert parse_spans("2026-10-26 17:00-20:00\n\n2026-10-27 16:30-18:00\n") == EVENINGS
    with pytest.raises(ValueError, match="line 2"):
        parse_spans("2026-10-26 17:00-20:00\nTuesday")


@given(spans, st.integers(1, 13))
def test_a_round_without_a_fault_has_one_meaning_for_every_cell(span: Span, fives: int):
    before = datetime(2026, 1, 1, tzinfo=UTC)
    if problems([span], zone=ZONE, closed=frozenset(), answer_by=before, minutes=5 * fives):
        return
    grid = Grid((span,), ZONE)
    instants = [grid.instant(0, cell) for cell in range(grid.length(0) + 1)]
    assert all(b - a == timedelta(minutes=GRID) for a, b in pairwise(instants))


def test_hours_that_the_clocks_skip_or_repeat_are_refused():
    before = datetime(2026, 1, 1, tzinfo=UTC)
    for on, start, end in ((date(2026, 11, 1), time(0, 30), time(3)), (date(2027, 3, 14), time(1), time(4))):
        found = problems([Span(on, start, end)], zone=ZONE, closed=frozenset(), answer_by=before, minutes=10)
        assert "clocks" in found["evenings"][0]
