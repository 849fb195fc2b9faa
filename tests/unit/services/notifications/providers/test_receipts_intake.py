"""Calls that come together share a commit; each is answered after its own words are in."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from services.notifications.domain.inbound import Told
from services.notifications.tables.providers import PROVIDER_WORD
from services.notifications.web.intake import Intake

CALLS = 12


class Gate:
    """Transactions of the house, counted; the first waits until it is let go."""

    def __init__(self, house):
        self.house, self.opened, self.fails = house, 0, False
        self.first, self.go = threading.Event(), threading.Event()

    @contextmanager
    def __call__(self):
        self.opened += 1
        if self.opened == 1:
            self.first.set()
            assert self.go.wait(20)
        if self.fails:
            raise ConnectionError("the database is away")
        with self.house.transaction() as uow:
            yield uow


def word(house, number):
    return Told("sms", f"key-{number}", "delivered", house.now, provider_ref=f"SM{number}")


def gathered(intake):
    """Wait until all the others stand in the queue."""
    while len(intake._queue) < CALLS - 1:
        threading.Event().wait(0.005)


def together(gate, intake, words):
    with ThreadPoolExecutor(CALLS) as pool:
        first = pool.submit(intake.keep, [words[0]])
        assert gate.first.wait(20)
        others = [pool.submit(intake.keep, [one]) for one in words[1:]]
        gathered(intake)
        gate.go.set()
        return [call.exception(20) or call.result() for call in (first, *others)]


def test_calls_that_wait_for_a_commit_share_the_next_one(house):
    gate = Gate(house)
    intake = Intake(gate)
    assert together(gate, intake, [word(house, n) for n in range(CALLS)]) == [1] * CALLS
    assert gate.opened == 2 and len(house.rows(PROVIDER_WORD)) == CALLS


def test_a_repeat_within_a_commit_is_no_news(house):
    gate = Gate(house)
    news = together(gate, Intake(gate), [word(house, 0), *[word(house, 1)] * (CALLS - 1)])
    assert sum(news) == 2 and len(house.rows(PROVIDER_WORD)) == 2


def test_when_the_commit_fails_everybody_hears_of_it_and_the_next_goes_through(house):
    gate = Gate(house)
    intake, gate.fails = Intake(gate), True
    outcomes = together(gate, intake, [word(house, n) for n in range(CALLS)])
    assert all(isinstance(outcome, ConnectionError) for outcome in outcomes)
    gate.fails = False
    assert intake.keep([word(house, 99)]) == 1
    assert len(house.rows(PROVIDER_WORD)) == 1


def test_a_word_that_nobody_says_is_refused_and_harms_nobody(house):
    gate = Gate(house)
    gate.go.set()
    intake = Intake(gate)
    with pytest.raises(ValueError, match="rumoured"):
        intake.keep([Told("sms", "k", "rumoured", house.now)])
    assert gate.opened == 0, "it stood in a batch with others"
    assert intake.keep([word(house, 1)]) == 1
