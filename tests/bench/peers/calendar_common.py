"""What every Python reader prints: by UID the occurrences' starts and ends, their text's mark and state."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

START, END = date(2025, 12, 1), date(2037, 2, 1)


@dataclass
class Found:
    """One occurrence."""

    uid: str
    start: Any
    end: Any
    summary: str
    status: str


def run(folder: Path, read: Callable[[Path], list[Found]]) -> None:
    print(json.dumps(collect(folder, read)))


def collect(folder: Path, read: Callable[[Path], list[Found]]) -> dict[str, Any]:
    """Everything that `read` finds; a file that it cannot read counts as `broken`, with the kind of error."""
    events: dict[str, list[list[Any]]] = {}
    broken: dict[str, str] = {}
    for path in sorted(folder.glob("*.ics")):
        try:
            for each in read(path):
                row = [moment(each.start), moment(each.end), mark(each.summary), each.status]
                events.setdefault(each.uid, []).append(row)
        except Exception as error:  # a reader may fail in any way: that is what is measured
            broken[path.name] = f"{type(error).__name__}: {error}"[:200]
    return {"events": {uid: sorted(rows, key=str) for uid, rows in events.items()}, "broken": broken}


def moment(at: Any) -> int | str:
    """Seconds since 1970 for an instant, the day for a whole day."""
    if isinstance(at, datetime):
        if at.tzinfo is None:
            return f"floating {at.isoformat()}"
        return round(at.timestamp())
    return str(at.isoformat())


def mark(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
