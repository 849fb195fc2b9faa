"""`homeroom serve|web|relay|up`: the processes of a cell.

`serve` and everything embedded run on green threads, so the standard library is patched before anything else is
imported; `web` and `relay` do not.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from shared.errors import HomeroomError

CellFile = Annotated[Path, typer.Option("--cell", help="The cell file.")]
HealthPort = Annotated[int | None, typer.Option(help="/livez, /readyz, /metrics; with N workers, N ports from here.")]
HealthHost = Annotated[str, typer.Option(help="Where they listen: loopback, or 0.0.0.0 in a container.")]


def register(app: typer.Typer) -> None:
    for verb in (serve, web, relay, up):
        app.command(verb.__name__)(verb)


def serve(
    service: Annotated[str, typer.Argument(help="notifications, scheduling, surveys, translation or audit")],
    cell: CellFile,
    workers: Annotated[int, typer.Option(min=1, help="Processes; any number may share the queues.")] = 1,
    health_port: HealthPort = None,
    health_host: HealthHost = "127.0.0.1",
) -> None:
    """Run one service's workers for a cell until SIGTERM; a worker that dies is replaced."""
    from shared.launcher.components import SERVICES

    known = {component.name: component for component in SERVICES}
    if service not in known:
        raise HomeroomError("serve.unknown", f"there is no service {service}", f"one of: {', '.join(known)}")
    if workers > 1:
        from shared.launcher.supervise import Supervisor

        one = ["serve", service, "--cell", str(cell)]
        probes = ["--health-host", health_host, "--health-port"]
        ports = [[*probes, str(health_port + n)] if health_port else [] for n in range(workers)]
        Supervisor({f"{service}-{n}": one + ports[n] for n in range(workers)}, environment=os.environ).run()
        return
    import shared.launcher.green  # noqa: F401  before anything that opens a socket

    # isort: split
    from eventlet.semaphore import Semaphore

    from shared.launcher import worker
    from shared.launcher.process import build_runtime
    from shared.observability import logs
    from shared.tenancy.cell import load_cell

    loaded = load_cell(cell)
    logs.configure(service, cell=loaded.name)
    worker.run(build_runtime(loaded, lock=Semaphore), known[service], health_host=health_host, health_port=health_port)


# providers' calls back that come together share a commit: more of them at a time, fewer commits
MOST_THREADS = 32
# a page of surveys is one short transaction: with more threads than connections that are kept (`Databases`), each more
# would open its own and close it again, which costs more than the page
THREADS = {"surveys": 5}


def web(
    service: Annotated[str, typer.Argument(help="A service's name, or `all` for every page on one port.")],
    cell: CellFile,
    host: Annotated[str, typer.Option()] = "127.0.0.1",
    port: Annotated[int, typer.Option()] = 8080,
    workers: Annotated[int, typer.Option(min=1)] = 1,
) -> None:
    """Run one service's pages and API for a cell."""
    from granian import Granian
    from granian.constants import Interfaces

    from shared.launcher import site

    names = [component.name for component in site.WITH_PAGES]
    if service not in ("all", *names):
        raise HomeroomError("web.unknown", f"{service} has no pages", f"one of: all, {', '.join(names)}")
    os.environ[site.CELL] = str(cell.resolve())
    if service != "all":
        os.environ[site.SERVICE] = service
    Granian(
        "shared.launcher.site:application",
        factory=True,
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS.get(service, MOST_THREADS),
        log_enabled=False,
    ).serve()


def relay(cell: CellFile, health_port: HealthPort = None, health_host: HealthHost = "127.0.0.1") -> None:
    """Publish a cell's outboxes to its broker until SIGTERM."""
    import threading
    from wsgiref.simple_server import WSGIRequestHandler, make_server

    from shared.launcher.probes import probe_app
    from shared.launcher.process import build_runtime
    from shared.launcher.relay import RelayProcess, on_signals
    from shared.observability import logs
    from shared.observability.health import Health
    from shared.tenancy.cell import load_cell

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_: object) -> None:
            """Probes are not worth a line each."""

    loaded = load_cell(cell)
    logs.configure("relay", cell=loaded.name)
    health = Health("relay", stall_after=60.0)
    process = RelayProcess(build_runtime(loaded), health=health)
    on_signals(process.stop)
    if health_port is not None:
        server = make_server(health_host, health_port, probe_app(health), handler_class=Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
    process.run()


def up(
    config: Annotated[Path | None, typer.Option("--config", "-c", help="A cell file; without it, embedded.")] = None,
    state: Annotated[Path, typer.Option("--state", help="Embedded mode's files.")] = Path(".state/up"),
    district: Annotated[list[Path], typer.Option("--district", help="Embedded: folders to apply.")] = [],  # noqa: B006
    port: Annotated[int, typer.Option()] = 8080,
) -> None:
    """Run everything on this machine until interrupted: embedded in one process, or a cell's processes."""
    if config is None:
        from shared.launcher.up import run_embedded

        run_embedded(state.resolve(), [folder.resolve() for folder in district], port=port)
        return
    from shared.launcher.components import COMPONENTS, SERVICES
    from shared.launcher.process import build_runtime
    from shared.launcher.supervise import Supervisor
    from shared.tenancy.cell import load_cell
    from shared.tenancy.provision import provision

    loaded = load_cell(config)
    if loaded.embedded:
        raise HomeroomError("up.embedded", "an embedded cell needs no cell file", "homeroom up --district FOLDER")
    provision(loaded, build_runtime(loaded).databases, COMPONENTS)
    cell = ["--cell", str(config)]
    commands = {"relay": ["relay", *cell], "web": ["web", "all", *cell, "--port", str(port)]}
    commands |= {service.name: ["serve", service.name, *cell] for service in SERVICES}
    print(f"http://127.0.0.1:{port}", file=sys.stderr)
    Supervisor(commands, environment=os.environ).run()
