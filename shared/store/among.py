"""`column IN (these)` as one parameter, however many there are: compiled once, and no limit on how many."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.elements import ColumnElement


class _Among(ColumnElement[bool]):
    inherit_cache = True
    type = sa.Boolean()
    _is_implicitly_boolean = True  # it is a condition already: `= 1` after it would keep an index from being used
    _traverse_internals = [  # noqa: RUF012 - SQLAlchemy's own way to say what a cache key is made of
        ("column", sa.sql.visitors.InternalTraversal.dp_clauseelement),
        ("values", sa.sql.visitors.InternalTraversal.dp_clauseelement),
    ]

    def __init__(self, column: Any, values: Any) -> None:
        self.column = column
        self.values = values


@compiles(_Among)
def _elsewhere(element: _Among, compiler: Any, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} IN (SELECT value FROM json_each({values}))"


@compiles(_Among, "postgresql")
def _postgresql(element: _Among, compiler: Any, **kw: Any) -> str:
    column, values = compiler.process(element.column, **kw), compiler.process(element.values, **kw)
    return f"{column} = ANY (ARRAY(SELECT json_array_elements_text(CAST({values} AS json))))"


def among(column: Any, values: Iterable[str | None]) -> ColumnElement[bool]:
    """Whether a text column holds one of `values` (nulls are left out); true of nothing where there are none."""
    wanted = sorted({value for value in values if value is not None})
    return _Among(column, sa.bindparam(None, orjson.dumps(wanted).decode(), type_=sa.Text, unique=True))
