"""A long-lived Node process that answers a line of JSON with a line of JSON."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from shared.errors import HomeroomError


def node() -> str:
    """The Node.js of this machine (HomeroomError where there is none)."""
    found = shutil.which("node")
    if found is None:
        raise HomeroomError("NO_NODE", "Node.js is not installed", "install Node.js 20 or newer", "bench agreement")
    return found


class Child:
    """Ends with its `with` block. Days are civil days: the process runs in a zone with daylight saving, to show that."""

    def __init__(self, script: Path, *arguments: str, zone: str = "America/New_York") -> None:
        self._script = script
        environment = {**os.environ, "TZ": zone}
        command = [node(), str(script), *arguments]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment
        )

    def __enter__(self) -> Child:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait(timeout=20)

    def ask(self, questions: Sequence[dict[str, Any]]) -> list[Any]:
        """An answer for each, in order (HomeroomError where the process ended)."""
        answers = []
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        for question in questions:
            self._process.stdin.write(json.dumps(question, ensure_ascii=True) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
            if not line:
                raise HomeroomError("NODE_ENDED", "the Node process ended", "run it by hand", self._script.name)
            answers.append(json.loads(line))
        return answers
