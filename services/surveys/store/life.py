"""An assignment as it is opened and answered: few statements, each built once."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from types import SimpleNamespace
from typing import Any

import orjson
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import psycopg as postgresql_psycopg

from services.surveys.tables import ANSWER, ASSIGNMENT, BOUNDARY, CODE, DRAFT, QUOTA_COUNT, RESPONSE, SURVEY_VERSION
from shared.directory.projection import CONTACT_RESTRICTION, GUARDIAN_LINK, SCHOOL, STUDENT
from shared.store import UtcDateTime, among, insert_rows, update_rows
from shared.store.looking import look, tell

_ID = sa.bindparam("assignment_id", type_=sa.Text)
_OPEN = ASSIGNMENT.c.state == "open"
_LOCK = "SELECT 1 FROM assignment WHERE assignment_id = %(assignment_id)s FOR UPDATE"


def _opened(one: Any, all_of: Any) -> sa.Select[Any]:
    """`one` makes a JSON array of columns, `all_of` one of rows: the names differ, what they make does not."""
    children = (
        sa.select(
            all_of(
                one(
                    GUARDIAN_LINK.c.student_id,
                    GUARDIAN_LINK.c.legal_guardian,
                    GUARDIAN_LINK.c.lives_with,
                    GUARDIAN_LINK.c.receives,
                    STUDENT.c.school_id,
                    STUDENT.c.given_name,
                    CONTACT_RESTRICTION.c.scope,
                    CONTACT_RESTRICTION.c.starts_on,
                    CONTACT_RESTRICTION.c.ends_on,
                    CONTACT_RESTRICTION.c.lifted,
                )
            )
        )
        .select_from(GUARDIAN_LINK)
        .join(STUDENT, sa.and_(STUDENT.c.student_id == GUARDIAN_LINK.c.student_id, STUDENT.c.active))
        .outerjoin(
            CONTACT_RESTRICTION,
            sa.and_(
                CONTACT_RESTRICTION.c.guardian_id == GUARDIAN_LINK.c.guardian_id,
                CONTACT_RESTRICTION.c.student_id == GUARDIAN_LINK.c.student_id,
            ),
        )
        .where(GUARDIAN_LINK.c.guardian_id == ASSIGNMENT.c.guardian_id, GUARDIAN_LINK.c.active)
        .scalar_subquery()
    )
    boundaries = (
        sa.select(all_of(one(BOUNDARY.c.scope)))
        .where(BOUNDARY.c.guardian_id == ASSIGNMENT.c.guardian_id, BOUNDARY.c.active)
        .scalar_subquery()
    )
    return (
        sa.select(
            ASSIGNMENT,
            RESPONSE.c.receipt,
            RESPONSE.c.late,
            DRAFT.c.answers.label("draft"),
            DRAFT.c.history,
            DRAFT.c.revision,
            DRAFT.c.asked,
            DRAFT.c.misses,
            SCHOOL.c.name.label("school_name"),
            SCHOOL.c.timezone,
            SCHOOL.c.settings,
            sa.type_coerce(boundaries, sa.JSON).label("boundaries"),
            sa.type_coerce(children, sa.JSON).label("children"),
        )
        .outerjoin(RESPONSE, RESPONSE.c.assignment_id == ASSIGNMENT.c.assignment_id)
        .outerjoin(DRAFT, DRAFT.c.assignment_id == ASSIGNMENT.c.assignment_id)
        .outerjoin(SCHOOL, SCHOOL.c.school_id == ASSIGNMENT.c.school_id)
        .where(ASSIGNMENT.c.assignment_id == _ID)
    )


_SQLITE = _opened(sa.func.json_array, sa.func.json_group_array)
_TIMES = tuple(column.name for column in ASSIGNMENT.columns if isinstance(column.type, UtcDateTime))


@lru_cache(maxsize=1)
def _document() -> str:
    """The same as one JSON document: this is the way of every page and every submit, and thirty columns cost more than one."""
    return _as_document(_opened(sa.func.json_build_array, sa.func.json_agg))


@lru_cache(maxsize=2)
def _as_document(query: sa.Select[Any]) -> str:
    """For `look`: PostgreSQL puts the row together as JSON; the assignment's id is $1."""
    compiled = query.compile(dialect=postgresql_psycopg.dialect())  # type: ignore[no-untyped-call]
    return f"SELECT row_to_json(found) FROM ({compiled}) AS found".replace(f"%({_ID.key})s", "$1")


_ANSWERED = (
    sa.select(
        ASSIGNMENT.c.assignment_id,
        ASSIGNMENT.c.guardian_id,
        ASSIGNMENT.c.school_id,
        ASSIGNMENT.c.version,
        ASSIGNMENT.c.state,
        RESPONSE.c.receipt,
        RESPONSE.c.late,
    )
    .outerjoin(RESPONSE, RESPONSE.c.assignment_id == ASSIGNMENT.c.assignment_id)
    .where(ASSIGNMENT.c.assignment_id == _ID)
)


def answered(connection: sa.Connection, assignment_id: str) -> Any | None:
    """What a receipt is made of: a few columns of the assignment, and of its response where it can be found from here."""
    if connection.dialect.name != "postgresql":
        return connection.execute(_ANSWERED, {"assignment_id": assignment_id}).first()
    document = look(connection, _as_document(_ANSWERED), assignment_id)
    return None if document is None else SimpleNamespace(**orjson.loads(document))


@dataclass(frozen=True, slots=True)
class Child:
    """A child of the guardian, or one restriction between the two: as many of these as there are restrictions, else one."""

    student_id: str
    legal_guardian: bool
    lives_with: bool
    receives: bool
    school_id: str
    given_name: str
    scope: str | None
    starts_on: date | None
    ends_on: date | None
    lifted: bool | None


def opened(connection: sa.Connection, assignment_id: str, *, lock: bool) -> tuple[Any, list[Child]] | None:
    """The assignment with its receipt, draft, school and boundaries, and the guardian's children: one statement.

    `lock` holds it until the transaction ends, by a statement before: what the second reads is then what the one before
    us has left.
    """
    given = {"assignment_id": assignment_id}
    if connection.dialect.name != "postgresql":  # SQLite's transactions are alone from their start
        row = connection.execute(_SQLITE, given).first()
        return None if row is None else (row, [_child(each) for each in row.children or ()])
    if lock:
        tell(connection, _LOCK, given)
    document = look(connection, _document(), assignment_id)
    if document is None:
        return None
    columns = orjson.loads(document)
    for name in _TIMES:
        columns[name] = datetime.fromisoformat(columns[name]) if columns[name] else None
    assignment = SimpleNamespace(**columns)
    return assignment, [_child(each) for each in assignment.children or ()]


def _child(each: list[Any]) -> Child:
    student_id, legal_guardian, lives_with, receives, school_id, name, scope, starts_on, ends_on, lifted = each
    link = (student_id, legal_guardian, lives_with, receives, school_id, name)
    return Child(*link, scope, _day(starts_on), _day(ends_on), lifted)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def content(connection: sa.Connection, version: str) -> dict[str, Any]:
    """What was published under that version."""
    query = sa.select(SURVEY_VERSION.c.content).where(SURVEY_VERSION.c.version == version)
    found: dict[str, Any] = connection.execute(query).scalar_one()
    return found


_TAKEN = QUOTA_COUNT.c.taken


def take_place(connection: sa.Connection, campaign_id: str, quota_id: str, most: int) -> bool:
    """Count one more towards a quota, if there is room; the counter's row is held until the transaction ends."""
    insert_rows(
        connection, QUOTA_COUNT, [{"campaign_id": campaign_id, "quota_id": quota_id, "taken": 0}], on_conflict="ignore"
    )
    one_more = (
        sa.update(QUOTA_COUNT)
        .where(QUOTA_COUNT.c.campaign_id == campaign_id, QUOTA_COUNT.c.quota_id == quota_id, most > _TAKEN)
        .values(taken=_TAKEN + 1)
    )
    return bool(connection.execute(one_more).rowcount)


def places_taken(connection: sa.Connection, campaign_ids: Collection[str]) -> dict[tuple[str, str], int]:
    """How many places of each (campaign, quota) are taken."""
    query = sa.select(QUOTA_COUNT).where(among(QUOTA_COUNT.c.campaign_id, campaign_ids))
    return {(row.campaign_id, row.quota_id): row.taken for row in connection.execute(query)}


def drop_drafts(connection: sa.Connection, campaign_id: str) -> int:
    """Forget what was begun and never sent; how many there were."""
    theirs = sa.select(ASSIGNMENT.c.assignment_id).where(ASSIGNMENT.c.campaign_id == campaign_id)
    return connection.execute(sa.delete(DRAFT).where(DRAFT.c.assignment_id.in_(theirs))).rowcount


def blur(connection: sa.Connection, campaign_id: str, versions: Collection[str]) -> None:
    """Write a campaign's anonymous responses and their answers anew, by their drawn numbers: neither a row's place in the
    table nor its transaction tells any more when it came."""
    where = sa.and_(
        RESPONSE.c.campaign_id == campaign_id, RESPONSE.c.guardian_id.is_(None), among(RESPONSE.c.version, versions)
    )
    theirs = sa.select(RESPONSE.c.assignment_id).where(where)
    answers = _taken_out(connection, ANSWER, ANSWER.c.assignment_id.in_(theirs))
    responses = _taken_out(connection, RESPONSE, where)
    for table, rows in ((RESPONSE, responses), (ANSWER, answers)):
        insert_rows(connection, table, sorted(rows, key=lambda row: [row[key.name] for key in table.primary_key]))


def _taken_out(connection: sa.Connection, table: sa.Table, where: sa.ColumnElement[bool]) -> list[dict[str, Any]]:
    rows = [{str(name): value for name, value in row._mapping.items()} for row in connection.execute(sa.select(table).where(where))]
    connection.execute(sa.delete(table).where(where))
    return rows


def response_versions(connection: sa.Connection, campaign_id: str) -> list[str]:
    """Versions under which a campaign was answered."""
    query = sa.select(RESPONSE.c.version).distinct().where(RESPONSE.c.campaign_id == campaign_id)
    return list(connection.execute(query).scalars())


def sent_versions(connection: sa.Connection, campaign_id: str) -> list[str]:
    """Versions that a campaign's families were asked under."""
    query = sa.select(ASSIGNMENT.c.version).distinct().where(ASSIGNMENT.c.campaign_id == campaign_id)
    return list(connection.execute(query).scalars())


def open_versions(connection: sa.Connection, campaign_id: str) -> list[str]:
    """Versions of a campaign that somebody may still answer under."""
    query = sa.select(ASSIGNMENT.c.version).distinct()
    return list(connection.execute(query.where(ASSIGNMENT.c.campaign_id == campaign_id, _OPEN)).scalars())


def open_of_version(connection: sa.Connection, campaign_id: str, version: str, limit: int) -> list[sa.Row[Any]]:
    """Some of a campaign's open assignments of a version, with their drafts; held until the transaction ends."""
    query = (
        sa.select(ASSIGNMENT.c.assignment_id, ASSIGNMENT.c.guardian_id, ASSIGNMENT.c.question_ids, DRAFT.c.answers.label("draft"))
        .outerjoin(DRAFT, DRAFT.c.assignment_id == ASSIGNMENT.c.assignment_id)
        .where(ASSIGNMENT.c.campaign_id == campaign_id, ASSIGNMENT.c.version == version, _OPEN)
        .order_by(ASSIGNMENT.c.assignment_id)
        .limit(limit)
        .with_for_update(of=ASSIGNMENT)
    )
    return list(connection.execute(query))


def move(
    connection: sa.Connection, assignments: Sequence[Mapping[str, Any]], drafts: Sequence[Mapping[str, Any]]
) -> None:
    """To another version with its questions; drafts with what of their answers goes along."""
    update_rows(connection, ASSIGNMENT, assignments, key="assignment_id")
    update_rows(connection, DRAFT, drafts, key="assignment_id")


def codes_of(connection: sa.Connection, assignment_ids: Collection[str]) -> dict[str, int]:
    """Which attempt's code each assignment has."""
    query = sa.select(CODE.c.assignment_id, CODE.c.attempt).where(among(CODE.c.assignment_id, assignment_ids))
    return {row.assignment_id: row.attempt for row in connection.execute(query)}


def add_codes(connection: sa.Connection, rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """The assignments whose code was free."""
    return set(insert_rows(connection, CODE, rows, on_conflict="ignore", returning="assignment_id")) if rows else set()


def code(connection: sa.Connection, code_hash: str) -> sa.Row[Any] | None:
    """Held until the transaction ends, so that guesses at once are counted one by one."""
    return connection.execute(sa.select(CODE).where(CODE.c.code_hash == code_hash).with_for_update()).first()


def mark_code(connection: sa.Connection, code_hash: str, *, misses: int, barred_until: datetime | None) -> None:
    connection.execute(
        sa.update(CODE).where(CODE.c.code_hash == code_hash).values(misses=misses, barred_until=barred_until)
    )
