"""All SQL of reviews: set-based, explicit columns."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.translation.domain.languages import normal
from services.translation.tables import METADATA, REVIEW, REVIEW_STEP, TEXT, TEXT_VERSION
from shared.ids import derived_id
from shared.store import among, insert_rows

Row = Mapping[str, Any]
Key = tuple[str, int, str]  # text, content version, language
MOST = 200
ALIKE = 5_000  # texts that wait in one language: more than a district has homes in most
SCHOOL, STAFF = METADATA.tables["school"], METADATA.tables["staff"]
_KEY = (REVIEW.c.text_id, REVIEW.c.content_version, REVIEW.c.language)


def of(connection: sa.Connection, keys: Iterable[Key]) -> dict[Key, Row]:
    """Reviews of these texts in these languages, open or closed."""
    wanted = sorted(set(keys))
    if not wanted:
        return {}
    query = sa.select(REVIEW).where(REVIEW.c.text_id.in_({key[0] for key in wanted}))
    rows = ({**row} for row in connection.execute(query).mappings())
    return {key: row for row in rows if (key := _key(row)) in set(wanted)}


def open_of(connection: sa.Connection, text_id: str, language: str) -> list[Key]:
    """Keys of a text's open reviews in a language, however its tag is written."""
    query = sa.select(*_KEY).where(REVIEW.c.text_id == text_id, REVIEW.c.closed_at.is_(None))
    keys = [(row.text_id, row.content_version, row.language) for row in connection.execute(query)]
    return [key for key in keys if normal(key[2]) == normal(language)]


def save(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Open, or open again."""
    if rows:
        insert_rows(connection, REVIEW, rows, on_conflict="update")


def change(connection: sa.Connection, key: Key, values: Mapping[str, Any], *, claimant: str | None = None) -> bool:
    """Change an open review; False if it is closed. `claimant`: only while nobody else holds it."""
    query = sa.update(REVIEW).where(*_is(key), REVIEW.c.closed_at.is_(None))
    if claimant is not None:
        query = query.where(sa.or_(REVIEW.c.claimed_by.is_(None), REVIEW.c.claimed_by == claimant))
    return connection.execute(query.values(**values)).rowcount == 1


def close(connection: sa.Connection, keys: Sequence[Key], *, by: str, now: datetime) -> None:
    """Readings that are done."""
    these = sa.tuple_(*(sa.bindparam(f"b_{column.name}") for column in _KEY))
    rows = [{f"b_{column.name}": value for column, value in zip(_KEY, key, strict=True)} for key in keys]
    query = sa.update(REVIEW).where(sa.tuple_(*_KEY) == these, REVIEW.c.closed_at.is_(None))
    connection.execute(query.values(closed_at=now, closed_by=by), rows)


def lock(connection: sa.Connection, key: Key) -> Row | None:
    """The review with its text, held until the transaction ends."""
    row = connection.execute(sa.select(REVIEW).where(*_is(key)).with_for_update()).mappings().first()
    return {**row} if row else None


def note(connection: sa.Connection, steps: Sequence[Row]) -> None:
    """Steps for the auditor; the same step written twice is one."""
    rows = [
        {
            "before": None,
            "after": None,
            "by": None,
            **step,
            "step_id": derived_id(
                "step", step["text_id"], str(step["content_version"]), step["language"], str(step["round"]), step["what"],
                str(step.get("by") or ""), step["at"].isoformat(),
            ),
        }
        for step in steps
    ]  # fmt: skip
    if rows:
        insert_rows(connection, REVIEW_STEP, rows, on_conflict="ignore")


def steps_of(connection: sa.Connection, text_id: str) -> list[Row]:
    """All that was done to a text's translations, oldest first."""
    query = sa.select(REVIEW_STEP).where(REVIEW_STEP.c.text_id == text_id).order_by(REVIEW_STEP.c.at, REVIEW_STEP.c.step_id)
    return [{**row} for row in connection.execute(query.limit(MOST)).mappings()]


def kinds(connection: sa.Connection, *, closed_since: datetime | None = None) -> list[Row]:
    """School, languages and number of what is open, or was closed since then: whoever reads only some of it is asked for
    those, so that what others wait for never fills their page."""
    those = REVIEW.c.closed_at.is_(None) if closed_since is None else REVIEW.c.closed_at >= closed_since
    of = (TEXT.c.school_id, TEXT.c.source_language, REVIEW.c.language)
    query = sa.select(*of, sa.func.count().label("number")).select_from(REVIEW).join(TEXT, _same_text()).where(those).group_by(*of)
    return [{**row} for row in connection.execute(query).mappings()]


def _of_kinds(wanted: Iterable[Row]) -> sa.ColumnElement[bool]:
    kind = sa.func.coalesce(TEXT.c.school_id, "") + "\x1f" + TEXT.c.source_language + "\x1f" + REVIEW.c.language
    return among(kind, ("\x1f".join((row["school_id"] or "", row["source_language"], row["language"])) for row in wanted))


def queue(connection: sa.Connection, *, of: Iterable[Row] | None = None) -> list[Row]:
    """Open reviews with text and school, the soonest due first; `of`: of these kinds alone."""
    query = (
        sa.select(REVIEW, TEXT.c.text, TEXT.c.source_language, TEXT.c.school_id, TEXT.c.names)
        .join(TEXT, _same_text())
        .where(REVIEW.c.closed_at.is_(None))
        .order_by(REVIEW.c.waits.desc(), REVIEW.c.due_at, *_KEY)
        .limit(MOST)
    )
    if of is not None:
        query = query.where(_of_kinds(of))
    return [{**row} for row in connection.execute(query).mappings()]


def waiting_in(connection: sa.Connection, language: str, *, source: str) -> list[Row]:
    """Open reviews that hold their text back, of one pair of languages, locked, with text, names and school."""
    query = (
        sa.select(REVIEW, TEXT.c.text, TEXT.c.source_language, TEXT.c.school_id, TEXT.c.names)
        .join(TEXT, _same_text())
        .where(REVIEW.c.closed_at.is_(None), REVIEW.c.waits, REVIEW.c.language == language, TEXT.c.source_language == source)
        .order_by(REVIEW.c.due_at, *_KEY)
        .limit(ALIKE)
        .with_for_update(of=REVIEW)
    )
    return [{**row} for row in connection.execute(query).mappings()]


def waiting_for_wordings(connection: sa.Connection, keys: Iterable[str]) -> list[Row]:
    """Open reviews that hold a wording of the catalogue back: their keys and the catalogue's."""
    query = (
        sa.select(*_KEY, TEXT.c.catalogue_key)
        .join(TEXT, _same_text())
        .where(REVIEW.c.closed_at.is_(None), REVIEW.c.waits, TEXT.c.catalogue_key.in_(sorted(set(keys))))
        .order_by(REVIEW.c.due_at, *_KEY)
        .limit(ALIKE)
    )
    return [{**row} for row in connection.execute(query).mappings()]


def history(connection: sa.Connection, *, of: Iterable[Row], limit: int = 100) -> list[Row]:
    """Closed reviews of these kinds, the newest first, with the step that closed each."""
    last = sa.and_(
        REVIEW_STEP.c.text_id == REVIEW.c.text_id,
        REVIEW_STEP.c.content_version == REVIEW.c.content_version,
        REVIEW_STEP.c.language == REVIEW.c.language,
        REVIEW_STEP.c.round == REVIEW.c.round,
        REVIEW_STEP.c.what.in_(("approved", "edited", "withdrawn")),
    )
    query = (
        sa.select(REVIEW, TEXT.c.text, TEXT.c.source_language, TEXT.c.school_id, REVIEW_STEP.c.what, REVIEW_STEP.c.after)
        .join(TEXT, _same_text())
        .join(REVIEW_STEP, last)
        .where(REVIEW.c.closed_at.is_not(None), _of_kinds(of))
        .order_by(REVIEW.c.closed_at.desc(), *_KEY)
        .limit(limit)
    )
    return [{**row} for row in connection.execute(query).mappings()]


def texts(connection: sa.Connection, text_ids: Iterable[str]) -> dict[tuple[str, int], Row]:
    """Texts by id and content version."""
    query = sa.select(TEXT).where(TEXT.c.text_id.in_(sorted(set(text_ids))))
    return {(row["text_id"], row["content_version"]): {**row} for row in connection.execute(query).mappings()}


def version(connection: sa.Connection, key: Key) -> Row | None:
    """What there is of a text in a language."""
    V = TEXT_VERSION.c
    query = sa.select(TEXT_VERSION).where(V.text_id == key[0], V.content_version == key[1], V.language == key[2])
    row = connection.execute(query).mappings().first()
    return {**row} if row else None


def settings(connection: sa.Connection) -> dict[str, Row]:
    """Schools with their clocks and settings."""
    query = sa.select(SCHOOL.c.school_id, SCHOOL.c.timezone, SCHOOL.c.settings).order_by(SCHOOL.c.school_id)
    return {row["school_id"]: {**row} for row in connection.execute(query).mappings()}


def staff(connection: sa.Connection) -> dict[str, Row]:
    """Active interpreters and whoever else may be named as a reader: a district's staff list, names and roles."""
    S = STAFF.c
    query = sa.select(S.staff_id, S.role, S.given_name, S.family_name).where(S.active)
    return {row["staff_id"]: {**row} for row in connection.execute(query).mappings()}


def interpreters(connection: sa.Connection) -> tuple[str, ...]:
    query = sa.select(STAFF.c.staff_id).where(STAFF.c.active, STAFF.c.role == "interpreter").order_by(STAFF.c.staff_id)
    return tuple(connection.execute(query).scalars())


def active_of(connection: sa.Connection, staff_ids: Iterable[str]) -> frozenset[str]:
    """Those of them who still work here."""
    query = sa.select(STAFF.c.staff_id).where(STAFF.c.active, STAFF.c.staff_id.in_(sorted(set(staff_ids))))
    return frozenset(connection.execute(query).scalars())


def spoken(connection: sa.Connection) -> dict[str, int]:
    """Languages of the district's guardians and how many have each."""
    G = METADATA.tables["guardian"].c
    query = sa.select(G.language, sa.func.count()).group_by(G.language).order_by(G.language)
    return {str(language): int(count) for language, count in connection.execute(query)}


def closed_since(connection: sa.Connection, since: datetime) -> int:
    """How many were done since then."""
    query = sa.select(sa.func.count()).select_from(REVIEW).where(REVIEW.c.closed_at >= since)
    return int(connection.execute(query).scalar_one())


def _is(key: Key) -> tuple[sa.ColumnElement[bool], ...]:
    return tuple(column == value for column, value in zip(_KEY, key, strict=True))


def _key(row: Row) -> Key:
    return row["text_id"], row["content_version"], row["language"]


def _same_text() -> sa.ColumnElement[bool]:
    return sa.and_(TEXT.c.text_id == REVIEW.c.text_id, TEXT.c.content_version == REVIEW.c.content_version)
