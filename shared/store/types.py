"""Column types that mean the same on both databases."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator


class UtcDateTime(TypeDecorator[datetime]):
    """An instant. `timestamptz` on PostgreSQL; on SQLite ISO 8601 text in UTC, which sorts as it should.

    Naive datetimes are refused with ValueError.
    """

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.Text())
        return dialect.type_descriptor(sa.DateTime(timezone=True))

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> Any:
        if dialect.name == "sqlite":
            return self.as_text(value)
        return None if value is None else _aware(value).astimezone(UTC)

    @staticmethod
    def as_text(value: datetime | None) -> str | None:
        """As SQLite keeps it: fixed width, so that text order is time order."""
        if value is None:
            return None
        if value.tzinfo is not UTC:
            value = _aware(value).astimezone(UTC)
        return value.isoformat(timespec="microseconds")

    def result_processor(self, dialect: Dialect, coltype: Any) -> Any:
        """None on PostgreSQL: its sessions are in UTC (`tenancy.database`), so that the driver's value is it already."""
        if dialect.name == "postgresql":
            return None
        return _from_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if isinstance(value, str):
            return datetime.fromisoformat(value)
        result: datetime = value.astimezone(UTC)
        return result


def _from_text(value: str | None) -> datetime | None:
    return None if value is None else datetime.fromisoformat(value)


def _aware(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("a naive datetime cannot be stored")
    return value
