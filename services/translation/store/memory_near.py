"""Near matches of the memory: an index per pair of languages, made at the first question and kept by the process.

Approvals since are added when somebody asks again; what has been taken out of the memory falls out when its row is not
found. Indexes are kept for the pairs asked last, within a bound of bytes.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import sqlalchemy as sa

from services.translation.domain.languages import normal
from services.translation.store import memory
from services.translation.tables.core import MEMORY

if TYPE_CHECKING:
    from services.translation.domain.memory_fuzzy import FuzzyIndex

MOST_BYTES = 300_000_000
_OVERLAP = timedelta(minutes=2)  # an approval's time is that of the beginning of its transaction
_EVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Match:
    """An entry whose source is like the text asked for; `score`: 0 to 100."""

    row: Mapping[str, Any] = field(repr=False)
    score: float


@dataclass(slots=True)
class _Held:
    index: FuzzyIndex
    newest: datetime
    recent: int


class NearMemory:
    """The indexes of one process; safe from several threads."""

    def __init__(self, *, most_bytes: int = MOST_BYTES) -> None:
        self._lock = threading.Lock()
        self._most = most_bytes
        self._held: WeakKeyDictionary[sa.Engine, OrderedDict[tuple[str, str], _Held]] = WeakKeyDictionary()

    def nearest(
        self,
        connection: sa.Connection,
        text: str,
        *,
        source: str,
        target: str,
        limit: int = 5,
        floor: float | None = None,
    ) -> list[Match]:
        """Entries like `text` (as `memory.comparable` makes it), best first."""
        with self._lock:
            held = self._current(connection, normal(source), normal(target))
        least = {} if floor is None else {"floor": floor}
        found = held.index.nearest(text, limit=limit, **least)
        rows = memory.by_keys(connection, [near.key for near in found])
        return [Match(rows[near.key], near.score) for near in found if near.key in rows]

    def _current(self, connection: sa.Connection, source: str, target: str) -> _Held:
        indexes = self._held.setdefault(connection.engine, OrderedDict())
        newest, recent = _standing(connection)
        held = indexes.get((source, target))
        if held is None:
            from services.translation.domain.memory_fuzzy import FuzzyIndex  # numpy: only who is asked pays for it

            held = _Held(FuzzyIndex(memory.comparables(connection, source=source, target=target)), newest, recent)
            indexes[source, target] = held
        elif (newest, recent) != (held.newest, held.recent):
            since = min(held.newest, newest) - _OVERLAP
            held.index.add(memory.comparables(connection, source=source, target=target, since=since))
            held.newest, held.recent = newest, recent
        indexes.move_to_end((source, target))
        self._forget_old()
        return held

    def _forget_old(self) -> None:
        """Those asked longest ago go first; the one just asked stays whatever its size."""
        everywhere = [(indexes, pair) for indexes in self._held.values() for pair in indexes]
        total = sum(indexes[pair].index.bytes for indexes, pair in everywhere)
        for indexes, pair in everywhere[:-1]:
            if total <= self._most:
                return
            if len(indexes) > 1 and pair != next(reversed(indexes)):
                total -= indexes.pop(pair).index.bytes


def _standing(connection: sa.Connection) -> tuple[datetime, int]:
    """When the last approval was, and how many there were shortly before: two looks at an index."""
    newest = connection.execute(sa.select(sa.func.max(MEMORY.c.approved_at))).scalar() or _EVER
    recent = sa.select(sa.func.count()).select_from(MEMORY).where(MEMORY.c.approved_at >= newest - _OVERLAP)
    return newest, int(connection.execute(recent).scalar_one())


NEAR = NearMemory()  # one a process, as compiled patterns are: an index costs seconds to make
