"""`homeroom bench coach|…`: figures of how families are understood."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.cli.bench_verdict import Json, verdict
from shared.cli.console import Console


def register(group: typer.Typer) -> None:
    group.command("coach")(coach)
    group.command("langid")(langid)


def coach(
    rounds: Annotated[int, typer.Option(min=1, help="How often each draft is timed.")] = 3,
    as_json: Json = False,
) -> None:
    """Drafts with their labels through the wording coach: precision and recall, half of them held out, and milliseconds."""
    from shared.benches import coach as bench

    console = Console(as_json=as_json)
    figures = bench.run(rounds=rounds, say=console.progress_line)
    verdict(console, figures, bench.met(figures))


def langid(as_json: Json = False) -> None:
    """Replies of up to four words in over 40 languages: how often their language is found, beside py3langid and lingua."""
    from shared.benches import langid as bench

    console = Console(as_json=as_json)
    figures = bench.run(say=console.progress_line)
    verdict(console, figures, bench.met(figures))
