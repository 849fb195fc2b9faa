"""How likely a text is in a language, letter by letter: an n-gram model that is made of a page of text in milliseconds.

Witten-Bell interpolation (Witten and Bell 1991, method C) over up to four letters, kept in back-off form: a letter's
probability after the longest context that was seen with it, times the weights of the longer contexts that were not.
"""

from __future__ import annotations

import math
import sys
from collections import Counter
from collections.abc import Sequence

ORDER = 4
_UNSEEN = 1 / 500  # of a letter that the language's text does not have: borrowed names have such
# one rare stem ("телефон") must not outweigh the rest; a letter that the language does not have at all may
_LEAST = -5.0


_values: dict[float, float] = {}


def _shared(value: float) -> float:
    """To a hundredth, and the same object for the same value: a quarter of what all models take."""
    value = round(value, 2)
    return _values.setdefault(value, value)


class Letters:
    """Made of words of one language in one script. `score` is a natural logarithm; compare, do not read."""

    __slots__ = ("_back", "_log", "_unseen")

    def __init__(self, lines: Sequence[tuple[str, float]]) -> None:
        """`lines`: padded lines as `padded` makes them, each with its weight."""
        counts: dict[str, float] = {}
        for weight in {weight for _, weight in lines}:
            grams: Counter[str] = Counter()
            for line in (line for line, given in lines if given == weight):
                for length in range(1, ORDER + 1):
                    grams.update([line[start : start + length] for start in range(len(line) - length + 1)])
            for gram, times in grams.items():
                counts[gram] = counts.get(gram, 0.0) + times * weight
        totals: dict[str, float] = {}
        kinds: Counter[str] = Counter()
        for gram, count in counts.items():
            context = gram[:-1]
            totals[context] = totals.get(context, 0.0) + count
            kinds[context] += 1
        chance: dict[str, float] = {}
        for gram in sorted(counts, key=len):
            context = gram[:-1]
            shorter = chance[gram[1:]] if len(gram) > 1 else _UNSEEN
            chance[gram] = (counts[gram] + kinds[context] * shorter) / (totals[context] + kinds[context])
        self._log = {sys.intern(gram): _shared(math.log(value)) for gram, value in chance.items()}
        self._back = {
            sys.intern(context): _shared(math.log(kinds[context] / (totals[context] + kinds[context]))) for context in totals
        }
        self._unseen = math.log(_UNSEEN) + self._back.get("", 0.0)

    def score(self, line: str) -> float:
        """The logarithm of the line's probability; `line` as `padded` makes it."""
        log, back = self._log.get, self._back.get
        total = 0.0
        for end in range(1, len(line)):
            start = max(0, end - ORDER + 1)
            weights = 0.0
            while True:
                found = log(line[start : end + 1])
                if found is not None:
                    total += max(weights + found, _LEAST)
                    break
                if start == end:
                    total += weights + self._unseen
                    break
                weights += back(line[start:end], 0.0)
                start += 1
        return total


def padded(words: Sequence[str]) -> str:
    """Words with their bounds, which tell languages apart as well as letters do."""
    return f" {' '.join(words)} "
