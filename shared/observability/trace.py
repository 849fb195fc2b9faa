"""W3C trace context (w3.org/TR/trace-context, level 1): one post is one trace, through outbox, broker and inbox."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

import structlog

_HEADER = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_current: ContextVar[TraceParent | None] = ContextVar("traceparent", default=None)


@dataclass(frozen=True)
class TraceParent:
    """A trace, and the span in it that caused what follows. Ids are lower-case hexadecimal, 32 and 16 digits."""

    trace_id: str
    span_id: str
    sampled: bool = True

    @classmethod
    def new(cls) -> TraceParent:
        """The start of a trace."""
        drawn = os.urandom(24).hex()
        return cls(drawn[:32], drawn[32:])

    @classmethod
    def parse(cls, header: str | None) -> TraceParent | None:
        """From a `traceparent` header; None when absent or malformed: the specification says to start anew then."""
        found = _HEADER.fullmatch(header.strip()) if header else None
        if found is None or set(found[1]) == {"0"} or set(found[2]) == {"0"}:
            return None
        return cls(found[1], found[2], bool(int(found[3], 16) & 1))

    def child(self) -> TraceParent:
        """A new span in the same trace."""
        return TraceParent(self.trace_id, os.urandom(8).hex(), self.sampled)

    def __str__(self) -> str:
        return f"00-{self.trace_id}-{self.span_id}-{int(self.sampled):02x}"


def current() -> TraceParent | None:
    """The span under way in this thread or greenlet."""
    return _current.get()


def outgoing() -> str:
    """The header for an event or request that leaves now: a child of the current span, or a new trace."""
    parent = current()
    if parent is None:
        return str(TraceParent.new())
    return str(parent.child())


@contextmanager
def continuing(header: str | None) -> Iterator[TraceParent]:
    """Work caused by `header` (or by nothing): its log lines carry the trace id."""
    parent = TraceParent.parse(header)
    span = parent.child() if parent else TraceParent.new()
    token = _current.set(span)
    try:
        with structlog.contextvars.bound_contextvars(trace_id=span.trace_id):
            yield span
    finally:
        _current.reset(token)
