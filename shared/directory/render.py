"""Reports and plans as people, editors and CI want them: text, JSON, SARIF 2.1.0, GitHub annotations."""

from __future__ import annotations

import json
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Any

from shared.directory.engine.plan import Plan
from shared.directory.engine.status import Status
from shared.directory.finding import Finding, Report, Severity
from shared.directory.store import Revision

SHOWN = 20  # ids shown of a long list


class Format(StrEnum):
    TEXT = "text"
    JSON = "json"
    SARIF = "sarif"
    GITHUB = "github"


def report_dict(report: Report) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "errors": report.errors,
        "warnings": report.warnings,
        "rows": report.rows,
        "files": list(report.files),
        "findings": [finding.as_dict() for finding in report.findings],
    }


def located(report: Report, folder: Path) -> Report:
    """The report with paths instead of bare names, so that editors and CI can jump to them."""

    def place(finding: Finding) -> Finding:
        inside = "roster/" if "/" not in finding.file and finding.file.endswith(".csv") else ""
        return replace(finding, file=f"{folder}/{inside}{finding.file}")

    return replace(report, findings=tuple(map(place, report.findings)))


def render_report(report: Report, style: Format) -> str:
    """The report in one of the styles."""
    if style is Format.JSON:
        return json.dumps(report_dict(report), ensure_ascii=False)
    if style is Format.SARIF:
        return json.dumps(_sarif(report), ensure_ascii=False, indent=2)
    line = _github if style is Format.GITHUB else _text
    lines = [line(finding) for finding in report.findings]
    if style is Format.TEXT:
        shown = len(report.findings)
        hidden = report.errors + report.warnings - shown
        more = f" ({hidden} more of the same kinds not shown)" if hidden else ""
        lines.append(f"{report.errors} error(s), {report.warnings} warning(s), {report.rows} row(s) read{more}")
    return "\n".join(lines)


def _text(finding: Finding) -> str:
    """`file:line:column CODE message`, as compilers write it."""
    kind = "" if finding.severity is Severity.ERROR else "warning: "
    field = f" [{finding.field}]" if finding.field else ""
    remedy = f" → {finding.remedy}" if finding.remedy else ""
    return f"{finding.place} {finding.code} {kind}{finding.message}{field}{remedy}"


def _github(finding: Finding) -> str:
    """A workflow command; its texts are escaped as GitHub asks."""
    level = "error" if finding.severity is Severity.ERROR else "warning"
    places = [f"file={_escaped(finding.file)}"]
    places += [f"line={finding.row}"] if finding.row is not None else []
    places += [f"col={finding.column}"] if finding.column is not None else []
    text = f"{finding.message} {finding.remedy}".replace("%", "%25").replace("\n", "%0A").replace("\r", "%0D")
    return f"::{level} {','.join(places)},title={_escaped(finding.code)}::{text}"


def _escaped(text: str) -> str:
    for raw, code in (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"), (":", "%3A"), (",", "%2C")):
        text = text.replace(raw, code)
    return text


def _sarif(report: Report) -> dict[str, Any]:
    codes = sorted({finding.code for finding in report.findings})
    results = []
    for finding in report.findings:
        region: dict[str, int] = {}
        if finding.row is not None:
            region["startLine"] = finding.row
            if finding.column is not None:
                region["startColumn"] = finding.column
        place: dict[str, Any] = {"artifactLocation": {"uri": finding.file}}
        if region:
            place["region"] = region
        results.append(
            {
                "ruleId": finding.code,
                "level": finding.severity.value,
                "message": {"text": f"{finding.message} {finding.remedy}".strip()},
                "locations": [{"physicalLocation": place}],
            }
        )
    return {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [
            {"tool": {"driver": {"name": "homeroom", "rules": [{"id": code} for code in codes]}}, "results": results}
        ],
    }


def render_plan(plan: Plan) -> str:
    """A plan for a person: what changes, who would fall silent, whom nobody reaches, what is held."""
    lines = [f"{plan.action} to {plan.district or 'district'}, from revision {plan.base}"]
    if plan.empty:
        lines.append("no change")
    for label, tally in sorted(plan.summary().items()):
        lines.append(f"  {label:<22} +{tally['add']} ~{tally['change']} -{tally['remove']}")
    if plan.silenced_count:
        lines.append(f"would stop hearing from us: {plan.silenced_count}")
        lines += [f"  {one.guardian_id} about {one.student_id} ({one.why})" for one in plan.silenced[:SHOWN]]
    if plan.unreachable_count:
        lines.append(f"students whom no guardian can be reached for: {plan.unreachable_count}")
        lines += [f"  {student}" for student in plan.unreachable[:SHOWN]]
    for hold in plan.holds:
        lines.append(f"HELD {hold.reason}: {hold.count} of {hold.of} {hold.kind}; release with --approve {hold.id}")
    if not plan.empty:
        lines.append(f"checksum {plan.checksum}")
    return "\n".join(lines)


def render_status(status: Status) -> str:
    services = status.services()
    green = sum(services.values())
    lines = [f"revision {status.revision}, {green}/{len(services)} services hold the current settings"]
    for school in status.schools:
        waiting = f"; waiting: {', '.join(school.waiting)}" if school.waiting else ""
        lines.append(
            f"  {school.school_id} {school.config_version} {len(school.acknowledged)}/{len(services)}{waiting}"
        )
    if status.unreachable_count:
        lines.append(f"students whom no guardian can be reached for: {status.unreachable_count}")
        lines += [f"  {student}" for student in status.unreachable[:SHOWN]]
    return "\n".join(lines)


def revision_dict(revision: Revision) -> dict[str, Any]:
    return {
        "revision": revision.number, "at": revision.at.isoformat(), "action": revision.action, "actor": revision.actor,
        "checksum": revision.checksum, "changes": revision.summary, "approved": revision.approved,
    }  # fmt: skip


def render_history(revisions: list[Revision]) -> str:
    lines = []
    for revision in revisions:
        changes = ", ".join(
            f"{label} +{tally['add']} ~{tally['change']} -{tally['remove']}"
            for label, tally in sorted(revision.summary.items())
        )
        lines.append(
            f"{revision.number:>4}  {revision.at:%Y-%m-%d %H:%M} UTC  {revision.action:<8} {revision.actor}  {changes}"
        )
    return "\n".join(lines) or "nothing has been applied yet"
