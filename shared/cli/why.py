"""`homeroom why DELIVERY`: the trace of one delivery, from "planned" to "sent", or to what stopped it.

Accepts a delivery's id, or a message's: then every delivery of that message. Ids and reasons only: no name, no address, no text.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from shared.cli.console import Console
from shared.cli.district import only_district, open_runtime
from shared.errors import HomeroomError

if TYPE_CHECKING:
    import sqlalchemy as sa

def register(app: typer.Typer) -> None:
    app.command("why")(why)


def why(
    delivery: Annotated[str, typer.Argument(help="The id of a delivery or of a message.")],
    config: Annotated[
        Path | None, typer.Option("--config", "-c", help="Cell file; without it, embedded in ./.state.")
    ] = None,
    district: Annotated[str, typer.Option("--district", "-d", help="May be left out when there is one.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")] = False,
) -> None:
    """Tell why a message went, was held or stopped; exit 1 when there is no such delivery."""
    console = Console(as_json=as_json)
    with open_runtime(config, district) as runtime:
        slug = only_district(runtime, district)
        with runtime.databases.transaction("notifications", slug) as connection:
            found = explain(connection, delivery)
    if not found:
        raise HomeroomError(
            "why.unknown", "there is no such delivery or message", "take the id from the audit log or a page's address"
        )
    for each in found:
        console.say(f"{each['delivery_id']}: {each['state']}" + (f" ({each['reason']})" if each["reason"] else ""))
        for step in each["trace"]:
            console.say(f"  {step['at']}  {step['what']:<14} {step['detail']}")
    console.result({"deliveries": found})


def explain(connection: sa.Connection, wanted: str) -> list[dict[str, Any]]:
    """Deliveries of that id (their own or their message's), each with its trace in order."""
    from shared.launcher.components import component

    notifications = component("notifications")
    assert notifications.explain is not None
    found: list[dict[str, Any]] = notifications.load(notifications.explain)(connection, wanted)
    return found
