"""Refuses a translation that may have turned a "must not" into a "need not", sentence by sentence.

No checking tool catches a flipped negation or obligation, so there are word lists on both sides (translation notes §1
and §5: "must not eat peanuts" came back as "no tiene que comer", "do not come" as "no viene"). The rules are coarse on
purpose: a good text refused goes out in its source language, labelled, and to a person; a wrong one let through sends a
child to school with a fever. Without lists for the reader's language, a text that binds its reader is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from services.translation.domain.findings import Code, Finding, Side
from services.translation.domain.languages import base
from services.translation.domain.meaning_pairs import RULES
from services.translation.domain.meaning_words import Force, Words, plain, words
from services.translation.domain.sentences import Sentence, sentences

_DENIES = (Force.PROHIBITION, Force.EXEMPTION, Force.NEGATION)
_BINDS = (*_DENIES, Force.OBLIGATION)
_GAP = re.compile(r"[^\s,;:.!?()。，；！？、—–]")
_CLAUSES = re.compile(r"[,;:.!?()。，；！？、؛،—–\n]")
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a sentence says by its words: where each force stands, denials of one clause taken together."""

    spans: Mapping[Force, tuple[Span, ...]]
    denials: int

    @property
    def passages(self) -> int:
        """Every denial by itself: one clause of another language may hold two of ours."""
        return sum(len(self.spans[force]) for force in _DENIES)

    def has(self, *forces: Force) -> bool:
        return any(self.spans[force] for force in forces)

    def at(self, *forces: Force) -> Span | None:
        return next((span for force in forces for span in self.spans[force]), None)


def dangers(source: str, translation: str, *, languages: tuple[str, str]) -> tuple[Finding, ...]:
    """What `translation` may have lost; empty when nothing is known against it. `languages`: (source, target)."""
    here, there = words(languages[0]), words(languages[1])
    source, translation = plain(source), plain(translation)
    if here is None:
        # we cannot even tell what there is to lose
        return (Finding(Code.UNREADABLE_SOURCE, (0, len(source)), Side.SOURCE),)
    if there is None:
        return _without_lists(source, here)
    found = [
        finding
        for before, after in _aligned(source, translation)
        for finding in _compared(before, after, here, there, pair=(base(languages[0]), base(languages[1])))
    ]
    return tuple(dict.fromkeys(found))


@lru_cache(maxsize=4096)  # one text is held against its translations in many languages
def _read(sentence: str, language: str) -> Reading:
    known = words(language)
    return Reading(dict.fromkeys(Force, ()), 0) if known is None else _spans(sentence, known)


def read(sentence: str, language: Words) -> Reading:
    """The forces of a sentence; each passage is claimed once, by the first force that knows it."""
    return _read(sentence, language.language)


def _spans(sentence: str, language: Words) -> Reading:
    rest = sentence
    spans: dict[Force, tuple[Span, ...]] = {}
    for force in Force:
        said = sentence if force is Force.SOFT else rest
        found = tuple(match.span() for match in language.forces[force].finditer(said) if match[0].strip())
        spans[force] = found
        if force not in (Force.PERMISSION, Force.SOFT):
            for start, end in found:
                rest = rest[:start] + "\x00" * (end - start) + rest[end:]
    clauses = [match.start() for match in _CLAUSES.finditer(sentence)]
    denied = {(force, _clause(start, clauses)) for force in _DENIES for start, _ in spans[force]}
    return Reading(spans, len({clause for _, clause in denied}))


def _clause(position: int, ends: list[int]) -> int:
    return sum(end < position for end in ends)


def _aligned(source: str, translation: str) -> Iterator[tuple[Sentence, Sentence]]:
    """Sentences side by side where there are as many; else the two texts whole."""
    before, after = sentences(source), sentences(translation)
    if len(before) == len(after):
        yield from zip(before, after, strict=True)
    else:
        yield Sentence(source, 0), Sentence(translation, 0)


def _without_lists(source: str, here: Words) -> tuple[Finding, ...]:
    for sentence in sentences(source):
        span = read(sentence.text, here).at(*_BINDS)
        if span:
            return (Finding(Code.NO_WORD_LIST, _moved(span, sentence), Side.SOURCE),)
    return ()


def _compared(
    before: Sentence, after: Sentence, here: Words, there: Words, *, pair: tuple[str, str]
) -> Iterator[Finding]:
    said, kept = read(before.text, here), read(after.text, there)
    yield from _forces(said, kept, before, after)
    if bool(said.denials) == bool(kept.denials):  # "closed" may well come back as "does not open"
        yield from _contrasts(before, after, here, there)
    for rule in RULES.get(pair, ()):
        if span := rule.broken_by(before.text, after.text):
            yield Finding(rule.code, _moved(span, before), Side.SOURCE)


def _forces(said: Reading, kept: Reading, before: Sentence, after: Sentence) -> Iterator[Finding]:
    def lost(code: Code, *forces: Force) -> Finding:
        return Finding(code, _moved(said.at(*forces) or (0, len(before.text)), before), Side.SOURCE)

    def added(code: Code, *forces: Force) -> Finding:
        return Finding(code, _moved(kept.at(*forces) or (0, len(after.text)), after), Side.TRANSLATION)

    if said.has(Force.PROHIBITION) and not kept.has(Force.PROHIBITION):
        yield lost(Code.PROHIBITION, Force.PROHIBITION)
    # "need not be handed in" may come back as "is not for today" and be made of it, but not where somebody is bound
    if said.has(Force.EXEMPTION) and not kept.has(Force.EXEMPTION) and not _denies_only(kept):
        yield lost(Code.EXEMPTION, Force.EXEMPTION)
    if kept.has(Force.EXEMPTION) and not said.has(Force.EXEMPTION) and not _denies_only(said):
        yield added(Code.EXEMPTION, Force.EXEMPTION)
    if said.has(Force.OBLIGATION) and not kept.has(Force.OBLIGATION):
        yield lost(Code.OBLIGATION, Force.OBLIGATION)
    freed = said.has(Force.PERMISSION, Force.EXEMPTION)
    if freed and not said.has(Force.OBLIGATION) and kept.has(Force.OBLIGATION):
        yield added(Code.OBLIGATION, Force.OBLIGATION)
    forbidden = kept.has(Force.PROHIBITION) and not said.has(Force.PROHIBITION)
    if said.has(Force.PERMISSION) and not kept.has(Force.PERMISSION) and forbidden:
        yield added(Code.PROHIBITION, Force.PROHIBITION)
    if said.denials and not kept.denials:
        yield lost(Code.NEGATION, *_DENIES)
    elif kept.denials and not said.denials and not said.has(Force.SOFT):
        yield added(Code.NEGATION, *_DENIES)
    elif 1 <= kept.passages < said.denials:
        yield lost(Code.NEGATION, *_DENIES)


def _denies_only(reading: Reading) -> bool:
    return reading.has(Force.NEGATION) and not reading.has(Force.PROHIBITION, Force.OBLIGATION)


def _contrasts(before: Sentence, after: Sentence, here: Words, there: Words) -> Iterator[Finding]:
    """ "Today" where it said "tomorrow": one side of a contrast came back as the other."""
    for name in here.contrasts.keys() & there.contrasts.keys():
        told = {side for side, pattern in here.contrasts[name].items() if pattern.search(before.text)}
        shown = {
            side: match for side, pattern in there.contrasts[name].items() if (match := pattern.search(after.text))
        }
        for side in shown.keys() - told:
            if told and not told & shown.keys():
                yield Finding(Code.CONTRAST, _moved(shown[side].span(), after), Side.TRANSLATION)


def _moved(span: Span, sentence: Sentence) -> Span:
    return span[0] + sentence.start, span[1] + sentence.start
