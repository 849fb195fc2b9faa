"""How hard a text is to read: Flesch-Kincaid (Kincaid et al. 1975) and the share of words that are not common."""

from __future__ import annotations

import re
from collections.abc import Collection

_WORD = re.compile(r"[^\W\d_]+(?:['-][^\W\d_]+)*")
_END = re.compile(r"[.!?\n]+(?=\s|$)")
_VOWELS = re.compile(r"[aeiouy]+")
_SILENT = re.compile(r"(?:[^laeiouy]e|[^td]ed|[^aeiousxzhcg]es)$")
_SPANISH = re.compile(r"[aeoáéíóú]|[iu]+(?![aeoáéó])|ü")
# Fernández Huerta's and Flesch's measures have no school grade; for Spanish: Crawford (1984), A. N., Lectura y Vida
CRAWFORD = (-0.205, 0.049, -3.407)


_ENDINGS = (
    ("s", ""), ("es", ""), ("ed", ""), ("d", ""), ("ing", ""), ("ing", "e"), ("ies", "y"), ("ly", ""), ("'s", ""),
)  # fmt: skip


def syllables(word: str, language: str = "en") -> int:
    """Groups of vowels, less a silent ending; never none."""
    low = word.lower()
    if language == "es":
        return max(1, len(_SPANISH.findall(low)))
    count = len(_VOWELS.findall(low)) - bool(_SILENT.search(low) and not low.endswith("le"))
    return max(1, count)


def grade(text: str, language: str = "en") -> float:
    """US school years needed to read the text; 0 at least. An empty text has grade 0."""
    found = _WORD.findall(text)
    if not found:
        return 0.0
    sentences = max(1, len([part for part in _END.split(text) if _WORD.search(part)]))
    total = sum(syllables(word, language) for word in found)
    if language == "es":
        per_sentences, per_syllables, base = CRAWFORD
        hundred = 100 / len(found)
        return round(max(0.0, per_sentences * sentences * hundred + per_syllables * total * hundred + base), 1)
    return round(max(0.0, 0.39 * len(found) / sentences + 11.8 * total / len(found) - 15.59), 1)


def rare_share(text: str, common: Collection[str]) -> float:
    """The share of words, names apart, that are not among the language's common words (or a plain ending of one)."""
    found = [word for word in _WORD.findall(text) if not word[0].isupper()]
    if not found:
        return 0.0
    return round(sum(not _common(word.lower(), common) for word in found) / len(found), 3)


def _common(word: str, common: Collection[str]) -> bool:
    if word in common:
        return True
    return any(word.endswith(ending) and word.removesuffix(ending) + instead in common for ending, instead in _ENDINGS)
