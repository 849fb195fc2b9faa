"""Near matches among a million approved segments in a few milliseconds.

Comparing a text with every segment is exact and slow (a tenth of a second per million). Here an inverted index of
words, numpy arrays only, first finds the few thousand segments that share the most letters in whole words with it; only
those are compared (rapidfuzz, indel similarity). Texts lie as one block of bytes: no object per segment.
"""

from __future__ import annotations

import re
import threading
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from rapidfuzz import fuzz, process

KEY_BYTES = 16
FLOOR = 70.0  # below this, editing a match takes longer than writing anew
_POSTINGS = 300_000  # rows looked at for one text, the rarest words first
_BLOCK = 100_000  # rows indexed together
_COMMON = 10  # a term of more than a tenth of the segments
_HEAVIEST = 255  # letters weighed of one text: what a byte can hold
_CANDIDATES = 2_000  # compared letter by letter
_WORD = re.compile(r"\w+")
# scripts without spaces: Thai, Lao, Myanmar, Khmer, Han, Kana; their runs are cut into pairs of characters
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]")


@dataclass(frozen=True, slots=True)
class Near:
    """A remembered segment like the one asked for: its key in the memory, and 0 to 100 (100: the same letters)."""

    key: str
    score: float


def terms(text: str) -> list[str]:
    """What a segment is found by: its words, or pairs of characters where a script has no spaces."""
    words = _WORD.findall(text)
    if _UNSPACED.search(text) is None:
        return words
    found: list[str] = []
    for word in words:
        if len(word) > 2 and _UNSPACED.search(word):
            found += (word[at : at + 2] for at in range(len(word) - 1))
        else:
            found.append(word)
    return found


class FuzzyIndex:
    """Segments of one pair of languages. `add` may be called at any time; what came late is compared one by one until
    there is enough of it to index again. Safe from several threads."""

    def __init__(self, rows: Iterable[tuple[str, str]] = (), *, rebuild_at: int = 5_000) -> None:
        """`rows`: (key of 32 hex digits, text as it is compared)."""
        self._lock = threading.Lock()
        self._late: dict[str, str] = {}
        self._rebuild_at = rebuild_at
        self._index = _Index(rows)

    def __len__(self) -> int:
        return len(self._index) + len(self._late)

    @property
    def bytes(self) -> int:
        """What the arrays take."""
        return self._index.bytes

    def add(self, rows: Iterable[tuple[str, str]]) -> None:
        """Segments approved since; one that came late before costs nothing."""
        with self._lock:
            self._late.update(rows)
            if len(self._late) > max(self._rebuild_at, len(self._index) // 50):
                late, self._late = self._late, {}
                old = ((key, text) for key, text in self._index.rows() if key not in late)
                self._index = _Index(_chain(old, late.items()))

    def nearest(self, text: str, *, limit: int = 5, floor: float = FLOOR) -> list[Near]:
        """The most similar segments, best first, none below `floor` (0 to 100)."""
        with self._lock:
            found = self._index.nearest(text, limit=limit, floor=floor)
            late = process.extract(text, self._late, scorer=fuzz.ratio, score_cutoff=floor, limit=limit)
        best = {near.key: near for near in found}
        best |= {key: Near(key, score) for _, score, key in late}
        return sorted(best.values(), key=lambda near: (-near.score, near.key))[:limit]


class _Index:
    """The arrays: texts and keys by row, and the rows of every term one after the other."""

    def __init__(self, rows: Iterable[tuple[str, str]]) -> None:
        texts, keys = bytearray(), bytearray()
        ends, lengths = array("q"), array("H")
        said, counts = array("i"), array("i")
        self._terms: dict[str, int] = {}
        for key, text in rows:
            texts += text.encode("utf-8", "surrogatepass")
            keys += bytes.fromhex(key)
            ends.append(len(texts))
            lengths.append(min(len(text), 65_535))
            own = {self._terms.setdefault(term, len(self._terms)) for term in terms(text)}
            said.extend(own)
            counts.append(len(own))
        self._texts = bytes(texts)
        self._keys = bytes(keys)
        self._ends: NDArray[np.int64] = np.array(ends, dtype=np.int64)
        self._lengths: NDArray[np.uint16] = np.array(lengths, dtype=np.uint16)
        del texts, keys, ends, lengths
        self._post(np.frombuffer(said, dtype=np.int32), np.frombuffer(counts, dtype=np.int32))
        self._weights = np.array([min(len(term) + 1, _HEAVIEST) for term in self._terms], dtype=np.uint8)
        self._shared = np.zeros(len(self), dtype=np.uint8)
        self._common = {
            term: self._everywhere(term) for term in np.flatnonzero(self._sizes > len(self) // _COMMON).tolist()
        }

    def _post(self, said: NDArray[np.int32], counts: NDArray[np.int32]) -> None:
        self._sizes = np.bincount(said, minlength=len(self._terms))
        self._starts = np.concatenate(([0], np.cumsum(self._sizes)))
        self._postings = np.empty(len(said), dtype=np.int32)
        free = self._starts[:-1].copy()
        ends = np.cumsum(counts, dtype=np.int64)
        for first in range(0, len(counts), _BLOCK):  # in blocks: sorting all at once would take twice the index itself
            until = min(first + _BLOCK, len(counts))
            begin = int(ends[first - 1]) if first else 0
            part = said[begin : int(ends[until - 1])]
            order = np.argsort(part, kind="stable")
            ordered, here = part[order], np.bincount(part, minlength=len(self._terms))
            rank = np.arange(len(part)) - (np.cumsum(here) - here)[ordered]
            rows = np.repeat(np.arange(first, until, dtype=np.int32), counts[first:until])
            self._postings[free[ordered] + rank] = rows[order]
            free += here

    def _everywhere(self, term: int) -> NDArray[np.uint8]:
        """A common term's weight at each of its rows: adding a whole array costs less than adding at 100,000 places."""
        weights = np.zeros(len(self), dtype=np.uint8)
        weights[self._postings[self._starts[term] : self._starts[term + 1]]] = self._weights[term]
        return weights

    def __len__(self) -> int:
        return len(self._lengths)

    @property
    def bytes(self) -> int:
        arrays: list[NDArray[Any]] = [
            self._ends,
            self._lengths,
            self._postings,
            self._starts,
            self._weights,
            self._shared,
        ]
        arrays += self._common.values()
        return len(self._texts) + len(self._keys) + sum(each.nbytes for each in arrays)

    def rows(self) -> Iterator[tuple[str, str]]:
        for row in range(len(self)):
            yield self._key(row), self._text(row)

    def nearest(self, text: str, *, limit: int, floor: float) -> list[Near]:
        rows = self._candidates(text, floor)
        begins = np.where(rows > 0, self._ends[rows - 1], 0).tolist()
        choices = [
            self._texts[begin:end].decode("utf-8", "surrogatepass")
            for begin, end in zip(begins, self._ends[rows].tolist(), strict=True)
        ]
        found = process.extract(text, choices, scorer=fuzz.ratio, score_cutoff=floor, limit=limit)
        return [Near(self._key(int(rows[at])), score) for _, score, at in found]

    def _candidates(self, text: str, floor: float) -> NDArray[np.int64]:
        """Rows by the share of letters that they have in words of `text`, as far as lengths allow `floor` at all."""
        known = {self._terms[term] for term in terms(text) if term in self._terms}
        looked = weighed = 0
        for term in sorted(known, key=self._sizes.__getitem__):
            weighed += int(self._weights[term])
            if weighed > _HEAVIEST:
                break
            if term in self._common:
                self._shared += self._common[term]
            elif not looked or looked + self._sizes[term] <= _POSTINGS:
                rows = self._postings[self._starts[term] : self._starts[term + 1]]
                looked += len(rows)
                self._shared[rows] += self._weights[term]
        found = np.flatnonzero(self._shared >= self._enough(8 * _CANDIDATES))
        letters = self._shared[found].astype(np.float32)
        self._shared.fill(0)
        lengths = self._lengths[found].astype(np.float32)
        possible = 200 * np.minimum(lengths, len(text)) >= floor * (lengths + len(text))
        shares = 10_000 * letters / (lengths + len(text))
        return _best(found[possible], shares[possible].astype(np.uint16), count=_CANDIDATES)

    def _enough(self, count: int) -> int:
        """The most letters that at least `count` rows have in common with the text; 1 where fewer have any."""
        low, high = 1, _HEAVIEST
        while low < high:
            middle = (low + high + 1) // 2
            if np.count_nonzero(self._shared >= middle) >= count:
                low = middle
            else:
                high = middle - 1
        return low

    def _text(self, row: int) -> str:
        begin = int(self._ends[row - 1]) if row else 0
        return self._texts[begin : int(self._ends[row])].decode("utf-8", "surrogatepass")

    def _key(self, row: int) -> str:
        return self._keys[row * KEY_BYTES : (row + 1) * KEY_BYTES].hex()


def _best(rows: NDArray[np.int64], marks: NDArray[np.uint16], *, count: int) -> NDArray[np.int64]:
    """The `count` rows with the highest marks: counting marks is several times faster than sorting them."""
    if len(rows) <= count:
        return rows
    at_least = np.cumsum(np.bincount(marks)[::-1])[::-1]  # how many rows have this mark or a higher one
    last = int(np.searchsorted(-at_least, -count, side="right")) - 1
    higher = rows[marks > last]
    return np.concatenate((higher, rows[marks == last][: count - len(higher)]))


def _chain(*parts: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    for part in parts:
        yield from part
