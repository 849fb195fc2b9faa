"""Which language guardians have written in: a Somali guardian who writes English must not be "translated"."""

from __future__ import annotations

from collections.abc import Sequence

from services.translation.domain.languages import base, normal
from services.translation.langid import identify
from services.translation.store import homes
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

SURE = 0.6  # less, and the guardian's declared language stands


def written_in(uow: UnitOfWork, events: Sequence[Event]) -> list[str]:
    """One language per reply, in order; a fixed number of queries."""
    others = homes.languages(uow.connection, {event.data["guardian_id"] for event in events})
    return [
        language_of(event.data["text"], event.data["language"], others.get(event.data["guardian_id"], ()))
        for event in events
    ]


def language_of(text: str, declared: str, others: Sequence[str] = ()) -> str:
    """The language of a text, as declared unless it is surely another."""
    guess = identify(text, declared, others)
    if base(guess.language) == base(declared) or guess.confidence < SURE:
        return normal(declared)
    return normal(guess.language)
