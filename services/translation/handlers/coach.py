"""What the coach said is logged, and that a writer kept to their words; the words are not."""

from __future__ import annotations

from services.translation.coach import Advice, Draft
from shared.messaging.uow import UnitOfWork


def flagged(uow: UnitOfWork, draft: Draft, advice: Advice, *, text_id: str, kept: bool) -> None:
    """Say places and kinds of what was marked; nothing where nothing was."""
    if not advice.flags:
        return
    uow.emit(
        "translation.wording_flagged",
        {
            "text_id": text_id,
            "note_kind": str(draft.kind),
            "flags": [{"start": flag.start, "end": flag.end, "kind": str(flag.kind)} for flag in advice.flags],
            "reading_grade": advice.grade,
            "kept": kept,
        },
    )
