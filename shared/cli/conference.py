"""`homeroom conference plan INSTANCE.json`: a plan of a round, with its score, a proved bound and the gap between them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from shared.cli.console import Console


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Plan conference rounds.", no_args_is_help=True, rich_markup_mode=None)
    group.callback()(lambda: None)
    group.command("plan")(plan)
    app.add_typer(group, name="conference")


def plan(
    instance: Annotated[Path, typer.Argument(help="The round: .json or .json.gz.")],
    time_limit: Annotated[float, typer.Option(min=0.0, help="Seconds to search, on two cores.")] = 60.0,
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another plan of much the same worth.")] = 1,
    out: Annotated[Path | None, typer.Option(help="Write the solution to this file.")] = None,
    preset: Annotated[str, typer.Option(help="balanced (the published score), parent or teacher.")] = "balanced",
    floor: Annotated[bool, typer.Option("--floor", help="One meeting per family before everything else.")] = False,
    bound_limit: Annotated[
        float, typer.Option(min=0.0, help="Seconds for the bound, after the search; 0: none.")
    ] = 5.0,
    threads: Annotated[int, typer.Option(min=1, max=16)] = 2,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False,
) -> None:
    """Plan who meets whom, when; tell what the plan is worth and how far at most it is from the best there is."""
    from shared.launcher.solver import ask

    console = Console(as_json=as_json)
    made = ask(
        "plan",
        instance,
        progress=_every_five_seconds(console),
        time_limit=time_limit,
        seed=seed,
        preset=preset,
        floor=floor,
        bound_limit=bound_limit,
        threads=threads,
    )
    made.pop("trace")
    if out is not None:
        out.write_text(json.dumps(made, ensure_ascii=False), encoding="utf-8")
    summary = _summary(made)
    for name, value in summary.items():
        console.say(f"{name:<20} {value}")
    console.result({"ok": True, **summary, **({"out": str(out)} if out is not None else {})})


def _summary(made: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        name: made[name] for name in ("instance", "score", "bound", "gap", "preset", "floor", "seconds") if name in made
    }
    told.update(made["figures"])
    return told


def _every_five_seconds(console: Console) -> Any:
    last = [-5.0]

    def tell(seconds: float, objective: int) -> None:
        if seconds >= last[0] + 5:
            last[0] = seconds
            console.progress_line(f"{seconds:6.1f} s  {objective}")

    return tell
