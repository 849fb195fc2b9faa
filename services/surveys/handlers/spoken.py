"""Spoken answers: nothing here understands speech, so a person screens them as the list of words screens what is written.

Until the school's safeguarding lead (or its principal) has listened, nobody else hears a recording. The lead is told by a
task, hears, and says whether a child may be in danger; what was said may be written down, and is then looked through as well.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.surveys.domain.calendar import concern_due
from services.surveys.handlers import actions_said
from services.surveys.handlers.life import Opening
from services.surveys.ports import Ports
from services.surveys.store import campaigns, phones, responses, roster
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

PRINCIPAL = "principal"


def listener(settings: Mapping[str, Any] | None) -> str:
    """The role that hears spoken answers first at a school with these settings."""
    own = (((settings or {}).get("surveys") or {}).get("safeguarding") or {}).get("role")
    return str(own or actions_said.LEAD)


def may_screen(role: str, settings: Mapping[str, Any] | None) -> bool:
    """Whether somebody in this role may hear what nobody has heard yet, and what is guarded."""
    return role in (listener(settings), PRINCIPAL)


def ask_to_listen(uow: UnitOfWork, ports: Ports, opening: Opening, *, call_sid: str) -> None:
    """One task for a call, however much is spoken in it; due at 16:00 on the next school day."""
    assignment = opening.assignment
    school = roster.schools(uow.connection, [assignment.school_id])[assignment.school_id]
    uow.emit(
        "surveys.words_spoken",
        {
            "listen_id": derived_id("listen", assignment.assignment_id, call_sid),
            "guardian_id": assignment.guardian_id,
            "student_id": next(iter(opening.children), assignment.student_ids[0]),
            "school_id": assignment.school_id,
            "role": listener(opening.settings),
            "page": f"{ports.base_url}/surveys/assignments/{assignment.assignment_id}/script",
            "due_at": concern_due(uow.now, school.timezone, terms=school.terms, holidays=school.holidays),
        },
        school=assignment.school_id,
        subject=assignment.guardian_id,
    )


def heard(uow: UnitOfWork, recording: Any, *, by: str, danger: bool, text: str) -> bool:
    """The lead has listened: True if it is guarded from now on, False if those who work with the child may hear it.

    `text`: what was said, as the listener has written it down. It is kept beside the recording unless it is guarded.
    """
    assignment = campaigns.assignments(uow.connection, [recording.assignment_id])[recording.assignment_id]
    about = recording.student_ids[0] if len(recording.student_ids) == 1 else None
    phones.mark_heard(uow.connection, recording.media_id, by=by, now=uow.now)
    said = actions_said.Spoken(recording.media_id, recording.question_id, text, about, danger)
    if actions_said.guard_spoken(uow, assignment, said, language=recording.language):
        return True
    if text:
        responses.write_down(uow.connection, recording.assignment_id, recording.question_id, media=recording.media_id, text=text)
    return False
