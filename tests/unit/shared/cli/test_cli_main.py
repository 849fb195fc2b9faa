"""A verb ends with a stable exit code and one line a person can act on."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace

import pytest
import typer

from shared.cli import __main__ as cli
from shared.cli import app as table
from shared.errors import HomeroomError

CANARY = "Zaphod Beeblebrox"


@pytest.fixture
def verb(monkeypatch: pytest.MonkeyPatch) -> list[BaseException | None]:
    """Replaces the module behind `doctor` by a verb that raises what the list holds."""
    raises: list[BaseException | None] = [None]

    def doctor(as_json: bool = typer.Option(False, "--json")) -> None:
        """Look."""
        if raises[0] is not None:
            raise raises[0]

    module = SimpleNamespace(register=lambda app: app.command("doctor")(doctor))
    monkeypatch.setitem(sys.modules, "shared.cli.doctor", module)
    return raises


def test_a_verb_that_ends_well_exits_0(verb: list[BaseException | None]) -> None:
    assert cli.main(["doctor"]) == 0


@pytest.mark.parametrize("arguments", [["no-such-verb"], ["doctor", "--no-such-option"], ["doctor", "surplus"]])
def test_wrong_usage_exits_2(verb: list[BaseException | None], arguments: list[str]) -> None:
    assert cli.main(arguments) == 2


def test_a_verb_chooses_its_own_code(verb: list[BaseException | None]) -> None:
    verb[0] = typer.Exit(2)
    assert cli.main(["doctor"]) == 2


def test_an_error_is_one_line_with_code_place_and_remedy(
    verb: list[BaseException | None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb[0] = HomeroomError("BACKING_DOWN", "RabbitMQ does not answer", "run ./homeroom backing up", "127.0.0.1:5672")
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr()
    assert said.err == "BACKING_DOWN RabbitMQ does not answer (127.0.0.1:5672) → run ./homeroom backing up\n"
    assert said.out == ""


def test_under_json_an_error_is_an_object_last_on_stdout(
    verb: list[BaseException | None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb[0] = HomeroomError("X", "wrong", "mend it")
    assert cli.main(["doctor", "--json"]) == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert last == {"ok": False, "error": {"code": "X", "message": "wrong", "remedy": "mend it", "where": ""}}


def test_a_foreign_exception_shows_its_type_and_place_and_never_its_text(
    verb: list[BaseException | None], capsys: pytest.CaptureFixture[str]
) -> None:
    verb[0] = KeyError(CANARY)
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr()
    assert said.err.startswith("UNEXPECTED KeyError (test_cli_main.py:")
    assert CANARY not in said.err + said.out


def test_debug_adds_the_traceback(
    verb: list[BaseException | None], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOMEROOM_DEBUG", "1")
    verb[0] = KeyError("x")
    assert cli.main(["doctor"]) == 1
    assert "Traceback" in capsys.readouterr().err


def test_no_verb_shows_the_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) in {0, 2}
    said = capsys.readouterr()
    assert all(verb.name in said.out + said.err for verb in table.VERBS)
