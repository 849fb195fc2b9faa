"""`homeroom demo`: the main job, in one process, in a minute."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from shared.cli.console import Console

RIVERSIDE = Path(__file__).resolve().parents[2] / "deploy" / "districts" / "riverside"


def register(app: typer.Typer) -> None:
    app.command("demo")(demo)


def demo(
    district: Annotated[Path, typer.Option("--district", help="A district folder.")] = RIVERSIDE,
    out: Annotated[Path, typer.Option("--out", help="What was sent, as files; made anew.")] = Path("out"),
    seed: Annotated[int, typer.Option(help="Same seed, same figures.")] = 1,
    serve: Annotated[bool, typer.Option("--serve", help="Leave the pages up until interrupted.")] = False,
    port: Annotated[int, typer.Option(help="With --serve.")] = 8080,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False,
) -> None:
    """Play a school term on real files, in one process, and check every outcome."""
    import shared.launcher.green  # noqa: F401  before anything that opens a socket
    from shared.clock import monotonic
    from shared.demo import play
    from shared.demo.serving import links, wait
    from shared.observability import logs

    console = Console(as_json=as_json)
    say = console.progress_line if as_json else console.say
    began = monotonic()
    out.mkdir(parents=True, exist_ok=True)
    with (out.resolve().parent / f"{out.name}.log").open("w", encoding="utf-8") as log:
        logs.configure("demo", stream=log)
        played, close = play.run(
            district.resolve(), out.resolve(), port=port if serve else 0, seed=seed, say=say, serve=serve
        )
        passed = sum(check.ok for check in played.checks)
        for name, value in sorted(played.figures.items()):
            console.say(f"  {name:<32} {value}")
        for check in played.checks:
            if not check.ok:
                say(f"FAILED {check.id}: {check.detail}")
        if serve:
            for line in links(played):
                console.say(line)
        console.say(f"{passed}/{len(played.checks)} checks passed")
        console.result(play.report(played, monotonic() - began))
        if serve:
            wait()
            close()
    raise typer.Exit(0 if passed == len(played.checks) else 1)
