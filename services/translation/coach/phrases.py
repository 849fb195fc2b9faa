"""Flags for single passages: terms of the trade, phrases that sting or do not travel, shouting, another child."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from services.translation.coach.draft import Draft, Flag, Kind
from services.translation.coach.words import Phrase, Term, Words, longest

_TOKEN = re.compile(r"[^\W_]+(?:[-'/&][^\W_]+)*")
_BEGIN = re.compile(r"(?<![\w-])\w")
_CAPITALS = re.compile(r"\b[A-ZÁÉÍÓÚÑ]{3,}\b")
_BANGS = re.compile(r"[!?]*!{1,}[!?]+|\?{2,}|!{2,}")


def terms(draft: Draft, words: Words, extra: Mapping[str, Term]) -> Iterator[Flag]:
    """The longest term at each word, the district's own before the product's; a plural counts as its singular."""
    tokens = [found.span() for found in _TOKEN.finditer(draft.straight)]
    reason = words.reasons[Kind.JARGON]
    own = longest(extra)
    place = 0
    while place < len(tokens):
        first = draft.low[slice(*tokens[place])]
        sizes = (index.get(spelling, 0) for index in (own, words.longest) for spelling in _singulars(first))
        for size in range(min(max(sizes), len(tokens) - place), 0, -1):
            start, end = tokens[place][0], tokens[place + size - 1][1]
            found = _term(draft, start, end, words, extra)
            if found is not None:
                yield Flag(start, end, Kind.JARGON, reason, found.plain)
                place += size - 1
                break
        place += 1


def _term(draft: Draft, start: int, end: int, words: Words, extra: Mapping[str, Term]) -> Term | None:
    written, low = draft.straight[start:end], draft.low[start:end]
    for known in (extra, words.terms):
        for spelling in (*_singulars(written), *_singulars(low)):
            found = known.get(spelling)
            if found is not None and (not found.exact or written.startswith(spelling)):
                return found
    return None


def _singulars(word: str) -> tuple[str, ...]:
    """The word, and what it may be the plural of."""
    return (word, word[:-1], word[:-2]) if word.endswith("es") else (word, word[:-1]) if word.endswith("s") else (word,)


def passages(draft: Draft, words: Words) -> Iterator[Flag]:
    """Phrases of the data file."""
    name = draft.names[0] if draft.names else ""
    begins = [found.start() for found in _BEGIN.finditer(draft.low)]
    for phrase in words.phrases:
        if phrase.kinds and draft.kind not in phrase.kinds:
            continue
        for found in _matches(phrase, draft.low, begins):
            suggestion = phrase.suggestion.replace("{name}", name or words.asks[Kind.PRONOUN])
            yield Flag(*found.span(), phrase.kind, words.reasons[phrase.kind], suggestion)


def _matches(phrase: Phrase, low: str, begins: Sequence[int]) -> Iterator[re.Match[str]]:
    for start in begins:
        pattern = phrase.patterns.get(low[start])
        if pattern is not None and (found := pattern.match(low, start)) is not None:
            yield found


def shouting(draft: Draft, words: Words) -> Iterator[Flag]:
    """Capitals in a row that are no acronyms, single loud words of the language, or exclamation marks in a row."""
    reason, ask = words.reasons[Kind.SHOUTING], words.asks[Kind.SHOUTING]
    for found in _CAPITALS.finditer(draft.straight):
        word = found.group().lower()
        if word in words.common and found.group() not in words.terms:
            yield Flag(*found.span(), Kind.SHOUTING, reason, ask)
    for found in _BANGS.finditer(draft.straight):
        yield Flag(*found.span(), Kind.SHOUTING, reason, ask)


def other_children(draft: Draft, words: Words) -> Iterator[Flag]:
    """Given names of the class, as written with a capital; names that are also words need more than a sentence's start."""
    own = {part.lower() for name in draft.names for part in name.split()}
    others = sorted({name for name in draft.others if name and name.lower() not in own}, key=len, reverse=True)
    if not others:
        return
    starts = {start for start, _ in draft.sentences}
    for found in re.finditer(rf"\b(?:{'|'.join(map(re.escape, others))})(?=\b|'s)", draft.straight):
        word = found.group().lower()
        if word in words.common and (found.start() in starts or _a_date(draft.low, *found.span())):
            continue
        yield Flag(*found.span(), Kind.OTHER_CHILD, words.reasons[Kind.OTHER_CHILD], words.asks[Kind.OTHER_CHILD])


def _a_date(low: str, start: int, end: int) -> bool:
    """May and April are months beside a number, or after in, by, until."""
    return bool(
        re.match(r"\s+\d", low[end:]) or re.search(r"(?:\b(?:in|by|until|of|since|this|next)|\d)\s+$", low[:start])
    )
