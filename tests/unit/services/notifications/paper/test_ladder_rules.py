"""The ladder's pure rules, on any history."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.ladder import (
    MOST_TRIES,
    CallOutcome,
    End,
    Rules,
    Seen,
    after_call,
    begins,
    call_at,
    read,
)

SENT = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
HOURS = st.integers(-72, 400).map(lambda hours: SENT + timedelta(hours=hours))
KINDS = st.sampled_from(["positive", "concern", "info", "ask", "emergency"])
RULES = st.builds(
    Rules,
    kinds=st.frozensets(KINDS),
    unopened_after=st.integers(1, 200).map(lambda hours: timedelta(hours=hours)),
    call_after=st.integers(1, 30).map(lambda days: timedelta(days=days)),
    delivered_is_read=st.booleans(),
)
SEEN = st.builds(
    Seen,
    kind=KINDS,
    handed_at=st.just(SENT),
    delivered_at=st.none() | HOURS,
    opened_at=st.none() | HOURS,
    answered_at=st.none() | HOURS,
)


@given(SEEN, RULES, HOURS)
def test_nobody_who_has_read_or_answered_is_followed(seen: Seen, rules: Rules, now: datetime) -> None:
    if begins(seen, rules, now):
        assert seen.opened_at is None and seen.kind in rules.kinds
        assert seen.answered_at is None or seen.answered_at < SENT
        assert not (rules.delivered_is_read and seen.delivered_at)
        assert now - SENT >= rules.unopened_after


@given(SEEN, RULES, HOURS, st.integers(0, 500))
def test_what_begins_does_not_unbegin_by_waiting(seen: Seen, rules: Rules, now: datetime, hours: int) -> None:
    if begins(seen, rules, now):
        assert begins(seen, rules, now + timedelta(hours=hours))


@given(SEEN, RULES)
def test_an_answer_says_more_than_a_look(seen: Seen, rules: Rules) -> None:
    if seen.answered_at is not None and seen.answered_at >= SENT:
        assert read(seen, rules) is End.ANSWERED


@given(KINDS, RULES)
def test_a_call_is_for_kinds_that_are_followed_and_never_before_its_day(kind: str, rules: Rules) -> None:
    at = call_at(kind, SENT, rules)
    assert (at is not None) is (kind in rules.kinds)
    assert at is None or at - SENT == rules.call_after


@given(st.lists(st.sampled_from(list(CallOutcome)), max_size=8))
def test_calls_end_by_an_answer_a_wrong_number_or_the_third_try(outcomes: list[CallOutcome]) -> None:
    ends = [after_call(outcome, tries) for tries, outcome in enumerate(outcomes, start=1)]
    for tries, (outcome, end) in enumerate(zip(outcomes, ends, strict=True), start=1):
        assert (end is End.REACHED) is (outcome is CallOutcome.REACHED)
        assert (end is None) is (tries < MOST_TRIES and outcome in (CallOutcome.NO_ANSWER, CallOutcome.LEFT_MESSAGE))


@pytest.mark.parametrize("settings", [{}, {"ladder": None}, {"ladder": {}}])
def test_a_school_that_says_nothing_has_the_defaults(settings: dict[str, object]) -> None:
    assert Rules.of(settings) == Rules()
    assert (Rules().unopened_after, Rules().call_after) == (timedelta(hours=48), timedelta(days=4))
