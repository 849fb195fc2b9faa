"""Nobody is booked twice: PostgreSQL's exclusion constraints.

On SQLite the primary key of `booked_cell` does the same. Run as the administrator: the extension needs one.
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(
        "ALTER TABLE meeting ADD CONSTRAINT meeting_staff_once EXCLUDE USING gist "
        "(staff_id WITH =, tstzrange(start_at, blocked_until) WITH &&) WHERE (state = 'booked')"
    )
    op.execute(
        "ALTER TABLE meeting ADD CONSTRAINT meeting_guardian_once EXCLUDE USING gist "
        "(guardian_id WITH =, tstzrange(start_at, end_at) WITH &&) WHERE (state = 'booked')"
    )


def downgrade() -> None:
    if op.get_bind().dialect.name != "postgresql":
        return
    op.execute("ALTER TABLE meeting DROP CONSTRAINT meeting_guardian_once")
    op.execute("ALTER TABLE meeting DROP CONSTRAINT meeting_staff_once")
