"""Signed notes of where the chain stood, kept outside the database: they show rows cut off its end.

One line each, `seq hash mac`, appended. Whoever can change the database but has no keys cannot make a line that holds.
"""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable
from pathlib import Path

from shared.audit.chain import Head

EVERY = 500  # rows between two notes

Mac = Callable[[str], str]


class Checkpoints:
    """The notes of one district. `mac` signs a text with a key that the database does not hold."""

    def __init__(self, path: Path, mac: Mac) -> None:
        self._path = path
        self._mac = mac
        self._noted: int | None = None

    def note(self, head: Head, *, every: int = EVERY) -> bool:
        """Note a *committed* head when it is due (the first, then every so many rows); True if it was written."""
        if self._noted is None:
            self._noted = max(self.read(), default=0)
        if head.seq == 0 or (self._noted and head.seq < self._noted + every):
            return False
        self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        text = f"{head.seq} {head.hash}"
        descriptor = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            os.write(descriptor, f"{text} {self._mac(text)}\n".encode())
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
        self._noted = head.seq
        return True

    def read(self) -> dict[int, str]:
        """Hashes by row number; a line that is damaged or not signed by us is left out."""
        if not self._path.exists():
            return {}
        found: dict[int, str] = {}
        for line in self._path.read_text("utf-8").splitlines():
            parts = line.split(" ")
            if len(parts) == 3 and parts[0].isdigit() and hmac.compare_digest(self._mac(" ".join(parts[:2])), parts[2]):
                found[int(parts[0])] = parts[1]
        return found
