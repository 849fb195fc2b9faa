"""Terms of a district: read whole, written as rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa

from services.translation.domain.glossary import NO_TERMS, Glossary, PartOfSpeech, Term
from services.translation.domain.languages import normal
from services.translation.tables.glossary import GLOSSARY_TERM
from shared.store import insert_rows

Row = Mapping[str, Any]
_ORDER = (
    GLOSSARY_TERM.c.source_language,
    GLOSSARY_TERM.c.term,
    GLOSSARY_TERM.c.target_language,
    GLOSSARY_TERM.c.term_id,
)


def glossary_of(connection: sa.Connection) -> Glossary:
    """The district's glossary, ready to be asked; a few thousand terms at most."""
    found = tuple(terms(connection))
    return _ready(found) if found else NO_TERMS


@lru_cache(maxsize=16)
def _ready(found: tuple[Term, ...]) -> Glossary:
    """The same terms are made ready once, however many batches ask."""
    return Glossary(found)


def terms(connection: sa.Connection, *, language: str | None = None) -> list[Term]:
    """Every term, or those of one target language."""
    return [as_term(row) for row in rows(connection, language=language)]


def rows(connection: sa.Connection, *, language: str | None = None) -> list[Row]:
    """With who changed each and when, in alphabetical order."""
    query = sa.select(GLOSSARY_TERM).order_by(*_ORDER)
    if language:
        query = query.where(GLOSSARY_TERM.c.target_language == normal(language))
    return [dict(row) for row in connection.execute(query).mappings()]


def save(connection: sa.Connection, new: Sequence[Term], *, origin: str, by: str, now: datetime) -> None:
    """The newest word on a term wins."""
    if new:
        insert_rows(
            connection,
            GLOSSARY_TERM,
            [_as_row(term) | {"origin": origin, "changed_by": by, "changed_at": now} for term in new],
            on_conflict="update",
        )


def remove(connection: sa.Connection, ids: Iterable[str]) -> int:
    """How many were there."""
    wanted = sorted(set(ids))
    return connection.execute(sa.delete(GLOSSARY_TERM).where(GLOSSARY_TERM.c.term_id.in_(wanted))).rowcount


def ids_from(connection: sa.Connection, origin: str) -> set[str]:
    """What came from one file: what is no longer in it is to go."""
    query = sa.select(GLOSSARY_TERM.c.term_id).where(GLOSSARY_TERM.c.origin == origin)
    return set(connection.execute(query).scalars())


def as_term(row: Row) -> Term:
    return Term(
        term=row["term"],
        translation=row["translation"],
        target=row["target_language"],
        source=row["source_language"],
        part_of_speech=PartOfSpeech(row["part_of_speech"]),
        forms=tuple(row["forms"]),
        translation_forms=tuple(row["translation_forms"]),
        forbidden=tuple(row["forbidden"]),
        case_sensitive=row["case_sensitive"],
        near=tuple(row["near"]),
        note=row["note"],
    )


def _as_row(term: Term) -> dict[str, Any]:
    return {
        "term_id": term.id,
        "source_language": normal(term.source),
        "target_language": normal(term.target),
        "term": term.term,
        "translation": term.translation,
        "part_of_speech": str(term.part_of_speech),
        "forms": list(term.forms),
        "translation_forms": list(term.translation_forms),
        "forbidden": list(term.forbidden),
        "case_sensitive": term.case_sensitive,
        "near": list(term.near),
        "note": term.note,
    }
