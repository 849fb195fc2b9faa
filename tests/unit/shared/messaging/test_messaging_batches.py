"""How much a consumer hands to its handler at once."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from shared.contracts import Lane
from shared.messaging import consumer
from shared.messaging.consumer import LaneConsumer


def waiting(*sizes: int, lane: Lane = Lane.BULK) -> LaneConsumer:
    runtime = SimpleNamespace(cell=SimpleNamespace(embedded=True))
    made = LaneConsumer(runtime, "notifications", lane, types=["surveys.survey_assigned"])  # type: ignore[arg-type]
    made._waiting.extend(SimpleNamespace(body=b"x" * size) for size in sizes)
    return made


def batches(made: LaneConsumer) -> list[int]:
    found = []
    while made._waiting:
        taken = made._next_batch()
        assert taken is not None
        found.append(len(taken))
    return found


def test_small_events_go_by_two_hundred() -> None:
    assert batches(waiting(*[10] * 450)) == [200, 200, 50]


def test_large_events_are_bounded_by_their_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "BATCH_BYTES", 1_000)
    assert batches(waiting(*[400] * 7)) == [3, 3, 1]


def test_an_event_larger_than_the_bound_goes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consumer, "BATCH_BYTES", 1_000)
    assert batches(waiting(5_000, 10, 10)) == [1, 2]
