"""The verbs as a person types them: exit codes, lines, one JSON object, and figures that keep their limits."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.cli import bench_onboard
from shared.cli.__main__ import main
from shared.directory.generate import riverside


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    riverside.build(tmp_path / "riverside", students=60)
    return tmp_path / "riverside"


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = main(arguments)
    return code, capsys.readouterr().out


def result(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code, out = run(capsys, *arguments, "--json")
    return code, json.loads(out.splitlines()[-1])


def test_a_district_from_first_look_to_rollback(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(capsys, "validate", str(folder))[0] == 0
    code, plan = result(capsys, "plan", str(folder))
    assert (code, plan["empty"]) == (2, False)
    code, applied = result(capsys, "apply", str(folder), "--plan", plan["checksum"])
    assert (code, applied["revision"]) == (0, 1)
    assert result(capsys, "plan", str(folder))[0] == 0
    assert run(capsys, "apply", str(folder)) == (0, "no change\n")
    settings = folder / "district.yaml"
    settings.write_text(settings.read_text().replace("floor_days: 30", "floor_days: 21"))
    assert result(capsys, "apply", str(folder))[1]["revision"] == 2
    assert result(capsys, "rollback", "--to", "1", "--dry-run")[0] == 2
    assert result(capsys, "rollback", "--to", "1")[1]["revision"] == 3
    code, history = result(capsys, "history")
    assert [entry["action"] for entry in history["revisions"]] == ["apply", "apply", "rollback"]
    code, status = result(capsys, "status")
    assert (code, status["green"]) == (2, "0/4")
    assert "s-tomas" in status["unreachable_students"]["listed"]


def test_a_misspelt_key_is_refused_with_its_line(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = folder / "schools" / "org-greenview.yaml"
    settings.write_text(settings.read_text().replace("office_phone", "office_fone"))
    code, out = run(capsys, "apply", str(folder))
    assert code == 1
    assert f"{settings}:2:1 config.unknown_key" in out
    assert "did you mean office_phone?" in out


def test_an_error_in_the_roster_is_named_by_path_and_row(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    users = folder / "roster" / "users.csv"
    users.write_text(users.read_text().replace("s-mateo,,,true", "s-mateo,,,maybe"))
    code, out = run(capsys, "validate", str(folder))
    assert code == 1
    assert "roster/users.csv:" in out
    assert "row.invalid_boolean" in out
    code, sarif = run(capsys, "validate", str(folder), "--format", "sarif")
    assert json.loads(sarif)["version"] == "2.1.0"


def test_a_full_disk_is_told_plainly_and_changes_nothing(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from shared.directory import store

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(store, "put", full)
        code, told = result(capsys, "apply", str(folder))
    assert (code, told["error"]["code"]) == (1, "directory.not_written")
    assert result(capsys, "history")[1]["revisions"] == []
    assert result(capsys, "apply", str(folder))[1]["revision"] == 1


def test_the_published_schema_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    code, out = run(capsys, "validate", "--schema")
    assert code == 0
    assert "floor_days" in json.loads(out)["$defs"]["district"]["properties"]


def test_generate_writes_where_nothing_is_yet(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "new"
    code, made = result(capsys, "generate", "--students", "50", "--seed", "3", "--out", str(out))
    assert (code, made["students"]) == (0, 50)
    assert result(capsys, "generate", "--students", "50", "--out", str(out))[0] == 1
    dirty = tmp_path / "dirty"
    assert run(capsys, "generate", "--students", "300", "--dirty", "200", "--out", str(dirty))[0] == 0
    assert run(capsys, "validate", str(dirty))[0] == 1


def test_onboarding_keeps_its_limits_at_a_small_size() -> None:
    figures = bench_onboard.run(600, json=True)
    assert figures["noop_events"] == 0
    assert figures["peak_rss_mb"] <= bench_onboard.LIMITS["peak_rss_mb"]
    assert {"seconds", "delta_seconds", "delta_ratio", "generate_seconds", "apply_seconds"} <= figures.keys()
