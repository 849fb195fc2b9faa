"""Weights stay a hundred parts whatever happens, and come back to rest."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.failover import (
    WHOLE,
    Alarm,
    Breaker,
    Counts,
    Limits,
    Verdict,
    alarm,
    drift,
    judge,
    lower,
    pick,
    resting,
)

LIMITS = Limits()
NAMES = ("one", "two", "three", "four")
wishes = st.lists(st.none() | st.integers(0, 1000), min_size=1, max_size=4).map(
    lambda given: list(zip(NAMES, given, strict=False))
)
steps = st.lists(st.tuples(st.sampled_from(["lower", "drift", "down", "up"]), st.sampled_from(NAMES)), max_size=60)


def after(rest, story):
    """The weights and who is down, after that story."""
    weights, down = dict(rest), set()
    for what, name in story:
        if name not in weights:
            continue
        if what == "lower":
            weights = lower(weights, name, LIMITS.step, down=down)
        elif what == "drift":
            weights = drift(weights, rest, LIMITS.drift, down=down)
        elif what == "down":
            down.add(name)
            weights = lower(weights, name, WHOLE, down=down)
        else:
            down.discard(name)
        assert sum(weights.values()) == WHOLE
        assert all(0 <= weight <= WHOLE for weight in weights.values())
    return weights, down


@given(wishes, steps)
def test_weights_are_always_a_hundred_parts_and_somebody_carries(accounts, story):
    weights, _ = after(resting(accounts), story)
    assert max(weights.values()) > 0


@given(wishes, steps)
def test_without_errors_all_come_back_to_where_they_rest(accounts, story):
    rest = resting(accounts)
    weights, _ = after(rest, story)
    for _ in range(WHOLE // LIMITS.drift * len(rest)):
        weights = drift(weights, rest, LIMITS.drift)
    assert weights == rest


@given(wishes, steps)
def test_a_drift_never_takes_an_account_further_from_its_rest(accounts, story):
    rest = resting(accounts)
    weights, down = after(rest, story)
    moved = drift(weights, rest, LIMITS.drift, down=down)
    for name in rest:
        assert abs(moved[name] - rest[name]) <= abs(weights[name] - rest[name])


@given(wishes, steps, st.integers(0, WHOLE - 1))
def test_a_batch_falls_to_an_account_that_has_weight(accounts, story, roll):
    weights, _ = after(resting(accounts), story)
    assert weights[pick(weights, roll)] > 0


@given(wishes, steps)
def test_each_account_gets_its_share_of_the_rolls(accounts, story):
    weights, _ = after(resting(accounts), story)
    rolled = [pick(weights, roll) for roll in range(WHOLE)]
    assert {name: rolled.count(name) for name in weights} == weights


def test_two_accounts_rest_at_51_and_49_and_as_configured():
    assert resting([("a", None), ("b", None)]) == {"a": 51, "b": 49}
    assert resting([("a", 80), ("b", 20)]) == {"a": 80, "b": 20}
    assert resting([("a", 3), ("b", 1)]) == {"a": 75, "b": 25}
    assert resting([("a", 7)]) == {"a": 100}
    assert resting([]) == {}
    assert pick({}, 5) is None


def test_an_account_that_is_down_gets_nothing_unless_all_are():
    weights = lower({"a": 51, "b": 49}, "a", WHOLE, down={"a"})
    assert weights == {"a": 0, "b": 100}
    assert drift(weights, {"a": 51, "b": 49}, 5, down={"a"}) == weights
    assert lower(weights, "b", WHOLE, down={"a", "b"}) == weights


def test_more_than_one_in_ten_errors_of_twenty_lowers():
    assert judge(Counts(ok=18, failed=2), LIMITS) is Verdict.FINE
    assert judge(Counts(ok=17, failed=3), LIMITS) is Verdict.WORSE
    assert judge(Counts(ok=10, failed=3), LIMITS) is Verdict.FINE  # too few to say anything
    assert judge(Counts(failed=5), LIMITS) is Verdict.DOWN
    assert judge(Counts(failed=4), LIMITS) is Verdict.FINE


def test_slow_receipts_and_silence_lower():
    assert judge(Counts(ok=50, told=20, slow=6), LIMITS) is Verdict.FINE
    assert judge(Counts(ok=50, told=20, slow=7), LIMITS) is Verdict.WORSE
    assert judge(Counts(ok=50), LIMITS, silent=True) is Verdict.WORSE


def test_only_email_is_switched_off_and_only_above_a_thousand():
    rule = Breaker()
    assert alarm("email", Counts(ok=1_000, bounced=500), rule) is Alarm.NONE
    assert alarm("email", Counts(ok=2_000, bounced=99), rule) is Alarm.NONE
    assert alarm("email", Counts(ok=2_000, bounced=100), rule) is Alarm.WARN
    assert alarm("email", Counts(ok=2_000, bounced=200), rule) is Alarm.OPEN
    assert alarm("sms", Counts(ok=2_000, bounced=2_000), rule) is Alarm.NONE
