"""`homeroom demo`: the main job, in one process, in a minute."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.console import Console
from shared.errors import HomeroomError

MARK = ".homeroom-demo"
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
    place = prepare(out.resolve())
    with (place / "demo.log").open("w", encoding="utf-8") as log:
        logs.configure("demo", stream=log)
        played, close = play.run(district.resolve(), place, port=port if serve else 0, seed=seed, say=say, serve=serve)
        passed = sum(check.ok for check in played.checks)
        for name, value in sorted(played.figures.items()):
            console.say(f"  {name:<32} {value}")
        for check in played.checks:
            if not check.ok:
                say(f"FAILED {check.id}: {check.detail}")
        if serve:
            for line in links(played):
                console.say(line)
        report = play.report(played, monotonic() - began)
        (place / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1), encoding="utf-8")
        console.say(f"{passed}/{len(played.checks)} checks passed")
        console.result(report)
        if serve:
            wait()
            close()
    raise typer.Exit(0 if passed == len(played.checks) else 1)


def prepare(out: Path) -> Path:
    """An empty folder for what the demo writes; one that holds anything else than an earlier demo is left alone."""
    if out.exists() and any(out.iterdir()) and not (out / MARK).exists():
        raise HomeroomError(
            "demo.out", "the folder for the demo's output holds something else", "give another with --out", where=str(out)
        )
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    (out / MARK).write_text("Made by `homeroom demo`, and made anew by the next one.\n", encoding="utf-8")
    return out
