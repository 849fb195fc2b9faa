"""What `homeroom test` asks of pytest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from shared.cli import __main__ as cli
from shared.cli import test as verb


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Records what would be run; pytest "fails" with code 1."""
    seen: list[list[str]] = []

    def fake(arguments: Sequence[str], *, quiet: bool) -> int:
        seen.append(list(arguments))
        return 1

    monkeypatch.setattr(verb, "_pytest", fake)
    monkeypatch.setattr(verb, "ensure", lambda console: seen.append(["servers"]))
    monkeypatch.setattr(verb.os, "sched_getaffinity", lambda process: {0, 1})
    return seen


def test_everything_needs_the_servers_and_has_pytests_exit_code(asked: list[list[str]]) -> None:
    assert cli.main(["test"]) == 1
    servers, arguments = asked
    assert servers == ["servers"]
    assert [each for each in arguments if not each.startswith("-")] == [str(processes(arguments))]


def processes(arguments: list[str]) -> int:
    return int(arguments[arguments.index("-n") + 1]) if "-n" in arguments else 1


def test_every_core_takes_files_from_one_queue_and_one_more_where_tests_wait_for_servers(
    asked: list[list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    for cores, whole, quick in ((2, 3, 2), (64, 8, 8), (1, 1, 1)):
        monkeypatch.setattr(verb.os, "sched_getaffinity", lambda process, cores=cores: set(range(cores)))
        cli.main(["test"])
        cli.main(["test", "--fast"])
        assert [processes(asked[-2]), processes(asked[-1])] == [whole, quick]


def test_fast_needs_no_server(asked: list[list[str]]) -> None:
    cli.main(["test", "--fast"])
    (arguments,) = asked
    assert {"tests/unit", "tests/fitness", "--quick"} <= {*arguments}


def test_other_arguments_are_pytests(asked: list[list[str]]) -> None:
    cli.main(["test", "--fast", "-k", "quiet_hours", "tests/unit/shared/cli"])
    assert asked == [["-k", "quiet_hours", "tests/unit/shared/cli"]]


def test_json_ends_with_one_object(asked: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["test", "--fast", "--json"])
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"ok": False, "exit_code": 1}


def test_pytests_words_are_not_mixed_with_the_object(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest_itself = tmp_path / "python"
    pytest_itself.write_text('#!/bin/sh\necho "ran $3"\n[ "$3" != bad ]\n', encoding="utf-8")
    pytest_itself.chmod(0o755)
    monkeypatch.setattr(verb.sys, "executable", str(pytest_itself))
    assert verb._pytest(["good"], quiet=False) == 0
    assert capfd.readouterr() == ("ran good\n", "")
    assert verb._pytest(["bad"], quiet=True) == 1
    assert capfd.readouterr() == ("", "ran bad\n")


def test_modules_compiled_once_are_kept_for_all_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    assert "PYTHONDONTWRITEBYTECODE" not in verb.environment()


@pytest.mark.parametrize(
    ("free", "flags", "kept"), [(3 * 1024**3, 0, True), (64 * 1024**2, 0, False), (3 * 1024**3, 8, False)]
)
def test_temporary_files_stay_in_memory_where_there_is_room_for_programs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, free: int, flags: int, kept: bool
) -> None:
    monkeypatch.delenv("PYTEST_DEBUG_TEMPROOT", raising=False)
    monkeypatch.setattr(verb, "MEMORY_DISK", tmp_path)
    monkeypatch.setattr(verb.shutil, "disk_usage", lambda disk: SimpleNamespace(free=free))
    monkeypatch.setattr(verb.os, "statvfs", lambda disk: SimpleNamespace(f_flag=flags))
    assert (verb.environment().get("PYTEST_DEBUG_TEMPROOT") == str(tmp_path)) is kept


def test_what_pytest_counted_is_passed_on(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    assert verb._counts(report) == {}
    report.write_text(
        '<testsuites><testsuite tests="4" failures="1" errors="0" skipped="0" time="3.5"/></testsuites>',
        encoding="utf-8",
    )
    assert verb._counts(report) == {"tests": 4, "failures": 1, "errors": 0, "skipped": 0, "seconds": 3.5}
