"""A calendar elsewhere, looked at by the real worker: outside any transaction, without holding up the worker's other work."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.scheduling.handlers import calendars_sync
from services.scheduling.store import calendars_elsewhere as store
from services.scheduling.tables.availability import EXTERNAL_BUSY
from shared.clock import SimulatedClock
from shared.directory import projection
from shared.launcher.components import Component, component
from shared.launcher.embedded import EmbeddedCell
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import Durability, embedded_cell
from tests.unit.services.scheduling import scene

ENTRY = "BEGIN:VEVENT\r\nUID:{n}\r\nDTSTART:202610{day:02d}T{hour:02d}0000Z\r\nDURATION:PT30M\r\nSUMMARY:private\r\nEND:VEVENT\r\n"


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    """A file of some hundreds of entries, large enough to be read in another process, on a server of its own."""
    folder = tmp_path / "served"
    folder.mkdir()
    entries = "".join(ENTRY.format(n=n, day=n % 27 + 1, hour=n % 24) for n in range(400))
    text = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n{entries}END:VCALENDAR\r\n"
    (folder / "calendar.ics").write_text(text, encoding="utf-8", newline="")
    command = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            port = process.stdout.readline().split(" port ")[1].split()[0]
            yield f"http://127.0.0.1:{port}/calendar.ics"
        finally:
            process.terminate()


@pytest.fixture
def cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[EmbeddedCell]:
    monkeypatch.setenv("HOMEROOM_CALENDAR_HOSTS", "127.0.0.1")
    scheduling: Component = component("scheduling")
    started = EmbeddedCell(
        embedded_cell(tmp_path, (scene.DISTRICT,), durability=Durability.PROCESS),
        Keyring.create(tmp_path / "keys.json", new_master_key()),
        clock=SimulatedClock(scene.NOW),
        link_key=scene.KEY.encode(),
        components=(scheduling,),
        services=(scheduling,),
    )
    started.start()
    yield started
    started.stop()


def rows(cell: EmbeddedCell, query: Any) -> list[Any]:
    with cell.runtime.unit_of_work("scheduling", scene.DISTRICT) as uow:
        return list(uow.connection.execute(query))


def test_the_worker_looks_at_a_calendar_as_soon_as_it_is_added_and_again_in_an_hour(cell: EmbeddedCell, address: str):
    with cell.runtime.unit_of_work("scheduling", scene.DISTRICT) as uow:
        projection.staff_listed(uow, [scene.teacher("t-alvarez")])
        assert calendars_sync.add(uow, "t-alvarez", kind="ics", url=address) is not None
    cell.settle()
    with cell.runtime.unit_of_work("scheduling", scene.DISTRICT) as uow:
        [row] = store.of_staff(uow.connection, "t-alvarez")
    assert (row.state, row.failures, row.claimed_until) == ("ok", 0, None)
    assert row.wanted_at == scene.NOW + calendars_sync.EVERY["ics"]
    busy = rows(cell, sa.select(EXTERNAL_BUSY).order_by(EXTERNAL_BUSY.c.start_at))
    assert len(busy) > 100 and busy[0].start_at == datetime(2026, 10, 1, 0, tzinfo=UTC)
