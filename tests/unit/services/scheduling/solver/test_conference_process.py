"""The solver as a process: JSON in, JSON out, an error as one line."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from services.scheduling.solver.__main__ import main
from tests.unit.services.scheduling.solver.conference_rounds import document


@pytest.fixture
def round_file(tmp_path: Path) -> str:
    path = tmp_path / "tiny.json"
    path.write_text(json.dumps(document()))
    return str(path)


@pytest.fixture
def plan_file(round_file: str, tmp_path: Path) -> str:
    out = str(tmp_path / "plan.json")
    assert main(["plan", "--instance", round_file, "--out", out, "--moves", "100"]) == 0
    return out


def answer(capsys: pytest.CaptureFixture[str], *arguments: str) -> dict[str, Any]:
    capsys.readouterr()
    assert main(list(arguments)) == 0
    said: dict[str, Any] = json.loads(capsys.readouterr().out)
    return said


def test_a_plan_comes_back_as_a_solution_that_is_read_again(
    round_file: str, plan_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    made = json.loads(Path(plan_file).read_text())
    assert made["score"] == 700 and made["figures"]["nothing"] == 0
    assert made["meetings"][0].keys() == {"request", "household", "teacher", "evening", "start"}
    scored = answer(capsys, "score", "--instance", round_file, "--plan", plan_file, "--bound-limit", "0.2")
    assert scored["score"] == 700 and scored["bound"] >= 700


def test_progress_goes_line_by_line_to_stderr(round_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["plan", "--instance", round_file, "--moves", "100"])
    last = json.loads(capsys.readouterr().err.splitlines()[-1])
    assert last["objective"] == 700


def test_the_round_may_come_on_stdin(
    plan_file: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(document())))
    assert answer(capsys, "explain", "--instance", "-", "--plan", plan_file)["refused"] == []


def test_a_repair_tells_whom_it_touches(round_file: str, plan_file: str, capsys: pytest.CaptureFixture[str]) -> None:
    mended = answer(capsys, "repair", "--instance", round_file, "--plan", plan_file, "--absent", "1", "--moves", "50")
    assert mended["dropped"] == [1] and mended["own"] == [0] and mended["families_moved"] == 0


def test_first_come_and_advice_are_verbs_too(
    round_file: str, plan_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert answer(capsys, "first-come", "--instance", round_file)["earliest"] == 700
    assert answer(capsys, "advise", "--instance", round_file, "--plan", plan_file)["advice"] == []


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["plan", "--instance", "nowhere.json"], "CONFERENCE_INSTANCE"),
        (["explain", "--instance", "ROUND"], "CONFERENCE_PLAN"),
        (["score", "--instance", "ROUND", "--plan", "nowhere.json"], "CONFERENCE_PLAN"),
        (["repair", "--instance", "ROUND", "--plan", "PLAN", "--absent", "x"], "CONFERENCE_REPAIR"),
    ],
)
def test_an_error_is_one_line_with_a_remedy(
    arguments: list[str], code: str, round_file: str, plan_file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main([{"ROUND": round_file, "PLAN": plan_file}.get(one, one) for one in arguments]) == 1
    error = json.loads(capsys.readouterr().err)["error"]
    assert error["code"] == code and error["remedy"]
