"""The script of a text: it decides before any letters are counted.

Ranges: Unicode 15 blocks, merged where several hold one script; only letters are asked about.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from enum import StrEnum


class Script(StrEnum):
    """The writing systems that tell languages apart, by ISO 15924 code."""

    LATIN = "Latn"
    GREEK = "Grek"
    CYRILLIC = "Cyrl"
    ARMENIAN = "Armn"
    HEBREW = "Hebr"
    ARABIC = "Arab"
    DEVANAGARI = "Deva"
    BENGALI = "Beng"
    GURMUKHI = "Guru"
    GUJARATI = "Gujr"
    ODIA = "Orya"
    TAMIL = "Taml"
    TELUGU = "Telu"
    KANNADA = "Knda"
    MALAYALAM = "Mlym"
    SINHALA = "Sinh"
    THAI = "Thai"
    LAO = "Laoo"
    TIBETAN = "Tibt"
    MYANMAR = "Mymr"
    GEORGIAN = "Geor"
    ETHIOPIC = "Ethi"
    KHMER = "Khmr"
    HANGUL = "Hang"
    KANA = "Jpan"
    HAN = "Hani"


_RANGES: tuple[tuple[int, int, Script], ...] = (
    (0x0041, 0x024F, Script.LATIN),
    (0x0250, 0x02AF, Script.LATIN),
    (0x0370, 0x03FF, Script.GREEK),
    (0x0400, 0x052F, Script.CYRILLIC),
    (0x0530, 0x058F, Script.ARMENIAN),
    (0x0590, 0x05FF, Script.HEBREW),
    (0x0600, 0x077F, Script.ARABIC),
    (0x08A0, 0x08FF, Script.ARABIC),
    (0x0900, 0x097F, Script.DEVANAGARI),
    (0x0980, 0x09FF, Script.BENGALI),
    (0x0A00, 0x0A7F, Script.GURMUKHI),
    (0x0A80, 0x0AFF, Script.GUJARATI),
    (0x0B00, 0x0B7F, Script.ODIA),
    (0x0B80, 0x0BFF, Script.TAMIL),
    (0x0C00, 0x0C7F, Script.TELUGU),
    (0x0C80, 0x0CFF, Script.KANNADA),
    (0x0D00, 0x0D7F, Script.MALAYALAM),
    (0x0D80, 0x0DFF, Script.SINHALA),
    (0x0E00, 0x0E7F, Script.THAI),
    (0x0E80, 0x0EFF, Script.LAO),
    (0x0F00, 0x0FFF, Script.TIBETAN),
    (0x1000, 0x109F, Script.MYANMAR),
    (0x10A0, 0x10FF, Script.GEORGIAN),
    (0x1100, 0x11FF, Script.HANGUL),
    (0x1200, 0x139F, Script.ETHIOPIC),
    (0x1780, 0x17FF, Script.KHMER),
    (0x1E00, 0x1EFF, Script.LATIN),
    (0x1F00, 0x1FFF, Script.GREEK),
    (0x2D80, 0x2DDF, Script.ETHIOPIC),
    (0x3040, 0x30FF, Script.KANA),
    (0x3130, 0x318F, Script.HANGUL),
    (0x3400, 0x9FFF, Script.HAN),
    (0xA980, 0xAA7F, Script.MYANMAR),
    (0xAB00, 0xAB2F, Script.ETHIOPIC),
    (0xAC00, 0xD7AF, Script.HANGUL),
    (0xF900, 0xFAFF, Script.HAN),
    (0xFB50, 0xFDFF, Script.ARABIC),
    (0xFE70, 0xFEFF, Script.ARABIC),
    (0x20000, 0x3FFFF, Script.HAN),
)
_STARTS = [start for start, _, _ in _RANGES]


class _Scripts(dict[str, Script | None]):
    """Looked up once per character; bounded by Unicode."""

    def __missing__(self, character: str) -> Script | None:
        found: Script | None = None
        if unicodedata.category(character)[0] in "LM":
            place = bisect_right(_STARTS, ord(character)) - 1
            if place >= 0 and ord(character) <= _RANGES[place][1]:
                found = _RANGES[place][2]
        self[character] = found
        return found


_BY_CHARACTER = _Scripts()
# addresses and links are no language, and would count as Latin letters
_NOT_WORDS = re.compile(r"https?://\S+|www\.\S+|\S+@\S+\.\S+")
# marks that belong to the word before them: combining accents, vowel signs of Semitic and Indic scripts, apostrophes
_MARKS = r"\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0dff\u0e31-\u0eff\u1000-\u109f\u17b4-\u17d3\u200c'"
_WORD = re.compile(rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}])*")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘ʼʻ`´", "'"))


def script_of(text: str) -> Script | None:
    """The script of most letters; one kana is enough for Japanese; None where there are no letters that we know."""
    counts = Counter(filter(None, map(_BY_CHARACTER.__getitem__, text)))
    if not counts:
        return None
    if Script.KANA in counts and counts.most_common(1)[0][0] in (Script.HAN, Script.KANA):
        return Script.KANA
    return counts.most_common(1)[0][0]


def words_of(text: str) -> list[str]:
    """Lower-case words in Unicode's composed form, without links, addresses, digits, signs and emoji."""
    plain = unicodedata.normalize("NFC", _NOT_WORDS.sub(" ", text)).translate(_APOSTROPHES).lower()
    return [word.rstrip("'") for word in _WORD.findall(plain)]


def in_script(words: list[str], script: Script) -> list[str]:
    """The words that have a letter of the script."""
    return [word for word in words if any(_BY_CHARACTER[character] is script for character in word)]
