"""What `--fast` leaves out, and that a database made from notes is the one that the migrations make."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import sqlalchemy as sa

import shared.audit.store as audit
from shared.tenancy.database import sqlite_engine
from tests import migrated, timing

FILE = str(Path(__file__).relative_to(timing.HERE.parent))  # one that exists
KNOWN = {FILE: {timing.WHOLE: 9.0, "test_slow": 1.5}}


def item(
    name: str, *, fixtures: tuple[str, ...] = (), params: dict[str, Any] | None = None, always: bool = False
) -> Any:
    callspec = {"callspec": SimpleNamespace(params=params)} if params else {}
    marker = lambda asked: (always and asked == "always") or None  # noqa: E731 - as pytest's item has it
    return SimpleNamespace(nodeid=f"{FILE}::{name}", fixturenames=fixtures, get_closest_marker=marker, **callspec)


@pytest.mark.parametrize(
    ("asked", "runs"),
    [
        (item("test_quick"), True),
        (item("test_nobody_has_measured[es]"), True),
        (item("test_slow"), False),
        (item("test_slow[es]"), False),
        (item("test_slow", always=True), True),
        (item("test_quick", fixtures=("tmp_path", "backing")), False),
        (item("test_quick[rabbitmq]", params={"broker": "rabbitmq"}), False),
        (item("test_quick[embedded]", params={"broker": "embedded_broker"}), True),
    ],
)
def test_quick_is_what_needs_no_server_and_was_not_measured_as_slow(asked: Any, runs: bool) -> None:
    assert timing._quick(asked, KNOWN) is runs


def test_a_run_adds_up_what_each_file_cost_and_names_what_is_slow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / "timings.json"
    others = {str(Path(timing.__file__).relative_to(timing.HERE.parent)): {timing.WHOLE: 2.0}}
    monkeypatch.setattr(timing, "TIMINGS", kept)
    scribe = timing._Scribe()
    for name, seconds in (("test_slow[a]", 0.2), ("test_slow[a]", 0.1), ("test_slow[b]", 0.1), ("test_quick", 0.01)):
        report: Any = SimpleNamespace(
            nodeid=f"{FILE}::{name}", user_properties=[("other", "x"), ("processor", seconds)]
        )
        scribe.pytest_runtest_logreport(report)
    scribe.pytest_sessionfinish(pytest.ExitCode.INTERRUPTED)
    assert not kept.exists()
    kept.write_text(json.dumps(others | {"tests/no_longer_there.py": {timing.WHOLE: 1.0}}), encoding="utf-8")
    scribe.pytest_sessionfinish(pytest.ExitCode.TESTS_FAILED)
    assert timing.known() == others | {FILE: {timing.WHOLE: 0.41, "test_slow": 0.3}}


def test_the_second_database_has_the_tables_of_the_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrated, "_SAID", {})
    folder = Path(audit.__file__).parent / "migrations"
    found = []
    for name in ("first", "second"):
        engine = sqlite_engine(tmp_path / name)
        with engine.begin() as connection:
            migrated.upgrade(connection, folder)
        with engine.begin() as connection:
            tables = connection.execute(sa.text("SELECT sql FROM sqlite_master ORDER BY name")).scalars().all()
            found.append(
                (tables, connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalars().all())
            )
        engine.dispose()
    assert found[0] == found[1] and found[0][0]
