"""Alembic without its command line: every component's migrations, per district, on both databases.

Expand, then contract: a migration may only add what the running version can ignore; dropping comes a release later.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata, produce_migrations, render_python_code
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory

_TEMPLATE = '''"""{message}"""

import sqlalchemy as sa
from alembic import op

import shared.store.types  # noqa: F401

revision = "{revision}"
down_revision = {down!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {upgrade}


def downgrade() -> None:
    {downgrade}
'''


def _script(folder: Path) -> ScriptDirectory:
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("path_separator", "os")
    return ScriptDirectory.from_config(config)


def head(folder: Path) -> str | None:
    """The newest revision in the folder."""
    return _script(folder).get_current_head()


def upgrade(connection: sa.Connection, folder: Path) -> None:
    """Bring the component's tables to the newest revision, in the open transaction."""
    script = _script(folder)

    def steps(revision: Any, _context: Any) -> Any:
        return script._upgrade_revs("head", revision)

    with EnvironmentContext(script_config(folder), script, fn=steps) as environment:
        environment.configure(connection=connection, render_as_batch=True, transactional_ddl=True)
        environment.run_migrations()


def script_config(folder: Path) -> Config:
    config = Config()
    config.set_main_option("script_location", str(folder))
    return config


def current(connection: sa.Connection) -> str | None:
    """The revision that the database is at."""
    return MigrationContext.configure(connection).get_current_revision()


def differences(connection: sa.Connection, metadata: sa.MetaData) -> list[Any]:
    """What the database has otherwise than the code says; must be empty after `upgrade`."""
    context = MigrationContext.configure(connection, opts={"compare_type": False})
    found = compare_metadata(context, metadata)
    return [item for item in found if "alembic_version" not in str(item)]


def write_revision(connection: sa.Connection, metadata: sa.MetaData, folder: Path, message: str) -> Path | None:
    """A new migration from the difference between database and code; None if there is none."""
    context = MigrationContext.configure(connection, opts={"user_module_prefix": None})
    produced = produce_migrations(context, metadata)
    if produced.upgrade_ops is None or produced.downgrade_ops is None or produced.upgrade_ops.is_empty():
        return None
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    down = head(folder)
    number = len(list((folder / "versions").glob("[0-9]*.py"))) + 1
    slug = "_".join(message.lower().split())
    path = folder / "versions" / f"{number:04d}_{slug}.py"
    path.write_text(
        _TEMPLATE.format(
            message=message,
            revision=f"{number:04d}",
            down=down,
            upgrade=render_python_code(produced.upgrade_ops, render_as_batch=True),
            downgrade=render_python_code(produced.downgrade_ops, render_as_batch=True),
        ),
        encoding="utf-8",
    )
    return path
