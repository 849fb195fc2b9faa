"""An instant's column as seconds since 1970, for whoever compares many and shows none: a number is read far faster than a date."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement


class epoch_seconds(FunctionElement[int]):
    """`epoch_seconds(column)`: whole seconds (what is below one is cut off), null for null."""

    name = "epoch_seconds"
    type = sa.BigInteger()
    inherit_cache = True


@compiles(epoch_seconds, "postgresql")
def _postgresql(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"CAST(floor(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **kwargs)})) AS bigint)"


@compiles(epoch_seconds, "sqlite")
def _sqlite(element: Any, compiler: Any, **kwargs: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **kwargs)}) AS INTEGER)"
