"""The counter where families book: who comes while a commit is under way shares the next one.

When booking opens, a whole school answers in the same minute. A transaction for each would spend most of its time on round
trips and on waiting for the disk; together they are decided in the order they came, by the same handler that decides a batch of
text messages. Each family is answered only after its own booking is committed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Any

from sqlalchemy.exc import DBAPIError

from services.scheduling.handlers.booking import Answer, Result, book
from services.scheduling.ports import Ports
from services.scheduling.store.bookings import lost_race
from shared.messaging.uow import UnitOfWork
from shared.web import Request

MOST = 100  # answers of one commit
GATHER_S = 0.01  # at most so long a batch waits for those who were there the last time: fewer, fuller commits in a crowd
ATTEMPTS = 5  # races and deadlocks lost in a row before the family is told to try again
Open = Callable[[], AbstractContextManager[UnitOfWork]]


class _Waiting:
    """One family's answer. `leads`: its thread is to book the next batch, its own among it."""

    __slots__ = ("answer", "error", "leads", "ready", "result")

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.ready = threading.Event()
        self.leads = False
        self.result = Result("refused")
        self.error: BaseException | None = None


class Counter:
    """Of one district in one process."""

    def __init__(self, open_: Open, ports: Ports) -> None:
        self._open = open_
        self._ports = ports
        self._lock = threading.Lock()
        self._queue: list[_Waiting] = []
        self._busy = False
        self._crowd = 1  # how many were here while the last batch was booked, itself included
        self._all_here = threading.Event()

    def book(self, answer: Answer) -> Result:
        """What became of it, committed; raises what kept the commit from succeeding."""
        mine = _Waiting(answer)
        with self._lock:
            self._queue.append(mine)
            if len(self._queue) >= self._crowd:
                self._all_here.set()
            mine.leads, self._busy = not self._busy, True
        if not mine.leads:
            mine.ready.wait()
        if mine.leads:
            self._serve()
        if mine.error is not None:
            raise mine.error
        return mine.result

    def _serve(self) -> None:
        """Book the batch that has gathered, its leader's answer in it; then one of those who came meanwhile leads."""
        if self._crowd > 1:  # who is alone does not wait
            self._all_here.wait(GATHER_S)
        with self._lock:
            batch, self._queue = self._queue[:MOST], self._queue[MOST:]
        try:
            self._settle(batch)
        finally:  # whatever happens, nobody may be left waiting
            with self._lock:
                self._crowd = min(len(batch) + len(self._queue), MOST)
                self._all_here.clear()
                heir = self._queue[0] if self._queue else None
                self._busy = heir is not None
            for waiting in batch:
                waiting.leads = False
                waiting.ready.set()
            if heir is not None:
                heir.leads = True
                heir.ready.set()

    def _settle(self, batch: Sequence[_Waiting]) -> None:
        """All together; where one of them cannot be done, each alone, so that nobody fails for another's sake."""
        try:
            results = self._committed([waiting.answer for waiting in batch])
        except BaseException as error:
            if len(batch) == 1 or not isinstance(error, Exception):
                for waiting in batch:
                    waiting.error = error
                return
            for waiting in batch:
                self._settle([waiting])
            return
        for waiting in batch:
            waiting.result = results[waiting.answer.key]

    def _committed(self, answers: Sequence[Answer]) -> dict[str, Result]:
        for _ in range(ATTEMPTS - 1):
            try:
                return self._booked(answers)
            except DBAPIError as error:
                if not lost_race(error):
                    raise
        return self._booked(answers)

    def _booked(self, answers: Sequence[Answer]) -> dict[str, Result]:
        with self._open() as uow:
            return book(uow, self._ports, answers)


_counters: dict[tuple[int, str], tuple[Any, Counter]] = {}
_making = threading.Lock()


def book_now(request: Request, answer: Answer) -> Result:
    """Book in the caller's district; the answer is committed when this returns."""
    runtime, district = request.site.runtime, request.district
    with _making:
        known = _counters.get((id(runtime), district))
        if known is None:
            counter = Counter(lambda: runtime.unit_of_work(request.api.service, district), request.ports)
            known = _counters[id(runtime), district] = (runtime, counter)  # kept, so that its id is nobody else's
    return known[1].book(answer)
