"""The key file: JSON, readable by its owner only, replaced whole, never half-written."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from shared.errors import HomeroomError

Generation = tuple[int, int, int]


class KeyFile:
    """Reads (cached until the file changes) and changes (locked between processes) one JSON file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.seen: Generation | None = None  # the file that `read` has last answered from
        self._content: dict[str, Any] = {}

    def generation(self) -> Generation:
        """Changes whenever the file does; costs one stat."""
        try:
            stat = os.stat(self.path)
        except FileNotFoundError:
            raise self._unreadable("is missing") from None
        return stat.st_ino, stat.st_mtime_ns, stat.st_size

    def read(self) -> dict[str, Any]:
        """The content; raises HomeroomError when the file is missing or is not ours."""
        generation = self.generation()
        if generation != self.seen:
            try:
                content = json.loads(self.path.read_text("utf-8"))
            except (OSError, ValueError):
                raise self._unreadable("cannot be read") from None
            if not isinstance(content, dict) or content.get("version") != 1 or "districts" not in content:
                raise self._unreadable("is not a key file of version 1")
            self._content, self.seen = content, generation
        return self._content

    def create(self, content: dict[str, Any]) -> None:
        """Write the first content; raises FileExistsError rather than losing keys."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self._locked():
            if self.path.exists():
                raise FileExistsError(self.path.name)
            self._replace(content)

    @contextlib.contextmanager
    def change(self) -> Iterator[dict[str, Any]]:
        """The newest content to edit in place; written back when the block ends well."""
        with self._locked():
            self.seen = None
            content = self.read()
            try:
                yield content
                self._replace(content)
            finally:
                self.seen = None  # what was edited but not written must not be read again

    @contextlib.contextmanager
    def _locked(self) -> Iterator[None]:
        descriptor = os.open(self.path.with_suffix(".lock"), os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    def _replace(self, content: dict[str, Any]) -> None:
        """Write beside, flush to disk, rename over: a crash leaves the old file or the new one, whole."""
        descriptor, name = tempfile.mkstemp(dir=self.path.parent, prefix=f".{self.path.name}.")  # 0600 by mkstemp
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                json.dump(content, file, indent=1)
                file.flush()
                os.fsync(file.fileno())
            os.replace(name, self.path)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(name)
            raise

    def _unreadable(self, what: str) -> HomeroomError:
        return HomeroomError(
            "KEY_FILE_UNREADABLE",
            f"The key file {what}.",
            "Restore it from the backup of the state directory; without it nothing sealed can be opened.",
            self.path.name,
        )
