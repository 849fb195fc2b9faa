"""Progress goes to stderr, the result to stdout, and off a terminal there is no colour."""

from __future__ import annotations

import io
import json

from shared.cli.console import Console


class Terminal(io.StringIO):
    """A stream that says it is a terminal."""

    def isatty(self) -> bool:
        return True


def _console(*, as_json: bool = False, err: io.StringIO | None = None) -> tuple[Console, io.StringIO, io.StringIO]:
    out, errors = io.StringIO(), err or io.StringIO()
    return Console(as_json=as_json, out=out, err=errors), out, errors


def test_json_is_one_object_and_nothing_else_on_stdout() -> None:
    console, out, _ = _console(as_json=True)
    console.say("for people")
    console.progress_line("working")
    console.result({"ok": True, "name": "Ñ"})
    assert json.loads(out.getvalue()) == {"ok": True, "name": "Ñ"}
    assert out.getvalue().count("\n") == 1


def test_without_json_the_object_is_not_shown() -> None:
    console, out, _ = _console()
    console.say("for people")
    console.result({"ok": True})
    assert out.getvalue() == "for people\n"


def test_off_a_terminal_progress_is_plain_lines() -> None:
    console, out, err = _console()
    with console.progress("reading users.csv", total=3) as step:
        for _ in range(3):
            step.advance()
    first, last = err.getvalue().splitlines()
    assert first == "reading users.csv: …"
    assert last.startswith("reading users.csv: 3 done in ")
    assert "\x1b" not in err.getvalue()
    assert out.getvalue() == ""


def test_on_a_terminal_progress_is_a_bar() -> None:
    console, out, err = _console(err=Terminal())
    with console.progress("reading users.csv", total=3) as step:
        step.advance(3)
    assert "3/3" in err.getvalue()
    assert "\x1b" in err.getvalue()
    assert out.getvalue() == ""
