"""Checks of one cell: each gives the issue code of what is wrong, or None.

`ext:` tokens extend a vocabulary where the binding allows it (1.2.1 section 3).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date

from shared.directory.oneroster.spec import Column, Type

Check = Callable[[str], str | None]

_GUID = re.compile(r"[0-9A-Za-z.\-_/@]{1,255}").fullmatch
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch
_INSTANT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]\.[0-9]{3}Z").fullmatch
_YEAR = re.compile(r"[0-9]{4}").fullmatch
_INTEGER = re.compile(r"-?[0-9]+").fullmatch
_FLOAT = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?").fullmatch
_EXTENSION = re.compile(r"ext:.+").fullmatch
_USER_ID = re.compile(r"\{[^{}:]+:[^{}]+\}").fullmatch
_MEMORY = 4096  # distinct dates, booleans and tokens remembered per column: real files repeat them a million times


def guid(value: str) -> str | None:
    return None if _GUID(value) else "row.invalid_guid"


def guids(value: str) -> str | None:
    items = value.split(",")
    if "" in items:
        return "row.invalid_list"
    return None if all(map(_GUID, items)) else "row.invalid_guid"


def text_list(value: str) -> str | None:
    return "row.invalid_list" if "" in value.split(",") else None


def calendar_date(value: str) -> str | None:
    if _DATE(value):
        try:
            date.fromisoformat(value)
        except ValueError:
            return "row.invalid_date"
        return None
    return "row.invalid_date"


def instant(value: str) -> str | None:
    match = _INSTANT(value)
    return None if match and calendar_date(match[1]) is None else "row.invalid_datetime"


def year(value: str) -> str | None:
    return None if _YEAR(value) else "row.invalid_year"


def boolean(value: str) -> str | None:
    return None if value in ("true", "false") else "row.invalid_boolean"


def integer(value: str) -> str | None:
    return None if _INTEGER(value) else "row.invalid_integer"


def decimal(value: str) -> str | None:
    return None if _FLOAT(value) else "row.invalid_float"


def user_ids(value: str) -> str | None:
    items = value.split(",")
    return None if all(map(_USER_ID, items)) else "row.invalid_list"


def vocabulary(column: Column) -> Check:
    values, is_open = column.values, column.open

    def check(value: str) -> str | None:
        return None if value in values or (is_open and _EXTENSION(value)) else "row.invalid_enum"

    return check


def vocabulary_list(column: Column) -> Check:
    one = vocabulary(column)

    def check(value: str) -> str | None:
        items = value.split(",")
        if "" in items:
            return "row.invalid_list"
        return next((code for code in map(one, items) if code), None)

    return check


def _remembering(check: Check) -> Check:
    known: dict[str, str | None] = {}

    def remembered(value: str) -> str | None:
        try:
            return known[value]
        except KeyError:
            code = check(value)
            if len(known) < _MEMORY:
                known[value] = code
            return code

    return remembered


_PLAIN: dict[Type, Check] = {
    Type.GUID: guid, Type.GUIDS: guids, Type.LIST: text_list, Type.YEAR: year, Type.INTEGER: integer,
    Type.FLOAT: decimal, Type.USER_IDS: user_ids,
}  # fmt: skip


def check_for(column: Column) -> Check | None:
    """The check of a column's non-empty cells; None where any text will do."""
    if column.type in _PLAIN:
        return _PLAIN[column.type]
    if column.type is Type.DATE:
        return _remembering(calendar_date)
    if column.type is Type.BOOLEAN:
        return _remembering(boolean)
    if column.type is Type.ENUM:
        return _remembering(vocabulary(column))
    if column.type is Type.ENUMS:
        return _remembering(vocabulary_list(column))
    return None


EXPECTATIONS: dict[str, str] = {
    "row.invalid_guid": "1 to 255 of 0-9 A-Z a-z . - _ / @",
    "row.invalid_list": "items separated by commas, none empty",
    "row.invalid_date": "YYYY-MM-DD",
    "row.invalid_datetime": "YYYY-MM-DDTHH:MM:SS.sssZ",
    "row.invalid_year": "YYYY",
    "row.invalid_boolean": "true or false",
    "row.invalid_integer": "a whole number",
    "row.invalid_float": "a number",
}

ODD_BOOLEANS = {
    "true": "true", "t": "true", "yes": "true", "y": "true", "1": "true",
    "false": "false", "f": "false", "no": "false", "n": "false", "0": "false",
}  # fmt: skip
