"""The link to everything of a guardian's own, sent to the guardian: never shown to who holds a survey's link."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from services.surveys.ports import Ports
from services.surveys.store import responses
from services.surveys.words import words
from shared.messaging.uow import UnitOfWork


def send(uow: UnitOfWork, ports: Ports, assignment: Any, *, language: str) -> bool:
    """Ask for the message; False where it was asked for today already (whoever found a form cannot flood the family)."""
    day = uow.now.astimezone(ZoneInfo(assignment.timezone)).date()
    mark = {"assignment_id": assignment.assignment_id, "question_id": "", "effect": f"own_page:{day}", "at": uow.now}
    if not responses.claim_effects(uow.connection, [mark]):
        return False
    token = ports.preferences_token(
        uow.district, assignment.guardian_id, now=uow.now, language=language, school=assignment.school_id
    )
    link = f"{ports.preferences_link(token)}?lang={language}"
    uow.emit(
        "surveys.own_page_asked",
        {
            "guardian_id": assignment.guardian_id,
            "student_ids": list(assignment.student_ids),
            "school_id": assignment.school_id,
            "language": language,
            "text": words(language).text("changes.message", school=assignment.school_name or "", link=link),
        },
        school=assignment.school_id,
        subject=assignment.guardian_id,
    )
    return True
