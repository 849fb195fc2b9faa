"""The rules for deploy/ find what they are there to find."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from shared.backing.state import REPOSITORY
from shared.cli.deploy_rules import check_all, commands
from shared.tenancy.cell import load_cell

CASES: list[tuple[str, str, str, str]] = [
    ("compose/docker-compose.yaml", "image: postgres:16-bookworm", "image: postgres", "no tag"),
    ("compose/docker-compose.yaml", "[relay, --cell", "[relais, --cell", "no verb relais"),
    ("compose/docker-compose.yaml", "${HOMEROOM_LINK_KEY:?make one with openssl rand -hex 32}", "abc", "written out"),
    ("compose/docker-compose.yaml", "  worker-surveys:", "  worker-polls:", "nothing runs worker-surveys"),
    ("compose/docker-compose.yaml", "services:\n", "services: [\n", "not valid YAML"),
    ("systemd/homeroom-relay.service", "Restart=always", "Restart=no", "Restart is not always"),
    ("systemd/homeroom-relay.service", "ProtectHome=yes\n", "", "ProtectHome is not yes"),
    ("systemd/homeroom-worker@.service", "--workers", "--wrokers", "no option --wrokers"),
    ("systemd/homeroom-relay.service", "WatchdogSec=120\n", "", "ready and alive"),
    ("systemd/cell.yaml", "mode: production", "mode: demo", "anybody sign in"),
    ("compose/cell.yaml", "${HOMEROOM_AMQP_PASSWORD}", "hunter2", "holds a password"),
    ("cells/local.yaml", "districts:", "distrcts:", "distrcts"),
    ("systemd/homeroom.target", "homeroom-web@surveys.service", "", "does not want"),
    ("prometheus/alerts/outbox-lag.yaml", "outbox_lag_seconds", "outbox_lagg_seconds", "outbox_lagg_seconds"),
    ("prometheus/alerts/outbox-lag.yaml", "runbooks/outbox-lag.md", "runbooks/gone.md", "gone.md is not there"),
    ("prometheus/tests/outbox-lag.test.yaml", "stays silent", "stays", "firing and staying silent"),
]


@pytest.fixture(autouse=True)
def _verbs_take_these_options(monkeypatch: pytest.MonkeyPatch) -> None:
    """The real verbs are asked in tests/fitness."""
    options = SimpleNamespace(
        opts=["--account", "--cell", "--workers", "--host", "--port", "--health-host", "--health-port"], secondary_opts=[]
    )
    monkeypatch.setattr(commands, "load", lambda verb: SimpleNamespace(params=[options]))


@pytest.fixture
def broken(tmp_path: Path) -> Callable[[str, str, str], list[str]]:
    """Breaks one file of a copy of deploy/ and returns what the rules say."""

    def change(name: str, old: str, new: str) -> list[str]:
        copy = tmp_path / "deploy"
        for folder in ("compose", "systemd", "prometheus", "runbooks", "cells"):
            shutil.copytree(REPOSITORY / "deploy" / folder, copy / folder)
        text = (copy / name).read_text(encoding="utf-8")
        assert old in text
        (copy / name).write_text(text.replace(old, new), encoding="utf-8")
        return [f"{problem.where}: {problem.message}" for problem in check_all(copy)]

    return change


@pytest.mark.parametrize(("name", "old", "new", "message"), CASES, ids=[case[3] for case in CASES])
def test_a_mistake_is_found_and_placed(
    broken: Callable[[str, str, str], list[str]], name: str, old: str, new: str, message: str
) -> None:
    problems = broken(name, old, new)
    assert any(message in problem and problem.startswith("deploy/") for problem in problems), problems


def test_what_is_shipped_breaks_no_rule(broken: Callable[[str, str, str], list[str]]) -> None:
    assert broken("systemd/cell.yaml", "cell: metro", "cell: metro") == []


@pytest.mark.parametrize("file", ["compose/cell.yaml", "systemd/cell.yaml", "cells/local.yaml"])
def test_a_shipped_cell_is_on_servers(file: str) -> None:
    given = dict.fromkeys(("AMQP_PASSWORD", "PG_PASSWORD", "BASE_URL", "SMTP_HOST"), "x")
    given |= {"AMQP_URL": "amqp://x/metro", "PG_URL": "postgresql://x"}
    cell = load_cell(REPOSITORY / "deploy" / file, environ={f"HOMEROOM_{name}": value for name, value in given.items()})
    assert not cell.embedded
    assert not cell.sqlite
