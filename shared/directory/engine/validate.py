"""Reads a whole district folder into staging and says what is wrong with it."""

from __future__ import annotations

import contextlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from hashlib import blake2b
from pathlib import Path
from typing import BinaryIO, cast

from shared.directory.contacts import FILE, check_contacts, stage_contacts
from shared.directory.finding import Finding, Findings, Profile, Report
from shared.directory.folder import DistrictFolder, Drop, load_folder
from shared.directory.oneroster.package import Mode
from shared.directory.oneroster.read import Depth, Reading, check_package, read_package
from shared.directory.oneroster.staging import KINDS, Staging


@dataclass(slots=True)
class Reader:
    """A folder that has been read: settings, staging, findings."""

    folder: DistrictFolder
    staging: Staging
    findings: Findings
    reading: Reading
    contacts_mode: Mode = Mode.ABSENT

    def report(self) -> Report:
        return Report(
            findings=tuple(self.findings),
            errors=self.findings.error_count,
            warnings=self.findings.warning_count,
            rows=self.reading.rows,
            files=tuple(self.reading.files),
        )


@contextmanager
def read_folder(
    path: Path, *, profile: Profile, today: date | None = None, work: Path | None = None
) -> Iterator[Reader]:
    """Settings, roster and sidecar in a staging file that lasts as long as the block. `work` is where it is put."""
    findings = Findings()
    with Staging(work) as staging:
        folder = load_folder(path, findings)
        reader = Reader(folder, staging, findings, Reading())
        if folder.roster:
            reader.reading = read_package(folder.roster, staging, profile=profile, findings=findings)
            _read_contacts(reader, profile)
            _check_schools(reader)
        yield reader


def _read_contacts(reader: Reader, profile: Profile) -> None:
    modes = reader.reading.modes
    # beside a delta roster the sidecar is one too: it speaks of the pairs it names
    mode = Mode.DELTA if modes.get("users", Mode.BULK) is Mode.DELTA or "users" not in modes else Mode.BULK
    folder, roster = reader.folder, reader.folder.roster
    with contextlib.ExitStack() as stack:
        if folder.contacts:
            stream: BinaryIO = stack.enter_context(folder.contacts.open("rb"))
        elif roster and roster.is_file() and zipfile.is_zipfile(roster):
            archive = stack.enter_context(zipfile.ZipFile(roster))
            if FILE not in archive.namelist():
                return
            stream = cast(BinaryIO, stack.enter_context(archive.open(FILE)))
        else:
            return
        reader.contacts_mode = mode
        reader.reading.files.append(FILE)
        rows = stage_contacts(stream, reader.staging, mode=mode, profile=profile, findings=reader.findings)
        reader.reading.rows += rows
    if reader.reading.clean:
        reader.findings.extend(check_contacts(reader.staging, modes, mode))


def _check_schools(reader: Reader) -> None:
    """A school's file is named by an org of the roster, of type school."""
    if reader.reading.modes.get("orgs") is not Mode.BULK or not reader.reading.clean:
        return
    known = {row[0] for row in reader.staging.db.execute("SELECT sourcedId FROM orgs WHERE type = 'school'")}
    for school in reader.folder.schools:
        if school not in known:
            reader.findings.add(
                Finding("config.unknown_school", f"schools/{school}.yaml", 1, None, "the sourcedId of a school in orgs.csv",
                        "no such school", "The roster has no school with this id.",
                        "Name the file after the school's sourcedId in orgs.csv.", 1)
            )  # fmt: skip


def read_drop(reader: Reader, drop: Drop, *, profile: Profile) -> int:
    """Read a gradebook package beside the roster; its line items and results go into the same staging file."""
    name = f"grades/{drop.path.name}"
    found = Findings()
    with Staging(reader.staging.path.parent) as other:
        reading = read_package(drop.path, other, profile=profile, findings=found, depth=Depth.PARSE)
        for item in found:
            reader.findings.add(Finding(item.code, f"{name}/{item.file}", item.row, item.field, item.expected, item.actual,
                                        item.message, item.remedy, item.column, item.severity))  # fmt: skip
        if found.error_count:
            return 0
        for kind in ("lineItems", "results"):
            columns = ", ".join("?" * (len(KINDS[kind]) + 2))
            for row in other.db.execute(f'SELECT * FROM "{kind}" ORDER BY _row'):
                reader.staging.db.execute(
                    f'DELETE FROM "{kind}" WHERE sourcedId = ?', (row[0],)
                )  # a later drop corrects
                reader.staging.db.execute(f'INSERT INTO "{kind}" VALUES ({columns})', row)
    reader.reading.rows += reading.rows
    return reading.rows


def file_digest(path: Path) -> str:
    """A digest of a file's bytes, read in pieces."""
    value = blake2b(digest_size=16)
    with path.open("rb") as stream:
        while piece := stream.read(1 << 20):
            value.update(piece)
    return value.hexdigest()


def validate(path: Path, *, profile: Profile = Profile.LENIENT, depth: Depth = Depth.FULL) -> Report:
    """A report on a district folder, or on a OneRoster package alone (a zip, or a folder with a manifest.csv)."""
    if not (path / "district.yaml").is_file() and (
        path.is_file() or (path / "manifest.csv").is_file() or not path.is_dir()
    ):
        findings = check_package(path, profile=profile, depth=depth)
        return Report(tuple(findings), findings.error_count, findings.warning_count)
    with read_folder(path, profile=profile) as reader:
        reader.staging.db.execute("DELETE FROM lineItems")
        reader.staging.db.execute("DELETE FROM results")
        for drop in reader.folder.drops:
            read_drop(reader, drop, profile=profile)
        return reader.report()
