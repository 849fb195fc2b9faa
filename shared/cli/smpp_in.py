"""`homeroom smpp-in`: take answers and receipts from an SMSC."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command("smpp-in")(smpp_in)


def smpp_in(
    cell: Annotated[Path, typer.Option("--cell", help="The cell file.")],
    account: Annotated[str, typer.Option("--account", help="The SMPP account's name; may be left out when there is one.")] = "",
    district: Annotated[str, typer.Option("--district", "-d", help="Whose account it is, where a cell has several.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object, when it has ended.")] = False,
) -> None:
    """Take answers and receipts of an SMPP account until SIGTERM; each is acknowledged once it is committed."""
    import signal
    import threading
    from importlib import import_module

    from shared.cli.console import Console
    from shared.errors import HomeroomError
    from shared.launcher.process import build_runtime
    from shared.observability import logs
    from shared.tenancy.cell import load_cell

    loaded = load_cell(cell)
    accounts = [one for one in loaded.accounts("sms") if one["provider"] == "smpp" and account in ("", one["name"])]
    if len(accounts) != 1:
        names = ", ".join(str(one["name"]) for one in loaded.accounts("sms") if one["provider"] == "smpp") or "none"
        raise HomeroomError(
            "smpp.account", "which account is not clear", f"name one with --account; known: {names}", where=str(cell)
        )
    slug = district or (loaded.districts[0] if len(loaded.districts) == 1 else "")
    if slug not in loaded.districts:
        raise HomeroomError(
            "smpp.district",
            "whose account it is is not clear",
            f"--district, one of: {', '.join(loaded.districts)}",
            where=str(cell),
        )
    logs.configure("smpp-in", cell=loaded.name)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    runtime = build_runtime(loaded)
    ports = import_module("services.notifications.ports").build_ports(runtime)
    listener = import_module("services.notifications.smpp_in").Listener(
        lambda: runtime.unit_of_work("notifications", slug), ports, accounts[0]
    )
    try:
        listener.run(stop)
    finally:
        runtime.databases.dispose()
    Console(as_json=as_json).result({"ok": True})
