"""`homeroom report [--equity] [--as-of T]`: reach, replies, cadence and promises; who is left out. Small groups stay hidden."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from shared.cli.console import Console
from shared.cli.district import only_district, open_runtime
from shared.errors import HomeroomError

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def register(app: typer.Typer) -> None:
    app.command("report")(report)


def report(
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Cell file; without it, embedded in ./.state.")
    ] = None,
    district: Annotated[str, typer.Option("--district", "-d", help="May be left out when there is one.")] = "",
    school: Annotated[str, typer.Option(help="One school's id; without it, the whole district.")] = "",
    equity: Annotated[bool, typer.Option("--equity", help="Only homes by language: who is left out.")] = False,
    as_of: Annotated[
        str, typer.Option(help="A past time (ISO 8601, UTC unless it says): what was told then, again.")
    ] = "",
    days: Annotated[int, typer.Option(min=1, max=400, help="How many days before that it speaks of.")] = 30,
    csv: Annotated[Path | None, typer.Option(help="Write the figures to this file.")] = None,
    pdf: Annotated[Path | None, typer.Option(help="Write a tagged PDF to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False,
) -> None:
    """Count anew (or look back with --as-of) and tell the figures; exit 1 when nothing had been counted by then."""
    from shared.launcher.components import component
    from shared.tenancy.provision import provision

    console = Console(as_json=as_json)
    notifications = component("notifications")
    tell: Callable[..., Any] = notifications.load(f"{notifications.package}.reports.verb:tell")
    moment = _moment(as_of)
    with open_runtime(config, district) as runtime:
        slug = only_district(runtime, district)
        if runtime.cell.sqlite:
            provision(runtime.cell, runtime.databases, [notifications])
        with runtime.unit_of_work("notifications", slug) as uow:
            told = tell(uow, as_of=moment, school=school, days=days, equity=equity)
    for line in told.lines:
        console.say(line)
    if csv is not None:
        csv.write_bytes(told.csv)
    if pdf is not None:
        pdf.write_bytes(told.pdf())
    console.result({"district": slug, **told.payload})


def _moment(text: str) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise HomeroomError(
            "report.as_of", "--as-of is not a time", "write it like 2026-10-01T00:00 or 2026-10-01T00:00-05:00"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
