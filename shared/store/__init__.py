"""SQLAlchemy pieces that run alike on PostgreSQL and SQLite."""

from shared.store.among import among
from shared.store.bulk import insert_rows, update_rows
from shared.store.epoch import epoch_seconds
from shared.store.types import UtcDateTime

__all__ = ["UtcDateTime", "among", "epoch_seconds", "insert_rows", "update_rows"]
