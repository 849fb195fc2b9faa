"""`homeroom migrations upgrade|check|new`: Alembic per component and district, through our own runner."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from shared.cli.console import Console
from shared.errors import HomeroomError

Json = Annotated[bool, typer.Option("--json", help="One JSON object, last on stdout.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(help="Run, check or make database migrations.", no_args_is_help=True, rich_markup_mode=None)
    group.command("upgrade")(upgrade)
    group.command("check")(check)
    group.command("new")(new)
    app.add_typer(group, name="migrations")


def upgrade(cell: Annotated[Path, typer.Option("--cell", help="The cell file.")], as_json: Json = False) -> None:
    """Bring every district of a cell up to date; makes databases, schemas and roles that are missing."""
    from shared.launcher.components import COMPONENTS
    from shared.launcher.process import build_runtime
    from shared.tenancy.cell import load_cell
    from shared.tenancy.provision import provision

    console = Console(as_json=as_json)
    loaded = load_cell(cell)
    provision(loaded, build_runtime(loaded).databases, COMPONENTS)
    console.say(f"{len(loaded.districts)} districts are up to date")
    console.result({"ok": True, "districts": list(loaded.districts)})


def check(as_json: Json = False) -> None:
    """Do the migrations make the tables that the code declares? Exit 1 if not."""
    from shared.launcher.components import COMPONENTS

    console = Console(as_json=as_json)
    wrong = {component.name: found for component in COMPONENTS if (found := _differences(component))}
    for name, found in wrong.items():
        console.say(f"{name}: {len(found)} differences: homeroom migrations new {name} MESSAGE")
    console.result({"ok": not wrong, "differences": {name: [str(d) for d in found] for name, found in wrong.items()}})
    raise typer.Exit(1 if wrong else 0)


def new(component: str, message: str, as_json: Json = False) -> None:
    """Write a migration from the difference between a component's migrations and its tables."""
    from shared.launcher.components import component as find
    from shared.tenancy.database import sqlite_engine
    from shared.tenancy.migrate import upgrade as bring_up
    from shared.tenancy.migrate import write_revision

    console, found = Console(as_json=as_json), find(component)
    with tempfile.TemporaryDirectory() as folder:
        engine = sqlite_engine(Path(folder) / "scratch.sqlite")
        with engine.begin() as connection:
            bring_up(connection, found.migrations)
            path = write_revision(connection, found.metadata, found.migrations, message)
        engine.dispose()
    if path is None:
        raise HomeroomError("migrations.none", "tables and migrations agree", "nothing to do", where=component)
    console.say(f"wrote {path.name}: read it, expand only, then commit")
    console.result({"ok": True, "file": path.name})


def _differences(component: object) -> list[object]:
    from shared.launcher.components import Component
    from shared.tenancy.database import sqlite_engine
    from shared.tenancy.migrate import differences
    from shared.tenancy.migrate import upgrade as bring_up

    assert isinstance(component, Component)
    with tempfile.TemporaryDirectory() as folder:
        engine = sqlite_engine(Path(folder) / "scratch.sqlite")
        with engine.begin() as connection:
            bring_up(connection, component.migrations)
            found = differences(connection, component.metadata)
        engine.dispose()
    return list(found)
