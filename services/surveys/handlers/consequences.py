"""What an answer changes: preferences, boundaries, what is not asked again, concerns that somebody must answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.surveys.domain.calendar import concern_due
from services.surveys.domain.definition import Survey, text_in
from services.surveys.domain.effects import Effect, EffectKind
from services.surveys.domain.preferences import Preference, changed
from services.surveys.store import people, responses, roster
from services.surveys.words import words
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

TALK = "talk"


def apply(
    uow: UnitOfWork, assignment: Any, survey: Survey, effects: Sequence[Effect], *, language: str, cause: Event | None
) -> None:
    """Apply each effect of a response that was not applied yet."""
    rows = [
        {
            "assignment_id": assignment.assignment_id,
            "question_id": effect.question_id,
            "effect": effect.key[1],
            "at": uow.now,
        }
        for effect in effects
    ]
    taken = responses.claim_effects(uow.connection, rows)
    fresh = [effect for effect in effects if effect.key in taken]
    by_kind = {kind: [effect for effect in fresh if effect.kind is kind] for kind in EffectKind}
    changes = {effect.field: effect.value for effect in by_kind[EffectKind.PREFERENCE]}
    if changes:
        change_preference(uow, assignment.guardian_id, changes, cause=cause)
    for effect in by_kind[EffectKind.BOUNDARY]:
        change_boundary(uow, assignment.guardian_id, effect.field, active=True, cause=cause)
    _declined(uow, assignment, survey, by_kind[EffectKind.DECLINED], cause)
    for effect in by_kind[EffectKind.CONCERN]:
        question = survey.question(effect.question_id)
        option = question.option(effect.field) if question else None
        text = effect.value or (text_in(option.label, language) if option else effect.field)
        _concern(uow, assignment, effect.question_id, effect.field, text, effect.given.about, language, cause)


def change_preference(
    uow: UnitOfWork, guardian_id: str, changes: Mapping[str, Any], *, cause: Event | None = None
) -> Preference:
    """Save and say what differs; nothing is said where nothing does (ValueError for a value that cannot be)."""
    before = people.preference(uow.connection, guardian_id)
    after = changed(before, changes)
    if after is not before:
        people.save_preference(uow.connection, guardian_id, after)
        uow.emit(
            "surveys.preference_changed",
            {"guardian_id": guardian_id, **after.plain()},
            subject=guardian_id,
            cause=cause,
        )
    return after


def change_boundary(
    uow: UnitOfWork, guardian_id: str, scope: str, *, active: bool, cause: Event | None = None
) -> None:
    """Set or lift a boundary of the guardian's own; nobody else's name can stand under it."""
    version = people.set_boundary(uow.connection, guardian_id, scope, active=active, now=uow.now)
    if version is not None:
        uow.emit(
            "surveys.boundary_set",
            {
                "guardian_id": guardian_id,
                "scope": scope,
                "active": active,
                "version": version,
                "set_by": guardian_id,
            },
            subject=guardian_id,
            cause=cause,
        )


def ask_for_call(
    uow: UnitOfWork, assignment: Any, after: str | None, *, language: str, cause: Event | None
) -> None:
    """Talking instead of writing: somebody owes a call, by the hour a concern would be due."""
    text = words(language).text("talk.request", time=after) if after else words(language).text("talk.request_any")
    _concern(uow, assignment, TALK, TALK, text, None, language, cause)


def _declined(
    uow: UnitOfWork, assignment: Any, survey: Survey, effects: Sequence[Effect], cause: Event | None
) -> None:
    people.add_declined(
        uow.connection,
        [
            {
                "guardian_id": assignment.guardian_id,
                "survey_id": survey.id,
                "question_id": effect.question_id,
                "tag": effect.field or None,
                "at": uow.now,
            }
            for effect in effects
        ],
    )
    for effect in effects:
        uow.emit(
            "surveys.question_declined",
            {
                "assignment_id": assignment.assignment_id,
                "guardian_id": assignment.guardian_id,
                "question_id": effect.question_id,
                "tag": effect.field or None,
            },
            school=assignment.school_id,
            subject=assignment.guardian_id,
            cause=cause,
        )


def _concern(
    uow: UnitOfWork,
    assignment: Any,
    question_id: str,
    topic: str,
    text: str,
    about: str | None,
    language: str,
    cause: Event | None,
) -> None:
    student_id = about or assignment.student_ids[0]
    enrolled = roster.student_schools(uow.connection, [student_id]).get(student_id, assignment.school_id)
    schools = roster.schools(uow.connection, {enrolled, assignment.school_id})
    # a school whose settings have not come yet has no clock of its own
    school = schools.get(enrolled) or schools[assignment.school_id]
    due_at = concern_due(uow.now, school.timezone, terms=school.terms, holidays=school.holidays)
    concern_id = derived_id("concern", assignment.assignment_id, question_id)
    who = {"concern_id": concern_id, "guardian_id": assignment.guardian_id, "student_id": student_id, "topic": topic}
    responses.add_concern(
        uow.connection,
        {**who, "assignment_id": assignment.assignment_id, "due_at": due_at, "raised_at": uow.now},
    )
    uow.emit(
        "surveys.concern_raised",
        {**who, "school_id": enrolled, "language": language, "text": text, "due_at": due_at},
        school=enrolled,
        subject=student_id,
        cause=cause,
    )
