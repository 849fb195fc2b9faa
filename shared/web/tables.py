"""Tables a service needs for its HTTP side."""

from __future__ import annotations

import sqlalchemy as sa

from shared.identity import identity_tables
from shared.web.idempotency import idempotency_table


def web_tables(metadata: sa.MetaData) -> None:
    """Add `used_link` and `idempotency_key` to a service's tables (idempotent)."""
    identity_tables(metadata)
    idempotency_table(metadata)
