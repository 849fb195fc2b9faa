"""Finding, recording and installing servers, without one."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from shared.backing import debian, state
from shared.backing.locate import resolve
from shared.backing.private import PrivateBacking
from shared.backing.process import Identity, free_port, listening, wait_for
from shared.errors import HomeroomError


def test_a_record_with_passwords_is_for_its_owner_only(tmp_path: Path) -> None:
    record: dict[str, object] = {}
    first = state.password(tmp_path, record, name="rabbitmq")
    assert state.password(tmp_path, state.read_record(tmp_path), name="rabbitmq") == first
    assert stat.S_IMODE((tmp_path / "backing.json").stat().st_mode) == 0o600


def test_a_torn_record_counts_as_none(tmp_path: Path) -> None:
    (tmp_path / "backing.json").write_text('{"ports": ', encoding="utf-8")
    assert state.read_record(tmp_path) == {}


def test_data_lies_where_its_own_user_can_reach_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    private = tmp_path / "private"
    private.mkdir(mode=0o700)
    assert not state.data_root(private / "backing").is_relative_to(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert state.data_root(private / "backing") == private / "backing"


def test_a_pid_that_was_given_to_another_process_is_not_ours() -> None:
    mine = Identity.of(os.getpid())
    assert mine is not None
    assert mine.alive()
    assert not Identity(pid=mine.pid, started=mine.started - 1).alive()


def test_nothing_of_ours_runs_before_it_was_started(tmp_path: Path) -> None:
    private = PrivateBacking(tmp_path)
    assert not private.running("rabbitmq")
    assert not private.stop("rabbitmq")
    with pytest.raises(HomeroomError, match="backing up"):
        private.pg_url()


def test_a_taken_port_is_passed_over() -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert listening(port)
        assert free_port(port) != port


@pytest.mark.parametrize(
    ("variable", "url"),
    [
        ("HOMEROOM_AMQP_URL", "amqp://u:hush@127.0.0.1:{port}/"),
        ("HOMEROOM_PG_URL", "postgresql://u:hush@127.0.0.1:{port}/x"),
    ],
)
def test_a_configured_server_that_is_away_is_an_error_and_not_replaced(variable: str, url: str, tmp_path: Path) -> None:
    configured = url.format(port=free_port(0))
    with pytest.raises(HomeroomError) as refused:
        resolve({variable: configured, "HOMEROOM_STATE": str(tmp_path)})
    assert refused.value.code == "BACKING_UNREACHABLE"
    assert variable in str(refused.value)
    assert "hush" not in str(refused.value)


def _need(name: str, *packages: str, there: bool = False) -> debian.Need:
    return debian.Need(name, "a test", packages, lambda: there)


def test_who_may_not_install_is_told_exactly_what_to_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(HomeroomError) as refused:
        debian.install([_need("broker", "rabbitmq-server"), _need("db", "postgresql")], say=lambda _: None)
    assert refused.value.remedy == "run: sudo apt-get update && sudo apt-get install -y rabbitmq-server postgresql"


def test_a_service_that_debian_fails_to_start_does_not_matter(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """RabbitMQ's post-installation script fails where the host name does not resolve; its programs are there."""
    installed: list[str] = []

    def apt(*arguments: str) -> str:
        assert (tmp_path / "policy").exists(), "Debian would start the service"
        installed.extend(arguments)
        return "dpkg: error processing package rabbitmq-server"

    monkeypatch.setattr(debian, "can_install", lambda: True)
    monkeypatch.setattr(debian, "POLICY", tmp_path / "policy")
    monkeypatch.setattr(debian, "_apt", apt)
    need = debian.Need("broker", "a test", ("rabbitmq-server",), lambda: "rabbitmq-server" in installed)
    debian.install([need], say=lambda _: None)
    assert not (tmp_path / "policy").exists()
    with pytest.raises(HomeroomError, match="BACKING_INSTALL_FAILED"):
        debian.install([_need("db", "postgresql")], say=lambda _: None)


def test_a_server_that_does_not_start_names_its_log_and_leaves_nothing(tmp_path: Path) -> None:
    # A wrapper with a child, as RabbitMQ's start script is.
    process = subprocess.Popen(["sh", "-c", "sleep 600 & echo $! >child; wait"], cwd=tmp_path, start_new_session=True)
    log = tmp_path / "server.log"

    def child_known() -> bool:
        return (tmp_path / "child").exists() and (tmp_path / "child").read_text().strip().isdigit()

    wait_for(child_known, process=process, what="the child", seconds=10, log=log)
    with pytest.raises(HomeroomError) as refused:
        wait_for(lambda: False, process=process, what="RabbitMQ", seconds=0, log=log)
    assert refused.value.where == str(log)
    assert process.wait(timeout=10) == -signal.SIGKILL
    child = Identity.of(int((tmp_path / "child").read_text()))
    while child is not None and child.alive():
        os.sched_yield()
