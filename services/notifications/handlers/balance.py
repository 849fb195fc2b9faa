"""Good news against concerns: what a teacher sees before a note goes, and what the night finds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.notifications.domain.balance import Counts, Direction, before_sending, has_example, judge
from services.notifications.domain.rhythm import Rhythm
from services.notifications.store import people
from services.notifications.store import rhythm as store
from shared.messaging.uow import UnitOfWork

DEFAULT_TARGET = 3.0


@dataclass(frozen=True, slots=True)
class Warning:
    """What a teacher sees beside a note that they are about to send; it stops nothing."""

    direction: Direction
    positive: int
    concern: int
    last_good: datetime | None
    course: str | None
    target: float
    days: int


def noted(
    uow: UnitOfWork,
    *,
    message_id: str,
    teacher_id: str,
    student_id: str,
    kind: str,
    text: str | None,
    category: str | None,
) -> None:
    """A personal note has gone to this student's home; what it puts right is a flag no longer."""
    row = {
        "message_id": message_id,
        "student_id": student_id,
        "teacher_id": teacher_id,
        "kind": kind,
        "example": has_example(text, category),
        "at": uow.now,
    }
    store.save_notes(uow.connection, [row])
    mends = {
        "positive": (Direction.MORE_GOOD.value,),
        "concern": (Direction.ONLY_PRAISE.value, Direction.SILENT.value),
    }.get(kind)
    if mends and row["example"]:
        store.settle_balances(uow.connection, [(student_id, teacher_id)], directions=mends)


def warning(uow: UnitOfWork, *, teacher_id: str, student_id: str, kind: str) -> Warning | None:
    """What to say before a note of this kind goes to the home of this student; None where all is well."""
    student = people.students(uow.connection, [student_id]).get(student_id)
    if student is None:
        return None
    school = people.schools(uow.connection, [student["school_id"]]).get(student["school_id"])
    settings: Mapping[str, Any] = school["settings"] if school else {}
    since, target = _since(uow, settings), float(settings.get("ratio_target", DEFAULT_TARGET))
    counts = store.counts_of(uow.connection, student_id, since).get((student_id, teacher_id), Counts())
    failing = [row for row in store.failing_of(uow.connection, student_id) if row["teacher_id"] == teacher_id]
    direction = before_sending(
        kind,
        counts,
        target=target,
        failing=bool(failing),
        told=bool(store.told_of_concern(uow.connection, since, student_id=student_id)),
    )
    if direction is None:
        return None
    return Warning(
        direction,
        counts.positive,
        counts.concern,
        counts.last_good or store.last_good(uow.connection, student_id, teacher_id),
        failing[0]["course_title"] if failing else None,
        target,
        Rhythm.of(settings).balance_days,
    )


def _since(uow: UnitOfWork, settings: Mapping[str, Any]) -> datetime:
    return uow.now - timedelta(days=Rhythm.of(settings).balance_days)


def nightly(uow: UnitOfWork, school: people.Row, today: date) -> None:
    """Flag each student and teacher out of balance at this school, once; forget what has come right."""
    settings, school_id = school["settings"], school["school_id"]
    since, target = _since(uow, settings), float(settings.get("ratio_target", DEFAULT_TARGET))
    counts = store.counts_at(uow.connection, school_id, since)
    failing = {
        (row["student_id"], row["teacher_id"]): row["course_title"]
        for row in store.failing_at(uow.connection, school_id)
    }
    told = store.told_of_concern(uow.connection, since, school_id=school_id)
    known = store.balances_at(uow.connection, school_id)
    fresh, still = [], set()
    for pair in counts.keys() | failing.keys():
        found = counts.get(pair, Counts())
        direction = judge(found, target=target, failing=pair in failing, told=pair[0] in told)
        if direction is None:
            continue
        still.add(pair)
        if pair not in known or known[pair]["direction"] != direction:
            fresh.append(_row(school_id, pair, direction, found, target, failing.get(pair), today))
    store.save_balances(uow.connection, fresh, over=known.keys() - still)
    for row in fresh:
        _say(uow, row)


def _row(
    school_id: str,
    pair: store.Pair,
    direction: Direction,
    counts: Counts,
    target: float,
    course: str | None,
    today: date,
) -> dict[str, Any]:
    return {
        "student_id": pair[0],
        "teacher_id": pair[1],
        "school_id": school_id,
        "direction": direction.value,
        "positive": counts.positive,
        "concern": counts.concern,
        "target": target,
        "course_title": None if direction is Direction.MORE_GOOD else course,
        "since": today,
    }


def _say(uow: UnitOfWork, row: Mapping[str, Any]) -> None:
    named = ("student_id", "teacher_id", "school_id", "direction", "positive", "concern", "target")
    uow.emit(
        "notifications.balance_flagged",
        {"scope": "student", "on": row["since"], **{name: row[name] for name in named}},
        school=row["school_id"],
        subject=row["student_id"],
    )
