"""`homeroom up` without servers: one process, embedded broker, SQLite, every page on one port."""

import shared.launcher.green  # isort: skip  # noqa: F401  patches the standard library: must come first

import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import eventlet
import yaml
from eventlet import wsgi
from eventlet.event import Event as GreenEvent

from shared.directory import engine
from shared.errors import HomeroomError
from shared.launcher import secrets
from shared.launcher.collector import calm_collector
from shared.launcher.embedded import EmbeddedCell
from shared.launcher.site import build_site
from shared.observability import logs
from shared.tenancy.cell import embedded_cell


def run_embedded(state: Path, folders: Sequence[Path], *, port: int) -> None:
    """Apply the folders, serve the pages, until SIGTERM or SIGINT."""
    if not folders:
        raise HomeroomError("up.no_district", "no district folder was given", "homeroom up --district FOLDER")
    slugs = {_slug(folder): folder for folder in folders}
    cell = embedded_cell(state, tuple(slugs), base_url=f"http://127.0.0.1:{port}")
    logs.configure("up", cell=cell.name)
    own = secrets.load(cell)
    running = EmbeddedCell(cell, secrets.keyring(cell, own), link_key=own.link_key)
    running.start()
    for slug, folder in slugs.items():
        with running.runtime.unit_of_work("directory", slug) as uow:
            engine.apply(uow, folder)
    stopping = GreenEvent()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.ready() or stopping.send(None))
    eventlet.spawn(wsgi.server, eventlet.listen(("127.0.0.1", port)), build_site(running.runtime), log_output=False)
    calm_collector()
    print(f"http://127.0.0.1:{port}", file=sys.stderr, flush=True)
    stopping.wait()
    running.stop()


def _slug(folder: Path) -> str:
    try:
        return str(yaml.safe_load((folder / "district.yaml").read_text(encoding="utf-8"))["slug"])
    except (OSError, yaml.YAMLError, KeyError, TypeError):
        raise HomeroomError(
            "up.folder", "not a district folder", "it needs a district.yaml with a slug", where=str(folder)
        ) from None
