"""The main job, as a newcomer runs it: real files in, a term out, every outcome looked at."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
FEATURES = ("F01", "F02", "F03", "F04", "F07", "F09", "F10", "F19", "F22", "F24", "F29", "F35", "F36", "F43", "F52", "F53")


def _homeroom(*arguments: str, code: int = 0) -> dict[str, Any]:
    command = [sys.executable, "-W", "ignore", "-m", "shared.cli", *arguments, "--json"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False, timeout=570)
    assert done.returncode == code, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.timeout(600)
def test_the_sample_districts_term_is_played_and_every_check_holds(tmp_path: Path) -> None:
    seen = _homeroom("demo", "--out", str(tmp_path / "out"))
    assert [check["id"] for check in seen["checks"] if not check["ok"]] == []
    assert {check["feature"] for check in seen["checks"]} == set(FEATURES)
    assert seen["figures"]["students"] >= 600
    assert seen["figures"]["notes_in_crash"] == 500
    mails = (tmp_path / "out" / "mail.jsonl").read_text(encoding="utf-8")
    assert mails.count("\n") == seen["figures"]["mails_sent"]


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years of work")
    refused = _homeroom("demo", "--out", str(tmp_path), code=1)
    assert refused["error"]["code"] == "demo.out"
    assert (tmp_path / "thesis.txt").exists()


def test_a_folder_that_is_no_district_is_refused_with_its_remedy(tmp_path: Path) -> None:
    refused = _homeroom("demo", "--district", str(tmp_path), "--out", str(tmp_path / "out"), code=1)
    assert refused["error"]["code"] == "demo.folder"
    assert "district.yaml" in refused["error"]["remedy"]
