"""`homeroom mail-in` as postfix would use it: a process of its own, ended by SIGTERM."""

from __future__ import annotations

import json
import os
import signal
import smtplib
import socket
import subprocess
import sys
from pathlib import Path

import sqlalchemy as sa

from services.notifications.tables.mail import MAIL_IN
from shared.backing.state import REPOSITORY
from shared.launcher.components import component
from shared.launcher.process import build_runtime
from shared.tenancy.cell import load_cell
from shared.tenancy.provision import provision
from tests.unit.services.notifications.email.mails import stray

CELL = """
cell: post
broker: "embedded://localhost/post"
database: sqlite
state_dir: state
districts: [riverside]
channels:
  email:
    - {provider: smtp, host: 127.0.0.1, inbound_token: kkkkkkkkkkkkkkkkkkkk, reply_domain: mail.example.org}
"""


def test_it_takes_mail_until_it_is_told_to_stop(tmp_path: Path) -> None:
    file = tmp_path / "cell.yaml"
    file.write_text(CELL)
    (tmp_path / "state").mkdir()
    runtime = build_runtime(load_cell(file))
    provision(runtime.cell, runtime.databases, [component("notifications")])
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "shared.cli", "mail-in", "--cell", str(file), "--port", str(port), "--json"]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True, env=os.environ)
    try:
        assert process.stdout is not None
        assert json.loads(process.stdout.readline()) == {"listening": f"127.0.0.1:{port}"}
        with smtplib.LMTP("127.0.0.1", port, timeout=20) as client:
            assert client.sendmail("", ["info@mail.example.org"], stray()) == {}
        with runtime.databases.transaction("notifications", "riverside") as connection:
            assert connection.execute(sa.select(MAIL_IN.c.unreadable)).scalars().all() == ["about_nothing"]
        process.send_signal(signal.SIGTERM)
        assert process.wait(20) == 0
    finally:
        process.kill()
        process.communicate()
        runtime.databases.dispose()
