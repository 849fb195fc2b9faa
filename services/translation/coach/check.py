"""All rules over one draft."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.translation.coach import phrases, whole
from services.translation.coach.draft import Advice, Draft, Flag, Kind
from services.translation.coach.plain import plainer
from services.translation.coach.reading import grade, rare_share
from services.translation.coach.words import Term, serving, words

READABLE = 6.0  # the grade that a note to every home should not exceed


def check(draft: Draft, *, terms: Mapping[str, Term] | None = None) -> Advice:
    """Advice on the draft; `terms` are the district's own, beside the product's.

    A language without data gives an empty advice: silence is honest, another language's rules are not.
    """
    language = serving(draft.language)
    if language is None:
        return Advice((), grade=0.0, rare_share=0.0)
    draft = replace(draft, language=language)
    known = words(language)
    named = list(phrases.terms(draft, known, terms or {}))
    found: list[Flag] = [
        *named,
        *phrases.passages(draft, known),
        # the capitals of a term are its spelling
        *(
            flag
            for flag in phrases.shouting(draft, known)
            if not any(term.start <= flag.start < term.end for term in named)
        ),
        *phrases.other_children(draft, known),
        *whole.missing(draft, known),
        *whole.long_sentences(draft, known),
        *whole.lost_pronoun(draft, known),
    ]
    flags = tuple(sorted(_once(found)))
    level = grade(draft.text, language)
    kinds = {flag.kind for flag in flags}
    plain = plain_grade = None
    if level > READABLE or Kind.JARGON in kinds:
        version = plainer(draft, flags)
        if version != draft.text:
            plain, plain_grade = version, grade(version, language)
    return Advice(
        flags=flags,
        grade=level,
        rare_share=rare_share(draft.text, known.common),
        plain=plain,
        plain_grade=plain_grade,
        splits=tuple(draft.text[flag.start : flag.end] for flag in flags if flag.kind is Kind.LONG_SENTENCE),
        lessons={kind: known.lessons[kind] for kind in Kind if kind in kinds},
    )


def _once(flags: list[Flag]) -> set[Flag]:
    """One flag of a kind for a place: the longest of those that overlap."""
    kept: list[Flag] = []
    for flag in sorted(flags, key=lambda each: (each.kind, each.start, -each.end)):
        last = kept[-1] if kept else None
        if last is None or last.kind is not flag.kind or flag.start >= last.end:
            kept.append(flag)
    return set(kept)
