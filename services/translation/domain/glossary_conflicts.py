"""Where a glossary contradicts itself: found before it is used, so that no text is held because of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from services.translation.domain.glossary import Term
from services.translation.domain.glossary_words import folded
from services.translation.domain.languages import normal


class ConflictKind(StrEnum):
    """Closed."""

    TWICE = "twice"  # one meaning, two translations
    INDISTINCT = "indistinct"  # two meanings that nothing tells apart
    FORBIDS_ITSELF = "forbids_itself"


@dataclass(frozen=True, slots=True)
class Conflict:
    """Terms that cannot stand beside each other; `terms` as they are in the glossary."""

    kind: ConflictKind
    terms: tuple[Term, ...]

    def __str__(self) -> str:
        names = ", ".join(f"“{term.term}” → “{term.translation}” ({term.target})" for term in self.terms)
        return f"{_WHY[self.kind]}: {names}"


_WHY = {
    ConflictKind.TWICE: "one term has two translations",
    ConflictKind.INDISTINCT: "nothing tells these apart (give each a part of speech, or words that stand near it)",
    ConflictKind.FORBIDS_ITSELF: "the translation is among the forbidden ones",
}


def conflicts(terms: Iterable[Term]) -> list[Conflict]:
    """Everything that is wrong between terms, in alphabetical order."""
    all_terms = list(terms)
    found = [Conflict(ConflictKind.FORBIDS_ITSELF, (term,)) for term in all_terms if _forbids_itself(term)]
    by_id: dict[str, list[Term]] = defaultdict(list)
    for term in all_terms:
        by_id[term.id].append(term)
    for same in by_id.values():
        if len({term.translation for term in same}) > 1:
            found.append(Conflict(ConflictKind.TWICE, _distinct(same)))
    firsts = [same[0] for same in by_id.values()]
    found += (Conflict(ConflictKind.INDISTINCT, pair) for pair in _indistinct(firsts))
    return sorted(found, key=lambda each: (each.terms[0].term.casefold(), each.kind))


def _forbids_itself(term: Term) -> bool:
    said = {folded(term.translation), *map(folded, term.translation_forms)}
    return bool(said & set(map(folded, term.forbidden)))


def _indistinct(terms: Sequence[Term]) -> list[tuple[Term, ...]]:
    spelled: dict[tuple[str, str, str, str], list[Term]] = defaultdict(list)
    for term in terms:
        if term.near:
            continue
        for form in {term.term, *term.forms}:
            spelling = form if term.case_sensitive else form.casefold()
            spelled[normal(term.source), normal(term.target), spelling, term.part_of_speech].append(term)
    groups = (_distinct(group) for group in spelled.values() if len({term.translation for term in group}) > 1)
    return list(dict.fromkeys(groups))


def _distinct(terms: Iterable[Term]) -> tuple[Term, ...]:
    return tuple({(term.id, term.translation): term for term in terms}.values())
