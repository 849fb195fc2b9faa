"""Keeps one pair's chain running: starts it, finds it dead or wedged, starts it again, loses no text.

The pipe is first in, first out. After a break everything unanswered is sent again, one by one, so that the text that
breaks the chain is found: it fails after `TRIES` breaks of its own, and the others are answered.
"""

from __future__ import annotations

import contextlib
import threading
from collections import deque
from collections.abc import Iterator, Sequence

from services.translation.domain.protection import KNOWN_TOKEN
from services.translation.engines.chain import Chain, ChainBroken
from services.translation.engines.modes import Mode
from services.translation.engines.port import FailureKind
from services.translation.engines.stream import Answer, StreamCorrupt, frame, unframe
from shared.clock import monotonic

STALL = 1.5  # seconds without a byte: wedged (a malformed word-blank wedges a chain for good)
WARM_UP = 10.0  # seconds: the first answer reads the dictionaries, up to 0.9 s on an idle machine
TRIES = 2
WINDOW = 64  # texts in flight: more gain nothing, and all of them are sent again after a break


class NotStarting(RuntimeError):
    """The pair does not come up on this machine."""


class Resident:
    """A supervised chain for one pair; any thread or greenlet may call it, and they take turns."""

    def __init__(self, mode: Mode, *, stall: float = STALL) -> None:
        self.mode = mode
        self.starts = 0
        self._stall = stall
        self._lock = threading.Lock()
        self._chain: Chain | None = None
        self._serial = 0

    @property
    def process_ids(self) -> list[int]:
        """Of the running stages, for diagnosis."""
        return [process.pid for process in self._chain.processes] if self._chain else []

    def run(self, lines: Sequence[str], *, deadline: float) -> list[Answer | FailureKind]:
        """An answer or a reason per line, in order."""
        with self._lock:
            try:
                return self._run(lines, deadline)
            except BaseException:
                self._drop()  # somebody stopped us half-way: what is in flight belongs to no one
                raise

    def close(self) -> None:
        """End the stages; the next `run` starts them again."""
        with self._lock:
            self._drop()

    def _run(self, lines: Sequence[str], deadline: float) -> list[Answer | FailureKind]:
        answers: list[Answer | FailureKind] = [FailureKind.TIMEOUT] * len(lines)
        waiting = deque(range(len(lines)))
        window, breaks = WINDOW, 0
        while waiting and monotonic() < deadline:
            batch = list(waiting)[:window]
            try:
                for answer in self._exchange([lines[index] for index in batch], deadline):
                    answers[waiting.popleft()] = answer
                    breaks = 0
            except TimeoutError:
                self._drop()
            except NotStarting:
                for index in waiting:
                    answers[index] = FailureKind.UNAVAILABLE
                waiting.clear()
            except (ChainBroken, StreamCorrupt):
                self._drop()
                breaks += 1
                if window == 1 and breaks >= TRIES:
                    answers[waiting.popleft()] = FailureKind.CORRUPT
                    breaks = 0
                window = 1
        return answers

    def _exchange(self, lines: Sequence[str], deadline: float) -> Iterator[Answer]:
        chain = self._ready(deadline)
        first = self._serial + 1
        self._serial += len(lines)
        frames = [frame(first + offset, line) for offset, line in enumerate(lines)]
        for offset, raw in enumerate(chain.answers(frames, stall=self._stall, deadline=deadline)):
            yield unframe(first + offset, raw, known=KNOWN_TOKEN)

    def _ready(self, deadline: float) -> Chain:
        """The running chain, or a new one that has answered its first text."""
        if self._chain is not None and self._chain.alive:
            return self._chain
        self._drop()
        for _ in range(TRIES):
            self.starts += 1
            with contextlib.suppress(ChainBroken):
                self._chain = Chain(self.mode.stages)
                list(
                    self._chain.answers([frame(0, "ok")], stall=WARM_UP, deadline=max(deadline, monotonic() + WARM_UP))
                )
                return self._chain
            self._drop()
        raise NotStarting(self.mode.name)

    def _drop(self) -> None:
        if self._chain is not None:
            self._chain.kill()
            self._chain = None
