"""Letters of the right script, directions that end where they began, and nothing that hides.

A Cyrillic "а" inside a Latin word looks right and is read aloud wrong; an unclosed direction mark turns the rest of a
page around; an override can show a telephone number backwards (Unicode UAX #9, UTS #39).
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

from babel.core import get_global

from services.translation.domain.checks_values import PLACEHOLDER
from services.translation.domain.findings import Code, Finding, Side
from services.translation.domain.languages import base, normal
from services.translation.domain.numbers import LINK
from shared.language.bidi import PDI

_ISOLATES, _EMBEDDINGS, _OVERRIDES = "\u2066\u2067\u2068", "\u202a\u202b", "\u202d\u202e"
_HIDDEN = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb\U000e0000-\U000e007f\x00-\x08\x0b\x0e-\x1f\x7f\ufffd]"
)
_RIGHT_TO_LEFT = frozenset({"Arab", "Hebr", "Syrc", "Thaa", "Nkoo", "Adlm", "Rohg"})
# scripts that are written together; what Unicode names differently from ISO 15924
_TOGETHER = {"Jpan": {"Hani", "Hira", "Kana"}, "Kore": {"Hang", "Hani"}, "Hans": {"Hani"}, "Hant": {"Hani"}}
_BY_NAME = {
    "LATIN": "Latn", "CYRILLIC": "Cyrl", "ARABIC": "Arab", "HEBREW": "Hebr", "DEVANAGARI": "Deva", "GUJARATI": "Gujr",
    "BENGALI": "Beng", "GURMUKHI": "Guru", "TAMIL": "Taml", "TELUGU": "Telu", "KANNADA": "Knda", "MALAYALAM": "Mlym",
    "SINHALA": "Sinh", "THAI": "Thai", "LAO": "Laoo", "KHMER": "Khmr", "MYANMAR": "Mymr", "ETHIOPIC": "Ethi",
    "HANGUL": "Hang", "CJK": "Hani", "HIRAGANA": "Hira", "KATAKANA": "Kana", "GREEK": "Grek", "ARMENIAN": "Armn",
    "GEORGIAN": "Geor", "ORIYA": "Orya", "TIBETAN": "Tibt", "CHEROKEE": "Cher",
}  # fmt: skip
_ALPHABETS = frozenset({"Latn", "Cyrl", "Grek", "Armn", "Geor"})  # no word is written in two of these
_LEAST = 0.5  # of the letters that are not names, links or capitals
_ACRONYM = re.compile(r"\b[A-Z][A-Z0-9]+\b")
_WORD = re.compile(r"[^\W\d_]+")


@cache
def scripts(language: str) -> frozenset[str]:
    """The scripts (ISO 15924) that a reader of `language` expects; empty where CLDR does not know it."""
    tag = normal(language)
    written = next((part for part in tag.split("-")[1:] if len(part) == 4), None)
    if written is None:
        likely = get_global("likely_subtags").get(base(tag), "")
        written = next((part for part in likely.split("_")[1:] if len(part) == 4), None)
    if written is None:
        return frozenset()
    return frozenset(_TOGETHER.get(written, {written}))


def right_to_left(language: str) -> bool:
    """Whether `language` is written from right to left."""
    return bool(scripts(language) & _RIGHT_TO_LEFT)


def script(source: str, translation: str, *, target: str, names: Sequence[str] = ()) -> Iterator[Finding]:
    """What is wrong with the letters and marks of `translation`."""
    yield from _letters(source, translation, target, names)
    yield from _directions(source, translation)
    known = Counter(_HIDDEN.findall(source))
    for match in _HIDDEN.finditer(translation):
        if known[match[0]] > 0:
            known[match[0]] -= 1
        else:
            yield Finding(Code.HIDDEN, match.span(), Side.TRANSLATION)
            return


def _letters(source: str, translation: str, target: str, names: Sequence[str]) -> Iterator[Finding]:
    expected = scripts(target)
    if not expected:
        return
    ours = foreign = 0
    first: tuple[int, int] | None = None
    for match in _WORD.finditer(_bare(translation, names)):
        written = [script_of(character) for character in match[0]]
        found = set(written) - {""}
        if found & expected & _ALPHABETS and found - expected and match[0] not in source:
            yield Finding(Code.SCRIPT, match.span(), Side.TRANSLATION)  # two alphabets in one word
            return
        own = sum(each in expected for each in written)
        if not own and match[0] in source and match[0][0].isupper():
            continue
        ours, foreign = ours + own, foreign + len(written) - own
        if not own and first is None and found - {"Latn"}:
            first = match.span()
    if first is not None and "Latn" in expected and not _has(source, script_of(translation[first[0]])):
        yield Finding(Code.SCRIPT, first, Side.TRANSLATION)
    elif foreign and ours / (ours + foreign) < _LEAST:
        yield Finding(Code.SCRIPT, (0, len(translation)), Side.TRANSLATION)


def _bare(text: str, names: Sequence[str]) -> str:
    """`text` with what keeps its letters in every language left blank."""
    for pattern in (LINK, PLACEHOLDER, _ACRONYM, *(re.compile(re.escape(name)) for name in names if name.strip())):
        text = pattern.sub(lambda match: " " * len(match[0]), text)
    return text


def _has(text: str, wanted: str) -> bool:
    return any(script_of(character) == wanted for character in text)


@cache
def script_of(character: str) -> str:
    """ISO 15924 of a letter; empty for what belongs to none."""
    if not character.isalpha():
        return ""
    name = unicodedata.name(character, "").split(" ")[0].split("-")[0]
    return _BY_NAME.get(name, "Zyyy" if name else "")


def _directions(source: str, translation: str) -> Iterator[Finding]:
    for match in re.finditer(f"[{_OVERRIDES}]", translation):
        if match[0] not in source:
            yield Finding(Code.BIDI, match.span(), Side.TRANSLATION)
            return
    for opening, closing in ((_ISOLATES, PDI), (_EMBEDDINGS + _OVERRIDES, "\u202c")):
        at = _unbalanced(translation, opening, closing)
        if at is not None and _unbalanced(source, opening, closing) is None:
            yield Finding(Code.BIDI, (at, at + 1), Side.TRANSLATION)
            return


def _unbalanced(text: str, opening: str, closing: str) -> int | None:
    """Where a mark stands that is not closed in its own line, or closes nothing."""
    start = 0
    for line in text.split("\n"):
        open_at: list[int] = []
        for place, character in enumerate(line):
            if character in opening:
                open_at.append(start + place)
            elif character == closing:
                if not open_at:
                    return start + place
                open_at.pop()
        if open_at:
            return open_at[0]
        start += len(line) + 1
    return None
