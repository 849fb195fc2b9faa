"""`homeroom test [--fast] [pytest arguments…]`: every check and test, ending with pytest's summary."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Annotated

import typer

from shared.backing.state import REPOSITORY
from shared.cli.backing import ensure
from shared.cli.console import Console

# Two halves of about the same length, run at once. Fast: of the contract suite, what needs no server.
QUICKLY = ("-k", "not (test_contract and rabbitmq)", "--hypothesis-profile=fast")
FAST = (
    ("tests/unit/shared", "tests/fitness", "tests/contract/test_contract_delivery.py", *QUICKLY),
    ("tests/unit/services", *QUICKLY),
)

WITH_REST = ("scheduling",)  # of the services' own tests, so that both halves end together


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
    named = any(_is_path(argument) for argument in chosen)
    runs = [chosen] if named else [[*half, *chosen] for half in (FAST if fast else halves())]
    with tempfile.TemporaryDirectory() as scratch:
        reports = [Path(scratch) / f"report-{number}.xml" for number in range(len(runs))]
        if as_json:
            runs = [[*run, f"--junitxml={report}"] for run, report in zip(runs, reports, strict=True)]
        code = _together(runs, quiet=as_json)
        if as_json:
            console.result({"ok": code == 0, "exit_code": code, **_counts(reports)})
    raise typer.Exit(code)


def halves() -> tuple[Sequence[str], Sequence[str]]:
    """Every test once, in two halves: what stands alone for most services and what needs a browser, and all the rest."""
    units = REPOSITORY / "tests/unit/services"
    alone = [
        f"tests/unit/services/{path.name}"
        for path in sorted(units.iterdir())
        if any(path.rglob("test_*.py")) and path.name not in WITH_REST
    ]
    kinds = sorted(path for path in (REPOSITORY / "tests").iterdir() if any(path.rglob("test_*.py")))
    rest = [path for kind in kinds for path in ([kind] if kind.name != "unit" else sorted(kind.iterdir()))]
    places = [str(path.relative_to(REPOSITORY)) for path in rest if path.is_dir() and any(path.rglob("test_*.py"))]
    pages = sorted(str(path.relative_to(REPOSITORY)) for path in (REPOSITORY / "tests").rglob("test_*_in_chromium.py"))
    rest_of_them = [place for place in places if place != "tests/unit/services"]
    rest_of_them += [f"tests/unit/services/{name}" for name in WITH_REST]
    return [*rest_of_them, *(f"--ignore={page}" for page in pages)], [*alone, *pages]


def _together(runs: Sequence[Sequence[str]], *, quiet: bool) -> int:
    """The first as it happens, the others meanwhile and shown after it; the worst exit code."""
    with ExitStack() as stack:
        others = []
        for run in runs[1:]:
            said = stack.enter_context(tempfile.TemporaryFile("w+", encoding="utf-8"))
            others.append((_start([*run, "-p", "no:cacheprovider"], said), said))
        try:
            codes = [_pytest(runs[0], quiet=quiet)]
            for process, said in others:
                codes.append(process.wait())
                said.seek(0)
                print(said.read(), file=sys.stderr if quiet else sys.stdout, flush=True)
        finally:
            for process, _ in others:
                process.kill()
                process.wait()
    if any(codes[:-1]) and not codes[-1]:
        print("FAILED above, in the first part", file=sys.stderr)
    return max(codes)


def _is_path(argument: str) -> bool:
    return not argument.startswith("-") and (REPOSITORY / argument.split("::")[0]).exists()


def _start(arguments: Sequence[str], out: IO[str] | None) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "pytest", *arguments],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        env=os.environ | {"PYTHONPATH": str(REPOSITORY)},
        stdout=out,
        stderr=subprocess.STDOUT if out not in (None, sys.stderr) else None,
    )


def _pytest(arguments: Sequence[str], *, quiet: bool) -> int:
    sys.stdout.flush()
    process = _start(arguments, sys.stderr if quiet else None)
    try:
        return process.wait()
    except BaseException:
        process.kill()
        process.wait()
        raise


def _counts(reports: Sequence[Path]) -> dict[str, float]:
    """tests, failures, errors and skipped of all runs, as pytest wrote them, and the seconds of the longest."""
    suites = [ElementTree.parse(report).getroot().find("testsuite") for report in reports if report.exists()]
    found = [suite for suite in suites if suite is not None]
    if not found:
        return {}
    names = ("tests", "failures", "errors", "skipped")
    counts: dict[str, float] = {name: sum(int(suite.get(name, "0")) for suite in found) for name in names}
    return counts | {"seconds": max(float(suite.get("time", "0")) for suite in found)}
