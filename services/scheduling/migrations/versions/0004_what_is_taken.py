"""What is taken: one exclusion constraint for people, rooms, interpreters and seats; the booked meetings are carried over.

Takes the place of the two constraints on `meeting`. On SQLite the primary key of `taken_cell` does the same.
"""

from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_SIDES = (("staff", "staff_id", "blocked_until"), ("guardian", "guardian_id", "end_at"))


def upgrade() -> None:
    connection = op.get_bind()
    for kind, column, end in _SIDES:
        op.execute(
            "INSERT INTO taken (taken_id, kind, resource_id, start_at, end_at, meeting_id, state) "
            f"SELECT meeting_id || '|{kind}|' || {column}, '{kind}', {column}, start_at, {end}, meeting_id, 'taken' "
            "FROM meeting WHERE state = 'booked'"
        )
    if connection.dialect.name != "postgresql":
        _fill_cells(connection)
        return
    op.execute("ALTER TABLE meeting DROP CONSTRAINT IF EXISTS meeting_guardian_once")
    op.execute("ALTER TABLE meeting DROP CONSTRAINT IF EXISTS meeting_staff_once")
    op.execute("COMMENT ON COLUMN meeting.state IS 'booked, cancelled, held, missed'")
    op.execute(
        "ALTER TABLE taken ADD CONSTRAINT taken_once EXCLUDE USING gist "
        "(kind WITH =, resource_id WITH =, tstzrange(start_at, end_at) WITH &&)"
    )


def _fill_cells(connection: sa.Connection) -> None:
    rows = connection.execute(sa.text("SELECT taken_id, kind, resource_id, start_at, end_at FROM taken")).all()
    cells = []
    for row in rows:
        cell = datetime.fromtimestamp(datetime.fromisoformat(row.start_at).timestamp() // 300 * 300, UTC)
        while cell < datetime.fromisoformat(row.end_at):
            at = cell.isoformat(timespec="microseconds")
            cells.append({"kind": row.kind, "resource_id": row.resource_id, "cell_at": at, "taken_id": row.taken_id})
            cell += timedelta(minutes=5)
    if cells:
        insert = "INSERT INTO taken_cell (kind, resource_id, cell_at, taken_id) VALUES (:kind, :resource_id, :cell_at, :taken_id)"
        connection.execute(sa.text(insert), cells)


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE taken DROP CONSTRAINT taken_once")
        op.execute("COMMENT ON COLUMN meeting.state IS 'booked, cancelled'")
        for kind, column, end in _SIDES:
            op.execute(
                f"ALTER TABLE meeting ADD CONSTRAINT meeting_{kind}_once EXCLUDE USING gist "
                f"({column} WITH =, tstzrange(start_at, {end}) WITH &&) WHERE (state = 'booked')"
            )
    op.execute("DELETE FROM taken_cell")
    op.execute("DELETE FROM taken")
