"""Finds the names of a district's people in a text, so that they can be masked before it leaves the district.

Whole words in any case, names of several words, and names in scripts without spaces. What is also an everyday word
("will", "hope") counts in lower case only if nothing says that it is one: a name too many costs little, one too few is
told to a stranger.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass

from services.translation.domain.names import unspaced

# vowel signs and points, which Python's \w leaves out, and what hides inside a word without being seen
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670\u06d6-\u06ed\u0711\u0730-\u074a\u07a6-\u07b0\u0900-\u0903"
    "\u093a-\u094f\u0951-\u0957\u0962-\u0963\u0981-\u0983\u09bc-\u09d7\u0a01-\u0a51\u0a70-\u0a75\u0a81-\u0acd\u0b01-\u0b57"
    "\u0b82-\u0bcd\u0c00-\u0c56\u0c81-\u0cd6\u0d00-\u0d57\u0d81-\u0ddf\u135d-\u135f"
)
_UNSEEN = "\u00ad\u034f\u200b-\u200d\u2060\ufeff"
_LETTERS = rf"[^\W\d_](?:[^\W\d_]|[{_MARKS}{_UNSEEN}])*"
_JOINTS = r"'’‘ʼʻ`´′＇\-‐‑"
_WORD = re.compile(rf"{_LETTERS}(?:[{_JOINTS}]{_LETTERS})*")
_PARTS = re.compile(rf"[{_JOINTS}{_UNSEEN}]")
_HUMPS = re.compile(r"(?<=[a-zß-öø-ÿ])(?=[A-ZÀ-ÖØ-Þ])")  # RiyaPatel
_ONE_KIND = str.maketrans(dict.fromkeys("’‘ʼʻ`´′＇", "'") | dict.fromkeys("‐‑", "-"))
_UNSEEN_ONES = re.compile(f"[{_UNSEEN}]")
# "and", "to", "with" … written as one with the word behind them, in Arabic, Persian and Hebrew
_PREFIXED = re.compile(
    r"^[\u0648\u0641\u0628\u0644\u0643\u05d5\u05d4\u05d1\u05dc\u05de\u05e9\u05db]{1,2}(?=[^\W\d_]{2})"
)
_LONGEST = 4  # words of one name


def folded(name: str) -> str:
    """Case and accents away, one kind of apostrophe and hyphen: how people write names in a hurry."""
    seen = _UNSEEN_ONES.sub("", name)
    plain = unicodedata.normalize("NFD", seen.casefold().translate(_ONE_KIND))
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a district, ready to be looked for."""

    known: frozenset[str]
    together: tuple[str, ...]  # in scripts without spaces
    families: frozenset[str]  # of one character, which by itself is mostly a word: only before a given name

    @classmethod
    def of(cls, names: Collection[str]) -> Names:
        """Of given and family names as they stand in the roster; a name of two words is also each of them, and both in one."""
        known: set[str] = set()
        for name in names:
            whole = folded(name)
            apart = whole.replace("-", " ").split()
            known |= {whole, " ".join(apart), "".join(apart)}
            known.update(part for part in (*whole.split(), *apart) if len(part) > 2)
        joined = {name.strip() for name in names if unspaced(name)}
        together = tuple(sorted((name for name in joined if len(name) > 1), key=lambda each: (-len(each), each)))
        families = frozenset(name for name in joined if len(name) == 1)
        return cls(frozenset(name for name in known if len(name) > 1), together, families)

    def inside(self, text: str, *, everyday: Collection[str] = ()) -> tuple[str, ...]:
        """Every name as it is written in the text, the longest first; `everyday` words are none in lower case."""
        words = list(_WORD.finditer(text))
        found: set[str] = set()
        for first in range(len(words)):
            for last in range(min(first + _LONGEST, len(words)), first, -1):
                surface = text[words[first].start() : words[last - 1].end()]
                if folded(surface) in self.known and not (surface.islower() and surface in everyday):
                    found.add(surface)
                    break
        found.update(
            word[0]
            for word in words
            for prefix in [_PREFIXED.match(word[0])]
            if prefix and any(folded(word[0][cut:]) in self.known for cut in range(1, prefix.end() + 1))
        )
        for word in words:  # Riya-Mae, or Riya's: the parts of what hangs together
            parts, humps = _PARTS.split(word[0]), _HUMPS.split(word[0])
            if len(humps) > 1 and any(len(hump) > 2 and folded(hump) in self.known for hump in humps):
                found.add(word[0])
            if len(parts) > 1:
                found.update(
                    part
                    for part in parts
                    if len(part) > 1 and folded(part) in self.known and not (part.islower() and part in everyday)
                )
        for name in self.together:
            for at in (match.start() for match in re.finditer(re.escape(name), text)):
                found.add(text[at - 1] + name if at and text[at - 1] in self.families else name)
        return tuple(sorted(found, key=lambda each: (-len(each), each)))
