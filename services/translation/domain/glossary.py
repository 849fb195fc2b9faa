"""A district's own words: found in a text, kept through an engine, and asked for in the translation.

Enforced, not hinted. Nouns and names go through an engine as placeholders and come out as the district's translation;
verbs and adjectives, which grammar bends, are left to the engine and must then be there. A term that is missing, or
called what the district has forbidden, holds the text. A word with two meanings ("sub") is told apart by the words
beside it and by its part of speech; one that cannot be told apart is a finding, never a guess.
"""

from __future__ import annotations

import hashlib
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.translation.domain.glossary_words import Finder, contains, folded, looks_like
from services.translation.domain.languages import base, normal, serving

WINDOW = 8  # words on either side that tell homonyms apart
_LOOK = 300  # characters in which so many words stand


class PartOfSpeech(StrEnum):
    """Closed; UNKNOWN is treated as a noun."""

    NOUN = "noun"
    NAME = "name"
    PHRASE = "phrase"
    VERB = "verb"
    ADJECTIVE = "adjective"
    ADVERB = "adverb"
    UNKNOWN = ""


_SENTENCE = re.compile(r"[.!?…。！？؟।]+(?:\s+|$)|\n")
_WORD = re.compile(r"\w+")
_BENDS = frozenset({PartOfSpeech.VERB, PartOfSpeech.ADJECTIVE, PartOfSpeech.ADVERB})


@dataclass(frozen=True, slots=True)
class Term:
    """What `term` (BCP 47 `source`) is called in `target`. `near`: one of these words stands beside it when this is meant."""

    term: str
    translation: str
    target: str
    source: str = "en"
    part_of_speech: PartOfSpeech = PartOfSpeech.UNKNOWN
    forms: tuple[str, ...] = ()
    translation_forms: tuple[str, ...] = ()
    forbidden: tuple[str, ...] = ()
    case_sensitive: bool = False
    near: tuple[str, ...] = ()
    note: str = ""

    @property
    def id(self) -> str:
        """32 hex digits: the same term with the same meaning in the same language is one entry."""
        term = self.term if self.case_sensitive else self.term.casefold()
        near = "\x1e".join(sorted(word.casefold() for word in self.near))
        parts = (normal(self.source), normal(self.target), term, self.part_of_speech, near)
        return hashlib.blake2b("\x1f".join(parts).encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()

    @property
    def plural(self) -> str:
        """The form that is the translation with endings added (hoja de permiso → hojas de permiso); "" if none is listed."""
        words = folded(self.translation).split()
        for form in self.translation_forms:
            others = folded(form).split()
            longer = len(words) == len(others) and words != others
            if longer and all(other.startswith(word) for word, other in zip(words, others, strict=True)):
                return form
        return ""

    def put(self, surface: str) -> str:
        """What stands in the translation for `surface`: the plural for an English plural, where it is known."""
        singular = surface.casefold() in {each.casefold() for each in (self.term, *self.forms)}
        return self.translation if singular or base(self.source) != "en" else self.plural or self.translation

    def said_in(self, translation: str) -> bool:
        """Whether a translation calls it by its name, in any form."""
        wanted = (self.translation, *self.translation_forms)
        return any(contains(translation, form, language=self.target, bends=True) for form in wanted)

    def forbidden_in(self, translation: str) -> tuple[str, ...]:
        """Forbidden names that stand there, outside the right one."""
        cleaned = folded(translation)
        for right in sorted((self.translation, *self.translation_forms), key=len, reverse=True):
            cleaned = cleaned.replace(folded(right), " ")
        return tuple(word for word in self.forbidden if contains(cleaned, word, language=self.target, bends=False))


@dataclass(frozen=True, slots=True)
class Hit:
    """A term at a place of a text. `rivals`: other meanings that fit just as well."""

    start: int
    end: int
    term: Term
    rivals: tuple[Term, ...] = ()


class BreachKind(StrEnum):
    """Closed: how a translation goes against the glossary."""

    MISSING = "glossary_missing"
    FORBIDDEN = "glossary_forbidden"
    AMBIGUOUS = "glossary_ambiguous"


@dataclass(frozen=True, slots=True)
class Breach:
    """One finding: which term, and the place in the source text."""

    kind: BreachKind
    term: Term
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Shielded:
    """A text whose nouns and names of the glossary are `{placeholders}`."""

    text: str
    hits: tuple[Hit, ...] = ()
    renders: dict[str, tuple[str, bool]] = field(default_factory=dict)

    def restore(self, translation: str) -> str:
        """The translation with the district's words in their places, with a capital where a sentence begins with one."""

        def put(match: re.Match[str]) -> str:
            render, capital = self.renders[match[0]]
            before = translation[: match.start()].rstrip(" \"'«“¿¡([⟦")
            return render[:1].upper() + render[1:] if capital and (not before or before[-1] in ".!?:\n") else render

        return re.sub("|".join(map(re.escape, self.renders)), put, translation) if self.renders else translation


class Glossary:
    """The terms of a district, ready to be found. Immutable; a few thousand terms take milliseconds to make ready."""

    def __init__(self, terms: Iterable[Term] = ()) -> None:
        self.terms = tuple(terms)
        grouped: dict[tuple[str, str], list[Term]] = defaultdict(list)
        for term in self.terms:
            grouped[base(term.source), normal(term.target)].append(term)
        self._targets = {target for _, target in grouped}
        self._grouped = dict(grouped)
        self._finders: dict[tuple[str, str], Finder[Term]] = {}

    def hits(self, text: str, *, source: str, target: str, names: Sequence[str] = ()) -> tuple[Hit, ...]:
        """Terms of `text` in order, the longest at each place, none within another or within one of the `names`."""
        serves = serving(target, self._targets)
        finder = self._finder(base(source), serves) if serves else None
        if finder is None:
            return ()
        found = []
        named = _places(text, names)
        for start, end, candidates in finder.find(text):
            if any(begin < end and start < over for begin, over in named):
                continue
            chosen, rivals = _meant(text, start, end, candidates, base(source))
            if chosen is not None:
                found.append(Hit(start, end, chosen, rivals))
        return tuple(found)

    def _finder(self, source: str, target: str) -> Finder[Term] | None:
        """Made at the first question: a batch asks for a few languages of many."""
        found = self._finders.get((source, target))
        if found is None and (terms := self._grouped.get((source, target))):
            forms = [(form, term.case_sensitive, term) for term in terms for form in (term.term, *term.forms)]
            found = self._finders[source, target] = Finder(forms, language=source)
        return found

    def shield(self, text: str, *, source: str, target: str, names: Sequence[str] = ()) -> Shielded:
        """`text` for an engine; terms that grammar bends, and those that are not clear, stay as they are."""
        hits = self.hits(text, source=source, target=target, names=names)
        pieces: list[str] = []
        renders: dict[str, tuple[str, bool]] = {}
        done, number = 0, 0
        for hit in hits:
            if hit.rivals or hit.term.part_of_speech in _BENDS:
                continue
            while f"{{term_{number}}}" in text:
                number += 1
            mask = f"{{term_{number}}}"
            number += 1
            surface = text[hit.start : hit.end]
            pieces += (text[done : hit.start], mask)
            renders[mask] = (hit.term.put(surface), surface[:1].isupper() and not hit.term.term[:1].isupper())
            done = hit.end
        return Shielded("".join((*pieces, text[done:])), hits, renders)

    def breaches(
        self, text: str, translation: str, *, source: str, target: str, names: Sequence[str] = ()
    ) -> tuple[Breach, ...]:
        """What a translation has against it; one finding per term and kind."""
        found: dict[tuple[BreachKind, str], Breach] = {}
        for hit in self.hits(text, source=source, target=target, names=names):
            meanings = (hit.term, *hit.rivals)
            kinds = []
            if hit.rivals:
                kinds.append(BreachKind.AMBIGUOUS)
            if not any(term.said_in(translation) for term in meanings):
                kinds.append(BreachKind.MISSING)
            if hit.term.forbidden_in(translation):
                kinds.append(BreachKind.FORBIDDEN)
            for kind in kinds:
                found.setdefault((kind, hit.term.id), Breach(kind, hit.term, hit.start, hit.end))
        return tuple(found.values())


NO_TERMS = Glossary()


def _places(text: str, names: Sequence[str]) -> list[tuple[int, int]]:
    """Where whole names stand; of a district's thousands, few do."""
    there = [name for name in names if name and name in text]
    return [match.span() for name in there for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text)]


def _meant(
    text: str, start: int, end: int, candidates: Sequence[Term], language: str
) -> tuple[Term | None, tuple[Term, ...]]:
    """Which of the terms of one spelling is meant here, and which others fit as well."""
    before, after = (
        _SENTENCE.split(text[max(0, start - _LOOK) : start])[-1],
        _SENTENCE.split(text[end : end + _LOOK])[0],
    )
    beside = [folded(word) for word in (*_WORD.findall(before)[-WINDOW:], *_WORD.findall(after)[:WINDOW])]
    named = [term for term in candidates if any(looks_like(word, beside) for word in term.near)]
    fitting = named or [term for term in candidates if not term.near]
    if len(fitting) > 1:
        spoken = _part_of_speech(before, after, language)
        fitting = [term for term in fitting if term.part_of_speech is spoken] or fitting
    meanings = list({term.translation: term for term in reversed(fitting)}.values())[::-1]
    return (meanings[0], tuple(meanings[1:])) if meanings else (None, ())


_BEFORE_NOUN = re.compile(
    r"\b(?:a|an|the|our|your|his|her|their|my|this|that|each|every|no|another)\s+(?:\w+\s+)?$", re.I
)
_AFTER_NOUN = re.compile(r"^\s+(?:is|are|was|were|will|has|have|can|must|may|should)\b", re.I)
_BEFORE_VERB = re.compile(r"\b(?:to|will|can|could|may|must|should|would|i|you|we|they|please|not)\s+$", re.I)


def _part_of_speech(before: str, after: str, language: str) -> PartOfSpeech | None:
    """What the words on either side say in English; None where they say nothing."""
    if language != "en":
        return None
    if _BEFORE_VERB.search(before):
        return PartOfSpeech.VERB
    return PartOfSpeech.NOUN if _BEFORE_NOUN.search(before) or _AFTER_NOUN.search(after) else None
