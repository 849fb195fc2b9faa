"""Strangers' files: any cell may hold anything, and nothing crashes; what is refused says where."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.surveys.definitions.library import SHIPPED
from services.surveys.definitions.load import check
from services.surveys.exchange.grid import Book, read_book
from services.surveys.exchange.imported import Imported
from services.surveys.exchange.place import Weight
from services.surveys.exchange.sheets import to_csv, to_xlsx
from services.surveys.exchange.surveyjs_export import export_surveyjs
from services.surveys.exchange.surveyjs_import import import_surveyjs
from services.surveys.exchange.xlsform_export import export_xlsform
from services.surveys.exchange.xlsform_import import import_xlsform
from shared.errors import HomeroomError
from tests.unit.services.surveys.exchange.exchangeforms import EXAMPLES, workbook

FORMS = [
    EXAMPLES / "example_xls" / name
    for name in ("widgets.xls", "group.csv", "table-list.xls", "choice_filter_test.xlsx", "xlsform_spec_test.xlsx")
]
BOOKS = [read_book(path.read_bytes()) for path in FORMS]
NASTY = (
    "", "-", "0x1", "select_one", "select_one yes_no or_other", "begin_group", "end_repeat", "begin repeat", "range", "note",
    "${", "${a} = ", "selected(., ", "((((((((", "' or '1'='1", "=1+1", "true()", "${a b}", "{a}", "\x0b", "a" * 5_000, "१२", "🎓",
    "label::", "::", "bind::relevant", "homeroom_more", '{"meant": 3}', '{"options": 3}', "[" * 200, "table-list", "start=a end=",
    "not(not(not(${a})))", "1 div 0", "yes", "calculate", "../..", "pulldata('a')", "select_one_from_file x.csv", "\ud7ff",
)  # fmt: skip
TEXTS = st.one_of(
    st.sampled_from(NASTY), st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=40)
)
SHIPPED_JSON = [
    export_surveyjs(dict(d.content))[0]
    for d in (check(path, path.name)[0] for path in sorted(SHIPPED.glob("*.yaml")))
    if d
]


def sheets_of(book: Book) -> dict[str, list[list[str]]]:
    """The cells as they stood, empty ones too."""
    found = {}
    for sheet in book.sheets.values():
        headers = list(sheet.headers)
        found[sheet.name] = [headers, *([row.cells.get(header, "") for header in headers] for row in sheet.rows)]
    return found


def mutated(draw: st.DrawFn, tables: dict[str, list[list[str]]]) -> dict[str, list[list[str]]]:
    for _ in range(draw(st.integers(1, 6))):
        name = draw(st.sampled_from(sorted(tables)))
        rows = tables[name]
        row = draw(st.integers(0, len(rows) - 1))
        if not rows[row]:
            continue
        match draw(st.integers(0, 3)):
            case 0 if len(rows) > 1:
                del rows[row]
            case 1:
                rows.insert(row, list(rows[draw(st.integers(0, len(rows) - 1))]))
            case _:
                rows[row][draw(st.integers(0, len(rows[row]) - 1))] = draw(TEXTS)
    return tables


@st.composite
def examples(draw: st.DrawFn) -> dict[str, list[list[str]]]:
    return mutated(draw, sheets_of(draw(st.sampled_from(BOOKS))))


@st.composite
def ours(draw: st.DrawFn) -> dict[str, list[list[str]]]:
    path = draw(st.sampled_from(sorted(SHIPPED.glob("*.yaml"))))
    definition, _ = check(path, path.name)
    assert definition is not None
    tables = export_xlsform(definition.content).tables
    return mutated(draw, {name: table.lines() for name, table in tables.items()})


def is_clear(imported: Imported) -> None:
    for remark in imported.remarks:
        assert remark.message
        assert remark.remedy
        assert (
            str(remark.place)
            or remark.weight is not Weight.REFUSED
            or remark.code in ("xlsform.no_survey", "xlsform.invalid")
        )


def is_answered(raw: bytes) -> None:
    """Either read, or said to be unreadable: nothing else comes out."""
    try:
        imported = import_xlsform(raw, stem="form")
    except HomeroomError as unreadable:
        remedy = unreadable.remedy
    else:
        is_clear(imported)
        remedy = "none needed"
    assert remedy


@given(st.one_of(examples(), ours()))
@settings(max_examples=60, deadline=None)
def test_a_form_with_anything_in_its_cells_is_imported_or_refused(tables: dict[str, list[list[str]]]) -> None:
    clean = {name: [[_legal(cell) for cell in row] for row in rows] for name, rows in tables.items()}
    is_clear(import_xlsform(workbook(**clean), stem="form"))


@given(
    st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"\xd0\xcf\x11\xe0", b"survey\n,type,name,label\n,"])
)
@settings(max_examples=80, deadline=None)
@example(b"\x00" * 100, b"PK\x03\x04")
def test_any_bytes_are_read_or_said_to_be_unreadable(body: bytes, head: bytes) -> None:
    is_answered(head + body)


@given(st.data())
@settings(max_examples=25, deadline=None)
def test_a_damaged_workbook_is_read_or_said_to_be_unreadable(data: st.DataObject) -> None:
    raw = bytearray(data.draw(st.sampled_from([path.read_bytes() for path in FORMS])))
    for _ in range(data.draw(st.integers(1, 20))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    is_answered(bytes(raw))


JSON: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-5, 5), st.floats(allow_nan=False), st.sampled_from(NASTY)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["name", "type", "choices", "value", "default", "es"]), inner, max_size=3)),
    max_leaves=6,
)  # fmt: skip


@given(st.data())
@settings(max_examples=100, deadline=None)
def test_a_surveyjs_form_with_anything_in_it_is_imported_or_refused(data: st.DataObject) -> None:
    form = json.loads(json.dumps(data.draw(st.sampled_from(SHIPPED_JSON))))
    for _ in range(data.draw(st.integers(1, 4))):
        holder, key = data.draw(st.sampled_from(_slots(form)))
        holder[key] = data.draw(JSON)
    is_clear(import_surveyjs(json.dumps(form).encode(), stem="form"))


def _slots(value: Any) -> Sequence[tuple[Any, Any]]:
    found: list[tuple[Any, Any]] = []
    for key, inner in list(
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    ):
        found.append((value, key))
        found += _slots(inner)
    return found


def _legal(cell: str) -> str:
    """openpyxl refuses to write what XML cannot hold."""
    return "".join(char for char in cell if char >= " " or char in "\t\n")[:2_000]


def test_the_same_cells_mean_the_same_in_a_workbook_and_in_csv() -> None:
    for path in sorted(SHIPPED.glob("*.yaml")):
        definition, _ = check(path, path.name)
        assert definition is not None
        tables = export_xlsform(definition.content).tables
        one, other = (import_xlsform(write(tables), stem="form") for write in (to_xlsx, to_csv))
        assert one.content == other.content
