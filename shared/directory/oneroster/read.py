"""Reads a package as far as asked: package → rows → references → meaning. Later stages need the earlier ones clean."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from shared.directory.finding import Finding, Findings, Profile
from shared.directory.oneroster.csvstream import CsvBroken, CsvStream
from shared.directory.oneroster.package import Mode, Package, open_package
from shared.directory.oneroster.references import check_references
from shared.directory.oneroster.rows import stage_table
from shared.directory.oneroster.semantics import check_semantics
from shared.directory.oneroster.spec import ROSTERING, TABLES_12
from shared.directory.oneroster.staging import Staging


class Depth(IntEnum):
    """How far to read before judging."""

    PACKAGE = 1
    PARSE = 2
    ROSTERING = 3
    FULL = 4


@dataclass(slots=True)
class Reading:
    """What a package turned out to hold."""

    modes: dict[str, Mode] = field(default_factory=dict)
    rows: int = 0
    files: list[str] = field(default_factory=list)
    clean: bool = False


def read_package(
    path: Path, staging: Staging, *, profile: Profile, findings: Findings, depth: Depth = Depth.FULL
) -> Reading:
    """Stream the package at `path` into `staging`; what is wrong goes to `findings`."""
    reading = Reading()
    before = findings.error_count
    package = open_package(path, profile, findings)
    if package is None:
        return reading
    try:
        supplied = package.supplied()
        reading.files = [f"{name}.csv" for name in supplied]
        for name in TABLES_12:
            if name in supplied:
                if depth is Depth.PACKAGE:
                    reading.rows += _only_format(package, name, findings)
                else:
                    reading.rows += stage_table(package, name, staging, profile, findings)
        reading.modes = _modes(package, supplied)
        if findings.error_count > before:
            return reading
        staging.index_all()
        if depth >= Depth.ROSTERING:
            tables = ROSTERING if depth is Depth.ROSTERING else tuple(TABLES_12)
            findings.extend(check_references(package, tables, staging))
        if depth is Depth.FULL:
            findings.extend(check_semantics(package, staging, findings))
        reading.clean = findings.error_count == before
        return reading
    finally:
        package.close()


def _modes(package: Package, supplied: dict[str, Mode]) -> dict[str, Mode]:
    modes = dict(supplied)
    if package.version == "1.1" and "users" in modes:
        modes["roles"] = modes["users"]  # 1.1 keeps roles in users.csv
    return modes


def _only_format(package: Package, name: str, findings: Findings) -> int:
    rows = 0
    try:
        with package.open(package.entries[name]) as stream:
            for _ in CsvStream(stream):
                rows += 1
    except CsvBroken as broken:
        findings.add(Finding(broken.code, f"{name}.csv", broken.row, column=broken.column,
                             message="The file is not well-formed CSV.", remedy="Quote cells as RFC 4180 says."))  # fmt: skip
    return max(0, rows - 1)


def check_package(path: Path, *, profile: Profile = Profile.STRICT, depth: Depth = Depth.FULL) -> Findings:
    """Findings of a package on its own, without a district around it."""
    findings = Findings()
    with Staging() as staging:
        read_package(path, staging, profile=profile, findings=findings, depth=depth)
    return findings
