"""The package around the tables: a flat zip or folder with `manifest.csv`, which gives each file's mode.

The mode is per file (bulk, delta, absent), not per package. Zip entries are read as streams, never extracted.
"""

from __future__ import annotations

import contextlib
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import BinaryIO, cast

from shared.directory.finding import Finding, Findings, Profile
from shared.directory.oneroster.csvstream import CsvBroken, CsvStream
from shared.directory.oneroster.spec import FILES, TABLES_11, TABLES_12

MANIFEST = "manifest.csv"
MAX_ENTRIES = 200
ENCRYPTED = 0x1  # general purpose bit 0 of a zip entry
MAX_UNPACKED = 32 << 30  # bytes; the largest district's full drop is below 4 GB
SIDE_FILES = frozenset({"contacts.csv"})  # ours, read by shared.directory.contacts


class Mode(Enum):
    ABSENT = "absent"
    BULK = "bulk"
    DELTA = "delta"


@dataclass(slots=True)
class Package:
    """An opened package: which tables it holds, in which mode, and how to stream them."""

    path: Path
    version: str = "1.2"
    modes: dict[str, Mode] = field(default_factory=dict)
    entries: dict[str, str] = field(default_factory=dict)  # table name → entry name in the zip or folder
    archive: zipfile.ZipFile | None = None

    @contextlib.contextmanager
    def open(self, entry: str) -> Iterator[BinaryIO]:
        """A stream of one entry; an archive that turns out damaged or encrypted raises CsvBroken."""
        if self.archive is None:
            with (self.path / entry).open("rb") as stream:
                yield stream
            return
        if self.archive.getinfo(entry).flag_bits & ENCRYPTED:
            raise CsvBroken("zip.entry_encrypted", 1, 1)
        try:
            with self.archive.open(entry) as packed:
                yield cast(BinaryIO, packed)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
            raise CsvBroken("zip.invalid_archive", 1, 1) from None

    def supplied(self) -> dict[str, Mode]:
        return {name: mode for name, mode in self.modes.items() if mode is not Mode.ABSENT and name in self.entries}

    def close(self) -> None:
        if self.archive:
            self.archive.close()


def open_package(path: Path, profile: Profile, findings: Findings) -> Package | None:
    """Open `path` and read its manifest; None when it cannot be read on. What is wrong goes to `findings`."""
    package = Package(path)
    names = _entry_names(package, findings)
    if names is None:
        return None
    files = _known_files(names, profile, findings)
    manifest = files.pop(MANIFEST, None)
    package.entries = {FILES[name]: entry for name, entry in files.items()}
    if manifest is None:
        _say(findings, profile, "package.missing_manifest", MANIFEST, soft=True, expected=MANIFEST, actual="absent",
             message="The package has no manifest.csv.",
             remedy="Export with a manifest; it says for each file whether it is bulk, delta or absent.")  # fmt: skip
        package.modes = dict.fromkeys(package.entries, Mode.BULK)
        return package if profile is Profile.LENIENT and package.entries else None
    before = findings.error_count
    _read_manifest(package, manifest, profile, findings)
    return package if findings.error_count == before else None


def _say(
    findings: Findings, profile: Profile, code: str, file: str, *, soft: bool = False, row: int | None = None,
    field: str | None = None, expected: str | None = None, actual: str | None = None, message: str, remedy: str,
) -> None:  # fmt: skip
    """Add a finding; a `soft` one is only a warning in the lenient profile."""
    found = Finding(code, file, row, field, expected, actual, message, remedy)
    findings.add(found.as_warning() if soft and profile is Profile.LENIENT else found)


def _entry_names(package: Package, findings: Findings) -> list[str] | None:
    path = package.path
    if path.is_dir():
        return sorted(entry.name for entry in path.iterdir() if entry.is_file() and not entry.name.startswith("."))
    if not path.exists():
        findings.add(Finding("package.not_found", path.name, message="There is no such file or folder.",
                             remedy="Give the path of a OneRoster zip or folder."))  # fmt: skip
        return None
    try:
        package.archive = zipfile.ZipFile(path)
    except (zipfile.BadZipFile, OSError):
        findings.add(Finding("zip.invalid_archive", path.name, message="The file is not a readable zip archive.",
                             remedy="Export the package again; the transfer may have been cut short."))  # fmt: skip
        return None
    infos = [info for info in package.archive.infolist() if not info.filename.startswith("__MACOSX")]
    bad = _unsafe(infos)
    if bad:
        findings.add(Finding(bad, path.name, message="The archive is not a flat, reasonably sized set of files.",
                             remedy="Zip the CSV files themselves, without folders, each once."))  # fmt: skip
        return None
    return [info.filename for info in infos]


def _unsafe(infos: list[zipfile.ZipInfo]) -> str | None:
    """The code of what makes an archive unfit to read: folders, odd paths, duplicates, too much of anything."""
    names = [info.filename for info in infos]
    if len(names) > MAX_ENTRIES:
        return "zip.entry_count_exceeded"
    if sum(info.file_size for info in infos) > MAX_UNPACKED:
        return "zip.total_uncompressed_size_exceeded"
    if len(set(names)) != len(names):
        return "zip.entry_duplicate_name"
    for name in names:
        if ".." in name.split("/"):
            return "zip.entry_path_traversal"
        if name.startswith(("/", "\\")):
            return "zip.entry_absolute_path"
        if name.endswith("/"):
            return "zip.entry_directory"
        if "/" in name or "\\" in name:
            return "zip.entry_nested_path"
    return None


def _known_files(names: list[str], profile: Profile, findings: Findings) -> dict[str, str]:
    """Canonical file name → entry name. A wrong case is forgiven in the lenient profile."""
    by_fold = {name.casefold(): name for name in (*FILES, MANIFEST)}
    found: dict[str, str] = {}
    for entry in names:
        canonical = by_fold.get(entry.casefold())
        if entry in SIDE_FILES:
            continue
        if canonical is None:
            _say(findings, profile, "package.unknown_file", entry, soft=True, expected="a OneRoster file name",
                 actual="unknown", message="The package holds a file that the binding does not know.",
                 remedy="Remove it, or correct its name.")  # fmt: skip
        elif canonical in found:
            _say(findings, profile, "package.duplicate_file", entry, expected=canonical, actual="twice",
                 message="Two entries stand for the same file.", remedy="Keep one.")  # fmt: skip
        else:
            if entry != canonical:
                _say(findings, profile, "package.unknown_file", entry, soft=True, expected=canonical,
                     actual="wrong case", message="File names are case-sensitive.", remedy=f"Rename it {canonical}.")  # fmt: skip
                if profile is Profile.STRICT:
                    continue
            found[canonical] = entry
    return found


def _read_manifest(package: Package, entry: str, profile: Profile, findings: Findings) -> None:
    properties: dict[str, tuple[str, int]] = {}
    try:
        with package.open(entry) as stream:
            _collect(CsvStream(stream), properties, profile, findings)
    except CsvBroken as broken:
        findings.add(Finding(broken.code, MANIFEST, broken.row, message="The manifest is not well-formed CSV.",
                             remedy="Save it as UTF-8 CSV, quoting as RFC 4180 says.", column=broken.column))  # fmt: skip
        return
    package.version = _versions(properties, profile, findings)
    tables = TABLES_11 if package.version == "1.1" else TABLES_12
    known = {f"file.{name}" for name in tables}
    for name, (_, row) in properties.items():
        if name not in known and name not in _OTHER_PROPERTIES:
            _say(findings, profile, "manifest.unknown_property", MANIFEST, soft=True, row=row, field="propertyName",
                 expected="a known property", actual="unknown", message="The manifest has a property that is not known.",
                 remedy="Remove the row, or correct the property's name.")  # fmt: skip
    for name in tables:
        _file_mode(package, name, properties.get(f"file.{name}"), profile, findings)


_OTHER_PROPERTIES = frozenset({"manifest.version", "oneroster.version", "source.systemName", "source.systemCode"})


def _collect(rows: CsvStream, properties: dict[str, tuple[str, int]], profile: Profile, findings: Findings) -> None:
    seen_header = False
    for row, cells in rows:
        if not seen_header:
            seen_header = True
            if rows.had_bom:
                _byte_order_mark(MANIFEST, profile, findings)
            if cells != ["propertyName", "value"]:
                _say(findings, profile, "manifest.invalid_header", MANIFEST, row=1, expected="propertyName,value",
                     actual="another header", message="The manifest's header is not the one the binding defines.",
                     remedy="Make the first line propertyName,value.")  # fmt: skip
        elif len(cells) != 2:
            _say(findings, profile, "manifest.row_width_mismatch", MANIFEST, row=row, expected="2 cells",
                 actual=f"{len(cells)} cells", message="A manifest row has a name and a value.",
                 remedy="Give the row exactly two cells.")  # fmt: skip
        elif cells[0] in properties:
            _say(findings, profile, "manifest.duplicate_property", MANIFEST, row=row, field="propertyName",
                 expected="each property once", actual="twice", message="A property appears twice.",
                 remedy="Keep one of the rows.")  # fmt: skip
        else:
            properties[cells[0]] = (cells[1], row)
    if not seen_header:
        _say(findings, profile, "manifest.missing_header", MANIFEST, row=1, expected="propertyName,value",
             actual="empty file", message="The manifest is empty.", remedy="Write the manifest's rows.")  # fmt: skip


def _byte_order_mark(file: str, profile: Profile, findings: Findings) -> None:
    _say(findings, profile, "csv.byte_order_mark", file, soft=True, row=1, expected="UTF-8 without a mark",
         actual="byte-order mark", message="The file begins with a byte-order mark.",
         remedy="Save it as UTF-8 without BOM.")  # fmt: skip


def _versions(properties: dict[str, tuple[str, int]], profile: Profile, findings: Findings) -> str:
    for name, allowed, code in (
        ("manifest.version", ("1.0",), "manifest.invalid_manifest_version"),
        ("oneroster.version", ("1.1", "1.2"), "manifest.invalid_oneroster_version"),
    ):
        if name not in properties:
            _say(findings, profile, "manifest.missing_property", MANIFEST, soft=True, field=name, expected=name,
                 actual="absent", message="The manifest lacks a required property.", remedy=f"Add a row for {name}.")  # fmt: skip
        elif properties[name][0] not in allowed:
            odd = properties[name][0].strip() in ("1.1.0", "1.2.0", "1.2.1", "1.1.1") or name == "manifest.version"
            _say(findings, profile, code, MANIFEST, soft=odd, row=properties[name][1], field=name,
                 expected=" or ".join(allowed), actual="another version", message="The version is not one we read.",
                 remedy=f"Set {name} to {allowed[-1]} (1.2.1 is written 1.2).")  # fmt: skip
    value = properties.get("oneroster.version", ("1.2", 0))[0].strip()
    return "1.1" if value.startswith("1.1") else "1.2"


def _file_mode(package: Package, table: str, row: tuple[str, int] | None, profile: Profile, findings: Findings) -> None:
    present = table in package.entries
    file, name = f"{table}.csv", f"file.{table}"
    if row is None:
        _say(findings, profile, "manifest.missing_property", MANIFEST, soft=True, field=name, expected=name,
             actual="absent", message="The manifest must name every known file.",
             remedy=f"Add the row {name},absent (or bulk, or delta).")  # fmt: skip
        package.modes[table] = Mode.BULK if present else Mode.ABSENT
        return
    text, number = row
    try:
        mode = Mode(text)
    except ValueError:
        forgiven = text.strip().casefold() in {mode.value for mode in Mode}
        _say(findings, profile, "manifest.invalid_file_mode", MANIFEST, soft=forgiven, row=number, field=name,
             expected="absent|bulk|delta", actual="another word", message="A file's mode is absent, bulk or delta.",
             remedy="Write the mode in lower case.")  # fmt: skip
        mode = Mode(text.strip().casefold()) if forgiven else Mode.ABSENT
    if mode is Mode.ABSENT and present:
        _say(findings, profile, "manifest.file_unexpected", file, soft=True, field=name, expected="absent",
             actual="present", message="The manifest declares the file absent, yet it is there; it is not read.",
             remedy=f"Remove the file, or set {name} to bulk or delta.")  # fmt: skip
    if mode is not Mode.ABSENT and not present:
        _say(findings, profile, "manifest.file_missing", file, field=name, expected=mode.value, actual="missing",
             message="The manifest declares the file, yet it is not in the package.",
             remedy=f"Add {file}, or set {name} to absent.")  # fmt: skip
        mode = Mode.ABSENT
    package.modes[table] = mode
