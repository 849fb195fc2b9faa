"""Letters, and the runs that they are printed in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.domain.ladder import LetterState
from services.notifications.domain.sending import GUARDED
from services.notifications.store.people import GUARDIAN, SCHOOL
from services.notifications.tables import DELIVERY, LETTER, MESSAGE
from services.notifications.tables.paper import LADDER, LETTER_STATE, PRINT_PART, PRINT_RUN
from shared.store import among, insert_rows

Row = Mapping[str, Any]

_STATE = sa.func.coalesce(LETTER_STATE.c.state, LetterState.WAITING.value)
_LETTERS = LETTER.outerjoin(LETTER_STATE, LETTER_STATE.c.letter_id == LETTER.c.letter_id).join(
    DELIVERY, DELIVERY.c.delivery_id == LETTER.c.letter_id
)


def unqueued(connection: sa.Connection, *, limit: int) -> list[Row]:
    """Letters of deliveries that the ladder does not know yet, with the delivery and its message's kind."""
    query = (
        sa.select(
            LETTER,
            DELIVERY.c.message_id,
            DELIVERY.c.students,
            DELIVERY.c.tried,
            DELIVERY.c.reason,
            DELIVERY.c.created_at,
            MESSAGE.c.kind,
            MESSAGE.c.category,
            MESSAGE.c.sender_id,
        )
        .select_from(_LETTERS)
        .join(MESSAGE, MESSAGE.c.message_id == DELIVERY.c.message_id)
        .where(LETTER.c.printed_at.is_(None), LETTER_STATE.c.letter_id.is_(None))
        .order_by(LETTER.c.letter_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def queue(connection: sa.Connection, letters: Sequence[Row], states: Sequence[Row], steps: Sequence[Row]) -> None:
    """Letters, where they stand and how they came there; what is there already stays as it is."""
    for table, rows in ((LETTER, letters), (LETTER_STATE, states), (LADDER, steps)):
        if rows:
            insert_rows(connection, table, rows, on_conflict="ignore")


def waiting(connection: sa.Connection, school_ids: Iterable[str], *, limit: int = 500) -> list[Row]:
    """What may be printed next, the oldest first, with the reader's name."""
    query = (
        sa.select(LETTER, GUARDIAN.c.given_name, GUARDIAN.c.family_name, LETTER_STATE.c.why)
        .select_from(
            _LETTERS.join(GUARDIAN, GUARDIAN.c.guardian_id == LETTER.c.guardian_id).join(
                MESSAGE, MESSAGE.c.message_id == DELIVERY.c.message_id
            )
        )
        .where(
            among(LETTER.c.school_id, school_ids),
            _STATE == LetterState.WAITING,
            LETTER.c.printed_at.is_(None),
            sa.or_(MESSAGE.c.category.is_(None), MESSAGE.c.category != GUARDED),
        )
        .order_by(LETTER.c.queued_at, LETTER.c.letter_id)
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def withheld(connection: sa.Connection, school_ids: Iterable[str]) -> int:
    """How many messages are kept off paper, since their words are the guardian's alone."""
    query = sa.select(sa.func.count()).where(
        among(LETTER_STATE.c.school_id, school_ids), LETTER_STATE.c.state == LetterState.WITHHELD
    )
    return int(connection.execute(query).scalar_one())


def save_run(connection: sa.Connection, run: Row, parts: Sequence[Row], places: Sequence[Row]) -> None:
    """A run with its parts, and each letter's place in it."""
    insert_rows(connection, PRINT_RUN, [run])
    insert_rows(connection, PRINT_PART, parts)
    insert_rows(connection, LETTER_STATE, places, on_conflict="update")


def runs(connection: sa.Connection, school_ids: Iterable[str], *, limit: int = 20) -> list[Row]:
    """The newest runs."""
    query = (
        sa.select(PRINT_RUN)
        .where(among(PRINT_RUN.c.school_id, school_ids))
        .order_by(PRINT_RUN.c.asked_at.desc())
        .limit(limit)
    )
    return list(connection.execute(query).mappings())


def run(connection: sa.Connection, run_id: str) -> Row | None:
    return connection.execute(sa.select(PRINT_RUN).where(PRINT_RUN.c.run_id == run_id)).mappings().first()


def parts(connection: sa.Connection, run_ids: Iterable[str]) -> list[Row]:
    """Parts of these runs in order, without the files."""
    columns = [column for column in PRINT_PART.c if column.name != "pdf"]
    query = sa.select(*columns, PRINT_PART.c.pdf.is_not(None).label("there"))
    query = query.where(among(PRINT_PART.c.run_id, run_ids)).order_by(PRINT_PART.c.run_id, PRINT_PART.c.part)
    return list(connection.execute(query).mappings())


def file_of(connection: sa.Connection, run_id: str, part: int) -> bytes | None:
    query = sa.select(PRINT_PART.c.pdf).where(PRINT_PART.c.run_id == run_id, PRINT_PART.c.part == part)
    return connection.execute(query).scalar()


# built once: asked whenever anything was committed
_NEXT_PART = (
    sa.select(PRINT_PART.c.run_id, PRINT_PART.c.part, PRINT_PART.c.attempts, PRINT_RUN.c.duplex, PRINT_RUN.c.asked_at)
    .join(PRINT_RUN, PRINT_RUN.c.run_id == PRINT_PART.c.run_id)
    .where(PRINT_PART.c.state.in_(("asked", "making")), PRINT_PART.c.due_at <= sa.bindparam("now"))
    .order_by(PRINT_PART.c.due_at, PRINT_PART.c.part)
    .limit(1)
    .with_for_update(skip_locked=True, of=PRINT_PART)
)


def claim_part(connection: sa.Connection, now: datetime, until: datetime) -> Row | None:
    """A part to make: one that was asked for, or one whose worker has died; nobody else takes it until then."""
    row = connection.execute(_NEXT_PART, {"now": now}).mappings().first()
    if row is None:
        return None
    change_part(connection, row["run_id"], row["part"], state="making", due_at=until, attempts=row["attempts"] + 1)
    return {**row, "attempts": row["attempts"] + 1}


def change_part(connection: sa.Connection, run_id: str, part: int, *, attempts: int | None = None, **values: Any) -> None:
    if attempts is not None:
        values["attempts"] = attempts
    where = sa.and_(PRINT_PART.c.run_id == run_id, PRINT_PART.c.part == part)
    connection.execute(sa.update(PRINT_PART).where(where).values(**values))


def part_in_hand(connection: sa.Connection, run_id: str, part: int, attempts: int) -> bool:
    """Whether this try is still the one that counts."""
    query = sa.select(PRINT_PART.c.part).where(
        PRINT_PART.c.run_id == run_id,
        PRINT_PART.c.part == part,
        PRINT_PART.c.attempts == attempts,
        PRINT_PART.c.state == "making",
    )
    return connection.execute(query.with_for_update()).first() is not None


def remake_parts(connection: sa.Connection, letter_ids: Iterable[str], now: datetime) -> None:
    """Files that one of these letters is in go, and are made again."""
    inside = (
        sa.select(LETTER_STATE.c.letter_id)
        .where(
            LETTER_STATE.c.run_id == PRINT_PART.c.run_id,
            LETTER_STATE.c.part == PRINT_PART.c.part,
            among(LETTER_STATE.c.letter_id, letter_ids),
        )
        .exists()
    )
    connection.execute(
        sa.update(PRINT_PART)
        .where(PRINT_PART.c.state == "made", PRINT_PART.c.pdf.is_not(None), inside)
        .values(state="asked", due_at=now, attempts=0, pdf=None)
    )


def letters_of(
    connection: sa.Connection, run_id: str, *, part: int | None = None, states: Iterable[str] | None = None
) -> list[Row]:
    """A run's letters in order with the reader's name and how each stands."""
    query = (
        sa.select(
            LETTER,
            GUARDIAN.c.given_name,
            GUARDIAN.c.family_name,
            LETTER_STATE.c.state,
            LETTER_STATE.c.part,
            LETTER_STATE.c.place,
            LETTER_STATE.c.why,
        )
        .select_from(_LETTERS.join(GUARDIAN, GUARDIAN.c.guardian_id == LETTER.c.guardian_id))
        .where(LETTER_STATE.c.run_id == run_id)
        .order_by(LETTER_STATE.c.part, LETTER_STATE.c.place)
    )
    if part is not None:
        query = query.where(LETTER_STATE.c.part == part)
    if states is not None:
        query = query.where(LETTER_STATE.c.state.in_(sorted(states)))
    return list(connection.execute(query).mappings())


def letters(connection: sa.Connection, ids: Iterable[str]) -> list[Row]:
    """Letters by id with how each stands."""
    query = (
        sa.select(LETTER, _STATE.label("state"), LETTER_STATE.c.run_id, LETTER_STATE.c.part)
        .select_from(_LETTERS)
        .where(among(LETTER.c.letter_id, ids))
    )
    return list(connection.execute(query).mappings())


def settle_letters(
    connection: sa.Connection, ids: Iterable[str], state: str, *, now: datetime, by: str | None, settled: bool
) -> None:
    """Where these letters stand now; one without a row gets one."""
    wanted = sorted(set(ids))
    known = {row["letter_id"] for row in letters(connection, wanted)}
    blank = {"why": None, "run_id": None, "part": None, "place": None, "settled_at": None, "settled_by": None}
    schools = {row["letter_id"]: row["school_id"] for row in letters(connection, wanted)}
    rows = [{"letter_id": i, "school_id": schools[i], "state": LetterState.WAITING.value, **blank} for i in sorted(known)]
    if not rows:
        return
    insert_rows(connection, LETTER_STATE, rows, on_conflict="ignore")
    connection.execute(
        sa.update(LETTER_STATE)
        .where(among(LETTER_STATE.c.letter_id, known))
        .values(state=state, settled_at=now if settled else None, settled_by=by)
    )


def mark_printed(connection: sa.Connection, ids: Iterable[str], now: datetime) -> None:
    """On paper from now on; where nothing else brought the message before, that is when it left us."""
    wanted = sorted(set(ids))
    connection.execute(sa.update(LETTER).where(among(LETTER.c.letter_id, wanted)).values(printed_at=now))
    connection.execute(
        sa.update(LETTER_STATE)
        .where(among(LETTER_STATE.c.letter_id, wanted), LETTER_STATE.c.state == LetterState.PRINTING)
        .values(state=LetterState.PRINTED.value)
    )
    connection.execute(
        sa.update(DELIVERY)
        .where(among(DELIVERY.c.delivery_id, wanted), DELIVERY.c.state == "letter", DELIVERY.c.sent_at.is_(None))
        .values(sent_at=now)
    )


def drop_settled_files(connection: sa.Connection, run_ids: Iterable[str], settled: Iterable[str]) -> None:
    """A file is kept only while a letter in it is still to be given."""
    still = (
        sa.select(LETTER_STATE.c.letter_id)
        .where(
            LETTER_STATE.c.run_id == PRINT_PART.c.run_id,
            LETTER_STATE.c.part == PRINT_PART.c.part,
            LETTER_STATE.c.state.not_in(sorted(settled)),
        )
        .exists()
    )
    connection.execute(
        sa.update(PRINT_PART).where(among(PRINT_PART.c.run_id, run_ids), PRINT_PART.c.state == "made", ~still).values(pdf=None)
    )


def adopt(connection: sa.Connection, schools: Mapping[str, str | None]) -> None:
    """Letters that no school was named for, by the school that prints them."""
    rows = [{"b_letter": letter, "b_school": school} for letter, school in schools.items() if school]
    if rows:
        connection.execute(
            sa.update(LETTER).where(LETTER.c.letter_id == sa.bindparam("b_letter")).values(school_id=sa.bindparam("b_school")),
            rows,
        )


def all_schools(connection: sa.Connection) -> list[tuple[str, str]]:
    """Id and name of every school, by name (an administrator's choice)."""
    query = sa.select(SCHOOL.c.school_id, SCHOOL.c.name).order_by(SCHOOL.c.name)
    return [(row.school_id, row.name) for row in connection.execute(query)]
