"""`homeroom report` at the command line, on a state folder."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from shared.cli.app import app
from shared.cli.district import open_runtime
from shared.clock import SystemClock
from shared.launcher.components import component
from shared.tenancy.provision import provision
from tests.unit.services.notifications.reach.reachhouse import ReachHouse


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A district of 24 families with a message each, half of them Somali; a third wrote back."""
    monkeypatch.chdir(tmp_path)
    with open_runtime(None, "riverside") as runtime:
        provision(runtime.cell, runtime.databases, [component("notifications")])
        house = ReachHouse(runtime.databases.engine("notifications", "riverside"), tmp_path)
        house.now = SystemClock().now() - timedelta(days=2)
        house.school("greenview", "Greenview")
        for n in range(24):
            house.family(f"g-{n}", language="so" if n < 12 else "en")
            house.send(f"g-{n}")
        house.pass_time(hours=1)
        for n in range(8, 16):
            house.reply(f"g-{n}")
    return tmp_path


def _json(*arguments: str) -> dict:
    outcome = CliRunner().invoke(app, ["report", *arguments, "--json"])
    assert outcome.exit_code == 0, outcome.output
    return json.loads(outcome.stdout)


def test_a_report_is_told_again_as_of_its_time(state: Path) -> None:
    told = _json()
    figures = {(row["school"], row["figure"]): row for row in told["figures"] if row["table"] == "schools"}
    assert figures["", "reach"]["value"] == 100.0 and figures["greenview", "reply"]["n"] == 24
    again = _json("--as-of", told["as_of"])
    assert again == told


def test_equity_shows_the_gap_with_n_and_files_are_written(state: Path) -> None:
    told = _json("--equity", "--csv", "out.csv", "--pdf", "out.pdf")
    somali = next(row for row in told["languages"] if row["language"] == "so")
    assert somali["n"] == 12 and round(somali["reply_gap"]) == 0
    assert {row["table"] for row in told["figures"]} == {"languages"}
    assert (state / "out.pdf").read_bytes().startswith(b"%PDF") and b"Somali" not in (state / "out.csv").read_bytes()


def test_the_table_is_for_people_and_a_time_before_all_counts_is_refused(state: Path) -> None:
    outcome = CliRunner().invoke(app, ["report"])
    assert "Families reached" in outcome.stdout and "Association, not cause" in outcome.stdout
    refused = CliRunner().invoke(app, ["report", "--as-of", "2020-01-01"])
    assert refused.exit_code == 1 and "nothing had been counted" in str(refused.exception)
    assert "not a time" in str(CliRunner().invoke(app, ["report", "--as-of", "yesterday"]).exception)
