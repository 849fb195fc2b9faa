"""Lint, types and the import law hold; they are tests, so that one command and one summary cover them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared.backing.state import REPOSITORY

BIN = Path(sys.executable).parent
COMMANDS = {
    "ruff": [str(BIN / "ruff"), "check", "--quiet", "--output-format=concise", "."],
    "import law": [str(BIN / "lint-imports")],
    "types": [
        str(BIN / "mypy"), "--no-error-summary", "shared",
        *(str(path.relative_to(REPOSITORY)) for path in sorted((REPOSITORY / "services").glob("*/domain"))),
    ],
}  # fmt: skip


@pytest.fixture(scope="module")
def running() -> Iterator[dict[str, subprocess.Popen[str]]]:
    """All of them at once: none waits for another."""
    started = {
        name: subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for name, command in COMMANDS.items()
    }
    yield started
    for process in started.values():
        process.kill()
        process.wait()


@pytest.mark.always
@pytest.mark.timeout(300)
@pytest.mark.parametrize("name", COMMANDS)
def test_finds_nothing(name: str, running: dict[str, subprocess.Popen[str]]) -> None:
    said, _ = running[name].communicate()
    assert running[name].returncode == 0, f"{' '.join(COMMANDS[name])}\n{said[-6000:]}"
