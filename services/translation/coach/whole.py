"""Flags for a draft as a whole: what a hard message or a note of praise should have and has not."""

from __future__ import annotations

import re
from collections.abc import Iterator

from services.translation.coach.draft import Draft, Flag, Kind, NoteKind
from services.translation.coach.words import Words

_WORD = re.compile(r"[^\W_]+(?:['-][^\W_]+)*")
_WANTED = ((Kind.NO_EXAMPLE, "example"), (Kind.NO_COMMON_GROUND, "common_ground"), (Kind.NO_NEXT_STEP, "next_step"))


def missing(draft: Draft, words: Words) -> Iterator[Flag]:
    """A concern wants one example, common ground and a next step; praise wants the act that earned it."""
    if not draft.text.strip():
        return
    if draft.kind is NoteKind.CONCERN:
        for kind, wanted in _WANTED:
            if not words.present[wanted].search(draft.low):
                yield Flag(0, len(draft.text), kind, words.reasons[kind], words.asks[kind])
    if draft.kind is NoteKind.POSITIVE and not words.present["act"].search(draft.low):
        kind = Kind.VAGUE_PRAISE
        yield Flag(0, len(draft.text), kind, words.reasons[kind], words.asks[kind])


def long_sentences(draft: Draft, words: Words) -> Iterator[Flag]:
    """Sentences of more words than people read in one breath and machines translate without losing a clause."""
    for start, end in draft.sentences:
        if len(_WORD.findall(draft.straight, start, end)) > words.most_words:
            kind = Kind.LONG_SENTENCE
            yield Flag(start, end, kind, words.reasons[kind], words.asks[kind])


def lost_pronoun(draft: Draft, words: Words) -> Iterator[Flag]:
    """A draft whose first word is he, she or they, before anybody was named: languages differ in what that says."""
    if not draft.sentences:
        return
    start, _ = draft.sentences[0]
    found = words.present["pronoun"].match(draft.low, start)
    if found:
        name = draft.names[0] if draft.names else words.asks[Kind.PRONOUN]
        yield Flag(*found.span(), Kind.PRONOUN, words.reasons[Kind.PRONOUN], name)
