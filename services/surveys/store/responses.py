"""Drafts, responses, answers and the effects that were applied."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from services.surveys.tables import ANSWER, ASSIGNMENT, CONCERN, DRAFT, EFFECT, RESPONSE
from shared.directory.projection import GUARDIAN_LINK
from shared.store import insert_rows
from shared.store.looking import tell


def drafts(connection: sa.Connection, assignment_ids: Collection[str]) -> dict[str, sa.Row[Any]]:
    query = sa.select(DRAFT).where(DRAFT.c.assignment_id.in_(assignment_ids))
    return {row.assignment_id: row for row in connection.execute(query)}


def save_drafts(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        insert_rows(connection, DRAFT, rows, on_conflict="update")


def nobodys_id() -> str:
    """For an anonymous response: drawn, and without the time that our other ids begin with."""
    return secrets.token_hex(16)


def keep(
    connection: sa.Connection, response: Mapping[str, Any], answers: Sequence[Mapping[str, Any]], *, assignment_id: str, state: str
) -> None:
    """The one response of an assignment that is held, with its answers; the draft goes, the assignment is `state`.

    IntegrityError if there was a response after all. On PostgreSQL one statement: this is the way of every submit.
    """
    if connection.dialect.name == "postgresql":
        given = {
            "response": orjson.dumps([response], default=_plain).decode(),
            "answers": orjson.dumps(answers, default=_plain).decode(),
            "assignment_id": assignment_id,
            "state": state,
        }
        tell(connection, _keep(), given)
        return
    insert_rows(connection, RESPONSE, [response])
    if answers:
        insert_rows(connection, ANSWER, answers)
    connection.execute(sa.delete(DRAFT).where(DRAFT.c.assignment_id == assignment_id))
    connection.execute(sa.update(ASSIGNMENT).where(ASSIGNMENT.c.assignment_id == assignment_id).values(state=state))


@lru_cache(maxsize=1)
def _keep() -> str:
    """All that a submit writes about itself; a part that is not selected from runs all the same (WITH, data-modifying)."""
    return (
        f"WITH r AS ({_insert(RESPONSE, 'response')}), a AS ({_insert(ANSWER, 'answers')}), "
        "d AS (DELETE FROM draft WHERE assignment_id = %(assignment_id)s) "
        "UPDATE assignment SET state = %(state)s WHERE assignment_id = %(assignment_id)s"
    )


def _insert(table: sa.Table, rows: str) -> str:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    names = ", ".join(f'"{column.name}"' for column in table.columns)
    typed = ", ".join(f'"{column.name}" {column.type.compile(dialect)}' for column in table.columns)
    return f'INSERT INTO "{table.name}" ({names}) SELECT {names} FROM json_to_recordset(CAST(%({rows})s AS json)) AS t({typed})'


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"a {type(value).__name__} cannot be stored")


def response(connection: sa.Connection, assignment_id: str) -> sa.Row[Any] | None:
    return connection.execute(sa.select(RESPONSE).where(RESPONSE.c.assignment_id == assignment_id)).first()


def write_down(connection: sa.Connection, assignment_id: str, question_id: str, *, media: str, text: str) -> None:
    """What was spoken, as words beside the recording: in the answer, or in the draft where nothing was sent yet."""
    answer = sa.and_(ANSWER.c.assignment_id == assignment_id, ANSWER.c.question_id == question_id)
    content = connection.execute(sa.select(ANSWER.c.content).where(answer).with_for_update()).scalar()
    if content is not None:
        connection.execute(sa.update(ANSWER).where(answer).values(content=_worded(content, media, text)))
        return
    draft = DRAFT.c.assignment_id == assignment_id
    row = connection.execute(sa.select(DRAFT.c.answers).where(draft).with_for_update()).first()
    if row is not None and question_id in row.answers:
        answers = {**row.answers, question_id: _worded(row.answers[question_id], media, text)}
        connection.execute(sa.update(DRAFT).where(draft).values(answers=answers))


def _worded(content: Mapping[str, Any], media: str, text: str) -> dict[str, Any]:
    """The answer, or the child's within it, that this recording is."""
    if content.get("media") == media:
        return {**content, "text": text}
    children = content.get("children") or {}
    worded = {child: {**each, "text": text} if each.get("media") == media else each for child, each in children.items()}
    return {**content, "children": worded} if children else dict(content)


def claim_effects(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> set[tuple[str, str]]:
    """Take effects that were not applied yet; returns (question, effect) of those taken now."""
    if not rows:
        return set()
    assignment_id = rows[0]["assignment_id"]
    query = sa.select(EFFECT.c.question_id, EFFECT.c.effect).where(EFFECT.c.assignment_id == assignment_id)
    before = {(row.question_id, row.effect) for row in connection.execute(query)}
    insert_rows(connection, EFFECT, rows, on_conflict="ignore")
    return {(row["question_id"], row["effect"]) for row in rows} - before


def add_concern(connection: sa.Connection, row: Mapping[str, Any]) -> None:
    insert_rows(connection, CONCERN, [row], on_conflict="ignore")


def told_about(connection: sa.Connection, student_id: str) -> list[sa.Row[Any]]:
    """Every answer of the student's guardians (as the roster links them now), oldest first."""
    query = (
        sa.select(
            RESPONSE.c.assignment_id,
            RESPONSE.c.guardian_id,
            RESPONSE.c.version,
            RESPONSE.c.language,
            ANSWER.c.question_id,
            ANSWER.c.declined,
            ANSWER.c.content,
        )
        .join(ANSWER, ANSWER.c.assignment_id == RESPONSE.c.assignment_id)
        .join(GUARDIAN_LINK, GUARDIAN_LINK.c.guardian_id == RESPONSE.c.guardian_id)
        .where(GUARDIAN_LINK.c.student_id == student_id, GUARDIAN_LINK.c.active)
        .order_by(RESPONSE.c.submitted_at, ANSWER.c.question_id)
    )
    return list(connection.execute(query))
