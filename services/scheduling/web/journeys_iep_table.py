"""The record of attempts as a table, for a spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import datetime
from typing import Any

COLUMNS = (
    "place_in_row", "attempt_id", "at", "entered_at", "by_id", "guardian_id", "channel", "result", "content_version", "note",
    "corrects", "digest",
)  # fmt: skip


def table(rows: Sequence[Any]) -> bytes:
    """CSV in UTF-8: a header, then a line for each attempt."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(COLUMNS)
    for each in rows:
        values = each._mapping
        writer.writerow([_cell(values[name]) for name in COLUMNS])
    return out.getvalue().encode()


def _cell(value: Any) -> str:
    """As text that no spreadsheet takes for a formula (OWASP: CSV injection)."""
    text = "" if value is None else value.isoformat() if isinstance(value, datetime) else str(value)
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
