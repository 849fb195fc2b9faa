"""A district folder on disk, and what it says about itself.

district.yaml                 the district: zone, languages, year, defaults
schools/<orgSourcedId>.yaml   what a school does differently; the file's name is the org's sourcedId
surveys/*.yaml glossary/*.csv belong to other services; here they are only parsed
roster/                       OneRoster files (or roster.zip), and contacts.csv
grades/<date>.zip             OneRoster gradebook packages, read from that day on
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from shared.directory.config.check import check_document
from shared.directory.config.schemas import DEFAULTS, DistrictSchema, SchoolSchema
from shared.directory.config.yamlmarks import Marked, load_marked
from shared.directory.finding import Finding, Findings
from shared.directory.oneroster.csvstream import CsvBroken, CsvStream

_KNOWN = {"district.yaml", "schools", "surveys", "glossary", "roster", "roster.zip", "grades", "README.md"}
_DROP = re.compile(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:-[0-9a-z]+)?\.zip$")


@dataclass(frozen=True, slots=True)
class Drop:
    """A gradebook package and the day it was dropped."""

    path: Path
    on: date


@dataclass(slots=True)
class DistrictFolder:
    """The settings of a folder, JSON-ready, and the places of its data."""

    path: Path
    district: dict[str, Any] = field(default_factory=dict)
    schools: dict[str, dict[str, Any]] = field(default_factory=dict)
    roster: Path | None = None
    contacts: Path | None = None
    drops: tuple[Drop, ...] = ()

    def settings(self, school_id: str) -> dict[str, Any]:
        """A school's effective settings: defaults, then the district's, then its own."""
        return DEFAULTS | self.district | self.schools.get(school_id, {})


def load_folder(path: Path, findings: Findings) -> DistrictFolder:
    """Read the settings of `path`; what is wrong goes to `findings`, with file, line and column."""
    folder = DistrictFolder(path)
    folder.district = _settings(path / "district.yaml", "district.yaml", DistrictSchema(), findings) or {}
    for file in sorted((path / "schools").glob("*.y*ml")):
        name = f"schools/{file.name}"
        folder.schools[file.stem] = _settings(file, name, SchoolSchema(), findings) or {}
    for file in sorted((path / "surveys").glob("*.y*ml")):
        marked = load_marked(file, f"surveys/{file.name}")
        if isinstance(marked, Finding):
            findings.add(marked)
    for file in sorted((path / "glossary").glob("*.csv")):
        _parses(file, f"glossary/{file.name}", findings)
    _find_roster(folder, findings)
    folder.drops = tuple(_drops(path / "grades", findings))
    for entry in sorted(path.iterdir()) if path.is_dir() else ():
        if entry.name not in _KNOWN and not entry.name.startswith("."):
            findings.add(Finding("config.unknown_file", entry.name, message="A district folder has no such entry.",
                                 remedy="Remove it, or correct its name.").as_warning())  # fmt: skip
    return folder


def _settings(file: Path, name: str, schema: Any, findings: Findings) -> dict[str, Any] | None:
    marked = load_marked(file, name)
    if isinstance(marked, Finding):
        findings.add(marked)
        return None
    assert isinstance(marked, Marked)
    loaded, found = check_document(marked, schema, name)
    findings.extend(found)
    plain: dict[str, Any] | None = json_ready(loaded)
    return plain


def json_ready(value: Any) -> Any:
    """Dates and times as ISO text, all the way down."""
    if isinstance(value, dict):
        return {key: json_ready(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [json_ready(inner) for inner in value]
    if isinstance(value, datetime):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, date) else value


def _parses(file: Path, name: str, findings: Findings) -> None:
    try:
        with file.open("rb") as stream:
            for _ in CsvStream(stream):
                pass
    except CsvBroken as broken:
        findings.add(Finding(broken.code, name, broken.row, message="The file is not well-formed CSV.",
                             remedy="Quote cells as RFC 4180 says.", column=broken.column))  # fmt: skip


def _find_roster(folder: DistrictFolder, findings: Findings) -> None:
    inside = folder.path / "roster"
    zips = [place for place in (inside / "roster.zip", folder.path / "roster.zip") if place.is_file()]
    if zips:
        folder.roster = zips[0]
    elif (inside / "manifest.csv").is_file() or any(inside.glob("*.csv")):
        folder.roster = inside
    else:
        findings.add(Finding("config.missing_roster", "roster", message="The folder holds no roster.",
                             remedy="Put the OneRoster files, or roster.zip, into roster/."))  # fmt: skip
    sidecar = inside / "contacts.csv"
    folder.contacts = sidecar if sidecar.is_file() else None


def _drops(folder: Path, findings: Findings) -> list[Drop]:
    drops = []
    for file in sorted(folder.glob("*.zip")):
        match = _DROP.match(file.name)
        try:
            drops.append(Drop(file, date.fromisoformat(match[1] if match else "")))
        except ValueError:
            findings.add(Finding("config.drop_name", f"grades/{file.name}", message="A gradebook package is named by its day.",
                                 remedy="Name it like 2026-09-29.zip."))  # fmt: skip
    return drops
