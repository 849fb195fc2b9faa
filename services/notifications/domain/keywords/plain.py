"""Words as they compare: without case, accents, punctuation, pictures or how often a letter is drawn out."""

from __future__ import annotations

import re
import unicodedata

# Latin, Greek and Cyrillic accents; Arabic vowel signs. In Indic scripts marks are letters and stay.
_ACCENTS = re.compile("[\u0300-\u036f\u064b-\u065f\u0670\u06d6-\u06ed]")
_CJK = re.compile("([\u3400-\u4dbf\u4e00-\u9fff])")
_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")
_SAME = str.maketrans(
    {
        "đ": "d", "ł": "l", "ø": "o", "ı": "i", "ß": "ss",
        "أ": "ا", "إ": "ا", "آ": "ا", "ٱ": "ا", "ى": "ي", "ة": "ه", "ـ": None,
        "'": None, "\u2019": None, "\u02bc": None, "`": None, "\u00b4": None, "\u2018": None,
        "\u200b": None, "\u200c": None, "\u200d": None, "\u2060": None, "\ufeff": None, "\u00ad": None,
    }
)  # fmt: skip


def plain(text: str) -> str:
    """Lower-case words with one space between; every Chinese character is a word of its own."""
    folded = unicodedata.normalize("NFKD", text).casefold().translate(_SAME)
    folded = unicodedata.normalize("NFC", _ACCENTS.sub("", unicodedata.normalize("NFKD", folded)))
    kept = "".join(char if char.isalnum() or unicodedata.category(char) in ("Mn", "Mc") else " " for char in folded)
    words = _CJK.sub(r" \1 ", _DRAWN_OUT.sub(r"\1", kept)).split()
    if len(words) > 1 and all(len(word) == 1 and not _CJK.match(word) for word in words):
        words = [_DRAWN_OUT.sub(r"\1", "".join(words))]  # s.t.o.p
    return " ".join(words)
