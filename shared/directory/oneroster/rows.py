"""One table from stream to staging: header, widths, cells, lifecycle."""

from __future__ import annotations

from collections.abc import Callable

from shared.directory.finding import Finding, Findings, Profile
from shared.directory.oneroster.cells import EXPECTATIONS, ODD_BOOLEANS, Check, check_for, guid, instant
from shared.directory.oneroster.csvstream import CsvBroken, CsvStream
from shared.directory.oneroster.header import Header
from shared.directory.oneroster.package import Mode, Package
from shared.directory.oneroster.spec import TABLES_11, TABLES_12, Table, Type
from shared.directory.oneroster.staging import Staging, Writer

_CSV_MESSAGES = {
    "csv.invalid_utf8": "The file is not UTF-8.",
    "csv.unclosed_quote": "A quoted field is never closed.",
    "csv.unescaped_quote": "A quote stands inside an unquoted field.",
    "csv.unexpected_character_after_quote": "A quoted field goes on after its closing quote.",
    "csv.line_break_in_quoted_field": "A field holds a line break, which the binding forbids.",
    "csv.bare_carriage_return": "A carriage return is not followed by a line feed.",
    "csv.line_too_long": "A line is longer than any roster's.",
    "zip.invalid_archive": "The archive is damaged here.",
    "zip.entry_encrypted": "The archive is encrypted.",
}


def stage_table(package: Package, table: str, staging: Staging, profile: Profile, findings: Findings) -> int:
    """Read one supplied table into staging; returns the number of data rows."""
    reader = _TableReader(package, table, staging, profile, findings)
    try:
        with package.open(package.entries[table]) as stream:
            rows = CsvStream(stream, line_breaks=profile is Profile.LENIENT)
            return reader.read(rows)
    except CsvBroken as broken:
        findings.add(
            Finding(
                broken.code,
                reader.file,
                broken.row,
                message=_CSV_MESSAGES[broken.code],
                remedy="Export as UTF-8 CSV, quoting as RFC 4180 says.",
                column=broken.column,
            )
        )
        return 0


class _TableReader:
    def __init__(self, package: Package, table: str, staging: Staging, profile: Profile, findings: Findings) -> None:
        self.file = f"{table}.csv"
        self._name, self._staging = table, staging
        self._mode = package.modes[table]
        self._lenient = profile is Profile.LENIENT
        self._findings = findings
        self._layout = (TABLES_11 if package.version == "1.1" else TABLES_12)[table]
        self._pick: list[int | None] = []  # for each column of the layout, its place in the file
        self._width = 0

    def read(self, rows: CsvStream) -> int:
        stream = iter(rows)
        first = next(stream, None)
        if first is None:
            self._say("table.missing_header", row=1, message="The file is empty.", remedy="Write its header row.")
            return 0
        if rows.had_bom:
            self._say("csv.byte_order_mark", row=1, soft=True, expected="UTF-8 without a mark", actual="byte-order mark",
                      message="The file begins with a byte-order mark.", remedy="Save it as UTF-8 without BOM.")  # fmt: skip
        self._width = len(first[1])
        header = Header(self._layout, lenient=self._lenient, say=self._say)
        header_fine = header.read(first[1])
        self._layout, self._pick = header.layout, header.pick
        count = self._read_rows(stream, header_fine)
        for row in rows.broken_fields:
            self._say("csv.line_break_in_quoted_field", row=row, soft=True,
                      message=_CSV_MESSAGES["csv.line_break_in_quoted_field"], remedy="Put the text on one line.")  # fmt: skip
        if count == 0:
            self._say("table.missing_data_rows", soft=True, message="The file has a header and no rows.",
                      remedy="Leave the file out and declare it absent in the manifest.")  # fmt: skip
        return count

    def _say(
        self, code: str, *, row: int | None = None, field: str | None = None, expected: str | None = None,
        actual: str | None = None, message: str, remedy: str, soft: bool = False, column: int | None = None,
    ) -> None:  # fmt: skip
        found = Finding(code, self.file, row, field, expected, actual, message, remedy, column)
        self._findings.add(found.as_warning() if soft and self._lenient else found)

    def _read_rows(self, stream: object, header_fine: bool) -> int:
        columns = self._layout.columns
        pick, width = self._pick, self._width
        straight = pick == list(range(len(columns)))
        size = len(columns)
        required = [place for place, column in enumerate(columns) if column.required]
        checks: list[tuple[int, Check]] = [
            (place, check) for place, column in enumerate(columns) if (check := check_for(column)) and place > 0
        ]
        paired = _paired(self._layout)
        place_cells = _placer(self._layout, self._staging)
        delta = self._mode is Mode.DELTA
        count = 0
        for row, cells in stream:  # type: ignore[attr-defined]
            if len(cells) != width:
                if cells == [""] and self._lenient:
                    continue
                self._say("table.row_width_mismatch", row=row, expected=f"{width} cells", actual=f"{len(cells)} cells",
                          message="The row has not as many cells as the header.",
                          remedy="Quote cells that hold a comma; give every row all cells.")  # fmt: skip
                continue
            count += 1
            if not header_fine:
                continue
            record = cells[:size] if straight else ["" if place is None else cells[place] for place in pick]
            fine = True
            for place in required:
                if record[place] == "" and not (delta and self._lenient and record[1] == "tobedeleted" and place):
                    fine = False
                    self._missing(row, place)
            for place, check in checks:
                value = record[place]
                if value:
                    code = check(value)
                    if code and not self._forgive(code, record, place, row):
                        fine = False
                        self._bad_cell(code, row, place)
            if record[0] and guid(record[0]):
                fine = False
                self._bad_cell("row.invalid_guid", row, 0)
            if record[1] or record[2] or delta:
                fine = self._lifecycle(record, row, delta) and fine
            if paired:
                fine = self._pairs(record, row, paired) and fine
            if fine:
                place_cells(record, row)
        place_cells([], 0)
        return count

    def _missing(self, row: int, place: int) -> None:
        name = self._layout.columns[place].name
        self._say("row.missing_required_value", row=row, field=name, expected="a value", actual="empty", column=place + 1,
                  message="A required cell is empty.", remedy=f"Give {name} a value.")  # fmt: skip

    def _bad_cell(self, code: str, row: int, place: int) -> None:
        column = self._layout.columns[place]
        expected = EXPECTATIONS.get(code) or "|".join(sorted(column.values)) + ("|ext:*" if column.open else "")
        self._say(code, row=row, field=column.name, expected=expected, actual="invalid value", column=place + 1,
                  message=f"{column.name} is not as its type wants it.", remedy=f"Write {expected}.")  # fmt: skip

    def _forgive(self, code: str, record: list[str], place: int, row: int) -> bool:
        """Lenient: booleans as yes/no/1/0 and vocabulary in the wrong case are understood, and warned of."""
        if not self._lenient:
            return False
        column = self._layout.columns[place]
        if code == "row.invalid_boolean":
            better = ODD_BOOLEANS.get(record[place].strip().casefold())
        elif code == "row.invalid_enum" and column.type is Type.ENUM:
            folded = record[place].strip().casefold()
            better = next((value for value in column.values if value.casefold() == folded), None)
        else:
            better = None
        if better is None:
            return False
        record[place] = better
        self._say(code, row=row, field=column.name, expected=better, actual="another spelling", soft=True, column=place + 1,
                  message=f"{column.name} is spelt unusually; read as {better}.", remedy=f"Write {better}.")  # fmt: skip
        return True

    def _lifecycle(self, record: list[str], row: int, delta: bool) -> bool:
        """Bulk rows leave status and dateLastModified blank; delta rows carry both."""
        fine = True
        status, modified = record[1], record[2]
        if not delta:
            for name, value in (("status", status), ("dateLastModified", modified)):
                if value:
                    fine = self._lenient
                    self._say("row.field_forbidden_in_bulk", row=row, field=name, expected="blank", actual="present",
                              soft=True, message="Rows of a bulk file leave it blank.", remedy=f"Leave {name} empty.")  # fmt: skip
            return fine
        for name, value, expected in (
            ("status", status, "active|tobedeleted"), ("dateLastModified", modified, EXPECTATIONS["row.invalid_datetime"]),
        ):  # fmt: skip
            if not value:
                fine = False
                self._say("row.field_required_in_delta", row=row, field=name, expected=expected, actual="empty",
                          message="Rows of a delta file must carry it.", remedy=f"Give {name} a value.")  # fmt: skip
        if status and status not in ("active", "tobedeleted"):
            fine = False
            self._say("row.invalid_enum", row=row, field="status", expected="active|tobedeleted", actual="invalid value",
                      message="A delta row is active or to be deleted.", remedy="Write active or tobedeleted.")  # fmt: skip
        if modified and instant(modified):
            fine = self._lenient and fine
            self._say("row.invalid_datetime", row=row, field="dateLastModified", soft=True, actual="invalid value",
                      expected=EXPECTATIONS["row.invalid_datetime"], message="The time is not written as the binding wants it.",
                      remedy="Write UTC with milliseconds, like 2026-09-01T00:00:00.000Z.")  # fmt: skip
        return fine

    def _pairs(self, record: list[str], row: int, paired: tuple[int, int]) -> bool:
        first, second = (record[place] for place in paired)
        if (first.count(",") if first else -1) == (second.count(",") if second else -1):
            return True
        self._say("row.invalid_list", row=row, field="subjectCodes", expected="one subjectCode for each subject",
                  actual="different counts", soft=True, message="subjects and subjectCodes go in pairs.",
                  remedy="Give as many subjectCodes as subjects, in the same order.")  # fmt: skip
        return self._lenient


def _paired(table: Table) -> tuple[int, int] | None:
    header = table.header
    return (header.index("subjects"), header.index("subjectCodes")) if "subjectCodes" in header else None


def _placer(layout: Table, staging: Staging) -> Callable[[list[str], int], None]:
    """Writes a record of `layout` into staging in the 1.2 layout; an empty record flushes."""
    target = TABLES_12[layout.name]
    writer = staging.writer(layout.name)
    if layout is target or layout.header == target.header:
        return lambda record, row: writer.add(record, row) if record else writer.flush()
    renamed = {"academicSessionSourcedId": "gradingPeriodSourcedId"}
    sources = [
        layout.header.index(name) if name in layout.header
        else layout.header.index(renamed[name]) if renamed.get(name) in layout.header else None
        for name in target.header
    ]  # fmt: skip
    roles = staging.writer("roles") if layout.name == "users" else None

    def place(record: list[str], row: int) -> None:
        if not record:
            writer.flush()
            if roles:
                roles.flush()
            return
        writer.add(["" if source is None else record[source] for source in sources], row)
        if roles:
            _roles_of_1_1(layout, record, row, roles)

    return place


def _roles_of_1_1(layout: Table, record: list[str], row: int, roles: Writer) -> None:
    """1.1 has one role for all of a user's orgs: as many roles rows, the first of them primary."""
    header = layout.header
    role = record[header.index("role")]
    role = {"administrator": "siteAdministrator"}.get(role, role)
    for place, org in enumerate(record[header.index("orgSourcedIds")].split(",")):
        kind = "primary" if place == 0 else "secondary"
        roles.add([f"{record[0]}/{org}", record[1], record[2], record[0], kind, role, "", "", org, ""], row)
