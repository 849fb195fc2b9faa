"""What `homeroom test` asks of pytest."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from shared.cli import __main__ as cli
from shared.cli import test as verb


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Records what would be run; pytest "fails" with code 1."""
    seen: list[list[str]] = []

    def fake(runs: Sequence[Sequence[str]], *, quiet: bool) -> int:
        seen.extend(list(run) for run in runs)
        return 1

    monkeypatch.setattr(verb, "_together", fake)
    monkeypatch.setattr(verb, "ensure", lambda console: seen.append(["servers"]))
    return seen


def test_everything_needs_the_servers_and_has_pytests_exit_code(asked: list[list[str]]) -> None:
    assert cli.main(["test"]) == 1
    servers, *halves = asked
    assert servers == ["servers"] and len(halves) == 2


def test_the_halves_leave_no_test_out_and_run_none_twice() -> None:
    for file in (verb.REPOSITORY / "tests").rglob("test_*.py"):
        left_out = f"--ignore={file.relative_to(verb.REPOSITORY)}"
        by = [
            half
            for half in verb.halves()
            if left_out not in half
            and any(file.is_relative_to(verb.REPOSITORY / place) for place in half if not place.startswith("--"))
        ]
        assert len(by) == 1, file


def test_fast_needs_no_server(asked: list[list[str]]) -> None:
    cli.main(["test", "--fast"])
    asked_for = {argument for run in asked for argument in run}
    assert {"tests/unit/services", "tests/unit/shared", "tests/fitness"} <= asked_for
    assert "servers" not in asked_for


def test_other_arguments_are_pytests(asked: list[list[str]]) -> None:
    cli.main(["test", "--fast", "-k", "quiet_hours", "tests/unit/shared/cli"])
    assert asked == [["-k", "quiet_hours", "tests/unit/shared/cli"]]


def test_json_ends_with_one_object(asked: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["test", "--fast", "--json"])
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"ok": False, "exit_code": 1}


def test_a_failure_in_either_part_fails_the_run_and_both_are_shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    pytest_itself = tmp_path / "python"
    pytest_itself.write_text('#!/bin/sh\necho "ran $3"\n[ "$3" != bad ]\n', encoding="utf-8")
    pytest_itself.chmod(0o755)
    monkeypatch.setattr(verb.sys, "executable", str(pytest_itself))
    assert verb._together([["good"], ["also-good"]], quiet=False) == 0
    assert capfd.readouterr().out.split("\n")[:2] == ["ran good", "ran also-good"]
    assert verb._together([["bad"], ["good"]], quiet=True) == verb._together([["good"], ["bad"]], quiet=True) == 1


def test_counts_of_all_parts_are_added(tmp_path: Path) -> None:
    reports = [tmp_path / "one.xml", tmp_path / "two.xml", tmp_path / "absent.xml"]
    for report, seconds in zip(reports, ("3.5", "2.0"), strict=False):
        suite = f'<testsuite tests="4" failures="1" errors="0" skipped="0" time="{seconds}"/>'
        report.write_text(f"<testsuites>{suite}</testsuites>", encoding="utf-8")
    assert verb._counts(reports) == {"tests": 8, "failures": 2, "errors": 0, "skipped": 0, "seconds": 3.5}
