"""An engine with everything around it: no name goes out, large texts in pieces, rests after failures, nothing paid twice."""

from __future__ import annotations

import hashlib
import re
import threading
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import structlog

from services.translation.domain.names import whole
from services.translation.domain.protection import TokenStyle
from services.translation.engines import chunks
from services.translation.engines.breaker import Breaker
from services.translation.engines.port import Capabilities, Engine, Failure, FailureKind, Pair, Result, Segment
from shared.clock import monotonic
from shared.observability.metrics import TRANSLATION_ENGINE, TRANSLATION_NAMES

_LOG = structlog.get_logger(__name__)
CAN_FOR = 5.0  # seconds that what an engine can do is taken as known: it is asked for at every text
HALVINGS = 3  # of a text that the engine says is too large after all
SMALLEST = 200  # in the engine's unit: who refuses that has another reason
KEPT = 2_000  # paid answers that a repeated question finds again (a batch that was rolled back asks the same)


def directly(call: Callable[..., Any], *args: Any) -> Any:
    """Call it here; a process of green threads gives a way that does not stop them."""
    return call(*args)


class Guarded:
    """Is itself an engine; any thread may call it."""

    def __init__(self, engine: Engine, *, offload: Callable[..., Any] = directly) -> None:
        self._engine, self._offload = engine, offload
        self._breaker = Breaker()
        self._paid: OrderedDict[bytes, Result] = OrderedDict()
        self._lock = threading.Lock()
        self._can: Capabilities | None = None
        self._can_until = 0.0

    @property
    def breaker(self) -> Breaker:
        return self._breaker

    def capabilities(self) -> Capabilities:
        if self._can is None or monotonic() >= self._can_until:
            self._can, self._can_until = self._offload(self._engine.capabilities), monotonic() + CAN_FOR
            # what an alarm looks for begins at nought: the first of a kind would have no increase
            TRANSLATION_ENGINE.labels(engine=self._can.name, outcome=str(FailureKind.AUTH))
            TRANSLATION_NAMES.labels(engine=self._can.name, outcome="stopped")
        return self._can

    def token_style(self, source: str, target: str) -> TokenStyle | None:
        """As the engine has it; a pair that rests is not asked, and one that does not answer comes to rest."""
        pair = (source, target)
        if self._breaker.rests(pair):
            return None
        style: TokenStyle | None = self._offload(self._engine.token_style, source, target)
        if style is None and pair in self.capabilities().pairs:
            self._failed(pair, Failure("", FailureKind.UNAVAILABLE))
        return style

    def translate(self, batch: Sequence[Segment], *, deadline: float, key: str = "") -> list[Result | Failure]:
        can, late = self.capabilities(), monotonic() >= deadline
        found: dict[int, Result | Failure] = {}
        fit: list[int] = []
        for index, segment in enumerate(batch):
            early = self._early(segment, can, key)
            if early is None:
                fit.append(index)
            else:
                found[index] = early
        fit = self._let_through(batch, fit, found)
        found.update(self._asked(batch, fit, can, deadline, key))
        for _ in range(HALVINGS):
            large = {
                index: can.unit.of(batch[index].text)
                for index in fit
                if isinstance(answer := found[index], Failure) and answer.kind is FailureKind.TOO_LARGE
            }
            wide = [index for index, size in large.items() if size > SMALLEST]
            if not wide:
                break
            can = replace(can, max_size=max(SMALLEST, min(can.max_size, max(large.values())) // 2))
            found.update(self._asked(batch, wide, can, deadline, key))
        if not late:  # whoever comes too late learns nothing about the engine
            self._learn(batch, fit, found)
        for index in fit:
            self._keep(key, batch[index], found[index])
        for answer in found.values():
            outcome = "ok" if isinstance(answer, Result) else str(answer.kind)
            TRANSLATION_ENGINE.labels(engine=can.name, outcome=outcome).inc()
        return [found[index] for index in range(len(batch))]

    def close(self) -> None:
        self._engine.close()

    def _early(self, segment: Segment, can: Capabilities, key: str) -> Result | Failure | None:
        """What need not, or must not, be asked."""
        if can.leaves_district and segment.hidden:
            if _names(segment.hidden).search(segment.text):
                TRANSLATION_NAMES.labels(engine=can.name, outcome="stopped").inc()
                return Failure(segment.id, FailureKind.CORRUPT)
            TRANSLATION_NAMES.labels(engine=can.name, outcome="masked").inc(len(segment.hidden))
        paid = self._paid.get(_fingerprint(key, segment)) if key else None
        return replace(paid, segment_id=segment.id) if paid else None

    def _let_through(self, batch: Sequence[Segment], fit: list[int], found: dict[int, Result | Failure]) -> list[int]:
        """Those whose pair does not rest."""
        resting = {pair: self._breaker.refuses(pair) for pair in {_pair(batch[index]) for index in fit}}
        through = []
        for index in fit:
            why = resting[_pair(batch[index])]
            if why is None:
                through.append(index)
            else:
                found[index] = Failure(batch[index].id, why[0], why[1])
        return through

    def _asked(
        self, batch: Sequence[Segment], wanted: Sequence[int], can: Capabilities, deadline: float, key: str
    ) -> dict[int, Result | Failure]:
        """The answers to these texts, each in as many pieces as the engine's size makes of it."""
        found: dict[int, Result | Failure] = {}
        parts = {index: chunks.pieces(batch[index].text, can) for index in wanted}
        asked: list[tuple[int, Segment]] = []
        for index, cut in parts.items():
            if cut is None:
                found[index] = Failure(batch[index].id, FailureKind.TOO_LARGE)
            else:
                asked += [(index, replace(batch[index], id=f"{n}", text=piece.text)) for n, piece in enumerate(cut)]
        by_text: dict[int, list[Result | Failure]] = defaultdict(list)
        for (index, _), answer in zip(asked, self._ask([each for _, each in asked], deadline, key), strict=True):
            by_text[index].append(answer)
        for index, some in by_text.items():
            found[index] = _whole(batch[index], parts[index] or (), some)
        return found

    def _ask(self, segments: Sequence[Segment], deadline: float, key: str) -> Sequence[Result | Failure]:
        if not segments:
            return []

        def call() -> list[Result | Failure]:
            return self._engine.translate(segments, deadline=deadline, key=key)

        answers: list[Result | Failure] = self._offload(call)
        return answers

    def _learn(self, batch: Sequence[Segment], fit: Sequence[int], found: Mapping[int, Result | Failure]) -> None:
        """One verdict per pair and batch: an engine that answers some texts works."""
        verdicts: dict[Pair, Failure | None] = {}
        for index in fit:
            pair, answer = _pair(batch[index]), found[index]
            if isinstance(answer, Result):
                verdicts[pair] = None
            else:
                verdicts.setdefault(pair, answer)
        for pair, failure in verdicts.items():
            if failure is None:
                self._breaker.answered(pair)
            else:
                self._failed(pair, failure)

    def _failed(self, pair: Pair, failure: Failure) -> None:
        """Whoever keeps the engines is told when one comes to rest: a key or a quota mends itself for nobody."""
        rested = self._breaker.rests(pair)
        self._breaker.failed(pair, failure.kind, retry_after=failure.retry_after)
        if self._breaker.rests(pair) and not rested:
            name = self.capabilities().name
            _LOG.warning("translation.engine_rests", engine=name, pair="-".join(pair), why=str(failure.kind))

    def _keep(self, key: str, segment: Segment, answer: Result | Failure) -> None:
        if not key or not isinstance(answer, Result) or not answer.billed:
            return
        with self._lock:
            self._paid[_fingerprint(key, segment)] = answer
            while len(self._paid) > KEPT:
                self._paid.popitem(last=False)


def _pair(segment: Segment) -> Pair:
    return segment.source, segment.target


def _fingerprint(key: str, segment: Segment) -> bytes:
    parts = "\0".join((key, segment.source, segment.target, segment.text))
    return hashlib.blake2b(parts.encode("utf-8", "surrogatepass"), digest_size=16).digest()


@lru_cache(maxsize=512)
def _names(names: tuple[str, ...]) -> re.Pattern[str]:
    """Any of them by itself."""
    ordered = sorted({name for name in names if name.strip()}, key=len, reverse=True)
    return re.compile("|".join(map(whole, ordered)) or r"(?!)")


def _whole(segment: Segment, cut: Sequence[chunks.Piece], answers: Sequence[Result | Failure]) -> Result | Failure:
    """The answer to a text from those to its pieces: all of them, or none."""
    made: list[Result] = []
    for answer in answers:
        if isinstance(answer, Failure):
            return replace(answer, segment_id=segment.id)
        made.append(answer)
    scores = [answer.score for answer in made if answer.score is not None]
    return replace(
        made[0],
        segment_id=segment.id,
        text=chunks.joined(cut, [answer.text for answer in made]),
        unknown_ratio=sum(answer.unknown_ratio for answer in made) / len(made),
        score=min(scores) if scores else None,
        billed=sum(answer.billed for answer in made),
    )
