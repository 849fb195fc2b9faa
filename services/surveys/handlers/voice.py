"""A survey by telephone: asked for here, placed by notifications where a voice of the language exists, else a person calls."""

from __future__ import annotations

from services.surveys.handlers.life import Opening
from services.surveys.ports import Ports
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def ask_for_survey_call(uow: UnitOfWork, ports: Ports, opening: Opening, *, cause: Event | None = None) -> None:
    """Have the guardian called; `menu` is where the call goes on once they have picked up."""
    assignment = opening.assignment
    uow.emit(
        "surveys.call_asked",
        {
            "assignment_id": assignment.assignment_id,
            "survey_id": assignment.survey_id,
            "guardian_id": assignment.guardian_id,
            "student_ids": list(opening.children),
            "school_id": assignment.school_id,
            "language": assignment.language,
            "due_at": assignment.due_at,
            "menu": ports.voice_menu(uow.district, assignment.assignment_id),
        },
        school=assignment.school_id,
        subject=assignment.guardian_id,
        cause=cause,
    )
