"""The files under deploy/ pass the tools that will read them: promtool, nginx, systemd."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from shared.backing import BackingUrls
from shared.backing.state import REPOSITORY

DEPLOY = REPOSITORY / "deploy"
ALERT_TESTS = sorted((DEPLOY / "prometheus" / "tests").glob("*.yaml"))

pytestmark = pytest.mark.usefixtures("tools")


@pytest.fixture
def tools(backing: BackingUrls) -> None:
    """Whoever brings the servers up installs these programs as well."""


def _passes(*command: str, cwd: Path = DEPLOY) -> str:
    env = os.environ | {"PATH": f"{os.environ['PATH']}:/usr/sbin:/sbin"}
    done = subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def test_prometheus_accepts_its_configuration_and_every_alert() -> None:
    assert "SUCCESS" in _passes("promtool", "check", "config", "prometheus/prometheus.yaml")


@pytest.mark.parametrize("path", ALERT_TESTS, ids=lambda path: path.stem.removesuffix(".test"))
def test_an_alert_fires_when_it_should_and_else_stays_silent(path: Path) -> None:
    _passes("promtool", "test", "rules", str(path))


@pytest.mark.parametrize("place", ["local", "compose"])
def test_nginx_accepts_the_proxy(place: str, tmp_path: Path) -> None:
    proxy = (DEPLOY / "nginx" / "homeroom.conf").read_text(encoding="utf-8")
    upstreams = (DEPLOY / "nginx" / f"upstreams-{place}.conf").read_text(encoding="utf-8")
    # Compose's names resolve only inside its network.
    (tmp_path / "upstreams.conf").write_text(upstreams, encoding="utf-8")
    if place == "compose":
        lines = [line.split("{")[0] + "{ server 127.0.0.1:8080; }" for line in upstreams.splitlines() if "{" in line]
        (tmp_path / "upstreams.conf").write_text("\n".join(lines), encoding="utf-8")
    (tmp_path / "homeroom.conf").write_text(
        proxy.replace("/etc/nginx/homeroom-upstreams.conf", str(tmp_path / "upstreams.conf")), encoding="utf-8"
    )
    (tmp_path / "nginx.conf").write_text(
        f"pid {tmp_path}/pid; error_log stderr; events {{}} http {{ include {tmp_path}/homeroom.conf; }}",
        encoding="utf-8",
    )
    assert "successful" in _passes("nginx", "-t", "-c", str(tmp_path / "nginx.conf"), cwd=tmp_path)


def test_systemd_accepts_the_units(tmp_path: Path) -> None:
    for path in (DEPLOY / "systemd").glob("homeroom*"):
        text = path.read_text(encoding="utf-8").replace("/srv/homeroom", str(REPOSITORY))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    said = _passes(
        "systemd-analyze", "verify", "--man=no", "--recursive-errors=no", "./homeroom.target", "./homeroom-relay.service",
        "./homeroom-worker@surveys.service", "./homeroom-web@surveys.service", cwd=tmp_path,
    )  # fmt: skip
    assert "homeroom" not in said, said
