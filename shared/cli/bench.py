"""`homeroom bench events|faults|lanes|onboard`: figures that were measured here, beside the peers."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from shared.cli.console import Console

Json = Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Measure, beside the peers.", no_args_is_help=True, rich_markup_mode=None)
    group.command("events")(events)
    group.command("faults")(faults)
    group.command("lanes")(lanes)
    group.command("onboard")(onboard)
    group.command("embedded")(embedded)
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
    figures = bench.run(rounds=rounds, events=count, peer_events=peer_count, say=console.progress_line)
    met = figures["ours_over_nameko"] >= 5 and figures["ours_over_celery"] >= 4
    met = met and figures["relay_over_nameko_dispatch"] >= 8 and figures["commit_to_handler_p99_ms_at_500"] <= 250
    _verdict(console, figures, met)


def faults(
    kills: Annotated[int, typer.Option(min=1, help="SIGKILLs, over relay, consumers, broker and database.")] = 20,
    seed: Annotated[int, typer.Option(help="Draws what is killed when.")] = 7,
    stock: Annotated[bool, typer.Option(help="Put stock nameko through the same.")] = True,
    as_json: Json = False,
) -> None:
    """Kill everything at random under load, on servers of its own; count what is lost and what is done twice."""
    from shared.benches import faults as bench

    console = Console(as_json=as_json)
    figures = bench.run(kills=kills, seed=seed, stock=stock, say=console.progress_line)
    _verdict(console, figures, figures["lost"] == 0 and figures["duplicate_effects"] == 0)


def lanes(
    bulk: Annotated[int, typer.Option(min=1000, help="Bulk events queued beforehand.")] = 50_000,
    urgent: Annotated[int, typer.Option(min=10, help="Urgent events, one at a time.")] = 200,
    rate: Annotated[int, typer.Option(min=1, help="Urgent events a second.")] = 20,
    as_json: Json = False,
) -> None:
    """How long an urgent event takes from commit to handler behind a mountain of bulk ones."""
    from shared.benches import lanes as bench

    console = Console(as_json=as_json)
    figures = bench.run(bulk=bulk, urgent=urgent, rate=rate, say=console.progress_line)
    _verdict(console, figures, figures["urgent_p99_ms"] <= 1_000)


def onboard(
    students: Annotated[int, typer.Option(min=100, help="Size of the generated district.")] = 100_000,
    as_json: Json = False,
) -> None:
    """Generate, validate, plan, apply; apply again; apply a 1 % delta: seconds, peak memory, events of the second."""
    from shared.cli import bench_onboard as bench

    console = Console(as_json=as_json)
    figures = bench.run(students, json=True)
    _verdict(console, figures, all(figures[name] <= limit for name, limit in bench.LIMITS.items()))


def embedded(
    kills: Annotated[int, typer.Option(min=0, help="SIGKILLs of the whole process.")] = 100,
    count: Annotated[int, typer.Option("--events", min=500, help="Events for the rate.")] = 5_000,
    seed: Annotated[int, typer.Option(help="Draws the moments of the kills.")] = 7,
    as_json: Json = False,
) -> None:
    """The embedded broker: events a second, commit to handler, and what a hundred kills leave."""
    from shared.benches import embedded_bench as bench

    console = Console(as_json=as_json)
    figures = bench.run(kills=kills, events=count, seed=seed, say=console.progress_line)
    _verdict(console, figures, figures.get("lost", 0) == 0 and figures.get("duplicate_effects", 0) == 0)


def _verdict(console: Console, figures: dict[str, Any], ok: bool) -> None:
    """Print the figures; exit 1 when what was promised did not hold."""
    for name, value in figures.items():
        console.say(f"{name:<28} {value}")
    console.result({"ok": ok, **figures})
    if not ok:
        raise typer.Exit(1)
