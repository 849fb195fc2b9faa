"""What balance, live contact, welcome and load are counted from: one query a school and question, however many homes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from services.notifications.domain.balance import Counts
from services.notifications.store.conversation import spoken_to_since
from services.notifications.store.people import GUARDIAN, GUARDIAN_LINK, STAFF, STUDENT, TEACHES
from services.notifications.tables import CONTACT, DELIVERY, MESSAGE, REPLY
from services.notifications.tables.conversation import THREAD
from services.notifications.tables.rhythm import BALANCE, LIVE_MISSING, LOAD, NOTE, STANDING, WELCOME
from shared.store import among, insert_rows

Row = Mapping[str, Any]
Pair = tuple[str, str]  # student, teacher


def save_notes(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, NOTE, rows, on_conflict="ignore")


def save_standings(connection: sa.Connection, rows: Sequence[Row]) -> None:
    if rows:
        insert_rows(connection, STANDING, rows, on_conflict="update", newer_by="revision")


def _counted(since: datetime) -> sa.Select[Any]:
    good = sa.case((NOTE.c.kind == "positive", 1), else_=0)
    worry = sa.case((NOTE.c.kind == "concern", 1), else_=0)
    last_good = sa.case((NOTE.c.kind == "positive", NOTE.c.at))
    return (
        sa.select(
            NOTE.c.student_id,
            NOTE.c.teacher_id,
            sa.func.sum(good).label("positive"),
            sa.func.sum(worry).label("concern"),
            sa.func.max(last_good, type_=NOTE.c.at.type).label("last_good"),
        )
        .where(NOTE.c.example, NOTE.c.at >= since)
        .group_by(NOTE.c.student_id, NOTE.c.teacher_id)
    )


def _as_counts(rows: Iterable[Any]) -> dict[Pair, Counts]:
    return {
        (row.student_id, row.teacher_id): Counts(int(row.positive), int(row.concern), row.last_good) for row in rows
    }


def counts_at(connection: sa.Connection, school_id: str, since: datetime) -> dict[Pair, Counts]:
    """Notes with an example since then, by student of the school and teacher."""
    query = _counted(since).join(STUDENT, STUDENT.c.student_id == NOTE.c.student_id)
    return _as_counts(connection.execute(query.where(STUDENT.c.school_id == school_id, STUDENT.c.active)))


def counts_of(connection: sa.Connection, student_id: str, since: datetime) -> dict[Pair, Counts]:
    """The same for one student."""
    return _as_counts(connection.execute(_counted(since).where(NOTE.c.student_id == student_id)))


def last_good(connection: sa.Connection, student_id: str, teacher_id: str) -> datetime | None:
    """The newest good news with an example, however long ago."""
    query = sa.select(sa.func.max(NOTE.c.at, type_=NOTE.c.at.type)).where(
        NOTE.c.student_id == student_id, NOTE.c.teacher_id == teacher_id, NOTE.c.kind == "positive", NOTE.c.example
    )
    found: datetime | None = connection.execute(query).scalar()
    return found


def failing_at(connection: sa.Connection, school_id: str) -> list[Row]:
    """(student_id, teacher_id, course_title) of grades below the threshold, where somebody teaches the course."""
    query = (
        sa.select(STANDING.c.student_id, STANDING.c.teacher_id, STANDING.c.course_title)
        .join(STUDENT, STUDENT.c.student_id == STANDING.c.student_id)
        .join(STAFF, STAFF.c.staff_id == STANDING.c.teacher_id)
        .where(STUDENT.c.school_id == school_id, STUDENT.c.active, STAFF.c.active, STANDING.c.failing)
    )
    return list(connection.execute(query).mappings())


def failing_of(connection: sa.Connection, student_id: str) -> list[Row]:
    query = sa.select(STANDING).where(STANDING.c.student_id == student_id, STANDING.c.failing)
    return list(connection.execute(query).mappings())


def score_of(connection: sa.Connection, student_ids: Iterable[str]) -> dict[str, Row]:
    """The lowest standing of each student."""
    query = sa.select(STANDING).where(among(STANDING.c.student_id, student_ids)).order_by(STANDING.c.score.desc())
    return {row["student_id"]: row for row in connection.execute(query).mappings()}


def told_of_concern(
    connection: sa.Connection, since: datetime, *, school_id: str | None = None, student_id: str | None = None
) -> set[str]:
    """Students whose home has heard of a concern since then, from a person or by an early alert."""
    query = sa.select(CONTACT.c.student_id).where(
        CONTACT.c.personal, CONTACT.c.kind == "concern", CONTACT.c.at >= since
    )
    if student_id is not None:
        query = query.where(CONTACT.c.student_id == student_id)
    else:
        query = query.join(STUDENT, STUDENT.c.student_id == CONTACT.c.student_id).where(
            STUDENT.c.school_id == school_id
        )
    return set(connection.execute(query.distinct()).scalars())


def balances_at(connection: sa.Connection, school_id: str) -> dict[Pair, Row]:
    query = sa.select(BALANCE).where(BALANCE.c.school_id == school_id)
    return {(row["student_id"], row["teacher_id"]): row for row in connection.execute(query).mappings()}


def save_balances(connection: sa.Connection, rows: Sequence[Row], *, over: Iterable[Pair]) -> None:
    """The night's finding: what is out of balance, and what no longer is."""
    settle_balances(connection, over)
    if rows:
        insert_rows(connection, BALANCE, rows, on_conflict="update")


def settle_balances(connection: sa.Connection, pairs: Iterable[Pair], *, directions: Iterable[str] = ()) -> None:
    """Forget these; with `directions`, only flags of those."""
    wanted = [{"b_student": student, "b_teacher": teacher} for student, teacher in sorted(pairs)]
    if not wanted:
        return
    query = sa.delete(BALANCE).where(
        BALANCE.c.student_id == sa.bindparam("b_student"), BALANCE.c.teacher_id == sa.bindparam("b_teacher")
    )
    chosen = sorted(directions)
    connection.execute(query.where(BALANCE.c.direction.in_(chosen)) if chosen else query, wanted)


def balances_for(connection: sa.Connection, teacher_id: str) -> list[Row]:
    """Of one teacher's own students, the longest known first."""
    query = (
        sa.select(BALANCE, STUDENT.c.given_name, STUDENT.c.family_name)
        .join(STUDENT, STUDENT.c.student_id == BALANCE.c.student_id)
        .where(BALANCE.c.teacher_id == teacher_id, STUDENT.c.active)
        .order_by(BALANCE.c.since, STUDENT.c.given_name)
    )
    return list(connection.execute(query).mappings())


def unspoken_with(connection: sa.Connection, school_id: str, since: datetime) -> list[Row]:
    """Students nobody has spoken with the home of since then: first guardian and how many personal messages went."""
    there = sa.select(STUDENT.c.student_id).where(STUDENT.c.school_id == school_id, STUDENT.c.active)
    spoken = sa.select(CONTACT.c.student_id).where(
        CONTACT.c.live, CONTACT.c.at >= since, CONTACT.c.student_id.in_(there)
    )
    written = (
        sa.select(CONTACT.c.student_id, sa.func.count(sa.distinct(CONTACT.c.at)).label("texts"))
        .where(CONTACT.c.at >= since, CONTACT.c.personal, ~CONTACT.c.live, CONTACT.c.student_id.in_(there))
        .group_by(CONTACT.c.student_id)
        .subquery()
    )
    first = (
        sa.select(sa.func.min(GUARDIAN_LINK.c.guardian_id))
        .where(
            GUARDIAN_LINK.c.student_id == STUDENT.c.student_id, GUARDIAN_LINK.c.active, GUARDIAN_LINK.c.priority == 1
        )
        .scalar_subquery()
    )
    query = (
        sa.select(
            STUDENT.c.student_id,
            first.label("guardian_id"),
            sa.func.coalesce(written.c.texts, 0).label("texts"),
        )
        .outerjoin(written, written.c.student_id == STUDENT.c.student_id)
        .where(STUDENT.c.school_id == school_id, STUDENT.c.active, STUDENT.c.student_id.not_in(spoken))
    )
    return list(connection.execute(query).mappings())


def save_live_missing(connection: sa.Connection, school_id: str, rows: Sequence[Row]) -> None:
    """This term's list takes the place of the last one's."""
    connection.execute(sa.delete(LIVE_MISSING).where(LIVE_MISSING.c.school_id == school_id))
    if rows:
        insert_rows(connection, LIVE_MISSING, rows, on_conflict="update")


def live_missing_of(connection: sa.Connection, student_ids: Iterable[str]) -> list[Row]:
    query = (
        sa.select(LIVE_MISSING, STUDENT.c.given_name, STUDENT.c.family_name)
        .join(STUDENT, STUDENT.c.student_id == LIVE_MISSING.c.student_id)
        .where(among(LIVE_MISSING.c.student_id, student_ids), STUDENT.c.active)
        .order_by(LIVE_MISSING.c.text_count.desc(), STUDENT.c.given_name)
    )
    return list(connection.execute(query).mappings())


def save_welcome(connection: sa.Connection, row: Row) -> None:
    insert_rows(connection, WELCOME, [row], on_conflict="ignore")


def welcomes(connection: sa.Connection, school_ids: Iterable[str]) -> list[Row]:
    query = sa.select(WELCOME).where(among(WELCOME.c.school_id, school_ids)).order_by(WELCOME.c.starts_on.desc())
    return list(connection.execute(query).mappings())


def ways_of(connection: sa.Connection, message_id: str) -> list[Row]:
    """(students, state, channel) of one message's deliveries."""
    query = sa.select(DELIVERY.c.students, DELIVERY.c.recipient_id, DELIVERY.c.state, DELIVERY.c.channel).where(
        DELIVERY.c.message_id == message_id
    )
    return list(connection.execute(query).mappings())


def planned_for(connection: sa.Connection, message_ids: Iterable[str]) -> set[tuple[str, str]]:
    """(message, recipient) of what may go: whoever policy refused is not among them."""
    query = sa.select(DELIVERY.c.message_id, DELIVERY.c.recipient_id).where(
        among(DELIVERY.c.message_id, message_ids), DELIVERY.c.state != "refused"
    )
    return {(row.message_id, row.recipient_id) for row in connection.execute(query)}


def teachers_at(connection: sa.Connection, school_id: str) -> list[Row]:
    """Active teachers with students at the school, by name."""
    there = (
        sa.select(TEACHES.c.staff_id)
        .join(STUDENT, STUDENT.c.student_id == TEACHES.c.student_id)
        .where(STUDENT.c.school_id == school_id, STUDENT.c.active)
    )
    query = (
        sa.select(STAFF.c.staff_id, STAFF.c.given_name, STAFF.c.family_name)
        .where(STAFF.c.active, STAFF.c.staff_id.in_(there))
        .order_by(STAFF.c.family_name, STAFF.c.given_name, STAFF.c.staff_id)
    )
    return list(connection.execute(query).mappings())


def open_threads(connection: sa.Connection, staff_ids: Iterable[str]) -> dict[str, int]:
    """Conversations that wait for each of them."""
    query = (
        sa.select(THREAD.c.owner_id, sa.func.count())
        .where(THREAD.c.answered_at.is_(None), ~spoken_to_since(), among(THREAD.c.owner_id, staff_ids))
        .group_by(THREAD.c.owner_id)
    )
    return {row[0]: row[1] for row in connection.execute(query)}


def threads_waiting(connection: sa.Connection, staff_id: str, now: datetime) -> list[Row]:
    """Conversations that wait for this member of staff and may be shown by now, what is due first first."""
    query = (
        sa.select(THREAD, GUARDIAN.c.given_name, GUARDIAN.c.family_name)
        .join(GUARDIAN, GUARDIAN.c.guardian_id == THREAD.c.guardian_id)
        .where(
            sa.func.coalesce(THREAD.c.shared_with, THREAD.c.owner_id) == staff_id,
            THREAD.c.answered_at.is_(None),
            THREAD.c.shown_from <= now,
            ~spoken_to_since(),
        )
        .order_by(THREAD.c.due_at)
    )
    return list(connection.execute(query).mappings())


def newest_words(connection: sa.Connection, guardian_ids: Iterable[str]) -> dict[str, Row]:
    """The last thing each of them wrote that answers no machine's question."""
    query = (
        sa.select(REPLY)
        .where(among(REPLY.c.guardian_id, guardian_ids), REPLY.c.open_kind.is_(None))
        .order_by(REPLY.c.received_at)
    )
    return {row["guardian_id"]: row for row in connection.execute(query).mappings()}


def written_by(connection: sa.Connection, staff_ids: Iterable[str], since: datetime) -> list[tuple[str, datetime]]:
    """(sender, when) of what each of them wrote with their own hands since then."""
    query = sa.select(MESSAGE.c.sender_id, MESSAGE.c.created_at).where(
        among(MESSAGE.c.sender_id, staff_ids), MESSAGE.c.created_at >= since, MESSAGE.c.text.is_not(None)
    )
    return [(row.sender_id, row.created_at) for row in connection.execute(query)]


def save_loads(connection: sa.Connection, school_id: str, rows: Sequence[Row]) -> None:
    """This week's figures take the place of last week's."""
    connection.execute(sa.delete(LOAD).where(LOAD.c.school_id == school_id))
    if rows:
        insert_rows(connection, LOAD, rows, on_conflict="update")


def load_of(connection: sa.Connection, staff_id: str) -> Row | None:
    query = sa.select(LOAD).where(LOAD.c.staff_id == staff_id).order_by(LOAD.c.week_on.desc())
    return connection.execute(query).mappings().first()


def loads_at(connection: sa.Connection, school_ids: Iterable[str]) -> list[Row]:
    """By name: there is no other order."""
    query = (
        sa.select(LOAD, STAFF.c.given_name, STAFF.c.family_name)
        .join(STAFF, STAFF.c.staff_id == LOAD.c.staff_id)
        .where(among(LOAD.c.school_id, school_ids))
        .order_by(STAFF.c.family_name, STAFF.c.given_name, STAFF.c.staff_id)
    )
    return list(connection.execute(query).mappings())


def week_of(connection: sa.Connection, school_id: str) -> date | None:
    return connection.execute(sa.select(sa.func.max(LOAD.c.week_on)).where(LOAD.c.school_id == school_id)).scalar()
