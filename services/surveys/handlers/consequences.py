"""What an answer changes: preferences, boundaries, what is not asked again, barriers, needs, and words somebody must hear."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from services.surveys.domain.actions_barriers import obeyed
from services.surveys.domain.definition import Survey, text_in
from services.surveys.domain.effects import Effect, EffectKind
from services.surveys.domain.preferences import Preference, changed
from services.surveys.handlers import actions_barriers, actions_said
from services.surveys.store import actions as noted
from services.surveys.store import people, responses
from services.surveys.words import words
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

TALK = "talk"
PAGE = "page"
_NOTHING_TO_DO = frozenset({EffectKind.WORDS, EffectKind.PLAN, EffectKind.POLL})  # read, told or counted elsewhere


def apply(
    uow: UnitOfWork, assignment: Any, survey: Survey, effects: Sequence[Effect], *, language: str, cause: Event | None
) -> None:
    """Apply each effect of a response that was not applied yet."""
    fresh = _claimed(uow, assignment, [effect for effect in effects if effect.kind not in _NOTHING_TO_DO])
    guarded = actions_said.guard(uow, assignment, effects, language=language, cause=cause)
    by_kind = {kind: [effect for effect in fresh if effect.kind is kind] for kind in EffectKind}
    changes = {effect.field: effect.value for effect in by_kind[EffectKind.PREFERENCE]}
    if changes:
        change_preference(uow, assignment.guardian_id, changes, cause=cause, source=assignment.assignment_id)
    for effect in by_kind[EffectKind.BOUNDARY]:
        change_boundary(uow, assignment.guardian_id, effect.field, active=True, cause=cause)
    _declined(uow, assignment, survey, by_kind[EffectKind.DECLINED], cause)
    barriers = {effect.field: bool(effect.value) for effect in by_kind[EffectKind.BARRIER]}
    if barriers:
        actions_barriers.change(uow, {assignment.guardian_id: barriers}, source="answer", cause=cause)
    actions_said.needs(uow, assignment, by_kind[EffectKind.NEED], cause)
    _heard(uow, assignment, survey, by_kind, guarded, language, cause)


def _claimed(uow: UnitOfWork, assignment: Any, effects: Sequence[Effect]) -> list[Effect]:
    who = {"assignment_id": assignment.assignment_id, "at": uow.now}
    rows = [{**who, "question_id": effect.question_id, "effect": effect.key[1]} for effect in effects]
    taken = responses.claim_effects(uow.connection, rows)
    return [effect for effect in effects if effect.key in taken]


def _heard(
    uow: UnitOfWork,
    assignment: Any,
    survey: Survey,
    by_kind: Mapping[EffectKind, Sequence[Effect]],
    guarded: Collection[str],
    language: str,
    cause: Event | None,
) -> None:
    """Words go on to those who teach the child, except what only the safeguarding lead may read."""
    actions_said.insights(
        uow,
        assignment,
        [effect for effect in by_kind[EffectKind.INSIGHT] if effect.question_id not in guarded],
        language=language,
        cause=cause,
    )
    for effect in by_kind[EffectKind.CONCERN]:
        if effect.question_id in guarded:
            continue
        question = survey.question(effect.question_id)
        option = question.option(effect.field) if question else None
        text = effect.value or (text_in(option.label, language) if option else effect.field)
        said = actions_said.Concern(effect.question_id, effect.field, text, effect.given.about)
        actions_said.concern(uow, assignment, said, language=language, cause=cause)


def change_preference(
    uow: UnitOfWork,
    guardian_id: str,
    changes: Mapping[str, Any],
    *,
    cause: Event | None = None,
    source: str = PAGE,
) -> Preference:
    """Save and say what differs; nothing is said where nothing does (ValueError for a value that cannot be).

    The newest wish holds, whichever way it came; what was wished before stays readable. What is said goes around the
    barriers that stand; what is kept is what the guardian said.
    """
    before = people.preference(uow.connection, guardian_id)
    after = changed(before, changes)
    if after is not before:
        people.save_preference(uow.connection, guardian_id, after)
        kept = {"guardian_id": guardian_id, "version": after.version, "changes": dict(changes), "source": source, "at": uow.now}
        noted.note_changes(uow.connection, [kept])
        say_preference(uow, guardian_id, after, cause=cause)
    return after


def say_preference(uow: UnitOfWork, guardian_id: str, kept: Preference, *, cause: Event | None) -> None:
    """What the other services are to obey from now on."""
    standing = noted.standing(uow.connection, [guardian_id]).get(guardian_id, [])
    uow.emit(
        "surveys.preference_changed",
        {"guardian_id": guardian_id, **obeyed(kept, standing).plain()},
        subject=guardian_id,
        cause=cause,
    )


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
    said = actions_said.Concern(TALK, TALK, text, None)
    actions_said.concern(uow, assignment, said, language=language, cause=cause)


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
