"""`homeroom bench surveys|agreement|suppression|loop|…`: figures of what families are asked."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.cli.bench_verdict import Json, verdict
from shared.cli.console import Console


def register(group: typer.Typer) -> None:
    group.command("surveys")(surveys)
    group.command("invitations")(invitations)
    group.command("submits-faults")(submits_faults)
    group.command("agreement")(agreement)
    group.command("suppression")(suppression)
    group.command("loop")(loop)


def surveys(
    responses: Annotated[int, typer.Option(min=1000, help="Families that answer; a quarter of them at the given rate.")] = 20_000,
    rounds: Annotated[int, typer.Option(min=1, help="Turns of ours and the peer; medians are printed.")] = 3,
    rate: Annotated[float, typer.Option(min=1, help="Journeys begun per second in the second phase.")] = 250.0,
    web: Annotated[int, typer.Option(min=1, help="Web processes, of ours and of the peer.")] = 2,
    peer_journeys: Annotated[int, typer.Option(min=20, help="Journeys of the peer in each turn.")] = 300,
    as_json: Json = False,
) -> None:
    """Families answer over HTTP, every answer read back; beside django-survey-and-report and survey-core."""
    from shared.benches import surveys as bench

    console = Console(as_json=as_json)
    figures = bench.run(
        responses=responses, rounds=rounds, rate=rate, web=web, peer_journeys=peer_journeys, say=console.progress_line
    )
    verdict(console, figures, bench.met(figures))


def invitations(
    count: Annotated[int, typer.Option(min=1000, help="Guardians that are asked.")] = 1_000_000,
    workers: Annotated[int, typer.Option(min=1, help="Workers that do the due sendings.")] = 2,
    as_json: Json = False,
) -> None:
    """A survey to a million guardians: rows and links, through campaigns, on PostgreSQL."""
    from shared.benches import invitations as bench

    console = Console(as_json=as_json)
    figures = bench.run(count=count, workers=workers, say=console.progress_line)
    verdict(console, figures, bench.met(figures))


def submits_faults(
    kills: Annotated[int, typer.Option(min=1, help="SIGKILLs, over web processes, database, worker, relay and broker.")] = 50,
    seed: Annotated[int, typer.Option(help="Draws what is killed when, and what families answer.")] = 7,
    as_json: Json = False,
) -> None:
    """Kill everything at random while families send from two telephones at once; nothing lost, nothing twice, no place too many."""
    from shared.benches import submits as bench

    console = Console(as_json=as_json)
    figures = bench.run(kills=kills, seed=seed, say=console.progress_line)
    verdict(console, figures, bench.met(figures))


def agreement(
    cases: Annotated[int, typer.Option(min=1, help="Random surveys, each with answers and three expressions.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Draws them.")] = 7,
    as_json: Json = False,
) -> None:
    """Conditions in Python, in the browser's script under Node, by text message and in survey-core: do they mean the same?"""
    from shared.benches import agreement as bench

    console = Console(as_json=as_json)
    figures = bench.run(cases=cases, seed=seed, say=console.progress_line)
    small = figures["bytes_of_browser_code"] + figures["bytes_of_largest_shipped_rules"] <= 6_000
    verdict(console, figures, small and not figures["disagreements"] and figures["python_per_cpu_s"] >= 100_000)


def suppression(
    tables: Annotated[int, typer.Option(min=20, help="Tables to publish and attack.")] = 2_000,
    seed: Annotated[int, typer.Option(min=0)] = 5,
    as_json: Json = False,
) -> None:
    """Attack published tables, three-way tables and snapshots in series by linear programming; compare with the fewest cells."""
    from shared.benches import suppression as bench

    console = Console(as_json=as_json)
    figures = bench.run(tables=tables, seed=seed, say=console.progress_line)
    verdict(console, figures, figures["recoverable"] == 0 and figures["narrower_than_n"] == 0)


def loop(
    rate: Annotated[int, typer.Option(min=1, help="Answers a second.")] = 100,
    seconds: Annotated[int, typer.Option(min=5, help="For how long.")] = 60,
    as_json: Json = False,
) -> None:
    """From an answer over HTTP until notifications and scheduling obey it; and nothing against a boundary. Some three minutes."""
    from shared.benches import loop as bench

    console = Console(as_json=as_json)
    figures = bench.run(rate=rate, seconds=seconds, say=console.progress_line)
    obeyed = not (figures["against_boundary"] or figures["lost"]) and figures["p99_s"] <= 2
    verdict(console, figures, obeyed and figures["refused"] == figures["boundaries"] > 0)
