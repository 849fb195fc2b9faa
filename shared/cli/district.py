"""Which cell and district a verb speaks of, and what its services hold."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from shared.errors import HomeroomError

if TYPE_CHECKING:
    from shared.messaging.runtime import Runtime

DEFAULT_STATE = ".state"


def acknowledged(runtime: Runtime, district: str) -> dict[str, dict[str, str]]:
    """Service → school → the settings version that its own projection holds; {} for one that has no tables yet."""
    import sqlalchemy as sa

    from shared.directory.projection import SCHOOL
    from shared.launcher.components import SERVICES

    held: dict[str, dict[str, str]] = {}
    for service in SERVICES:
        if service.name == "audit":
            continue
        try:
            with runtime.databases.transaction(service.name, district) as connection:
                rows = connection.execute(sa.select(SCHOOL.c.school_id, SCHOOL.c.config_version))
                held[service.name] = {row.school_id: row.config_version for row in rows}
        except sa.exc.DBAPIError:
            held[service.name] = {}
    return held


@contextmanager
def open_runtime(config: Path | None, slug: str) -> Iterator[Runtime]:
    """The cell of a file, or the embedded one in ./.state; the directory's tables are brought up to date."""
    from shared.launcher.components import component
    from shared.launcher.process import build_runtime
    from shared.tenancy.cell import embedded_cell, load_cell
    from shared.tenancy.provision import provision

    if config is not None:
        cell = load_cell(config)
    else:
        state = Path(DEFAULT_STATE).resolve()
        known = sorted(entry.name for entry in (state / "districts").glob("*") if entry.is_dir())
        cell = embedded_cell(state, tuple(dict.fromkeys([*known, slug] if slug else known)))
    runtime = build_runtime(cell)
    try:
        if cell.sqlite:
            provision(cell, runtime.databases, [component("directory")])
        yield runtime
    finally:
        runtime.databases.dispose()


def only_district(runtime: Runtime, district: str) -> str:
    districts = runtime.cell.districts
    if district:
        return district
    if len(districts) == 1:
        return districts[0]
    raise HomeroomError(
        "cli.which_district", f"the cell has {len(districts)} districts", "name one with --district"
    )  # fmt: skip


def slug_of(folder: Path) -> str:
    """The slug in the folder's district.yaml; HomeroomError with the findings' place if it cannot be read."""
    from shared.directory.config.yamlmarks import Marked, load_marked

    marked = load_marked(folder / "district.yaml", "district.yaml")
    slug = marked.value.get("slug") if isinstance(marked, Marked) and isinstance(marked.value, dict) else None
    if not isinstance(slug, str) or not slug:
        raise HomeroomError(
            "directory.no_slug", "the folder does not say which district it is", "give it a district.yaml with a slug",
            where=str(folder / "district.yaml"),
        )  # fmt: skip
    return slug
