"""`homeroom deploy-check`: check what lies under deploy/ offline, with the tools this machine has."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated

import typer

from shared.backing.state import REPOSITORY
from shared.cli.console import Console


def register(app: typer.Typer) -> None:
    app.command("deploy-check")(deploy_check)


def deploy_check(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False,
) -> None:
    """Check compose, systemd, nginx and Prometheus files; exit 1 when one is wrong."""
    from shared.cli.deploy_rules import check_all

    console = Console(as_json=as_json)
    problems = check_all(REPOSITORY / "deploy")
    for problem in problems:
        console.say(f"{problem.where}: {problem.message}")
    console.say("deploy/ is well" if not problems else f"{len(problems)} problems")
    console.result({"ok": not problems, "problems": [asdict(problem) for problem in problems]})
    if problems:
        raise typer.Exit(1)
