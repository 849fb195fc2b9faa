"""`homeroom bench events|faults|lanes|onboard`: figures that were measured here, beside the peers."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.cli.console import Console

Json = Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Measure, beside the peers.", no_args_is_help=True, rich_markup_mode=None)
    group.command("events")(events)
    app.add_typer(group, name="bench")


def events(
    rounds: Annotated[int, typer.Option(min=1)] = 3,
    count: Annotated[int, typer.Option("--events", min=1000, help="Events of ours per round.")] = 12_000,
    peer_count: Annotated[int, typer.Option("--peer-events", min=500)] = 2_500,
    as_json: Json = False,
) -> None:
    """Events per second with one committed row each: ours, stock nameko, Celery, on RabbitMQ and PostgreSQL."""
    from shared.benches import events as bench

    console = Console(as_json=as_json)
    console.result(bench.run(rounds=rounds, events=count, peer_events=peer_count, say=console.progress_line))
