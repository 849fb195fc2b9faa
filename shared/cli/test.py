"""`homeroom test [--fast] [pytest arguments…]`: every check and test, ending with pytest's summary."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from shared.backing.state import REPOSITORY
from shared.cli.backing import ensure
from shared.cli.console import Console

# Of these, whatever needs no server and is quick by what `tests/timings.json` says (see tests/timing.py).
FAST = ("tests/unit", "tests/contract", "tests/fitness", "--quick", "--hypothesis-profile=fast")
WORKERS_AT_MOST = 8  # each may run a browser and a town of its own
MEMORY_DISK = Path("/dev/shm")
MEMORY_NEEDED = 2 * 1024**3


def register(app: typer.Typer) -> None:
    app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(run)


def run(
    context: typer.Context,
    fast: Annotated[
        bool,
        typer.Option(
            "--fast",
            help="Lint, types, and three in four of the unit, contract and fitness tests: those that were measured as quick "
            "and need no server.",
        ),
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False,
) -> None:
    """Run every check and test; other arguments go to pytest. Lint, types and the import law are fitness tests."""
    console = Console(as_json=as_json)
    if not fast:
        ensure(console)
    chosen = list(context.args)
    if not any(_is_path(argument) for argument in chosen):
        chosen = [*(FAST if fast else ()), *spread(more=0 if fast else 1), *chosen]
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        code = _pytest([*chosen, f"--junitxml={report}"] if as_json else chosen, quiet=as_json)
        if as_json:
            console.result({"ok": code == 0, "exit_code": code, **_counts(report)})
    raise typer.Exit(code)


def spread(*, more: int = 0) -> Sequence[str]:
    """One queue of test files, and a process for each core (and so many `more`, for tests that wait for servers half of their
    time) that takes from it; conftest puts the longest first."""
    cores = len(os.sched_getaffinity(0))
    workers = min(cores + more, WORKERS_AT_MOST) if cores > 1 else 1
    return ("-n", str(workers), "--dist=loadfile", "--no-loadscope-reorder") if workers > 1 else ()


def _is_path(argument: str) -> bool:
    return not argument.startswith("-") and (REPOSITORY / argument.split("::")[0]).exists()


def environment() -> dict[str, str]:
    """Of the tests: compiled modules are kept, as dozens of processes load them, and temporary files stay in memory.

    The order of sets is one of chance, but the same for all workers, who must find the same tests.
    """
    given = {"PYTHONHASHSEED": str(secrets.randbelow(2**32))}
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if _holds_files(MEMORY_DISK):
        given["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY_DISK)
    return given | kept | {"PYTHONPATH": str(REPOSITORY)}


def _holds_files(disk: Path) -> bool:
    """Room enough, and programs may be run from there: containers have a small one that forbids it."""
    if not os.access(disk, os.W_OK | os.X_OK):
        return False
    return not os.statvfs(disk).f_flag & os.ST_NOEXEC and shutil.disk_usage(disk).free >= MEMORY_NEEDED


def _pytest(arguments: Sequence[str], *, quiet: bool) -> int:
    """What pytest says goes to stdout, or where one JSON object is promised to stderr; its exit code."""
    sys.stdout.flush()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        env=environment(),
        stdout=sys.stderr if quiet else None,
    )
    try:
        return process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise


def _counts(report: Path) -> dict[str, float]:
    """tests, failures, errors, skipped and seconds, as pytest wrote them."""
    suite = ElementTree.parse(report).getroot().find("testsuite") if report.exists() else None
    if suite is None:
        return {}
    counts: dict[str, float] = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
    return counts | {"seconds": float(suite.get("time", "0"))}
