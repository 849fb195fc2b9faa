"""What every engine across a network has in common: languages asked for once, requests beside one another, deadlines.

A vendor's module says three things: which languages there are, how to ask, and what an error of its library means.
The library is imported when it is first needed: where it is not installed the engine has no pairs, and nothing fails.
"""

from __future__ import annotations

import threading
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence, Set
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace

from services.translation.domain.protection import TokenStyle
from services.translation.engines import chunks
from services.translation.engines.canary import choose_style
from services.translation.engines.port import Capabilities, Failure, FailureKind, Pair, Pairs, Result, Segment
from shared.clock import monotonic

PARALLEL = 4  # requests at once
LANGUAGES_FOR = 86_400.0  # seconds: vendors add a language a few times a year
ASK_AGAIN = 60.0  # seconds, after the languages could not be had
LONGEST_WAIT = 30.0  # seconds a library may wait on a socket: nobody waits for it that long, but its thread does
LANGUAGES_WAIT = 8.0  # seconds, once: a batch of messages waits meanwhile, with its transaction open
LOOK_AGAIN = 1.0  # seconds, while the answer is still under way
CANARY_SECONDS = 4.0  # for all tokens together, at a pair's first text, which waits meanwhile


class Refused(Exception):
    """An engine's no, in our words. Never holds a text."""

    def __init__(self, kind: FailureKind, retry_after: float | None = None) -> None:
        super().__init__(kind)
        self.kind, self.retry_after = kind, retry_after


@dataclass(frozen=True, slots=True)
class Translated:
    """One text of a request, translated."""

    text: str
    detected: str | None = None
    billed: int | None = None
    model: str = ""
    score: float | None = None


@dataclass(frozen=True, slots=True)
class Languages:
    """Our tag → the engine's code, as a source and as a target; `only`: the pairs, where not everything goes."""

    sources: Mapping[str, str]
    targets: Mapping[str, str]
    only: Set[Pair] | None = None

    @property
    def pairs(self) -> Set[Pair]:
        return self.only if self.only is not None else Pairs(set(self.sources), set(self.targets))


_NONE = Languages({}, {})


class Remote(ABC):
    """An engine behind a request and an answer; any thread may call it."""

    def __init__(self, spec: Capabilities, *, parallel: int = PARALLEL) -> None:
        self._spec = spec
        self._languages, self._languages_until = _NONE, 0.0
        self._asking: Future[Languages] | None = None
        self._styles: dict[Pair, TokenStyle] = {}
        self._unfit: set[Pair] = set()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(max_workers=parallel, thread_name_prefix=spec.name)

    @abstractmethod
    def languages(self) -> Languages:
        """What the engine has now (asks it; may raise anything)."""

    @abstractmethod
    def ask(self, texts: Sequence[str], source: str | None, target: str, *, key: str) -> Sequence[Translated]:
        """One request in the engine's own codes; `source` None lets it detect. May raise anything."""

    @abstractmethod
    def reason(self, error: Exception) -> Refused:
        """What an error of the engine's library means."""

    def capabilities(self) -> Capabilities:
        return replace(self._spec, pairs=self._known().pairs)

    def token_style(self, source: str, target: str) -> TokenStyle | None:
        pair = (source, target)
        if pair in self._unfit or pair not in self._known().pairs:
            return None
        if pair not in self._styles:
            answers: list[str | None] = []
            deadline = monotonic() + CANARY_SECONDS

            def run(lines: Sequence[str]) -> list[str | None]:
                asked = [Segment(str(number), source, target, line) for number, line in enumerate(lines)]
                found = self.translate(asked, deadline=deadline, key="canary")
                answers[:] = [each.text if isinstance(each, Result) else None for each in found]
                return answers

            style = choose_style(source, run)
            if style is None:
                if None not in answers:  # it answered, and broke every token: this pair is not to be trusted
                    self._unfit.add(pair)
                return None
            self._styles[pair] = style
        return self._styles[pair]

    def translate(self, batch: Sequence[Segment], *, deadline: float, key: str = "") -> list[Result | Failure]:
        known = self._known()
        found: dict[int, Result | Failure] = {}
        fit: dict[int, Segment] = {}
        for index, segment in enumerate(batch):
            problem = self._problem(segment, known, deadline)
            if problem:
                found[index] = Failure(segment.id, problem)
            elif not segment.text.strip():
                found[index] = Result(segment.id, segment.text, self._spec.name)
            else:
                fit[index] = segment
        order = sorted(fit, key=lambda index: (fit[index].source, fit[index].target, index))
        running: list[tuple[list[int], Future[Sequence[Translated]]]] = []
        taken = 0
        for number, run in enumerate(chunks.requests([fit[index] for index in order], self._spec)):
            members, taken = order[taken : taken + len(run)], taken + len(run)
            source = known.sources.get(run[0].source) if run[0].source else None
            target = known.targets[run[0].target]
            asked = [segment.text for segment in run]
            one = f"{key}.{number}" if key else ""
            running.append((members, self._started(asked, source, target, one)))
        wait([future for _, future in running], timeout=max(0.0, deadline - monotonic()))
        for members, future in running:
            found.update(self._collected(members, [fit[index] for index in members], future))
        return [found[index] for index in range(len(batch))]

    def close(self) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _started(self, texts: Sequence[str], source: str | None, target: str, key: str) -> Future[Sequence[Translated]]:
        try:
            return self._pool.submit(self.ask, texts, source, target, key=key)
        except RuntimeError:  # closed meanwhile
            closed: Future[Sequence[Translated]] = Future()
            closed.set_exception(Refused(FailureKind.UNAVAILABLE))
            return closed

    def _problem(self, segment: Segment, known: Languages, deadline: float) -> FailureKind | None:
        if not known.targets:
            return FailureKind.UNAVAILABLE if self._installed() else FailureKind.UNSUPPORTED_PAIR
        if segment.source or not self._spec.detects:
            if (segment.source, segment.target) not in known.pairs:
                return FailureKind.UNSUPPORTED_PAIR
        elif segment.target not in known.targets:
            return FailureKind.UNSUPPORTED_PAIR
        if self._spec.unit.of(segment.text) > min(self._spec.max_size, self._spec.max_request):
            return FailureKind.TOO_LARGE
        return FailureKind.TIMEOUT if monotonic() >= deadline else None

    def _collected(
        self, members: Sequence[int], segments: Sequence[Segment], future: Future[Sequence[Translated]]
    ) -> dict[int, Result | Failure]:
        """The answers of a request, or the reason why there are none; what comes too late is thrown away."""
        answers: Sequence[Translated] = ()
        refused: Refused | None = None
        if not future.done():
            future.cancel()
            refused = Refused(FailureKind.TIMEOUT)
        else:
            try:
                answers = future.result()
            except Refused as error:
                refused = error
            except Exception as error:
                refused = self.reason(error)
            if refused is None and not _sound(answers, segments):
                refused = Refused(FailureKind.CORRUPT)
        if refused is not None:
            return {
                index: Failure(segment.id, refused.kind, refused.retry_after)
                for index, segment in zip(members, segments, strict=True)
            }
        return {
            index: Result(
                segment.id,
                answer.text,
                self._spec.name,
                model_version=answer.model,
                score=answer.score,
                detected=answer.detected,
                billed=self._billed(segment) if answer.billed is None else answer.billed,
            )
            for index, segment, answer in zip(members, segments, answers, strict=True)
        }

    def _known(self) -> Languages:
        """The languages, asked for again when they are old; while they cannot be had, those of before."""
        if monotonic() < self._languages_until:
            return self._languages
        with self._lock:
            if monotonic() >= self._languages_until:
                self._ask_languages()
        return self._languages

    def _ask_languages(self) -> None:
        """Waits once; an answer that is late is taken when somebody looks again."""
        try:
            patience = 0.0 if self._asking else LANGUAGES_WAIT
            self._asking = self._asking or self._pool.submit(self.languages)
            wait([self._asking], timeout=patience)
            if not self._asking.done():
                self._languages_until = monotonic() + LOOK_AGAIN
                return
            self._languages = self._asking.result()
            self._languages_until = monotonic() + LANGUAGES_FOR
        except Exception:  # whatever it is: the engine is left out until the next time
            self._languages_until = monotonic() + ASK_AGAIN
        self._asking = None

    def _billed(self, segment: Segment) -> int:
        """Characters, which every vendor bills by, whatever it limits by."""
        return len(segment.text) if self._spec.price_per_million else 0

    def _installed(self) -> bool:
        """Whether the library is there; a missing one is no outage."""
        return True


def _sound(answers: Sequence[Translated], segments: Sequence[Segment]) -> bool:
    """As many answers as texts, none empty: half an answer is none."""
    return len(answers) == len(segments) and all(
        isinstance(answer.text, str) and answer.text.strip() for answer in answers
    )
