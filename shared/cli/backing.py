"""`homeroom backing up|down|status`: the real RabbitMQ and PostgreSQL, found or started privately."""

from __future__ import annotations

from typing import Annotated

import typer

from shared.backing.debian import install, missing
from shared.backing.locate import BackingUrls, Found, resolve, urls
from shared.backing.private import PrivateBacking, ServerName
from shared.backing.state import backing_root
from shared.cli.console import Console

__all__ = ["BackingUrls", "ensure", "register", "urls"]

Json = Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Find, start or stop RabbitMQ and PostgreSQL.", no_args_is_help=True, rich_markup_mode=None
    )
    group.command("up")(up)
    group.command("down")(down)
    group.command("status")(status)
    app.add_typer(group, name="backing")


def ensure(console: Console) -> BackingUrls:
    """Have both servers answer, and Apertium, Chromium and fonts installed; start or install what is missing."""
    private = PrivateBacking(backing_root())
    found = resolve()
    elsewhere = {name for name, url in (("rabbitmq", found.amqp), ("postgresql", found.pg)) if url}
    lacking = [need for need in missing() if need.name not in elsewhere]
    if lacking:
        install(lacking, say=console.progress_line)
    absent: list[ServerName] = []
    if found.pg is None:
        absent.append("postgresql")
    if found.amqp is None:
        absent.append("rabbitmq")
    for name in absent:
        console.progress_line(f"starting {name} …")
        private.start(name)
    return urls()


def up(as_json: Json = False) -> None:
    """Have RabbitMQ and PostgreSQL answer: use those that do, else start private ones (as root also install them)."""
    console = Console(as_json=as_json)
    found = ensure(console)
    _show(Found(found.amqp, found.pg, found.management, found.private_amqp, found.private_pg), console)


def down(as_json: Json = False) -> None:
    """End what `up` started, and nothing else; the data stays."""
    console = Console(as_json=as_json)
    private = PrivateBacking(backing_root())
    names: tuple[ServerName, ...] = ("rabbitmq", "postgresql")
    stopped = [name for name in names if private.stop(name)]
    console.say(f"stopped: {', '.join(stopped)}" if stopped else "nothing of ours was running")
    console.result({"ok": True, "stopped": stopped})


def status(as_json: Json = False) -> None:
    """Say what answers; exit 1 when a server does not."""
    console = Console(as_json=as_json)
    found = resolve()
    _show(found, console)
    if found.amqp is None or found.pg is None:
        raise typer.Exit(1)


def _show(found: Found, console: Console) -> None:
    rows = (("RabbitMQ", found.amqp, found.private_amqp), ("PostgreSQL", found.pg, found.private_pg))
    for name, url, private in rows:
        console.say(f"{name:<11} {url or 'down → ./homeroom backing up'}{'  (ours)' if private else ''}")
    console.say(f"{'management':<11} {found.management or 'not enabled'}")
    console.result(
        {
            "ok": found.amqp is not None and found.pg is not None,
            "amqp": found.amqp,
            "pg": found.pg,
            "management": found.management,
            "private": {"amqp": found.private_amqp, "pg": found.private_pg},
        }
    )
