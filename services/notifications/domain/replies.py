"""What an incoming text message is: a keyword, an answer to an open question, or words for the teacher."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.notifications.domain.keywords import Keyword, keyword

__all__ = ["BY_DIGIT", "Keyword", "OpenQuestion", "belongs_to", "chosen_digit", "keyword", "keyword_of_mail"]

LONGEST_CHOICE = 12  # "2", "2.", "No. 2, yes": longer is prose that happens to hold a digit


SIGNED = 8  # words of a greeting and a name under a mail


def keyword_of_mail(text: str) -> Keyword | None:
    """As `keyword`; a mail's first paragraph says it all where only a greeting and a name follow."""
    first, _, rest = text.strip().partition("\n\n")
    return keyword(text) or (keyword(first) if len(rest.split()) <= SIGNED else None)


def chosen_digit(text: str) -> int | None:
    """The one number 1–9 of a short answer, in any script's digits; None for prose or two numbers."""
    if len(text.strip()) > LONGEST_CHOICE:
        return None
    numbers = re.findall(r"\d+", text)
    if len(numbers) != 1:
        return None
    value = int(numbers[0])
    return value if 1 <= value <= 9 else None


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """Something asked of a guardian: `kind` is survey, meeting_offer, commitment, concern, plan or note."""

    kind: str
    ref: str
    asked_at: datetime
    expires_at: datetime


# what only a digit answers, and how many there are to choose from: words beside it are for a person
BY_DIGIT = {"meeting_offer": 9, "concern": 2, "plan": 1, "commitment": 1, "place_offer": 1}
# a digit means them if they were asked after an offer
YES_OR_NO = frozenset({"concern", "plan", "note", "commitment", "place_offer"})


def belongs_to(questions: Sequence[OpenQuestion], text: str, now: datetime) -> OpenQuestion | None:
    """The newest open question the text can answer; a digit answers an offer before anything else."""
    still_open = sorted((q for q in questions if q.expires_at > now), key=lambda q: q.asked_at, reverse=True)
    digit = chosen_digit(text)
    fits = [q for q in still_open if q.kind not in BY_DIGIT or (digit is not None and digit <= BY_DIGIT[q.kind])]
    offers = [question for question in fits if question.kind == "meeting_offer"]
    newest = fits[0] if fits else None
    if newest is not None and newest.kind in YES_OR_NO:
        return newest  # asked after the offer went out
    return offers[0] if offers else newest
