"""The chain: each row's hash covers the hash before it, so that a changed, removed or inserted row shows.

`hash = SHA-256(previous || canonical JSON of the entry)`. Canonical: sorted keys, no blanks, UTF-8 (in the spirit of
RFC 8785). Rows cut off at the end leave a chain that holds: only a checkpoint kept elsewhere shows that
(`shared.audit.checkpoints`).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

GENESIS = "0" * 64


def canonical(entry: Mapping[str, Any]) -> str:
    """One text for one meaning."""
    return json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=str)


def link(previous: str, entry: str) -> str:
    return hashlib.sha256(f"{previous}{entry}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Head:
    """Where the chain stands: its last row's number and hash."""

    seq: int
    hash: str


EMPTY = Head(0, GENESIS)


@dataclass(frozen=True, slots=True)
class LogRow:
    """A row as it lies in the table."""

    seq: int
    event_id: str
    type: str
    actor: str
    subject: str
    entry: str
    previous: str
    hash: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """`first_bad` is the number of the first row that cannot be trusted, None when all can."""

    rows: int
    first_bad: int | None
    reason: str

    @property
    def ok(self) -> bool:
        return self.first_bad is None


def examine(rows: Iterable[LogRow], checkpoints: Mapping[int, str]) -> Verdict:
    """Walk the chain; `checkpoints` are hashes by row number, as they were once noted."""
    head = EMPTY
    for row in rows:
        fault = _fault(row, head, checkpoints)
        if fault:
            return Verdict(head.seq, head.seq + 1, fault)
        head = Head(row.seq, row.hash)
    missing = [seq for seq in checkpoints if seq > head.seq]
    if missing:
        return Verdict(head.seq, head.seq + 1, f"rows up to {max(missing)} were there and are gone")
    return Verdict(head.seq, None, "every row is as it was written")


def _fault(row: LogRow, head: Head, checkpoints: Mapping[int, str]) -> str:
    if row.seq != head.seq + 1:
        return "a row is missing"
    if row.previous != head.hash or row.hash != link(row.previous, row.entry):
        return "the row was changed"
    entry = json.loads(row.entry)
    said = {"event_id": row.event_id, "type": row.type, "actor": row.actor, "subject": row.subject}
    if any(entry.get(name) != value for name, value in said.items()):
        return "the row's columns differ from its entry"
    if checkpoints.get(row.seq, row.hash) != row.hash:
        return "the chain was written anew"
    return ""
