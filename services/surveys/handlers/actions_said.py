"""What a family has said that somebody at school must hear: a concern, a need, an insight, and words about a child in danger."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from services.surveys.domain.actions_safeguard import alarming
from services.surveys.domain.calendar import concern_due
from services.surveys.domain.effects import Effect, EffectKind
from services.surveys.store import actions as store
from services.surveys.store import responses, roster
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

LEAD_WITHIN = timedelta(hours=2)  # unless the school's `surveys.safeguarding.within_minutes` says else
LEAD = "counselor"


@dataclass(frozen=True, slots=True)
class Concern:
    """`about`: the child, where the guardian named one."""

    question_id: str
    topic: str
    text: str = field(repr=False)
    about: str | None


def concern(uow: UnitOfWork, assignment: Any, said: Concern, *, language: str, cause: Event | None) -> None:
    """On the clock: due 16:00 on the child's school's next day."""
    student_id, school_id, school = _child(uow, assignment, said.about)
    due_at = concern_due(uow.now, school.timezone, terms=school.terms, holidays=school.holidays)
    concern_id = derived_id("concern", assignment.assignment_id, said.question_id)
    who = {
        "concern_id": concern_id,
        "guardian_id": assignment.guardian_id,
        "student_id": student_id,
        "topic": said.topic,
    }
    row = {**who, "assignment_id": assignment.assignment_id, "due_at": due_at, "raised_at": uow.now}
    responses.add_concern(uow.connection, row)
    uow.emit(
        "surveys.concern_raised",
        {**who, "school_id": school_id, "language": language, "text": said.text, "due_at": due_at},
        school=school_id,
        subject=student_id,
        cause=cause,
    )


def guard(
    uow: UnitOfWork, assignment: Any, effects: Sequence[Effect], *, language: str, cause: Event | None
) -> frozenset[str]:
    """The questions whose words only the safeguarding lead reads; that person hears of them now."""
    said = [effect for effect in effects if effect.kind is EffectKind.WORDS]
    if not said:
        return frozenset()
    settings = _safeguarding(uow, assignment)
    found = [effect for effect in said if alarming(str(effect.value), settings.get("words"))]
    if not found:
        return frozenset()
    questions = sorted({effect.question_id for effect in found})
    who = {"assignment_id": assignment.assignment_id, "guardian_id": assignment.guardian_id, "at": uow.now}
    store.guard(uow.connection, [{**who, "question_id": question} for question in questions])
    for effect in found:
        concern_id = derived_id("safeguarding", assignment.assignment_id, *effect.key)
        _raise(
            uow, assignment, settings, concern_id, effect.given.about,
            language=language, text=effect.value, cause=cause,
        )  # fmt: skip
    return frozenset(questions)


@dataclass(frozen=True, slots=True)
class Spoken:
    """What somebody has heard in a recording (`media_id`); `danger`: what the listener thinks of it."""

    media_id: str
    question_id: str
    text: str = field(repr=False)
    about: str | None
    danger: bool


def guard_spoken(uow: UnitOfWork, assignment: Any, said: Spoken, *, language: str) -> bool:
    """The same for what was spoken: the listener's word counts, and the list of words where it was written down."""
    settings = _safeguarding(uow, assignment)
    if not said.danger and not alarming(said.text, settings.get("words")):
        return False
    who = {"assignment_id": assignment.assignment_id, "guardian_id": assignment.guardian_id, "at": uow.now}
    store.guard(uow.connection, [{**who, "question_id": said.question_id}])
    concern_id = derived_id("safeguarding", assignment.assignment_id, said.question_id, said.media_id)
    _raise(uow, assignment, settings, concern_id, said.about, language=language, text=said.text, cause=None)
    return True


def _raise(
    uow: UnitOfWork,
    assignment: Any,
    settings: Mapping[str, Any],
    concern_id: str,
    about: str | None,
    *,
    language: str,
    text: str,
    cause: Event | None,
) -> None:
    student_id, school_id, _ = _child(uow, assignment, about)
    minutes = settings.get("within_minutes")
    uow.emit(
        "surveys.safeguarding_raised",
        {
            "concern_id": concern_id,
            "guardian_id": assignment.guardian_id,
            "student_id": student_id,
            "school_id": school_id,
            "role": settings.get("role") or LEAD,
            "language": language,
            "text": text,
            "due_at": uow.now + (timedelta(minutes=minutes) if minutes else LEAD_WITHIN),
        },
        school=school_id,
        subject=student_id,
        cause=cause,
    )


def _safeguarding(uow: UnitOfWork, assignment: Any) -> Mapping[str, Any]:
    """An assignment that `life` has opened brings its school's settings along: this is asked at most submits."""
    settings = getattr(assignment, "settings", None)
    if settings is None:
        school = roster.schools(uow.connection, [assignment.school_id]).get(assignment.school_id)
        settings = school.settings if school else {}
    found: Mapping[str, Any] = (settings.get("surveys") or {}).get("safeguarding") or {}
    return found


def insights(
    uow: UnitOfWork, assignment: Any, effects: Sequence[Effect], *, language: str, cause: Event | None
) -> None:
    """What home sees in the child, for those who teach it."""
    rows = []
    for effect in effects:
        student_id = effect.given.about or assignment.student_ids[0]
        rows.append(
            {
                "insight_id": derived_id("insight", assignment.assignment_id, *effect.key),
                "assignment_id": assignment.assignment_id,
                "guardian_id": assignment.guardian_id,
                "student_id": student_id,
                "category": effect.field,
                "language": language,
                "text": effect.value,
                "at": uow.now,
            }
        )
    if not rows:
        return
    store.add_insights(uow.connection, rows)
    schools = roster.student_schools(uow.connection, {row["student_id"] for row in rows})
    told = ("insight_id", "guardian_id", "student_id", "category", "language", "text")
    for row in rows:
        school_id = schools.get(row["student_id"], assignment.school_id)
        uow.emit(
            "surveys.insight_shared",
            {**{name: row[name] for name in told}, "school_id": school_id},
            school=school_id,
            subject=row["student_id"],
            cause=cause,
        )


def needs(uow: UnitOfWork, assignment: Any, effects: Sequence[Effect], cause: Event | None) -> None:
    """With consent somebody is asked to help; without, only the list of services goes home."""
    if not effects:
        return
    student_id, school_id, _ = _child(uow, assignment, effects[0].given.about)
    rows = [
        {
            "need_id": derived_id("need", assignment.assignment_id, *effect.key),
            "guardian_id": assignment.guardian_id,
            "student_id": student_id,
            "school_id": school_id,
            "need": effect.field,
            "consent": bool(effect.value),
            "at": uow.now,
        }
        for effect in effects
    ]
    store.add_needs(uow.connection, rows)
    for row in rows:
        told = {name: value for name, value in row.items() if name != "at"}
        uow.emit("surveys.need_identified", told, school=school_id, subject=student_id, cause=cause)


def _child(uow: UnitOfWork, assignment: Any, about: str | None) -> tuple[str, str, roster.School]:
    """The child it is about, its school, and the school whose clock and calendar count."""
    at = roster.student_schools(uow.connection, [about] if about else assignment.student_ids)
    here = (child for child in assignment.student_ids if at.get(child) == assignment.school_id)
    student_id = about or next(here, assignment.student_ids[0])  # nobody named: the child at the school that asked
    enrolled = at.get(student_id, assignment.school_id)
    schools = roster.schools(uow.connection, {enrolled, assignment.school_id})
    # a school whose settings have not come yet has no clock of its own
    return student_id, enrolled, schools.get(enrolled) or schools[assignment.school_id]
