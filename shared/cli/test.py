"""`homeroom test [--fast] [pytest arguments…]`: every check and test, ending with pytest's summary."""

from __future__ import annotations

import os
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

FAST = ("tests/unit", "tests/fitness")


def register(app: typer.Typer) -> None:
    app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(run)


def run(
    context: typer.Context,
    fast: Annotated[bool, typer.Option("--fast", help="Unit, contract and fitness tests only: no servers.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False,
) -> None:
    """Run every check and test; other arguments go to pytest. Lint, types and the import law are fitness tests."""
    console = Console(as_json=as_json)
    if not fast:
        ensure(console)
    chosen = list(context.args)
    if not any(_is_path(argument) for argument in chosen):
        chosen += [folder for folder in (FAST if fast else ("tests",)) if (REPOSITORY / folder).exists()]
    with tempfile.TemporaryDirectory() as scratch:
        report = Path(scratch) / "report.xml"
        code = _pytest([*chosen, f"--junitxml={report}"] if as_json else chosen, quiet=as_json)
        if as_json:
            console.result({"ok": code == 0, "exit_code": code, **_counts(report)})
    raise typer.Exit(code)


def _is_path(argument: str) -> bool:
    return not argument.startswith("-") and (REPOSITORY / argument.split("::")[0]).exists()


def _pytest(arguments: Sequence[str], *, quiet: bool) -> int:
    sys.stdout.flush()
    return subprocess.run(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=sys.stderr if quiet else None,
        check=False,
    ).returncode


def _counts(report: Path) -> dict[str, float]:
    """tests, failures, errors, skipped and seconds of the run, as pytest wrote them."""
    if not report.exists():
        return {}
    suite = ElementTree.parse(report).getroot().find("testsuite")
    if suite is None:
        return {}
    counts: dict[str, float] = {name: int(suite.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
    return counts | {"seconds": float(suite.get("time", "0"))}
