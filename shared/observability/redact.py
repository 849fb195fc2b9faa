"""What a log line may carry: an allow-list, because a deny-list forgets the next field somebody adds.

A key that is not listed is written as "[redacted]". Texts under listed keys are cut, and what looks like an e-mail
address or an international phone number in them is replaced. Exceptions keep their type and place; their text may quote
a row or a body.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import MutableMapping
from pathlib import Path
from types import TracebackType
from typing import Any

REDACTED = "[redacted]"
LONGEST = 200
REACHES_A_PERSON = re.compile(r"[^\s@<>\"']+@[^\s@<>\"']+\.[A-Za-z]{2,}|\+\d[\d .-]{7,16}\d")

_SAFE = """
    event level component timestamp pid service cell district school lane queue exchange vhost event_id
    event_type version correlation_id causation_id traceparent trace_id span_id kind channel outcome reason code
    status method route count total pending parked batch size attempt attempts delivery_id message_id seconds
    lag_seconds age_seconds due_at delay_seconds port host worker workers signal revision schema table migration
    file line check ok engine language pair exception where fingerprint lost wait replayed discarded
"""
SAFE_KEYS = frozenset(_SAFE.split())


def redact(event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The same line with everything not known to be safe replaced; changed in place, as structlog expects."""
    for key, value in event.items():
        event[key] = _safe(value) if key in SAFE_KEYS else REDACTED
    return event


def _safe(value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, dict):
        return {str(key): _safe(inner) if key in SAFE_KEYS else REDACTED for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_safe(inner) for inner in list(value)[:20]]
    return REACHES_A_PERSON.sub(REDACTED, str(value))[:LONGEST]


def exception_summary(error: BaseException, trace: TracebackType | None = None) -> str:
    """`ValueError at store.py:41 in insert_rows`, then its cause the same way; never the exception's own text."""
    frames = traceback.extract_tb(trace or error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno} in {frames[-1].name}" if frames else ""
    cause = error.__cause__
    because = f", caused by {exception_summary(cause)}" if cause is not None and cause is not error else ""
    return f"{type(error).__name__}{place}{because}"
