"""The words that make a text sensitive or essential: a file per language, a line per topic; a language is added by a file.

A phrase is whole words; `*` at a word's end stands for the rest of it, `*` alone for one or two words. Case, accents of Latin
letters, Arabic vowel signs and invisible characters do not matter. English words count in every language: staff mix them in.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from pathlib import Path

from services.translation.domain.languages import base
from shared.errors import HomeroomError

HERE = Path(__file__).parent
SENSITIVE = "sensitive"
TOPICS = ("discipline", "special_education", "enrollment", "consent", "rights", "health", "safety", "attendance")
_UNSPACED = frozenset({"zh"})  # scripts that write no spaces between words
_NOT_LETTERS = re.compile(r"[^\w*]+")
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\u0640]")
_MARKS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670]")
_STRESS = re.compile(r"[*_~`^|]+")  # *suspended*, _suspended_: as messengers write stress
_SAME = str.maketrans({"đ": "d", "ł": "l", "ı": "i", "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه"})


class RiskWordsError(HomeroomError):
    """A list that cannot be used; names file and line."""


def topics_in(text: str, *, language: str) -> tuple[str, ...] | None:
    """The topics that a text written in `language` touches, in the order of `TOPICS`; None where there is no list for it."""
    own = base(language)
    if own not in _lists():
        return None
    if _STRESS.search(text):  # between words, or within one
        text = f"{_STRESS.sub(' ', text)}\n{_STRESS.sub('', text)}"
    plain, marked = _plain(text, accents=False), _plain(text, accents=True)
    found = {
        topic
        for tag in {own, "en"}
        for topic, pattern in _lists()[tag].items()
        if pattern.search(marked if tag == "vi" else plain)
    }
    return tuple(topic for topic in (*TOPICS, SENSITIVE) if topic in found)


def _plain(text: str, *, accents: bool) -> str:
    """Lower-case words with one space around each. Vietnamese keeps its accents: without them "sốt" is any word."""
    folded = _INVISIBLE.sub("", unicodedata.normalize("NFKC", text)).casefold()
    if not accents:
        folded = unicodedata.normalize("NFC", _MARKS.sub("", unicodedata.normalize("NFD", folded.translate(_SAME))))
    return f" {' '.join(_NOT_LETTERS.sub(' ', _joined(folded)).split())} "


def _joined(text: str) -> str:
    """Marks of Indic scripts are parts of their letters, though `\\w` does not know it; they are kept as letters are."""
    return "".join(_AS_LETTER.get(character, character) for character in text)


_AS_LETTER: dict[str, str] = {
    chr(code): f"_{code:x}_" for code in range(0x900, 0xE00) if unicodedata.category(chr(code))[0] == "M"
}


@cache
def _lists() -> dict[str, dict[str, re.Pattern[str]]]:
    return {base(path.stem): _list(path) for path in sorted(HERE.glob("*.txt"))}


def _list(path: Path) -> dict[str, re.Pattern[str]]:
    language = base(path.stem)
    found: dict[str, re.Pattern[str]] = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line or line.startswith("#"):
            continue
        topic, colon, phrases = line.partition(": ")
        if not colon or topic not in (*TOPICS, SENSITIVE):
            remedy = f"begin it with {', '.join(TOPICS)} or {SENSITIVE}, and a colon"
            raise RiskWordsError("RISK_WORDS", "the line names no topic", remedy, f"{path.name}:{number}")
        spaced = language not in _UNSPACED
        found[topic] = re.compile("|".join(_pattern(phrase, language, spaced=spaced) for phrase in phrases.split("|")))
    return found


def _pattern(phrase: str, language: str, *, spaced: bool) -> str:
    """`repeat * grade`, `vaccin*`: whole words, but in scripts without spaces anywhere."""
    words = _plain(phrase, accents=language == "vi").split()
    if not spaced:
        return re.escape("".join(words))
    return f" {' '.join(map(_piece, words))} "


def _piece(word: str) -> str:
    if word == "*":
        return r"\S+(?: \S+)?"
    return re.escape(word.removesuffix("*")) + (r"\S*" if word.endswith("*") else "")
