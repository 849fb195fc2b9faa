"""A circuit breaker per engine and pair: who keeps failing is left alone for a while, then tried with one request.

What concerns the whole account (quota, key) stops every pair of the engine; what concerns one pair stops that pair.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import StrEnum

from services.translation.engines.port import FailureKind, Pair
from shared.clock import monotonic

FAILURES = 3  # in a row, until a pair is left alone
REST = 30.0  # seconds until it is tried again; doubled while it still fails
LONGEST_REST = 900.0
RATE_REST = 5.0  # seconds, where the engine does not say how long
# the account is stopped at once: asking again changes nothing until a person acts or a month begins
_STOPS_ENGINE = {FailureKind.QUOTA: 3600.0, FailureKind.AUTH: 900.0}
_COUNTS = {FailureKind.TIMEOUT, FailureKind.UNAVAILABLE, FailureKind.CORRUPT}
# says something about this text or pair, nothing about the engine's health
_HARMLESS = {FailureKind.UNSUPPORTED_PAIR, FailureKind.TOO_LARGE, FailureKind.LOW_CONFIDENCE_DETECT}


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    TRYING = "trying"  # one request is under way to see


@dataclass(slots=True)
class _Circuit:
    failures: int = 0
    until: float = 0.0
    rest: float = REST
    state: State = State.CLOSED
    why: FailureKind = FailureKind.UNAVAILABLE


class Breaker:
    """Of one engine; any thread may ask it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._pairs: dict[Pair, _Circuit] = {}
        self._whole = _Circuit()

    def refuses(self, pair: Pair) -> tuple[FailureKind, float] | None:
        """Why this pair is not asked now, and for how many seconds more; None lets the request through."""
        now = monotonic()
        with self._lock:
            for circuit in (self._whole, self._pairs.get(pair)):
                if circuit is not None and circuit.state is not State.CLOSED and now < circuit.until:
                    return circuit.why, circuit.until - now
            for circuit in (self._whole, self._pairs.get(pair)):
                if circuit is not None and circuit.state is not State.CLOSED:
                    # the others wait for the verdict of this one, but not for ever: its asker may have died
                    circuit.state, circuit.until = State.TRYING, now + circuit.rest
        return None

    def rests(self, pair: Pair) -> bool:
        """Whether the pair is not asked now; asking this changes nothing."""
        now = monotonic()
        with self._lock:
            circuits = (self._whole, self._pairs.get(pair))
            return any(each is not None and each.state is not State.CLOSED and now < each.until for each in circuits)

    def answered(self, pair: Pair) -> None:
        """The pair works: forget what was."""
        with self._lock:
            self._pairs.pop(pair, None)
            self._whole = _Circuit()

    def failed(self, pair: Pair, kind: FailureKind, *, retry_after: float | None = None) -> None:
        """A request failed; opens the circuit where that is due."""
        now = monotonic()
        with self._lock:
            if kind in _STOPS_ENGINE:
                self._open(self._whole, kind, now, retry_after or _STOPS_ENGINE[kind])
            elif kind is FailureKind.RATE:
                self._open(self._whole, kind, now, retry_after if retry_after is not None else RATE_REST)
            elif kind in _HARMLESS:
                self._settled(pair)
            elif kind in _COUNTS:
                circuit = self._pairs.setdefault(pair, _Circuit())
                circuit.failures += 1
                if circuit.state is State.TRYING:
                    circuit.rest = min(circuit.rest * 2, LONGEST_REST)
                    self._open(circuit, kind, now, circuit.rest)
                elif circuit.failures >= FAILURES:
                    self._open(circuit, kind, now, circuit.rest)
                self._whole = _Circuit() if self._whole.state is State.TRYING else self._whole

    def state(self, pair: Pair) -> State:
        with self._lock:
            if self._whole.state is not State.CLOSED:
                return self._whole.state
            return self._pairs[pair].state if pair in self._pairs else State.CLOSED

    def _settled(self, pair: Pair) -> None:
        """The engine answered, if only with a no: what was being tried is over."""
        if self._whole.state is State.TRYING:
            self._whole = _Circuit()
        if pair in self._pairs and self._pairs[pair].state is State.TRYING:
            del self._pairs[pair]

    @staticmethod
    def _open(circuit: _Circuit, kind: FailureKind, now: float, seconds: float) -> None:
        circuit.state, circuit.why, circuit.until = State.OPEN, kind, now + seconds
