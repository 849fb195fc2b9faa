"""Which language people have written in: a Somali guardian who writes English must not be "translated"."""

from __future__ import annotations

from collections.abc import Sequence

from services.translation.domain.languages import base, normal
from services.translation.langid import identify
from services.translation.store import homes
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

SURE = 0.6  # less, and the guardian's declared language stands
CERTAIN = 0.9  # a page says what its writer reads it in; that they wrote in another must be beyond doubt


def written_in(uow: UnitOfWork, events: Sequence[Event]) -> list[str]:
    """One language per reply, in order; a fixed number of queries."""
    others = homes.languages(uow.connection, {event.data["guardian_id"] for event in events})
    return [
        language_of(event.data["text"], event.data["language"], others.get(event.data["guardian_id"], ()))
        for event in events
    ]


def of_staff(text: str | None, declared: str) -> str:
    """The language of what staff wrote: the page's, unless the words are certainly another's. A notice that is written in
    Spanish on an English page must not be looked through for English words only, nor be "translated" for Spanish readers."""
    guess = identify(text, declared) if text else None
    if guess is None or guess.confidence < CERTAIN or base(guess.language) == base(declared):
        return normal(declared)
    return normal(guess.language)


def language_of(text: str, declared: str, others: Sequence[str] = ()) -> str:
    """The language of a text, as declared unless it is surely another."""
    guess = identify(text, declared, others)
    if base(guess.language) == base(declared) or guess.confidence < SURE:
        return normal(declared)
    return normal(guess.language)
