"""Apertium as an engine: resident pairs, one pivot at most, chosen tokens; where it is absent, no pairs and no error."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from services.translation.domain.languages import base
from services.translation.domain.protection import TokenStyle
from services.translation.engines.canary import choose_style
from services.translation.engines.modes import MODES, Mode, installed
from services.translation.engines.port import Capabilities, Failure, FailureKind, Result, Segment
from services.translation.engines.resident import STALL, WARM_UP, Resident
from services.translation.engines.stream import Answer
from shared.clock import monotonic

Pair = tuple[str, str]
MAX_SIZE = 10_000  # code points: far above any message
RESIDENT = 3  # pairs kept running: each costs 45 to 260 MB


class Apertium:
    """Translates over resident stages of the installed modes; starts a pair at its first text, keeps the last few."""

    def __init__(self, *, modes: Path = MODES, stall: float = STALL, resident: int = RESIDENT) -> None:
        self._modes = installed(modes)
        self._stall = stall
        self._limit = max(resident, 2)  # a pivot needs two at once
        self._running: OrderedDict[Pair, Resident] = OrderedDict()
        self._styles: dict[Pair, TokenStyle | None] = {}
        self._lock = threading.Lock()
        self._routes = _routes(self._modes)

    def capabilities(self) -> Capabilities:
        return Capabilities("apertium", frozenset(self._routes), max_size=MAX_SIZE)

    def token_style(self, source: str, target: str) -> TokenStyle | None:
        route = self._routes.get((source, target))
        if route is None:
            return None
        if (source, target) not in self._styles:
            deadline = monotonic() + WARM_UP
            style = choose_style(
                source, lambda lines: [_text(answer) for answer in self._through(route, lines, deadline)]
            )
            if style is None and monotonic() >= deadline:
                return None  # too busy to tell: ask again next time
            self._styles[source, target] = style
        return self._styles[source, target]

    def translate(self, batch: Sequence[Segment], *, deadline: float, key: str = "") -> list[Result | Failure]:
        found: dict[int, Result | Failure] = {}
        order = sorted(range(len(batch)), key=lambda index: (batch[index].source, batch[index].target))
        for (source, target), indexes in groupby(order, key=lambda index: (batch[index].source, batch[index].target)):
            picked = list(indexes)
            answers = self._pair((source, target), [batch[index] for index in picked], deadline)
            found.update(zip(picked, answers, strict=True))
        return [found[index] for index in range(len(batch))]

    def close(self) -> None:
        with self._lock:
            for resident in self._running.values():
                resident.close()
            self._running.clear()

    def resident(self, pair: Pair) -> Resident:
        """The supervised chain of a direct pair; the one unused for longest makes room."""
        with self._lock:
            chain = self._running.pop(pair, None) or Resident(self._modes[pair], stall=self._stall)
            self._running[pair] = chain
            dropped = self._running.popitem(last=False)[1] if len(self._running) > self._limit else None
        if dropped is not None:
            dropped.close()
        return chain

    def _pair(self, pair: Pair, segments: Sequence[Segment], deadline: float) -> list[Result | Failure]:
        route = self._routes.get(pair)
        if route is None:
            return [Failure(segment.id, FailureKind.UNSUPPORTED_PAIR) for segment in segments]
        lines = [line for segment in segments for line in segment.text.split("\n")]
        answers = iter(self._through(route, lines, deadline))
        engine = "apertium:" + "+".join(self._modes[hop].name for hop in route)
        return [_joined(segment, [next(answers) for _ in segment.text.split("\n")], engine) for segment in segments]

    def _through(self, route: Sequence[Pair], lines: Sequence[str], deadline: float) -> list[Answer | FailureKind]:
        """Every hop in turn, marks stripped between them (they pile up otherwise); blank lines are not sent."""
        current: list[Answer | FailureKind] = [
            Answer(line, 0, 0) if len(line) <= MAX_SIZE else FailureKind.TOO_LARGE for line in lines
        ]
        for hop in route:
            sent = [index for index, answer in enumerate(current) if isinstance(answer, Answer) and answer.text.strip()]
            texts = [answer.text for index in sent if isinstance(answer := current[index], Answer)]
            for index, after in zip(sent, self.resident(hop).run(texts, deadline=deadline), strict=True):
                before = current[index]
                if isinstance(before, Answer) and isinstance(after, Answer):
                    current[index] = Answer(after.text, max(before.words, after.words), before.unknown + after.unknown)
                else:
                    current[index] = after
        return current


def _routes(modes: dict[Pair, Mode]) -> dict[Pair, tuple[Pair, ...]]:
    """Direct pairs, and those that one hop makes; a hop through a variant, or back to the same language, is none."""
    routes: dict[Pair, tuple[Pair, ...]] = {}
    for first in sorted(modes):
        for second in sorted(modes):
            if first[1] == second[0] and base(first[0]) != base(second[1]) and "-" not in first[1]:
                routes.setdefault((first[0], second[1]), (first, second))
    return routes | {pair: (pair,) for pair in modes}


def _joined(segment: Segment, answers: Sequence[Answer | FailureKind], engine: str) -> Result | Failure:
    lines: list[Answer] = []
    for answer in answers:
        if isinstance(answer, FailureKind):
            return Failure(segment.id, answer)
        lines.append(answer)
    words = sum(line.words for line in lines)
    unknown = sum(line.unknown for line in lines)
    return Result(
        segment.id, "\n".join(line.text for line in lines), engine, min(1.0, unknown / words) if words else 0.0
    )


def _text(answer: Answer | FailureKind) -> str | None:
    return answer.text if isinstance(answer, Answer) else None
