"""The pump of effects: everything on every bell, but for those that nobody waits for."""

from __future__ import annotations

import pytest

from shared.messaging import effect_pump
from shared.messaging.effect_pump import EffectPump, Pumped
from shared.messaging.runtime import Runtime


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    now = [100.0]
    monkeypatch.setattr(effect_pump, "monotonic", lambda: now[0])
    return now


def test_an_effect_that_found_nothing_rests_and_the_others_do_not(runtime: Runtime, clock: list[float]) -> None:
    called: list[str] = []
    work = [1, 1, 0, 0]

    def rare(_: object) -> int:
        called.append("rare")
        return work.pop(0)

    def prompt(_: object) -> int:
        called.append("prompt")
        return 0

    pump = EffectPump(runtime, "directory", [Pumped(rare, 2.0), Pumped(prompt)])
    assert pump.round("metro") and pump.round("metro"), "as long as there is work it goes on at once"
    assert not pump.round("metro")
    called.clear()
    assert not pump.round("metro") and called == ["prompt"]
    clock[0] += 2.0
    pump.round("metro")
    assert called == ["prompt", "rare", "prompt"]


def test_one_district_s_rest_is_not_another_s(runtime: Runtime, clock: list[float]) -> None:
    called: list[object] = []
    pump = EffectPump(runtime, "directory", [Pumped(lambda transaction: called.append(transaction.args[1]) or 0, 2.0)])
    pump.round("metro")
    pump.round("lakeside")
    assert called == ["metro", "lakeside"]


def test_who_may_be_woken_does_not_rest_through_it_also_when_it_comes_while_it_looks(
    runtime: Runtime, clock: list[float]
) -> None:
    called: list[str] = []

    def looks(_: object) -> int:
        called.append("looks")
        if len(called) == 1:  # committed after it has looked, before its rest is noted
            pump._on_bell(("directory", "metro"))
        return 0

    def other(_: object) -> int:
        called.append("other")
        return 0

    pump = EffectPump(runtime, "directory", [Pumped(looks, 2.0, woken=True), Pumped(other, 2.0)])
    pump.round("metro")
    pump._rung = type(pump._rung)()
    pump.round("metro")
    assert called == ["looks", "other", "looks"]
    pump._on_bell(("directory", "lakeside"))
    pump.round("metro")
    assert called == ["looks", "other", "looks"], "another district's bell"
