"""Words as they are written: folded for comparison, found whole, and recognised in another form."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Sequence
from functools import lru_cache
from typing import Generic, TypeVar

T = TypeVar("T")

# no spaces between words, or words that grow in front (Arabic, Hebrew): found anywhere, not only as whole words
_RUNS_ON = re.compile(r"[\u0590-\u06ff\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_UNWRITTEN = re.compile(r"[\u0591-\u05c7\u064b-\u065f\u0670\u0640\u200b-\u200f\u202a-\u202e\u2066-\u2069\u00ad]")
_APOSTROPHES = str.maketrans({"’": "'", "ʼ": "'", "‘": "'", "`": "'", "\u00a0": " ", "\u202f": " "})
_WORD = re.compile(r"\w+")
_SHORT = 4  # words up to this length are compared whole


@lru_cache(maxsize=4096)
def folded(text: str) -> str:
    """For comparison: one form of every letter, no vowel points, no direction marks, no capitals."""
    plain = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES)
    return unicodedata.normalize("NFC", _UNWRITTEN.sub("", plain).casefold())


def contains(text: str, form: str, *, language: str, bends: bool) -> bool:
    """Whether `form` stands in `text`; `bends`: or the same words with other endings (maestros suplentes)."""
    here, wanted = folded(text), " ".join(folded(form).split())
    if not wanted:
        return False
    if _RUNS_ON.search(wanted):
        return wanted in here
    words = wanted.split(" ")
    if not bends:
        pattern = r"\s+".join(map(re.escape, words))
        return re.search(rf"(?<!\w){pattern}(?!\w)", here) is not None
    pattern = r"\s+".join(_bent(word) for word in words)
    return re.search(rf"(?<!\w){pattern}(?!\w)", here) is not None


def looks_like(word: str, among: Sequence[str]) -> bool:
    """Whether one of the (folded) words is `word` or a form of it."""
    pattern = re.compile(_bent(folded(word)))
    return any(pattern.fullmatch(each) for each in among)


def _bent(word: str) -> str:
    """A word with up to three other letters at its end; short words, and those with digits, as they are."""
    if len(word) <= _SHORT or not word.isalpha():
        return re.escape(word) + (r"(?:s|es)?" if word.isalpha() and len(word) > 2 else "")
    stem = word[: max(_SHORT, len(word) - 2)]
    return re.escape(stem) + r"\w{0,5}"


class Finder(Generic[T]):
    """Finds forms in a text: whole words, the longest at each place, looked up by their first word."""

    def __init__(self, forms: Sequence[tuple[str, bool, T]], *, language: str) -> None:
        """`forms`: (as it is written, whether capitals count, what it stands for)."""
        self._loose: dict[str, list[T]] = defaultdict(list)
        self._exact: dict[str, list[T]] = defaultdict(list)
        for form, case_sensitive, value in forms:
            spelling = " ".join(form.translate(_APOSTROPHES).split())
            if not spelling:
                continue
            table = self._exact if case_sensitive else self._loose
            for each in {spelling, *(_plurals(spelling) if language == "en" else ())}:
                key = each if case_sensitive else each.casefold()
                if value not in table[key]:
                    table[key].append(value)
        begun: dict[str, set[str]] = defaultdict(set)
        anywhere: set[str] = set()
        for spelling in (*self._loose, *self._exact):
            first = _WORD.match(spelling)
            if first is None or _RUNS_ON.search(spelling):
                anywhere.add(spelling)
            else:
                begun[first[0].casefold()].add(spelling)
        self._begun = dict(begun)
        self._made: dict[str, re.Pattern[str]] = {}
        self._anywhere = _either(anywhere) if anywhere else None

    def find(self, text: str) -> list[tuple[int, int, list[T]]]:
        """(start, end, what stands there) in order; spaces and apostrophes may be of any kind."""
        plain = text.translate(_APOSTROPHES)
        matches: list[re.Match[str]] = list(self._anywhere.finditer(plain)) if self._anywhere else []
        for word in _WORD.finditer(plain):
            first = word[0].casefold()
            if first not in self._begun:
                continue
            if first not in self._made:  # of thousands of first words a text has few
                self._made[first] = _either(self._begun[first])
            match = self._made[first].match(plain, word.start())
            if match:
                matches.append(match)
        found: list[tuple[int, int, list[T]]] = []
        for match in sorted(matches, key=lambda each: (each.start(), -each.end())):
            spelling = " ".join(match[0].split())
            values = [*self._exact.get(spelling, ()), *self._loose.get(spelling.casefold(), ())]
            if values and (not found or match.start() >= found[-1][1]):
                found.append((match.start(), match.end(), values))
        return found


def _either(spellings: set[str]) -> re.Pattern[str]:
    """The longest of them that stands at a place."""
    return re.compile(
        "|".join(map(_alternative, sorted(spellings, key=lambda each: (-len(each), each)))), re.IGNORECASE
    )


def _alternative(spelling: str) -> str:
    pattern = r"\s+".join(map(re.escape, spelling.split(" ")))
    if _RUNS_ON.search(spelling):
        return pattern
    begin = r"(?<!\w)" if re.match(r"\w", spelling) else ""
    return begin + pattern + (r"(?!\w)" if re.search(r"\w$", spelling) else "")


def _plurals(word: str) -> tuple[str, ...]:
    """English: subs, classes, activities; nothing for what ends in no letter."""
    if not word[-1:].isalpha():
        return ()
    if word[-1].isupper():  # an acronym: IEPs
        return (f"{word}s",)
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return (f"{word}es",)
    if word.endswith("y") and word[-2:-1] not in "aeiou":
        return (f"{word[:-1]}ies",)
    return (f"{word}s",)
