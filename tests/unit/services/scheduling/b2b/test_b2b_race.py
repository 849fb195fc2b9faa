"""Two solvers race for each answer: the first counts, a hung one is replaced, and a schedule is believed only when checked."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from shared.benches import b2b

EVENT = """
nBusiness = 3; nMeetings = 2; nTables = 1; nTotalSlots = 4; nMorningSlots = 4;
requested = [|1, 2,3, |1, 3,3, |]; forbidden = [{0},{0},{0}]; fixed = [0,0]; precedences = [{},{}];
"""
SCRIPT = """
import json, signal, sys
most, settings = int(sys.argv[2]), json.loads(sys.argv[3])
def say(slots):
    print(json.dumps({"slots": slots, "cpu_s": 0.5}))
"""


@pytest.fixture
def event(tmp_path: Path) -> Path:
    path = tmp_path / "tiny.dzn"
    path.write_text(EVENT, encoding="utf-8")
    return path


def solver(tmp_path: Path, patch: pytest.MonkeyPatch, *lines: str) -> None:
    """What the solver does, in place of the real one."""
    path = tmp_path / "solver.py"
    path.write_text("\n".join([SCRIPT, *lines]), encoding="utf-8")
    patch.setattr(b2b, "SOLVER", path)


def prove(event: Path, *, limit_s: float = 60) -> dict[str, object]:
    return b2b.prove(event, python=Path(sys.executable), limit_s=limit_s)


def test_no_for_fewer_and_a_schedule_for_one_break_prove_one(
    event: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver(tmp_path, monkeypatch, "say([0, 2] if most == 1 else None)")
    found = prove(event)
    assert (found["optimum"], found["at_least"], found["proved"], found["cpu_s"]) == (1, 1, True, 1.0)


def test_a_schedule_that_breaks_a_rule_proves_nothing(
    event: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver(tmp_path, monkeypatch, "say([1, 1])")
    found = prove(event)
    assert (found["optimum"], found["proved"]) == (None, False)
    assert "two meetings at once" in str(found["broken_rule"])


def test_a_schedule_with_more_breaks_than_asked_for_is_not_called_the_best(
    event: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver(tmp_path, monkeypatch, "say([0, 3])")
    found = prove(event)
    assert (found["optimum"], found["at_least"], found["proved"]) == (1, 0, False)


def test_a_hung_solver_is_started_anew_with_another_seed(
    event: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first settings have a guess for phases and hang for good; the second hang with seed 0 only."""
    monkeypatch.setattr(b2b, "PATIENCE_S", 0.2)
    solver(tmp_path, monkeypatch, "if 'phase' in settings or settings['seed'] == 0: signal.pause()", "say([0, 1])")
    assert prove(event)["optimum"] == 0


def test_time_is_over_without_an_answer(event: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    solver(tmp_path, monkeypatch, "if most: signal.pause()", "say(None)")
    found = prove(event, limit_s=1)
    assert (found["optimum"], found["proved"]) == (None, False)


def test_a_solver_that_fails_is_not_taken_for_an_answer(
    event: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    solver(tmp_path, monkeypatch, "sys.exit(3)")
    with pytest.raises(RuntimeError, match="stopped with 3"):
        prove(event)
