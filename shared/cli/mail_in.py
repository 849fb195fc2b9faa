"""`homeroom mail-in`: take bounces and answers from the mail server beside us."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def register(app: typer.Typer) -> None:
    app.command("mail-in")(mail_in)


def mail_in(
    cell: Annotated[Path, typer.Option("--cell", help="The cell file.")],
    port: Annotated[int, typer.Option(help="LMTP (RFC 2033), for postfix's lmtp: transport.")] = 2424,
    host: Annotated[str, typer.Option(help="Where it listens: loopback, or 0.0.0.0 in a container.")] = "127.0.0.1",
    district: Annotated[str, typer.Option("--district", "-d", help="Whose strays are, where a cell has several.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object when it listens.")] = False,
) -> None:
    """Take bounces, complaints and answers by LMTP until SIGTERM; a mail is accepted once it is committed."""
    import importlib
    import signal
    import threading

    from shared.cli.console import Console
    from shared.launcher.process import build_runtime
    from shared.observability import logs
    from shared.tenancy.cell import load_cell

    loaded = load_cell(cell)
    logs.configure("mail-in", cell=loaded.name)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    runtime = build_runtime(loaded)
    door = importlib.import_module("services.notifications.mail_in")  # by name: shared code stands on no service
    controller = door.of_cell(runtime, host=host, port=port, otherwise=district or None)
    controller.start()
    try:
        Console(as_json=as_json).result({"listening": f"{host}:{port}"})
        stop.wait()
    finally:
        controller.stop()
        runtime.databases.dispose()
