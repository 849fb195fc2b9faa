"""`homeroom conference plan` and the benches' own judgement: the solver asked as a process."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from services.scheduling.solver import read_instance
from services.scheduling.solver.solution import plan_in
from shared.benches.conference import DATA, PUBLISHED_BOUND, missed, rounds_in
from shared.benches.repair_bench import run as run_repairs
from shared.cli.app import app
from shared.errors import HomeroomError
from shared.launcher.solver import ask
from tests.unit.services.scheduling.solver.conference_rounds import document


@pytest.fixture
def round_file(tmp_path: Path) -> Path:
    path = tmp_path / "tiny-1.json"
    path.write_text(json.dumps(document()))
    return path


def test_the_verb_prints_score_bound_and_gap_and_writes_the_solution(round_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "plan.json"
    said = CliRunner().invoke(
        app,
        [
            "conference",
            "plan",
            str(round_file),
            "--time-limit",
            "0.2",
            "--bound-limit",
            "0.2",
            "--out",
            str(out),
            "--json",
        ],
    )
    assert said.exit_code == 0, said.output
    told = json.loads(said.stdout.splitlines()[-1])
    assert (told["score"], told["bound"], told["gap"]) == (700, 700, 0)
    assert plan_in(out, read_instance(round_file)).score == 700


def test_what_the_process_refuses_is_refused_here(tmp_path: Path) -> None:
    with pytest.raises(HomeroomError) as refused:
        ask("plan", tmp_path / "none.json")
    assert refused.value.code == "CONFERENCE_INSTANCE"


def test_a_process_that_ends_without_a_word_is_an_error_too(round_file: Path) -> None:
    with pytest.raises(HomeroomError, match="ended without an answer"):
        ask("dance", round_file)


def test_repairs_are_measured_for_the_busiest_teacher_first(round_file: Path, tmp_path: Path) -> None:
    figures = run_repairs(data=tmp_path, names=["tiny-1"], teachers=2, plan_limit=0.1, seed=1, say=lambda _: None)
    assert [one["teacher"] for one in figures["rounds"]["tiny-1"]] == [0, 1]
    assert figures["families_moved"] == 0


def test_the_bench_knows_its_rounds_and_refuses_others() -> None:
    assert set(rounds_in(DATA, [])) == set(PUBLISHED_BOUND)
    with pytest.raises(HomeroomError, match="no round big-9"):
        rounds_in(DATA, ["big-9"])


def kept(**changed: Any) -> dict[str, Any]:
    promise = {"gap": 0.9, "score": 9, "fcfs_score": 8, "score_at_half_second": 8, "own_bound_above_best_known": 0.5}
    return {"sec800-1": promise | changed}


@pytest.mark.parametrize(
    ("changed", "hasty_gap", "said"),
    [
        ({}, 2.9, []),
        ({"gap": 1.1}, 2.9, ["sec800-1: gap 1.1 % above 1.0 %"]),
        ({"score_at_half_second": 7}, 2.9, ["sec800-1: below first come, first served"]),
        ({"own_bound_above_best_known": 1.5}, 2.9, ["sec800-1: own bound 1.5 % above the best known"]),
        ({}, 3.1, ["sec800-1 in 2 s: gap 3.1 % above 3.0 %"]),
    ],
)
def test_a_promise_that_did_not_hold_is_said(changed: dict[str, Any], hasty_gap: float, said: list[str]) -> None:
    assert missed(kept(**changed), {"sec800-1": {"gap": hasty_gap}}) == said
