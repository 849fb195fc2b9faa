"""Whatever order the words come in, and however often: the same end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.consent import Source
from services.notifications.domain.inbound import Told
from services.notifications.domain.receipts import STATES, Reach, Standing, Step, join, step, verdict

BEGIN = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
words = st.builds(
    Told,
    channel=st.just("sms"),
    key=st.uuids().map(str),
    state=st.sampled_from(sorted(STATES)),
    at=st.integers(0, 10_000).map(lambda seconds: BEGIN + timedelta(seconds=seconds)),
    code=st.sampled_from([None, "sms_30003", "sms_30006", "sms_21610", "5.1.1"]),
    permanent=st.booleans(),
    how=st.sampled_from([None, "read", "played"]),
)
histories = st.lists(words, min_size=1, max_size=8)


def with_repeats(history):
    """The same words in another order, some of them twice and thrice."""
    repeated = st.lists(st.sampled_from(history), max_size=6).map(lambda more: [*history, *more])
    return repeated.flatmap(st.permutations)


@given(st.data(), histories)
def test_order_and_repetition_do_not_matter_to_the_verdict(data, history):
    assert join(data.draw(with_repeats(history))) == join(history)


@given(words, words, words)
def test_verdicts_join_as_a_lattice(a, b, c):
    one, two, three = verdict(a), verdict(b), verdict(c)
    assert one | two == two | one
    assert (one | two) | three == one | (two | three)
    assert one | one == one


class Ledger:
    """One delivery's state, as the handler keeps it, without a database."""

    def __init__(self, state="sent", ref="SM1"):
        self.state, self.ref, self.opened, self.sends = state, ref, False, 1

    def hear(self, batch):
        found = join(batch)
        taken = step(
            Standing(self.state, "sms", self.ref, True, self.opened), found, channel="sms", ref="SM1"
        )
        if taken is Step.FAIL:
            self.state, self.sends = "failed", self.sends + (1 if found.failure and not found.failure[0] else 0)
        elif taken in (Step.ARRIVE, Step.OPEN):
            self.state, self.opened = "delivered", self.opened or taken is Step.OPEN
        elif taken is Step.CONFIRM:
            self.state = "sent"


@given(st.data(), histories, st.sampled_from(["sent", "unknown"]))
def test_any_order_in_any_batches_with_repeats_gives_the_same_final_state(data, history, begun):
    straight, shuffled = Ledger(begun), Ledger(begun)
    straight.hear(history)
    told = data.draw(with_repeats(history))
    while told:
        size = data.draw(st.integers(1, len(told)))
        shuffled.hear(told[:size])
        told = told[size:]
    assert (shuffled.state, shuffled.opened) == (straight.state, straight.opened)
    assert shuffled.sends <= 2, "bad news heard twice sent it again twice"


def test_arrival_beats_failure():
    late = [Told("sms", "k2", "failed", BEGIN), Told("sms", "k1", "delivered", BEGIN + timedelta(days=3))]
    assert join(late).reach is Reach.ARRIVED and join(late).arrived_at == BEGIN + timedelta(days=3)


def test_a_failure_of_an_earlier_hand_over_changes_nothing():
    failed = join([Told("sms", "k", "failed", BEGIN)])
    assert step(Standing("sent", "sms", "SM2"), failed, channel="sms", ref="SM1") is Step.NOTHING
    assert step(Standing("sent", "email", None), failed, channel="sms", ref="SM1") is Step.NOTHING
    assert step(Standing("sent", "sms", "SM1"), failed, channel="sms", ref="SM1") is Step.FAIL
    assert step(Standing("due", "sms", "SM1"), failed, channel="sms", ref="SM1") is Step.NOTHING


def test_a_word_that_overtakes_our_own_record_waits_for_it():
    for state in sorted(STATES):
        found = join([Told("sms", "k", state, BEGIN)])
        assert step(Standing("sending", "sms", None), found, channel="sms", ref="SM1") is Step.LATER


@pytest.mark.parametrize("state", ["due", "held", "planned", "failed", "letter", "refused", "unknown", "sent"])
def test_a_late_arrival_ends_whatever_was_planned_instead(state):
    found = join([Told("sms", "k", "delivered", BEGIN)])
    assert step(Standing(state, "email", None), found, channel="sms", ref="SM1") is Step.ARRIVE
    assert step(Standing(state, "email", None, handed_over=False), found, channel="sms", ref=None) is Step.NOTHING


def test_what_closes_a_way_is_kept_whatever_else_was_said():
    bounced = Told("email", "a", "bounced", BEGIN, code="5.1.1")
    soft = Told("email", "b", "bounced", BEGIN, code="4.2.2", permanent=False)
    angry = Told("email", "c", "complained", BEGIN, code="abuse")
    assert join([bounced, angry]).closes == {(Source.BOUNCED, "5.1.1"), (Source.COMPLAINED, "abuse")}
    assert join([soft]).closes == frozenset()
    assert join([Told("sms", "d", "failed", BEGIN, code="sms_21610")]).closes == {(Source.CARRIER, "sms_21610")}
    assert join([Told("sms", "e", "failed", BEGIN, code="sms_30006")]).closes == {(Source.INVALID, "landline")}


def test_a_word_nobody_says_is_refused():
    with pytest.raises(ValueError, match="rumoured"):
        verdict(Told("sms", "k", "rumoured", BEGIN))
