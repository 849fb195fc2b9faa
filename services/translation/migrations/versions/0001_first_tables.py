"""first tables"""

import sqlalchemy as sa
from alembic import op

import shared.store.types

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    # tables as in services/translation/tables.py
    op.create_table(
        "attempt",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("started", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        comment="Started and not finished: finds the event that kills its worker",
    )
    op.create_table(
        "calendar",
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("midterm_release_on", sa.Date(), nullable=True),
        sa.Column("holidays", sa.JSON(), nullable=False, comment="ISO dates"),
        sa.Column("cultural_days", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("school_id"),
    )
    op.create_table(
        "catalogue_signature",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column(
            "version", sa.Text(), nullable=False, comment="of the wording signed; another wording is a draft again"
        ),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", "language"),
    )
    op.create_table(
        "contact_restriction",
        sa.Column("restriction_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("guardian_id", sa.Text(), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("lifted", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("restriction_id"),
    )
    op.create_index(op.f("ix_contact_restriction_guardian_id"), "contact_restriction", ["guardian_id"], unique=False)
    op.create_index(op.f("ix_contact_restriction_student_id"), "contact_restriction", ["student_id"], unique=False)
    op.create_table(
        "due_work",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("due_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("kind", "key"),
    )
    op.create_index("due_work_by_due", "due_work", ["due_at"], unique=False)
    op.create_table(
        "guardian",
        sa.Column("guardian_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("sms", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("guardian_id"),
    )
    op.create_index(op.f("ix_guardian_sms"), "guardian", ["sms"], unique=False)
    op.create_table(
        "guardian_link",
        sa.Column("guardian_id", sa.Text(), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, comment="false: gone from the roster"),
        sa.Column("household_id", sa.Text(), nullable=False),
        sa.Column("relationship", sa.Text(), nullable=False),
        sa.Column("legal_guardian", sa.Boolean(), nullable=False),
        sa.Column("lives_with", sa.Boolean(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("receives", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("guardian_id", "student_id"),
    )
    op.create_index("guardian_link_by_student", "guardian_link", ["student_id"], unique=False)
    op.create_table(
        "idempotency_key",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("request_hash", sa.Text(), nullable=False),
        sa.Column("made_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_idempotency_key_made_at"), "idempotency_key", ["made_at"], unique=False)
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("received_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
    )
    op.create_index("inbox_by_age", "inbox", ["received_at"], unique=False)
    op.create_table(
        "memory",
        sa.Column("key", sa.Text(), nullable=False, comment="blake2b of languages and slotted source"),
        sa.Column("source_language", sa.Text(), nullable=False),
        sa.Column("target_language", sa.Text(), nullable=False),
        sa.Column("source_text", sa.Text(), nullable=False, comment="with slots for names, numbers, dates, links"),
        sa.Column("target_text", sa.Text(), nullable=False),
        sa.Column("approved_by", sa.Text(), nullable=False),
        sa.Column("approved_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key"),
    )
    op.create_index(op.f("ix_memory_target_language"), "memory", ["target_language"], unique=False)
    op.create_table(
        "outbox",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("rank", sa.SmallInteger(), nullable=False, comment="0 urgent, 1 normal, 2 bulk"),
        sa.Column("exchange", sa.Text(), nullable=False),
        sa.Column("routing_key", sa.Text(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("headers", sa.JSON(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("outbox_by_rank", "outbox", ["rank", "id"], unique=False)
    op.create_table(
        "parked",
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("lane", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("due_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id"),
        comment="Events whose handler failed, waiting to be tried again",
    )
    op.create_index("parked_by_due", "parked", ["due_at"], unique=False)
    op.create_table(
        "review",
        sa.Column("text_id", sa.Text(), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("risk", sa.Text(), nullable=False),
        sa.Column("opened_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("due_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.Column("closed_at", shared.store.types.UtcDateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("text_id", "content_version", "language"),
        comment="texts of high risk that went out, or came in, without a person's translation",
    )
    op.create_index("review_open", "review", ["closed_at", "due_at"], unique=False)
    op.create_table(
        "school",
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("config_version", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column("settings", sa.JSON(), nullable=False, comment="the event's other fields, as they came"),
        sa.PrimaryKeyConstraint("school_id"),
    )
    op.create_table(
        "staff",
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, comment="false: gone from the roster"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("school_ids", sa.JSON(), nullable=False),
        sa.Column("class_ids", sa.JSON(), nullable=False),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("staff_id"),
    )
    op.create_table(
        "student",
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.Column("revision", sa.BigInteger(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False, comment="false: gone from the roster"),
        sa.Column("school_id", sa.Text(), nullable=False),
        sa.Column("grade", sa.Text(), nullable=True),
        sa.Column("class_ids", sa.JSON(), nullable=False),
        sa.Column("teacher_ids", sa.JSON(), nullable=False),
        sa.Column("sibling_group_id", sa.Text(), nullable=True),
        sa.Column("given_name", sa.Text(), nullable=False),
        sa.Column("family_name", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("student_id"),
    )
    op.create_index(op.f("ix_student_school_id"), "student", ["school_id"], unique=False)
    op.create_table(
        "teaches",
        sa.Column("staff_id", sa.Text(), nullable=False),
        sa.Column("student_id", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", "student_id"),
        comment="who teaches whom, from the student's own teacher list",
    )
    op.create_index("teaches_by_student", "teaches", ["student_id"], unique=False)
    op.create_table(
        "text",
        sa.Column("text_id", sa.Text(), nullable=False, comment="the message's or the reply's id"),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column(
            "school_id", sa.Text(), nullable=True, comment="whose office may read it; empty: the district's staff alone"
        ),
        sa.Column("source_language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("catalogue_key", sa.Text(), nullable=True),
        sa.Column("names", sa.JSON(), nullable=False, comment="kept as they are in every language"),
        sa.Column("risk", sa.Text(), nullable=False),
        sa.Column("created_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("text_id", "content_version"),
    )
    op.create_table(
        "text_version",
        sa.Column("text_id", sa.Text(), nullable=False),
        sa.Column("content_version", sa.Integer(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("engine", sa.Text(), nullable=False, comment="catalogue, memory, source, or the engine and its pair"),
        sa.Column("machine", sa.Boolean(), nullable=False, comment="no person has approved it"),
        sa.Column("labelled", sa.Boolean(), nullable=False, comment="the source text, said to be so"),
        sa.Column("approved_by", sa.Text(), nullable=True),
        sa.Column("glossary_hits", sa.Integer(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False, comment="why nothing better was to be had"),
        sa.Column("made_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("text_id", "content_version", "language"),
    )
    op.create_table(
        "used_link",
        sa.Column("jti", sa.Text(), nullable=False),
        sa.Column("used_at", shared.store.types.UtcDateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("jti"),
    )


def downgrade() -> None:
    # tables as in services/translation/tables.py
    op.drop_table("used_link")
    op.drop_table("text_version")
    op.drop_table("text")
    op.drop_index("teaches_by_student", table_name="teaches")
    op.drop_table("teaches")
    op.drop_index(op.f("ix_student_school_id"), table_name="student")
    op.drop_table("student")
    op.drop_table("staff")
    op.drop_table("school")
    op.drop_index("review_open", table_name="review")
    op.drop_table("review")
    op.drop_index("parked_by_due", table_name="parked")
    op.drop_table("parked")
    op.drop_index("outbox_by_rank", table_name="outbox")
    op.drop_table("outbox")
    op.drop_index(op.f("ix_memory_target_language"), table_name="memory")
    op.drop_table("memory")
    op.drop_index("inbox_by_age", table_name="inbox")
    op.drop_table("inbox")
    op.drop_index(op.f("ix_idempotency_key_made_at"), table_name="idempotency_key")
    op.drop_table("idempotency_key")
    op.drop_index("guardian_link_by_student", table_name="guardian_link")
    op.drop_table("guardian_link")
    op.drop_index(op.f("ix_guardian_sms"), table_name="guardian")
    op.drop_table("guardian")
    op.drop_index("due_work_by_due", table_name="due_work")
    op.drop_table("due_work")
    op.drop_index(op.f("ix_contact_restriction_student_id"), table_name="contact_restriction")
    op.drop_index(op.f("ix_contact_restriction_guardian_id"), table_name="contact_restriction")
    op.drop_table("contact_restriction")
    op.drop_table("catalogue_signature")
    op.drop_table("calendar")
    op.drop_table("attempt")
