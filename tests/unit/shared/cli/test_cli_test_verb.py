"""What `homeroom test` asks of pytest."""

from __future__ import annotations

import json
from collections.abc import Sequence

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
    return seen


def test_everything_needs_the_servers_and_has_pytests_exit_code(asked: list[list[str]]) -> None:
    assert cli.main(["test"]) == 1
    assert asked == [["servers"], ["tests"]]


def test_fast_needs_no_server(asked: list[list[str]]) -> None:
    cli.main(["test", "--fast"])
    assert asked == [["tests/unit", "tests/fitness"]]


def test_other_arguments_are_pytests(asked: list[list[str]]) -> None:
    cli.main(["test", "--fast", "-k", "quiet_hours", "tests/unit/shared/cli"])
    assert asked == [["-k", "quiet_hours", "tests/unit/shared/cli"]]


def test_json_ends_with_one_object(asked: list[list[str]], capsys: pytest.CaptureFixture[str]) -> None:
    cli.main(["test", "--fast", "--json"])
    assert json.loads(capsys.readouterr().out.splitlines()[-1]) == {"ok": False, "exit_code": 1}
