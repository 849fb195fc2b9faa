"""A table's header against its layout: exactly in the strict profile, by name and with guesses in the lenient one."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches

from shared.directory.oneroster.spec import TABLES_11, Table


class Header:
    """`layout` is the table's layout as it turned out to be; `pick` gives each of its columns its place in the file."""

    def __init__(self, layout: Table, *, lenient: bool, say: Callable[..., None]) -> None:
        self.layout = layout
        self.pick: list[int | None] = []
        self._lenient = lenient
        self._say = say

    def read(self, header: list[str]) -> bool:
        """Check the header; whether rows can be read by it."""
        fine = self._check_names(header)
        if self._lenient and not self._looks_like(self.layout, header):
            other = TABLES_11.get(self.layout.name)
            if other and other is not self.layout and self._looks_like(other, header):
                self._say("schema.version_1_1_layout", row=1, soft=True, expected="the 1.2 layout", actual="the 1.1 layout",
                          message="The file is laid out as OneRoster 1.1 while the manifest says 1.2.",
                          remedy="Set oneroster.version to 1.1, or export as 1.2.")  # fmt: skip
                self.layout = other
        return (self._lenient_header(header) if self._lenient else self._strict_header(header)) and fine

    @staticmethod
    def _looks_like(table: Table, header: list[str]) -> bool:
        return tuple(header[: len(table.header)]) == table.header

    def _check_names(self, header: list[str]) -> bool:
        seen: set[str] = set()
        fine = True
        for place, name in enumerate(header, start=1):
            if name == "":
                self._say("table.empty_header_name", row=1, column=place, message="A column has no name.",
                          remedy="Name the column, or remove it.")  # fmt: skip
                fine = False
            elif name in seen:
                self._say("table.duplicate_header", row=1, field=name, column=place,
                          message="Two columns have the same name.", remedy="Keep one of them.")  # fmt: skip
                fine = False
            seen.add(name)
        return fine

    def _strict_header(self, header: list[str]) -> bool:
        fine = True
        expected = self.layout.header
        missing = [name for name in expected if name not in header]
        for place, name in enumerate(expected):
            actual = header[place] if place < len(header) else None
            if actual is None or actual == name:
                continue
            fine = False
            metadata = actual.startswith("metadata.")
            self._say(
                "schema.metadata_column_position" if metadata else "schema.header_order_mismatch",
                row=1, field=name, expected=name, actual="another column", column=place + 1,
                message="Extra columns come after all defined ones." if metadata
                else "Columns must stand in the order, and the case, of the specification.",
                remedy=f"Make column {place + 1} {name}.",
            )  # fmt: skip
        for name in missing:
            fine = False
            self._say("schema.missing_header", row=1, field=name, expected=name, actual="absent",
                      message="A defined column is missing.", remedy=f"Add the column {name}; its cells may be blank.")  # fmt: skip
        for place, name in enumerate(header[len(expected) :], start=len(expected) + 1):
            if name and not _is_metadata(name) and name not in expected:
                fine = False
                self._say("schema.invalid_metadata_header", row=1, field=name, expected="metadata.*", actual="another name",
                          column=place, message="An extra column must be named metadata.something.",
                          remedy=f"Rename it metadata.{name}, or remove it.")  # fmt: skip
        self.pick = list(range(len(expected)))
        return fine

    def _lenient_header(self, header: list[str]) -> bool:
        """Columns by name, whatever their order; misspelt names are guessed and warned of."""
        by_fold = {name.strip().casefold(): place for place, name in enumerate(header)}
        fine = True
        ordered = self._looks_like(self.layout, header)
        self.pick = []
        for column in self.layout.columns:
            place = by_fold.pop(column.name.casefold(), None)
            if place is None:
                near = get_close_matches(column.name.casefold(), by_fold, n=1, cutoff=0.85)
                place = by_fold.pop(near[0]) if near else None
            self.pick.append(place)
            if place is None:
                soft = not column.required
                fine = fine and soft
                self._say("schema.missing_header", row=1, field=column.name, expected=column.name, actual="absent", soft=soft,
                          message="A defined column is missing.", remedy=f"Add the column {column.name}.")  # fmt: skip
            elif header[place] != column.name:
                self._say("schema.header_order_mismatch", row=1, field=column.name, expected=column.name,
                          actual="misspelt", soft=True, column=place + 1, message="A column's name is misspelt.",
                          remedy=f"Name column {place + 1} {column.name}.")  # fmt: skip
                ordered = True
        if not ordered and fine:
            self._say("schema.header_order_mismatch", row=1, expected="the specification's order", actual="another order",
                      soft=True, message="Columns stand in another order than the specification's.",
                      remedy="Export with columns in the defined order.")  # fmt: skip
        for name in by_fold:
            if name and not _is_metadata(name):
                self._say("schema.invalid_metadata_header", row=1, field=name, expected="metadata.*", actual="another name",
                          soft=True, message="An extra column must be named metadata.something.",
                          remedy=f"Rename it metadata.{name}, or remove it.")  # fmt: skip
        return fine


def _is_metadata(name: str) -> bool:
    return name.startswith("metadata.") and len(name) > len("metadata.")
