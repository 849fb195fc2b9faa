"""Apertium as we run it beside apertium-apy and one process a message: the same texts, turn about; then what a dead or
wedged stage costs.

Ours goes through the whole adapter (frames, marks counted, answers matched to their questions). apertium-apy has two
pipes for the pair and several clients, its best here. Every text carries a token and a number of its own, so that an
answer that is lost, doubled or another text's shows.
"""

from __future__ import annotations

import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from importlib import import_module
from statistics import median
from typing import Any

from shared.benches.translate_peers import Apy, one_shot
from shared.clock import monotonic

apertium = import_module("services.translation.engines.apertium")  # benches measure services without depending on them
port = import_module("services.translation.engines.port")

PAIR = ("en", "es")
TIMES_APY, FOUND_WITHIN = 5.0, 2.0
LONG = 120.0  # seconds: no deadline is to be missed while speed is measured
_WHO = (
    "PH0X",
    "The teacher of PH0X",
    "The bus of PH0X",
    "The class of PH0X",
    "A friend of PH0X",
    "The office for PH0X",
)
_WHAT = (
    "needs a signed form before the trip on Friday, page {}.",
    "finished task {} today and helped another student with reading.",
    "will be in room {} after school, please bring a warm coat.",
    "missed lesson {} this week; the homework is in the blue folder.",
    "has a meeting about the science project in room {} on Monday.",
    "read {} pages of the new book and told the class about them.",
)


def texts(count: int, *, first: int = 0) -> list[str]:
    """School messages of about seventy characters, each with a number that no other has."""
    chosen = random.Random(first)
    return [f"{chosen.choice(_WHO)} {chosen.choice(_WHAT).format(1000 + first + number)}" for number in range(count)]


def run(*, rounds: int, batch: int, say: Callable[[str], None]) -> dict[str, Any]:
    """Speed turn about, then latency, then each stage killed, then stages stopped."""
    figures: dict[str, Any] = {"texts_a_round": batch, "rounds": rounds}
    with _engine() as engine, Apy.running() as apy:
        say("warming up both …")
        _translate(engine, texts(5))
        apy.translate(texts(8), clients=4)
        one_shot(texts(1))
        ours, theirs, single = [], [], []
        for number in range(rounds):
            some = texts(batch, first=number * batch)
            ours.append(_rate(len(some), partial(_translate, engine, some)))
            theirs.append(_rate(batch // 4, partial(apy.translate, some[: batch // 4], clients=4)))
            single.append(_rate(2, partial(one_shot, some[:2])))
            say(
                f"round {number + 1}: {ours[-1]:.0f} a second, apertium-apy {theirs[-1]:.0f}, one-shot {single[-1]:.1f}"
            )
        times = sorted(_seconds(partial(_translate, engine, [text])) for text in texts(100, first=50_000))
    figures |= {
        "ours_per_s": round(median(ours), 1),
        "apy_per_s": round(median(theirs), 1),
        "oneshot_per_s": round(median(single), 2),
        "times_apy": round(median(one / other for one, other in zip(ours, theirs, strict=True)), 2),
        "p50_ms": round(median(times) * 1000, 2),
        "p99_ms": round(times[int(len(times) * 0.99)] * 1000, 2),
    }
    with _engine() as engine:
        figures |= _killed(engine, say) | _wedged(engine, say)
    return figures


def met(figures: dict[str, Any]) -> bool:
    """Whether the issue's bars hold."""
    fast = figures["ours_per_s"] >= TIMES_APY * figures["apy_per_s"]
    whole = figures["lost"] == 0 and figures["doubled"] == 0
    return bool(fast and whole and figures["wedge_found_s"] <= FOUND_WITHIN)


def _killed(engine: Any, say: Callable[[str], None]) -> dict[str, Any]:
    """Every stage is killed once in the middle of a batch; the batch after it shows late answers, if there are any."""
    _translate(engine, texts(2))
    resident = engine.resident(PAIR)
    stages, lost, doubled = len(resident.process_ids), 0, 0
    for stage in range(stages):
        some = texts(400, first=1000 * stage)
        before = resident.starts
        killer = threading.Timer(0.08, os.kill, (resident.process_ids[stage], signal.SIGKILL))
        killer.start()
        answers = _translate(engine, some)
        killer.join()
        after = texts(10, first=1000 * stage + 500)
        missing, extra = _compared([*some, *after], [*answers, *_translate(engine, after)])
        lost, doubled = lost + missing, doubled + extra
        say(f"stage {stage + 1} of {stages} killed: {missing} lost, {extra} doubled, {resident.starts - before} start")
    return {"stages_killed": stages, "lost": lost, "doubled": doubled}


def _wedged(engine: Any, say: Callable[[str], None]) -> dict[str, Any]:
    """A stage is stopped, not ended: seconds from a text's way in until its chain is given up."""
    resident = engine.resident(PAIR)
    found: list[float] = []
    for stage in (0, len(resident.process_ids) // 2, -1):
        _translate(engine, texts(2))
        victim, before = resident.process_ids[stage], resident.starts
        os.kill(victim, signal.SIGSTOP)
        watch = threading.Thread(target=_until_gone, args=(victim, found), daemon=True)
        watch.start()
        some = texts(20, first=90_000)
        missing, extra = _compared(some, _translate(engine, some))
        watch.join()
        say(f"a stage stopped: found after {found[-1]:.2f} s, {missing} lost, {resident.starts - before} start")
        if missing or extra:
            return {"wedge_found_s": LONG}
    return {"wedge_found_s": round(max(found), 2)}


def _until_gone(process_id: int, found: list[float]) -> None:
    """Until the supervisor has ended the process; the bench waits for that as a person at the terminal would."""
    begun, tick = monotonic(), threading.Event()
    while monotonic() - begun < LONG:
        try:
            os.kill(process_id, 0)
        except ProcessLookupError:
            break
        tick.wait(0.005)
    found.append(monotonic() - begun)


def _compared(asked: list[str], answers: list[str | None]) -> tuple[int, int]:
    """How many texts have no answer of their own, and how many answers belong to another text or to two."""
    numbers = [
        next(word for word in text.replace(",", " ").replace(".", " ").split() if word.isdecimal()) for text in asked
    ]
    lost = sum(1 for number, answer in zip(numbers, answers, strict=True) if answer is None or number not in answer)
    everything = " ".join(answer for answer in answers if answer)
    return lost, sum(max(0, everything.count(number) - 1) for number in numbers)


def _translate(engine: Any, some: list[str]) -> list[str | None]:
    batch = [port.Segment(str(number), *PAIR, text) for number, text in enumerate(some)]
    answers = engine.translate(batch, deadline=monotonic() + LONG)
    return [getattr(answer, "text", None) for answer in answers]


@contextmanager
def _engine() -> Iterator[Any]:
    engine = apertium.Apertium()
    try:
        yield engine
    finally:
        engine.close()


def _seconds(call: Callable[[], Any]) -> float:
    begun = monotonic()
    call()
    return monotonic() - begun


def _rate(count: int, call: Callable[[], Any]) -> float:
    return count / _seconds(call)
