"""The loop's settings in a school's file: what is misspelt is refused with its field, the rest reaches scheduling."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.contracts import latest
from shared.directory.config.jsonschema import settings_json_schema
from shared.directory.finding import Finding, Findings
from shared.directory.folder import load_folder

DISTRICT = """\
slug: riverside
name: Riverside
timezone: America/Chicago
languages: [en, es]
school_year: {start: 2026-09-01, end: 2027-06-11}
"""
FINE = """\
loop:
  mediation_school_days: 3
  services:
    winter_coats: {en: "St Anne, Saturdays", vi: "Nhà thờ Thánh Anna"}
"""


def complaints(folder: Path, text: str) -> list[Finding]:
    (folder / "schools").mkdir(parents=True)
    (folder / "district.yaml").write_text(DISTRICT)
    (folder / "schools" / "greenview.yaml").write_text(text)
    findings = Findings()
    load_folder(folder, findings)
    return [each for each in findings if each.file.endswith("greenview.yaml")]


def test_local_services_by_need_and_language_are_taken(tmp_path: Path) -> None:
    assert complaints(tmp_path / "riverside", FINE) == []
    assert "loop" in latest("district.school_onboarded").fields


@pytest.mark.parametrize(
    ("wrong", "right"),
    [
        ("winter_coats", "Winter Coats"),
        ("vi:", "vietnamese_please:"),
        ("mediation_school_days: 3", "mediation_school_days: 0"),
        ("services", "service"),
    ],
)
def test_what_cannot_be_is_refused(tmp_path: Path, wrong: str, right: str) -> None:
    assert complaints(tmp_path / "riverside", FINE.replace(wrong, right)) != []


def test_the_published_schema_describes_them() -> None:
    services = settings_json_schema()["$defs"]["school"]["properties"]["loop"]["properties"]["services"]
    assert services["type"] == "object"
    assert services["propertyNames"]["pattern"].startswith("^[a-z]")
    assert services["additionalProperties"]["additionalProperties"] == {"type": "string"}
