"""What every bench does at its end: its figures, and exit 1 where what was promised did not hold."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from shared.cli.console import Console

Json = Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")]


def verdict(console: Console, figures: dict[str, Any], ok: bool) -> None:
    """Print the figures; exit 1 when what was promised did not hold."""
    for name, value in figures.items():
        console.say(f"{name:<28} {value}")
    console.result({"ok": ok, **figures})
    if not ok:
        raise typer.Exit(1)
