"""`homeroom bench b2b`: the 20 public brokerage events (Bofill et al., JAIR 74, 2022), each proved optimal.

From 0 breaks upwards: no schedule with at most k, none with k + 1 … until there is one, and an independent check follows it rule
by rule. Each question is put to two solver processes with different settings at once; the first answer counts. How long it takes
to find a schedule is a matter of luck (4 to over 100 s for one event), so one of the two starts anew with another seed at times.
"""

from __future__ import annotations

import json
import selectors
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from shared import clock
from shared.benches import peers
from shared.benches.b2b_event import breaks, broken_rule, read_event

DATA = peers.ROOT / "tests" / "data" / "b2b"
SOLVER = peers.PEERS / "b2b_cadical.py"
LIMIT_S = 300.0
PATIENCE_S = 30.0
"""Before the second solver starts anew for the first time; doubled every second time."""
# A meeting is in one slot of many, so "no" is the better first guess: the surer way to a schedule. The second is good at proofs.
SETTINGS: tuple[dict[str, Any], ...] = (
    {"phase": 0, "target": 2, "restartint": 50},
    {},
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


@dataclass(frozen=True, slots=True)
class Answer:
    """The slot of each meeting in a schedule with at most so many breaks, or None: there is none; and the winner's own time."""

    slots: list[int] | None
    cpu_s: float


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
        "cpu_s": round(sum(one["cpu_s"] for one in instances.values()), 1),
        "processes": processes,
    }


def prove(path: Path, *, python: Path, limit_s: float = LIMIT_S, processes: int = len(SETTINGS)) -> dict[str, Any]:
    """The fewest breaks of one event, proved, with the schedule checked; `optimum` None when time is over."""
    event, started = read_event(path), clock.monotonic()
    excluded, cpu_s = -1, 0.0  # no schedule has so few breaks; what the winners needed
    slots: list[int] | None = None
    while slots is None:
        race = _Race(path, excluded + 1, python=python, processes=processes)
        try:
            answer = race.answer(started + limit_s)
        except OutOfTime:
            break
        finally:
            race.stop()
        slots, cpu_s = answer.slots, cpu_s + answer.cpu_s
        excluded += slots is None
    broken = None if slots is None else broken_rule(event, slots)
    total = None if slots is None or broken else sum(breaks(event, slots))
    return {
        "optimum": total,
        "at_least": excluded + 1,
        "proved": total == excluded + 1,
        "broken_rule": broken,
        "seconds": round(clock.monotonic() - started, 1),
        "cpu_s": round(cpu_s, 1),
    }


class _Race:
    """Solvers with the same question; the first runs to its end, the others start anew with another seed after a while."""

    def __init__(self, path: Path, most_breaks: int, *, python: Path, processes: int) -> None:
        self.question = [str(python), str(SOLVER), str(path), str(most_breaks)]
        self.selector, self.begun, self.attempt = selectors.DefaultSelector(), clock.monotonic(), 0
        self.racers = [self._start(number) for number in range(processes)]

    def answer(self, until: float) -> Answer:
        """The first to know; OutOfTime when none does in time."""
        while (now := clock.monotonic()) < until:
            turn = self.begun + PATIENCE_S * 2 ** (self.attempt // 2)
            ready = self.selector.select(min(until, turn) - now if now < turn else 0)
            if ready:
                return self._read(ready[0][0].data)
            if clock.monotonic() >= turn:
                self._start_anew()
        raise OutOfTime

    def stop(self) -> None:
        for racer in self.racers:
            self._end(racer)
        self.selector.close()

    def _start(self, number: int) -> subprocess.Popen[str]:
        settings = SETTINGS[number] | {"seed": self.attempt}
        racer = subprocess.Popen([*self.question, json.dumps(settings)], stdout=subprocess.PIPE, text=True)
        assert racer.stdout is not None
        self.selector.register(racer.stdout, selectors.EVENT_READ, racer)
        return racer

    def _start_anew(self) -> None:
        self.begun, self.attempt = clock.monotonic(), self.attempt + 1
        for number in range(1, len(self.racers)):
            self._end(self.racers[number])
            self.racers[number] = self._start(number)

    def _end(self, racer: subprocess.Popen[str]) -> None:
        assert racer.stdout is not None
        self.selector.unregister(racer.stdout)
        racer.kill()
        racer.wait()
        racer.stdout.close()

    def _read(self, racer: subprocess.Popen[str]) -> Answer:
        assert racer.stdout is not None
        said = racer.stdout.read()
        if racer.wait():
            raise RuntimeError(f"the solver stopped with {racer.returncode}; its own words are above")
        return Answer(**json.loads(said))
