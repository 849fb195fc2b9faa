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

_WORD = re.compile(r"[^\W\d_]+(?:['’ʼʻ\-][^\W\d_]+)*")
_NO_SPACES = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LONGEST = 4  # words of one name


def folded(name: str) -> str:
    """Case and accents away, one kind of apostrophe: how people write names in a hurry."""
    plain = unicodedata.normalize("NFD", name.casefold().replace("’", "'").replace("ʼ", "'").replace("ʻ", "'"))
    return " ".join("".join(each for each in plain if not unicodedata.combining(each)).split())


@dataclass(frozen=True, slots=True)
class Names:
    """The names of a district, ready to be looked for."""

    known: frozenset[str]
    unspaced: tuple[str, ...]

    @classmethod
    def of(cls, names: Collection[str]) -> Names:
        """Of given and family names as they stand in the roster; a name of two words is also each of them."""
        known: set[str] = set()
        for name in names:
            whole = folded(name)
            known.add(whole)
            known.update(part for part in whole.split() if len(part) > 2)
        unspaced = tuple(sorted({name.strip() for name in names if _NO_SPACES.search(name)}, key=len, reverse=True))
        return cls(frozenset(name for name in known if len(name) > 1), unspaced)

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
        for word in words:  # Riya-Mae, or Riya's: the parts of what hangs together
            parts = re.split(r"['’ʼʻ\-]", word[0])
            if len(parts) > 1:
                found.update(
                    part
                    for part in parts
                    if len(part) > 1 and folded(part) in self.known and not (part.islower() and part in everyday)
                )
        found.update(name for name in self.unspaced if name in text)
        return tuple(sorted(found, key=lambda each: (-len(each), each)))
