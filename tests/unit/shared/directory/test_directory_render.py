"""Reports for people, editors and CI."""

from __future__ import annotations

import json
from pathlib import Path

from shared.directory.finding import Finding, Findings, Report
from shared.directory.render import Format, located, render_report

FINDING = Finding("row.invalid_date", "users.csv", 7, "birthDate", "YYYY-MM-DD", "invalid value", "Not a date, 100%.",
                  "Write YYYY-MM-DD.", 3)  # fmt: skip
REPORT = Report((FINDING, FINDING.as_warning()), 1, 1, 12, ("users.csv",))


def test_text_reads_file_line_column_code_message() -> None:
    first, second, last = render_report(located(REPORT, Path("riverside")), Format.TEXT).splitlines()
    assert first.startswith("riverside/roster/users.csv:7:3 row.invalid_date Not a date")
    assert "warning:" in second
    assert last == "1 error(s), 1 warning(s), 12 row(s) read"


def test_json_holds_every_field() -> None:
    value = json.loads(render_report(REPORT, Format.JSON))
    assert value["ok"] is False
    assert value["findings"][0]["field"] == "birthDate"


def test_sarif_points_at_line_and_column() -> None:
    value = json.loads(render_report(REPORT, Format.SARIF))
    (run,) = value["runs"]
    assert run["results"][0]["locations"][0]["physicalLocation"]["region"] == {"startLine": 7, "startColumn": 3}
    assert run["tool"]["driver"]["rules"] == [{"id": "row.invalid_date"}]


def test_github_annotations_are_escaped() -> None:
    line = render_report(REPORT, Format.GITHUB).splitlines()[0]
    assert line.startswith("::error file=users.csv,line=7,col=3,title=row.invalid_date::Not a date, 100%25.")


def test_a_million_findings_are_counted_and_a_few_kept() -> None:
    findings = Findings()
    for _ in range(5_000):
        findings.add(FINDING)
    assert findings.error_count == 5_000
    assert len(list(findings)) < 1_000
