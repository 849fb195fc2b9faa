"""Words of a district and what they are called in each language."""

from __future__ import annotations

import sqlalchemy as sa

from services.translation.tables.core import METADATA
from shared.store import UtcDateTime

GLOSSARY_TERM = sa.Table(
    "glossary_term",
    METADATA,
    sa.Column("term_id", sa.Text, primary_key=True, comment="blake2b of languages, term, part of speech and context"),
    sa.Column("source_language", sa.Text, nullable=False),
    sa.Column("target_language", sa.Text, nullable=False),
    sa.Column("term", sa.Text, nullable=False),
    sa.Column("translation", sa.Text, nullable=False),
    sa.Column("part_of_speech", sa.Text, nullable=False),
    sa.Column("forms", sa.JSON, nullable=False, comment="other forms of the term"),
    sa.Column("translation_forms", sa.JSON, nullable=False),
    sa.Column("forbidden", sa.JSON, nullable=False, comment="what it must not be called"),
    sa.Column("case_sensitive", sa.Boolean, nullable=False),
    sa.Column("near", sa.JSON, nullable=False, comment="words of which one must stand beside a homonym"),
    sa.Column("note", sa.Text, nullable=False),
    sa.Column("origin", sa.Text, nullable=False, comment="page, or the file that it came from"),
    sa.Column("changed_by", sa.Text, nullable=False),
    sa.Column("changed_at", UtcDateTime, nullable=False),
    sa.Index("glossary_term_by_language", "target_language", "term"),
)
