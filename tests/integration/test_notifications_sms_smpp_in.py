"""`homeroom smpp-in` as an operator runs it: a process of its own beside an SMSC, ended by SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.notifications.tables.conversation import UNKNOWN_WORDS
from shared.backing.state import REPOSITORY
from shared.launcher.components import component
from shared.launcher.process import build_runtime
from shared.tenancy.cell import load_cell
from shared.tenancy.provision import provision
from tests.unit.services.notifications.sms.smsc import smsc
from tests.unit.services.notifications.sms.stand import until

CELL = """
cell: texts
broker: "embedded://localhost/texts"
database: sqlite
state_dir: state
districts: [riverside, lakeside]
channels:
  sms:
    - {{provider: smpp, host: 127.0.0.1, port: {port}, system_id: homeroom, password: secret, sender: "+13125559999"}}
"""


@pytest.fixture
def cell(tmp_path: Path):
    (tmp_path / "state").mkdir()
    with smsc() as centre:
        file = tmp_path / "cell.yaml"
        file.write_text(CELL.format(port=centre.port))
        runtime = build_runtime(load_cell(file))
        provision(runtime.cell, runtime.databases, [component("notifications")])
        yield centre, file, runtime
        runtime.databases.dispose()


def command(file: Path, *more: str) -> list[str]:
    return [sys.executable, "-m", "shared.cli", "smpp-in", "--cell", str(file), "--json", *more]


def test_it_takes_answers_until_it_is_told_to_stop(cell) -> None:
    centre, file, runtime = cell
    process = subprocess.Popen(command(file, "--district", "lakeside"), cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        until(lambda: centre.listened_to, seconds=60)
        centre.deliver(b"Hello?", source_addr="15550001111", source_addr_ton=1)
        with runtime.databases.transaction("notifications", "lakeside") as connection:
            assert connection.execute(sa.select(UNKNOWN_WORDS.c.text)).scalars().all() == ["Hello?"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(40) == 0
        assert process.stdout is not None
        assert json.loads(process.stdout.read().splitlines()[-1]) == {"ok": True}
    finally:
        process.kill()
        process.communicate()


def test_whose_answers_they_are_is_never_guessed(cell) -> None:
    _, file, _ = cell
    done = subprocess.run(command(file), cwd=REPOSITORY, capture_output=True, text=True, timeout=60)
    assert done.returncode == 1 and "--district, one of: riverside, lakeside" in done.stdout + done.stderr
