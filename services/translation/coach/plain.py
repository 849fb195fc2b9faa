"""A plainer version of a draft: terms put into plain words, long sentences cut where they can be."""

from __future__ import annotations

import re
from collections.abc import Sequence

from services.translation.coach.draft import Draft, Flag, Kind

# Where a sentence can be cut without a verb of its own being lost: a new subject follows
_CUTS = {
    "en": re.compile(
        r"(?:,|;)?\s+(and|but|so)\s+(?=(?:i|you|we|he|she|they|it|this|please|there|the \w+ \w+(?:s|ed))\b)|;\s+",
        re.IGNORECASE,
    ),
    "es": re.compile(r"(?:,|;)\s+(y|pero|así que|por lo que)\s+|;\s+", re.IGNORECASE),
}
_LEAST = 4  # words on either side of a cut


def plainer(draft: Draft, flags: Sequence[Flag]) -> str:
    """The text with each term replaced by its plain words, then each sentence cut at its joints."""
    parts, place = [], 0
    for flag in sorted(flag for flag in flags if flag.kind is Kind.JARGON):
        if flag.start < place:
            continue
        parts += [draft.text[place : flag.start], _as_written(draft.text, flag)]
        place = flag.end
    text = _ARTICLES[draft.language]("".join([*parts, draft.text[place:]]))
    cut = Draft(text, language=draft.language)
    pieces, place = [], 0
    for start, end in cut.sentences:
        pieces += [text[place:start], split(text[start:end], draft.language)]
        place = end
    return "".join([*pieces, text[place:]])


def split(sentence: str, language: str) -> str:
    """The sentence cut at joints that leave enough words on both sides."""
    done, rest = [], sentence
    place = 0
    while found := _CUTS[language].search(rest, place):
        left, right = rest[: found.start()], rest[found.end() :]
        if len(left.split()) < _LEAST or len(right.split()) < _LEAST:
            place = found.end()
            continue
        opener = f"{found.group(1).capitalize()} " if (found.group(1) or "").lower() in ("but", "pero") else ""
        done.append(left.rstrip(" ,;") + ".")
        rest, place = opener + (right if opener else right[:1].upper() + right[1:]), 0
    return " ".join([*done, rest])


def _as_written(text: str, flag: Flag) -> str:
    """Plain words with the capital of the place where they go."""
    first = flag.start == 0 or text[: flag.start].rstrip()[-1:] in (".", "!", "?", "")
    return flag.suggestion[:1].upper() + flag.suggestion[1:] if first else flag.suggestion


def _article(text: str) -> str:
    """ "a" and "an" as the new word wants them; an article before an article goes."""
    text = re.sub(r"(?i)(\w's|\b(?:his|her|their|our|your|my|this|each|every|no)) (?:an?|the) ", r"\1 ", text)
    text = re.sub(r"\b(?:a|an|the|A|An|The) (?=(?:a|an|the|how|what|your|extra|something|things|help) )", "", text)
    text = re.sub(r"\b([Aa]) (?=[aeio]\w)", r"\1n ", text)
    return re.sub(r"\b([Aa])n (?=[bcdfgjklmnpqrstvwxyz]\w)", r"\1 ", text)


def _spanish_article(text: str) -> str:
    """One determiner before a noun: "su una revisión" is "su revisión", "un algo" is "algo"."""
    text = re.sub(
        r"(?i)\b(su|sus|mi|mis|tu|nuestro|nuestra|un|una|el|la|los|las) (?:una?|el|la|los|las) ", r"\1 ", text
    )
    return re.sub(r"(?i)\b(?:un|una|el|la) (?=algo\b)", "", text)


_ARTICLES = {"en": _article, "es": _spanish_article}
