"""`homeroom lock`: pin requirements*.in with hashes, so that every machine installs the same bytes."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path
from typing import Annotated

import typer

from shared.backing.state import REPOSITORY
from shared.cli.console import Console
from shared.errors import HomeroomError

LOCKER = "uv==0.13.9"
LOCKS = ("requirements", "requirements-engines", "requirements-speech", "requirements-dev")


def register(app: typer.Typer) -> None:
    app.command("lock")(lock)


def lock(
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Also move what is pinned already.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False,
) -> None:
    """Pin the requirements*.in into their locks, with hashes and without any index's address."""
    console = Console(as_json=as_json)
    before = {name: _pins(name) for name in LOCKS}
    with tempfile.TemporaryDirectory() as scratch:
        console.progress_line("making a throw-away environment for the resolver …")
        venv.create(scratch, with_pip=True)
        binaries = Path(scratch) / "bin"
        _run([str(binaries / "python"), "-m", "pip", "install", "--quiet", LOCKER], what="install the resolver")
        for name in LOCKS:
            console.progress_line(f"resolving {name}.in …")
            _run(_compile(binaries / "uv", name, upgrade=upgrade), what=f"resolve {name}.in")
    changed = {name: sorted(_pins(name) ^ before[name]) for name in LOCKS}
    for name, pins in changed.items():
        console.say(f"{name}.lock: {', '.join(pins) if pins else 'unchanged'}")
    console.result({"ok": True, "changed": changed})


def _compile(uv: Path, name: str, *, upgrade: bool) -> list[str]:
    # --universal: one lock for every platform and Python, with markers.
    command = [str(uv), "pip", "compile", "--quiet", "--universal", "--python-version=3.11", "--generate-hashes"]
    command += ["--no-header", *(["--upgrade"] if upgrade else [])]
    return [*command, f"--output-file={name}.lock", f"{name}.in"]


def _run(command: list[str], *, what: str) -> None:
    outcome = subprocess.run(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if outcome.returncode:
        print(outcome.stderr, file=sys.stderr)
        raise HomeroomError("LOCK_FAILED", f"could not {what}", "read the lines above; check the network")


def _pins(name: str) -> set[str]:
    path = REPOSITORY / f"{name}.lock"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line.removesuffix(" \\") for line in lines if "==" in line and not line.startswith((" ", "#"))}
