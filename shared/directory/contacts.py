"""`contacts.csv`: what OneRoster lacks about a student's contacts, one row per student and contact.

Columns follow Ed-Fi's StudentContactAssociation; `docs/directory.md` describes them. Restrictions fail closed: a cell that
cannot be read is an error in every profile.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import BinaryIO

from shared.directory.finding import Finding, Findings, Profile
from shared.directory.oneroster.cells import ODD_BOOLEANS, calendar_date, guid
from shared.directory.oneroster.csvstream import CsvBroken, CsvStream
from shared.directory.oneroster.package import Mode
from shared.directory.oneroster.staging import CONTACT_COLUMNS, Staging

FILE = "contacts.csv"
REQUIRED = ("studentSourcedId", "contactSourcedId", "relation")
OPTIONAL_LAST = ("household", "status")  # may be left out; `status` only matters beside delta rosters
RELATIONS = frozenset(
    (
        "Adopted daughter|Adopted son|Adoptive parents|Aunt|Brother, half|Brother, natural/adoptive|Brother, step"
        "|Brother-in-law|Case Manager, Other|Childcare provider|Court appointed guardian|Cousin|Daughter|Daughter-in-law"
        "|Dependent|Doctor|Emergency Contact|Employer|Family member|Father|Father, foster|Father, step|Father-in-law"
        "|Fiance|Fiancee|Foster parent|Friend|Grandfather|Grandmother|Grandparent|Great Grandparent|Great aunt|Great uncle"
        "|Guardian|Husband|Life partner|Mother|Mother, foster|Mother, step|Mother-in-law|Neighbor|Nephew|Niece|Other"
        "|Parent|Sibling|Sister, half|Sister, natural/adoptive|Sister, step|Sister-in-law|Son|Spouse|Stepparent|Uncle|Ward"
        "|Wife"
    ).split("|")
)
SCOPES = frozenset({"no_contact", "no_pickup", "no_records"})
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*").fullmatch
_BOOLEANS = ("legalGuardian", "livesWith", "primaryContact", "emergencyContact", "mayPickUp", "receives")


@dataclass(frozen=True, slots=True)
class Restriction:
    """A limit on contact: what (`scope`), who said so (`source`), from and until when (`until` may be open)."""

    scope: str
    source: str
    starts_on: str
    ends_on: str | None


def parse_restrictions(cell: str) -> list[Restriction]:
    """`scope;source;from;until` with several separated by `|`; ValueError says which part cannot be read."""
    found = []
    for item in filter(None, cell.split("|")):
        parts = [part.strip() for part in item.split(";")]
        if len(parts) not in (3, 4) or not all(parts[:3]):
            raise ValueError("scope;source;from;until, several separated by |")
        scope, source, starts_on, ends_on = (*parts, "")[:4]
        if scope not in SCOPES:
            raise ValueError(f"a scope of {', '.join(sorted(SCOPES))}")
        if len(source) > 120:
            raise ValueError("a source of at most 120 characters")
        if calendar_date(starts_on) or (ends_on and calendar_date(ends_on)):
            raise ValueError("dates as YYYY-MM-DD")
        if ends_on and ends_on < starts_on:
            raise ValueError("an end on or after the start")
        found.append(Restriction(scope, source, starts_on, ends_on or None))
    return found


def _optional_boolean(value: str) -> str | None:
    return None if value in ("true", "false", "") else "contacts.invalid_boolean"


def _checks() -> dict[str, tuple[Callable[[str], bool], str, str]]:
    """Column → (is it wrong, issue code, what is expected)."""
    checks: dict[str, tuple[Callable[[str], bool], str, str]] = {
        name: (lambda value: value not in ("true", "false"), "contacts.invalid_boolean", "true or false")
        for name in _BOOLEANS
    }
    checks["relation"] = (
        lambda value: value not in RELATIONS and not value.startswith("ext:"),
        "contacts.invalid_relation", "an Ed-Fi relation, like Mother, Grandmother or Foster parent",
    )  # fmt: skip
    checks["priority"] = (
        lambda value: not value.isdecimal() or not 1 <= int(value) <= 99,
        "contacts.invalid_priority",
        "1 to 99",
    )
    checks["correspondenceLanguage"] = (
        lambda value: not _LANGUAGE(value), "contacts.invalid_language", "a BCP 47 tag, like es or zh-Hant",
    )  # fmt: skip
    for name in ("studentSourcedId", "contactSourcedId"):
        checks[name] = (lambda value: guid(value) is not None, "contacts.invalid_guid", "a sourcedId of users.csv")
    return checks


def stage_contacts(stream: BinaryIO, staging: Staging, *, mode: Mode, profile: Profile, findings: Findings) -> int:
    """Read the sidecar into staging (kind `contacts`); returns its number of rows."""
    rows = CsvStream(stream, line_breaks=profile is Profile.LENIENT)
    try:
        return _stage(rows, staging, mode, profile, findings)
    except CsvBroken as broken:
        findings.add(Finding(broken.code, FILE, broken.row, message="The file is not well-formed CSV.",
                             remedy="Save it as UTF-8 CSV, quoting as RFC 4180 says.", column=broken.column))  # fmt: skip
        return 0


def _stage(rows: CsvStream, staging: Staging, mode: Mode, profile: Profile, findings: Findings) -> int:
    stream = iter(rows)
    first = next(stream, None)
    if first is None:
        findings.add(
            Finding("contacts.missing_header", FILE, 1, message="The file is empty.", remedy="Write its header.")
        )
        return 0
    places = _header(first[1], findings)
    if places is None:
        return 0
    writer = staging.writer("contacts")
    checks = _checks()
    lenient = profile is Profile.LENIENT
    width, count = len(first[1]), 0
    for row, cells in stream:
        if len(cells) != width:
            findings.add(Finding("contacts.row_width_mismatch", FILE, row, None, f"{width} cells", f"{len(cells)} cells",
                                 "The row has not as many cells as the header.", "Quote cells that hold a comma."))  # fmt: skip
            continue
        count += 1
        record = {name: cells[place].strip() for name, place in places.items()}
        before = findings.error_count
        for found in _row(record, row, checks, lenient):
            findings.add(found)
        if findings.error_count == before:
            key = f"{record['studentSourcedId']}|{record['contactSourcedId']}"
            status = record.get("status", "") if mode is Mode.DELTA else ""
            writer.add([key, status, "", *(record.get(name, "") for name in CONTACT_COLUMNS)], row)
    writer.flush()
    return count


def _header(header: list[str], findings: Findings) -> dict[str, int] | None:
    known = (*CONTACT_COLUMNS, "status")
    fine = True
    for place, name in enumerate(header, start=1):
        if name not in known:
            fine = False
            near = get_close_matches(name, known, n=1)
            hint = f" Did you mean {near[0]}?" if near else ""
            findings.add(Finding("contacts.unknown_column", FILE, 1, name, "a known column", "unknown",
                                 f"The column is not one of the sidecar's.{hint}", "Rename or remove it.", place))  # fmt: skip
    for name in CONTACT_COLUMNS:
        if name not in header and name not in OPTIONAL_LAST:
            fine = False
            findings.add(Finding("contacts.missing_column", FILE, 1, name, name, "absent", "A column is missing.",
                                 f"Add the column {name}; optional cells may be blank."))  # fmt: skip
    if len(set(header)) != len(header):
        fine = False
        findings.add(
            Finding("contacts.duplicate_column", FILE, 1, message="A column appears twice.", remedy="Keep one.")
        )
    return {name: place for place, name in enumerate(header)} if fine else None


def _row(
    record: dict[str, str], row: int, checks: dict[str, tuple[Callable[[str], bool], str, str]], lenient: bool
) -> Iterator[Finding]:
    for name in REQUIRED:
        if not record[name]:
            yield Finding("contacts.missing_value", FILE, row, name, "a value", "empty", "A required cell is empty.",
                          f"Give {name} a value.")  # fmt: skip
    for name, (wrong, code, expected) in checks.items():
        value = record.get(name, "")
        if not value or not wrong(value):
            continue
        better = ODD_BOOLEANS.get(value.casefold()) if name in _BOOLEANS else None
        found = Finding(
            code, FILE, row, name, expected, "invalid value", f"{name} is not as expected.", f"Write {expected}."
        )
        if lenient and better:
            record[name] = better
            found = found.as_warning()
        elif lenient and name == "relation":
            record[name] = "Other"
            found = found.as_warning()
        yield found
    try:
        parse_restrictions(record.get("restrictions", ""))
    except ValueError as error:
        yield Finding("contacts.invalid_restriction", FILE, row, "restrictions", str(error), "cannot be read",
                      "The restriction cannot be read, and contact must not go on as if there were none.",
                      "Write scope;source;from;until, for example no_contact;court order 2026-118;2026-10-01;")  # fmt: skip


def check_contacts(staging: Staging, modes: dict[str, Mode], mode: Mode) -> Iterator[Finding]:
    """Pairs named once, and known people where the roster is complete."""
    query = "SELECT max(_row) FROM contacts GROUP BY sourcedId HAVING count(*) > 1 ORDER BY 1"
    for (row,) in staging.db.execute(query):
        yield Finding("contacts.duplicate_pair", FILE, row, "contactSourcedId", "each pair once", "duplicate",
                      "The same student and contact appear twice.", "Keep one row.")  # fmt: skip
    if modes.get("users") is not Mode.BULK or mode is not Mode.BULK:
        return
    for name in ("studentSourcedId", "contactSourcedId"):
        query = f'SELECT _row FROM contacts c WHERE NOT EXISTS (SELECT 1 FROM users u WHERE u.sourcedId = c."{name}") ORDER BY _row'
        for (row,) in staging.db.execute(query):
            yield Finding("reference.missing_target_record", FILE, row, name, "users.csv", "missing",
                          f"{name} names a person whom users.csv does not hold.",
                          "Add the person to users.csv, or remove the row.")  # fmt: skip


def sidecar(folder: Path) -> Path | None:
    """The sidecar of a roster folder, if it has one."""
    path = folder / FILE
    return path if path.is_file() else None
