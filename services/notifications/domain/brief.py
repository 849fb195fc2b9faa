"""A brief is short: a family reads it on the way, in another language, on a phone."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[\w'’-]+")
# scripts written without spaces: two characters are about a word
_DENSE = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\u0e00-\u0e7f\u1000-\u109f\u1780-\u17ff]")


@dataclass(frozen=True, slots=True)
class Length:
    words: int
    limit: int

    @property
    def over(self) -> int:
        """How many words to trim; 0 where it fits."""
        return max(0, self.words - self.limit)


def count_words(text: str) -> int:
    """Words as a reader counts them."""
    dense = len(_DENSE.findall(text))
    return len(_WORD.findall(_DENSE.sub(" ", text))) + (dense + 1) // 2


def measure(text: str, limit: int) -> Length:
    return Length(count_words(text), limit)
