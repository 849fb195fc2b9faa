"""One table that can only grow. A district has its own, so a chain is a district's."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from shared.messaging.tables import messaging_tables
from shared.store import UtcDateTime

METADATA = sa.MetaData()
messaging_tables(METADATA)

AUDIT_LOG = sa.Table(
    "audit_log",
    METADATA,
    sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), primary_key=True, autoincrement=False),
    sa.Column("event_id", sa.Text, nullable=False, unique=True),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("actor", sa.Text, nullable=False, comment="who: a staff or guardian id, or the service"),
    sa.Column("subject", sa.Text, nullable=False, comment="whose record, '' when nobody's"),
    sa.Column("at", UtcDateTime, nullable=False, comment="when it happened"),
    sa.Column("entry", sa.Text, nullable=False, comment="canonical JSON, exactly as hashed; no personal data"),
    sa.Column("previous", sa.Text, nullable=False),
    sa.Column("hash", sa.Text, nullable=False),
    sa.Index("audit_log_by_subject", "subject", "seq"),
    sa.Index("audit_log_by_actor", "actor", "seq"),
)

_REFUSAL = "the audit log is append-only"


def append_only(dialect: str) -> tuple[str, ...]:
    """Statements that make the database itself refuse to change or remove a row, whoever asks."""
    if dialect == "postgresql":
        return (
            "CREATE OR REPLACE FUNCTION audit_log_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}' USING ERRCODE = 'insufficient_privilege'; END $$",
            "CREATE TRIGGER audit_log_keep BEFORE UPDATE OR DELETE ON audit_log "
            "FOR EACH ROW EXECUTE FUNCTION audit_log_refuse()",
            "CREATE TRIGGER audit_log_whole BEFORE TRUNCATE ON audit_log "
            "FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuse()",
        )
    return tuple(
        f"CREATE TRIGGER audit_log_{verb.lower()} BEFORE {verb} ON audit_log "
        f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        for verb in ("UPDATE", "DELETE")
    )


def _protect(_table: sa.Table, connection: sa.Connection, **_: Any) -> None:
    for statement in append_only(connection.dialect.name):
        connection.exec_driver_sql(statement)


sa.event.listen(AUDIT_LOG, "after_create", _protect)
