"""`homeroom bench coach|…`: figures of how families are understood."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.cli.bench_verdict import Json, verdict
from shared.cli.console import Console


def register(group: typer.Typer) -> None:
    group.command("coach")(coach)
    group.command("checks")(checks)
    group.command("placeholders")(placeholders)
    group.command("translate")(translate)
    group.command("memory")(memory)
    group.command("fanout-languages")(fanout_languages)
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


def fanout_languages(
    guardians: Annotated[int, typer.Option(min=1_000, help="Readers of one announcement.")] = 1_000_000,
    languages: Annotated[int, typer.Option(min=1, max=32)] = 30,
    as_json: Json = False,
) -> None:
    """One announcement in thirty languages to a million guardians, with names and dates per person."""
    from shared.benches import fanout_languages as bench

    console = Console(as_json=as_json)
    figures = bench.run(guardians=guardians, languages=languages, say=console.progress_line)
    verdict(console, figures, bench.met(figures))


def memory(
    count: Annotated[int, typer.Option("--segments", min=1_000, help="Approved segments in the database.")] = 1_000_000,
    seed: Annotated[int, typer.Option(help="Draws segments and questions.")] = 7,
    as_json: Json = False,
) -> None:
    """Approved segments asked for exactly and for what is nearly the same: rate, recall, milliseconds, megabytes."""
    from shared.benches import memory as bench

    console = Console(as_json=as_json)
    figures = bench.run(count=count, seed=seed, say=console.progress_line)
    verdict(console, figures, bench.met(figures))


def translate(
    rounds: Annotated[int, typer.Option(min=1, help="How often each is measured, turn about.")] = 5,
    batch: Annotated[int, typer.Option(min=8, help="Texts of ours in a round; a quarter for apertium-apy.")] = 240,
    as_json: Json = False,
) -> None:
    """Apertium as we run it beside apertium-apy and one process a message; every stage killed, and some wedged."""
    from shared.benches import translate as bench

    console = Console(as_json=as_json)
    figures = bench.run(rounds=rounds, batch=batch, say=console.progress_line)
    verdict(console, figures, bench.met(figures))


def checks(
    faults: Annotated[int, typer.Option(min=100, help="Wrong translations to find.")] = 2_000,
    seed: Annotated[int, typer.Option(help="Draws the faults.")] = 7,
    as_json: Json = False,
) -> None:
    """Faults of every kind in good translations, and every flip of the safety set: recall, false holds, what was released."""
    from shared.benches import checks as bench

    console = Console(as_json=as_json)
    figures = bench.run(faults=faults, seed=seed, say=console.progress_line)
    verdict(console, figures, bench.met(figures))


def placeholders(
    count: Annotated[int, typer.Option("--messages", min=100, help="Messages, shared among all pairs.")] = 10_000,
    seed: Annotated[int, typer.Option(help="Draws the messages.")] = 7,
    as_json: Json = False,
) -> None:
    """Names, dates, times, numbers, telephones, money, links and tags through every installed engine and pair."""
    from shared.benches import placeholders as bench

    console = Console(as_json=as_json)
    figures = bench.run(count=count, seed=seed, say=console.progress_line)
    verdict(console, figures, bench.met(figures))
