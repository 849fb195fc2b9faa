"""`homeroom doctor`: what this machine lacks, each with the command that fixes it."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
import zoneinfo
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated

import typer

from shared.backing.debian import NEEDS, command_for
from shared.backing.locate import resolve
from shared.backing.process import listening
from shared.backing.state import REPOSITORY, state_root
from shared.cli.console import Console
from shared.errors import HomeroomError

LOW_DISK_BYTES = 2 * 1024**3
SECRETS = ("HOMEROOM_MASTER_KEY", "HOMEROOM_LINK_KEY", "HOMEROOM_DB_PASSWORD_SEED")
WEB_PORT = 8080


@dataclass(frozen=True)
class Finding:
    """One thing looked at; `fix` is empty when it is well. Only a required one makes the verdict bad."""

    id: str
    ok: bool
    required: bool
    detail: str
    fix: str = ""


def register(app: typer.Typer) -> None:
    app.command("doctor")(doctor)


def doctor(as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False) -> None:
    """Check this machine; exit 1 when something required for `demo` is missing."""
    console = Console(as_json=as_json)
    findings = examine()
    for finding in findings:
        mark = "ok     " if finding.ok else "MISSING" if finding.required else "absent "
        fix = f"\n          → {finding.fix}" if not finding.ok else ""
        console.say(f"{mark} {finding.id:<20} {finding.detail}{fix}")
    bad = [finding.id for finding in findings if finding.required and not finding.ok]
    console.say(f"\nnot ready: {', '.join(bad)}" if bad else "\nready for ./homeroom demo")
    console.result({"ok": not bad, "checks": [asdict(finding) for finding in findings]})
    if bad:
        raise typer.Exit(1)


def examine() -> list[Finding]:
    """Every finding, in the order a newcomer meets them."""
    single: tuple[Callable[[], Finding], ...] = (_python, _venv, _locks, _disk, _time_zones, _writable, _web_port)
    return [*(look() for look in single), *_servers(), *_packages(), *_secrets()]


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    return Finding("python", sys.version_info >= (3, 11), True, version, "sudo apt-get install -y python3 python3-venv")


def _venv() -> Finding:
    inside = Path(sys.prefix).resolve() == (REPOSITORY / ".venv").resolve()
    return Finding("venv", inside, True, ".venv" if inside else "not run from .venv", "run ./homeroom, not python")


def _locks() -> Finding:
    lock, stamp = REPOSITORY / "requirements.lock", REPOSITORY / ".venv" / ".lock"
    same = stamp.exists() and stamp.read_text().strip() == hashlib.sha256(lock.read_bytes()).hexdigest()
    return Finding(
        "lock", same, True, "installed as locked" if same else "differs from requirements.lock", "./homeroom doctor"
    )


def _disk() -> Finding:
    free = shutil.disk_usage(REPOSITORY).free
    return Finding(
        "disk", free >= LOW_DISK_BYTES, True, f"{free / 1024**3:.1f} GiB free", "free 2 GiB: sudo apt-get clean"
    )


def _time_zones() -> Finding:
    try:
        zoneinfo.ZoneInfo("America/Chicago")
    except zoneinfo.ZoneInfoNotFoundError:
        return Finding("time zones", False, True, "no tz database", "sudo apt-get install -y tzdata")
    return Finding("time zones", True, True, "tz database found")


def _writable() -> Finding:
    root = state_root()
    nearest = next(path for path in (root, *root.parents) if path.exists())
    return Finding(
        "state folder", os.access(nearest, os.W_OK), True, root.name, "name a writable one in HOMEROOM_STATE"
    )


def _web_port() -> Finding:
    busy = listening(WEB_PORT)
    fix = f"end what listens: ss -ltnp 'sport = :{WEB_PORT}', or give demo --serve another --port"
    return Finding("port 8080", not busy, False, "in use" if busy else "free", fix)


def _servers() -> list[Finding]:
    try:
        found = resolve()
    except HomeroomError as error:
        return [Finding("servers", False, False, f"{error.message} ({error.where})", error.remedy)]
    rows = (
        ("RabbitMQ answers", found.amqp),
        ("PostgreSQL answers", found.pg),
        ("RabbitMQ management", found.management),
    )
    return [
        Finding(
            name, url is not None, False, "yes" if url else "no; tests and production need it", "./homeroom backing up"
        )
        for name, url in rows
    ]


def _packages() -> list[Finding]:
    return [Finding(need.name, need.present(), False, need.purpose, command_for([need])) for need in NEEDS]


def _secrets() -> list[Finding]:
    fix = "production only; make one with: openssl rand -hex 32"
    return [
        Finding(
            name,
            bool(os.environ.get(name)),
            False,
            "set" if os.environ.get(name) else "not set (embedded mode makes its own)",
            fix,
        )
        for name in SECRETS
    ]
