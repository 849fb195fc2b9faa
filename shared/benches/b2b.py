"""`homeroom bench b2b`: the 20 public brokerage events (Bofill et al., JAIR 74, 2022), each proved optimal.

From 0 breaks upwards: no schedule with at most k, none with k + 1 … until there is one, which an independent check then follows rule
by rule. Each question is put to two solver processes with different settings at once; the first answer counts.
"""

from __future__ import annotations

import json
import selectors
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from shared import clock
from shared.benches import peers
from shared.benches.b2b_event import Event, breaks, broken_rule, read_event

DATA = peers.ROOT / "tests" / "data" / "b2b"
SOLVER = peers.PEERS / "b2b_cadical.py"
LIMIT_S = 300.0
SETTINGS: tuple[dict[str, Any], ...] = (
    {"counted": True},
    {"counted": False, "target": 2, "restartint": 50},
)
PUBLISHED = {
    "forum-13.original": 0,
    "forum-13crafb.original": 6,
    "forum-13crafc.original": 1,
    "forum-14.original": 2,
    "forumt-14.original": 5,
    "forumt-14crafc.original": 5,
    "forumt-14crafd.original": 4,
    "forumt-14crafe.original": 5,
    "tic-12.original": 0,
    "tic-12crafc.original": 0,
    "tic-13.original": 0,
    "tic-13crafb.original": 0,
    "tic-13crafc.original": 4,
    "tic-14crafa.original": 0,
    "tic-14crafc.original": 0,
    "tic-14crafd.original": 0,
    "ticf-13crafa.original": 0,
    "ticf-13crafb.original": 3,
    "ticf-13crafc.original": 1,
    "ticf-14crafa.original": 0,
}
"""The optima of the paper, to compare with; never told to the solver."""


class OutOfTime(Exception):
    """No answer within the limit."""


def run(*, names: Sequence[str], limit_s: float, processes: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Figures per event and in all; `met` when each is proved, valid, as published and within the limit."""
    python = peers.python()
    paths = [path for path in sorted(DATA.glob("*.dzn")) if not names or path.name.split(".")[0] in names]
    instances = {}
    for path in paths:
        found = prove(path, python=python, limit_s=limit_s, processes=processes)
        instances[path.name.removesuffix(".dzn")] = found
        say(f"{path.name}: {found['optimum']} in {found['seconds']} s")
    seconds = [one["seconds"] for one in instances.values()]
    wrong = [name for name, one in instances.items() if one["proved"] and one["optimum"] != PUBLISHED.get(name)]
    return {
        "instances": instances,
        "count": len(instances),
        "proved": sum(one["proved"] for one in instances.values()),
        "unlike_published": wrong,
        "seconds": round(sum(seconds), 1),
        "worst_s": max(seconds, default=0.0),
        "processes": processes,
    }


def prove(path: Path, *, python: Path, limit_s: float = LIMIT_S, processes: int = len(SETTINGS)) -> dict[str, Any]:
    """The fewest breaks of one event, proved, with the schedule checked; `optimum` None when time is over."""
    event, started = read_event(path), clock.monotonic()
    excluded = -1  # no schedule has so few breaks
    while True:
        try:
            slots = _ask(path, excluded + 1, python=python, until=started + limit_s, settings=SETTINGS[:processes])
        except OutOfTime:
            return _figures(event, None, excluded, started)
        if slots is not None:
            return _figures(event, slots, excluded, started)
        excluded += 1


def _figures(event: Event, slots: list[int] | None, excluded: int, started: float) -> dict[str, Any]:
    broken = None if slots is None else broken_rule(event, slots)
    total = None if slots is None or broken else sum(breaks(event, slots))
    return {
        "optimum": total,
        "at_least": excluded + 1,
        "proved": total == excluded + 1,
        "broken_rule": broken,
        "seconds": round(clock.monotonic() - started, 1),
    }


def _ask(
    path: Path, most_breaks: int, *, python: Path, until: float, settings: Sequence[dict[str, Any]]
) -> list[int] | None:
    """The slot of each meeting in a schedule with at most so many breaks, or None: there is none. The first solver to know wins."""
    racers = [
        subprocess.Popen(
            [str(python), str(SOLVER), str(path), str(most_breaks), json.dumps(one)], stdout=subprocess.PIPE, text=True
        )
        for one in settings
    ]
    try:
        with selectors.DefaultSelector() as selector:
            for racer in racers:
                assert racer.stdout is not None
                selector.register(racer.stdout, selectors.EVENT_READ, racer)
            ready = selector.select(max(until - clock.monotonic(), 0))
        if not ready:
            raise OutOfTime
        first: subprocess.Popen[str] = ready[0][0].data
        said, _ = first.communicate()
        if first.returncode:
            raise RuntimeError(f"{path.name}: the solver stopped with {first.returncode}; its words are above")
        slots: list[int] | None = json.loads(said)["slots"]
        return slots
    finally:
        for racer in racers:
            racer.kill()
            racer.wait()
            assert racer.stdout is not None
            racer.stdout.close()
