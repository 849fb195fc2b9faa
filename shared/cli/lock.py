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

LOCKER = "pip-tools==7.6.2"
LOCKS = ("requirements", "requirements-dev")


def register(app: typer.Typer) -> None:
    app.command("lock")(lock)


def lock(
    upgrade: Annotated[bool, typer.Option("--upgrade", help="Also move what is pinned already.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False,
) -> None:
    """Pin requirements.in and requirements-dev.in into their locks, with hashes and without any index's address."""
    console = Console(as_json=as_json)
    before = {name: _pins(name) for name in LOCKS}
    with tempfile.TemporaryDirectory() as scratch:
        console.progress_line("making a throw-away environment for the resolver …")
        venv.create(scratch, with_pip=True)
        python = Path(scratch) / "bin" / "python"
        _run([str(python), "-m", "pip", "install", "--quiet", LOCKER], what="install the resolver")
        for name in LOCKS:
            console.progress_line(f"resolving {name}.in …")
            _run(_compile(python, name, upgrade=upgrade), what=f"resolve {name}.in")
    changed = {name: sorted(_pins(name) ^ before[name]) for name in LOCKS}
    for name, pins in changed.items():
        console.say(f"{name}.lock: {', '.join(pins) if pins else 'unchanged'}")
    console.result({"ok": True, "changed": changed})


def _compile(python: Path, name: str, *, upgrade: bool) -> list[str]:
    return [
        str(python),
        "-m",
        "piptools",
        "compile",
        "--quiet",
        "--generate-hashes",
        "--allow-unsafe",
        "--strip-extras",
        "--no-header",
        "--no-emit-index-url",
        "--no-emit-find-links",
        "--no-emit-trusted-host",
        *(["--upgrade"] if upgrade else []),
        f"--output-file={name}.lock",
        f"{name}.in",
    ]


def _run(command: list[str], *, what: str) -> None:
    outcome = subprocess.run(command, cwd=REPOSITORY, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if outcome.returncode:
        print(outcome.stderr, file=sys.stderr)
        raise HomeroomError("LOCK_FAILED", f"could not {what}", "read the lines above; check the network")


def _pins(name: str) -> set[str]:
    path = REPOSITORY / f"{name}.lock"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return {line.removesuffix(" \\") for line in lines if "==" in line and not line.startswith((" ", "#"))}
