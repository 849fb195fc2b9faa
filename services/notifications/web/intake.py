"""Providers' calls back, written down together: whoever comes while a commit is under way shares the next one.

Each call is answered only after its own row is committed. A commit waits for the disk, so a commit per call would be a
few hundred a second; with one for all that wait, the disk is no limit.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from services.notifications.domain.inbound import Told
from services.notifications.handlers import receipts
from shared.messaging.uow import UnitOfWork
from shared.web import Request

MOST = 500  # words of one commit
Open = Callable[[], AbstractContextManager[UnitOfWork]]


class _Waiting:
    """One call's words. `leads`: its thread is to write the next batch, its own among it."""

    __slots__ = ("error", "leads", "news", "ready", "words")

    def __init__(self, words: Sequence[Told]) -> None:
        self.words = words
        self.ready = threading.Event()
        self.leads = False
        self.news = 0
        self.error: BaseException | None = None


class Intake:
    """Of one district in one process."""

    def __init__(self, open_: Open) -> None:
        self._open = open_
        self._lock = threading.Lock()
        self._queue: list[_Waiting] = []
        self._busy = False

    def keep(self, words: Sequence[Told]) -> int:
        """Returns, when they are committed, how many were news; raises what kept the commit from succeeding."""
        mine = _Waiting(receipts.checked(words))  # before it stands among the others
        with self._lock:
            self._queue.append(mine)
            mine.leads, self._busy = not self._busy, True
        if not mine.leads:
            mine.ready.wait()
        if mine.leads:
            self._write()
        if mine.error is not None:
            raise mine.error
        return mine.news

    def _write(self) -> None:
        """Commit the batch that has gathered, its leader's words in it; then one of those who came meanwhile leads."""
        with self._lock:
            batch, self._queue = self._queue[:MOST], self._queue[MOST:]
        try:
            with self._open() as uow:
                news = receipts.take_in_each(uow, [waiting.words for waiting in batch])
        except BaseException as error:  # whatever it is, nobody may be left waiting
            for waiting in batch:
                waiting.error = error
        else:
            for waiting, count in zip(batch, news, strict=True):
                waiting.news = count
        with self._lock:
            heir = self._queue[0] if self._queue else None
            self._busy = heir is not None
        for waiting in batch:
            waiting.leads = False
            waiting.ready.set()
        if heir is not None:
            heir.leads = True
            heir.ready.set()


_intakes: dict[tuple[int, str], tuple[Any, Intake]] = {}
_making = threading.Lock()


def keep(request: Request, words: Sequence[Told]) -> int:
    """Write these words down in the caller's district; how many were news, once they are committed."""
    runtime, district = request.site.runtime, request.district
    with _making:
        known = _intakes.get((id(runtime), district))
        if known is None:
            intake = Intake(lambda: runtime.unit_of_work(request.api.service, district))
            known = _intakes[id(runtime), district] = (runtime, intake)  # kept, so that its id is nobody else's
    return known[1].keep(words)
