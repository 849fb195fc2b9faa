"""Every failure comes with the command that fixes it."""

from __future__ import annotations

import json

import pytest

from shared.backing.locate import Found
from shared.cli import __main__ as cli
from shared.cli import doctor


@pytest.fixture(autouse=True)
def _no_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "resolve", lambda: Found(None, None, None))


def test_every_finding_knows_its_fix() -> None:
    findings = doctor.examine()
    assert all(finding.fix for finding in findings if not finding.ok)
    assert {"python", "disk", "RabbitMQ answers", "chromium", "fonts", "HOMEROOM_MASTER_KEY"} <= {
        f.id for f in findings
    }


def test_a_missing_requirement_is_the_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = doctor.Finding("disk", False, True, "0.1 GiB free", "free 2 GiB")
    monkeypatch.setattr(doctor, "examine", lambda: [broken])
    assert cli.main(["doctor", "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["ok"] is False
    assert cli.main(["doctor"]) == 1
    said = capsys.readouterr().out
    assert "MISSING disk" in said
    assert "→ free 2 GiB" in said


def test_servers_are_optional_for_the_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = doctor.Finding("RabbitMQ answers", False, False, "no", "./homeroom backing up")
    monkeypatch.setattr(doctor, "examine", lambda: [absent])
    assert cli.main(["doctor"]) == 0
