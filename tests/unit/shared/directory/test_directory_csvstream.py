"""The CSV reader: what RFC 4180 and the binding allow, and the place of what they do not."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.directory.generate.writing import cell
from shared.directory.oneroster.csvstream import CsvBroken, CsvStream

TEXT = st.text(st.characters(exclude_characters="\r\n\0", exclude_categories=("Cs",)), max_size=20)


def rows(data: bytes, **options: bool) -> list[list[str]]:
    return [cells for _, cells in CsvStream(io.BytesIO(data), **options)]


@given(st.lists(st.lists(TEXT, min_size=1, max_size=6), min_size=1, max_size=8))
def test_what_is_written_is_read_back(table: list[list[str]]) -> None:
    if table[0][0].startswith("\ufeff"):
        return  # a mark at the very start is not part of the first cell
    data = "".join(",".join(map(cell, row)) + "\n" for row in table).encode()
    assert rows(data) == table


@given(st.lists(st.lists(TEXT, min_size=2, max_size=4), min_size=1, max_size=6))
def test_it_agrees_with_the_standard_librarys_reader(table: list[list[str]]) -> None:
    if table[0][0].startswith("\ufeff"):
        return
    target = io.StringIO(newline="")
    csv.writer(target).writerows(table)
    assert rows(target.getvalue().encode()) == table


@pytest.mark.parametrize(
    ("data", "code", "row", "column"),
    [
        (b'a,b\n1,x"y\n', "csv.unescaped_quote", 2, 4),
        (b'a,b\n1,"x"y\n', "csv.unexpected_character_after_quote", 2, 6),
        (b'a,b\n1,"x', "csv.unclosed_quote", 2, 5),
        (b'a,b\n1,"x\ny"\n', "csv.line_break_in_quoted_field", 2, 5),
        (b"a,b\n1,x\ry\n", "csv.bare_carriage_return", 2, 4),
        (b"a,b\n\xff,1\n", "csv.invalid_utf8", 2, 1),
    ],
)
def test_what_breaks_the_format_is_named_with_its_place(data: bytes, code: str, row: int, column: int) -> None:
    with pytest.raises(CsvBroken) as caught:
        rows(data)
    assert (caught.value.code, caught.value.row, caught.value.column) == (code, row, column)


def test_a_line_break_in_a_field_may_be_forgiven_and_is_noted() -> None:
    stream = CsvStream(io.BytesIO(b'a,b\n1,"x\ny"\n2,z\n'), line_breaks=True)
    assert [cells for _, cells in stream] == [["a", "b"], ["1", "x\ny"], ["2", "z"]]
    assert stream.broken_fields == [2]


def test_line_ends_and_the_last_line_may_vary() -> None:
    assert rows(b"a,b\r\n1,2") == [["a", "b"], ["1", "2"]]
    assert rows(b"") == []


def test_a_byte_order_mark_is_taken_off_and_remembered() -> None:
    stream = CsvStream(io.BytesIO(b"\xef\xbb\xbfa,b\n"))
    assert next(iter(stream))[1] == ["a", "b"]
    assert stream.had_bom


def test_a_file_without_line_ends_is_given_up_instead_of_filling_memory() -> None:
    with pytest.raises(CsvBroken, match="line_too_long"):
        rows(b"x" * (2 << 20))
