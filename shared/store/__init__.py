"""SQLAlchemy pieces that run alike on PostgreSQL and SQLite."""

from shared.store.bulk import insert_rows
from shared.store.types import UtcDateTime

__all__ = ["UtcDateTime", "insert_rows"]
