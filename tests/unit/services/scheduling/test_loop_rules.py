"""The loop's rules as properties: when a plan is agreed, what may be proposed, which school day is meant."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.loop_days import school_days_on
from services.scheduling.domain.plans import Draft, Step, faults, goal_met, is_agreed, newest
from services.scheduling.domain.schooldays import is_school_day

GUARDIANS = [f"g{n}" for n in range(5)]
homes = st.dictionaries(st.sampled_from(GUARDIANS), st.sampled_from(["a", "b", "c"]), max_size=5)
some = st.sets(st.sampled_from(GUARDIANS))
days = st.dates(date(2026, 8, 1), date(2027, 7, 31))


@given(homes, some, some)
def test_without_the_school_s_yes_nothing_is_agreed(homes, accepted, owners):
    assert not is_agreed(school=False, homes=homes, accepted=accepted, owners=owners)


@given(homes, some, some)
def test_without_a_yes_from_somebody_who_may_be_asked_nothing_is_agreed(homes, accepted, owners):
    if is_agreed(school=True, homes=homes, accepted=accepted, owners=owners):
        assert accepted & homes.keys()


@given(homes, some, some)
def test_every_home_that_is_to_act_has_said_yes(homes, accepted, owners):
    agreed = is_agreed(school=True, homes=homes, accepted=accepted, owners=owners)
    silent = {homes[each] for each in owners if each in homes} - {homes[each] for each in accepted if each in homes}
    assert not (agreed and silent)


@given(homes, some, some, st.sampled_from(GUARDIANS))
def test_one_more_yes_never_undoes_an_agreement(homes, accepted, owners, another):
    if is_agreed(school=True, homes=homes, accepted=accepted, owners=owners):
        assert is_agreed(school=True, homes=homes, accepted=accepted | {another}, owners=owners)


@given(homes, some, some)
def test_who_may_not_be_asked_neither_helps_nor_hinders(homes, accepted, owners):
    known = accepted & homes.keys(), owners & homes.keys()
    assert is_agreed(school=True, homes=homes, accepted=accepted, owners=owners) == is_agreed(
        school=True, homes=homes, accepted=known[0], owners=known[1]
    )


def test_a_partner_s_yes_counts_for_their_home():
    homes = {"g0": "a", "g1": "a", "g2": "b"}
    assert is_agreed(school=True, homes=homes, accepted={"g1"}, owners={"g0"})
    assert not is_agreed(school=True, homes=homes, accepted={"g2"}, owners={"g0"})


@given(days, st.integers(0, 20), st.sets(days, max_size=20))
def test_so_many_school_days_on_is_a_school_day_with_just_so_many_on_the_way(day, count, holidays):
    found = school_days_on(day, count, holidays=holidays)
    between = [day + timedelta(days=n) for n in range(1, (found - day).days + 1)]
    assert sum(is_school_day(each, holidays=holidays) for each in between) == count
    assert count == 0 or is_school_day(found, holidays=holidays)


def test_a_calendar_without_school_days_falls_back_to_days():
    closed = {date(2026, 9, 1) + timedelta(days=n) for n in range(400)}
    assert school_days_on(date(2026, 9, 1), 5, holidays=closed) == date(2026, 9, 6)


PEOPLE = {"staff": {"t"}, "guardian": {"g"}, "student": {"s"}}
steps = st.builds(
    Step, st.sampled_from(["staff", "guardian", "student"]), st.sampled_from(["t", "g", "s", "x"]), st.just("reads"),
    st.none() | days,
)  # fmt: skip


@given(st.builds(Draft, st.just("goal"), days, days, st.lists(steps, max_size=8).map(tuple)), days)
def test_what_passes_holds_together(draft, today):
    if faults(draft, today=today, holidays=(), people=PEOPLE):
        return
    assert 1 <= len(draft.steps) <= 6
    assert today <= draft.checkin_on <= draft.due_on
    assert is_school_day(draft.checkin_on, holidays=())
    for step in draft.steps:
        assert step.owner_id in PEOPLE[step.owner_kind]
        assert step.due_on is None or today <= step.due_on <= draft.due_on


def test_a_goal_that_no_grade_measures_is_never_met_by_one():
    assert not goal_met(None, 100.0)
    assert goal_met(75.0, 75.0) and not goal_met(75.0, 74.9)


def test_the_last_word_on_a_step_counts():
    assert newest([(1, "too_hard"), (2, "done"), (1, "done")]) == {1: "done", 2: "done"}
