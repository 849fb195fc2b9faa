"""Commits events through the outbox at a steady rate, whatever happens to the database, and keeps honest books."""

from __future__ import annotations

import threading

from psycopg import Error
from sqlalchemy.exc import SQLAlchemyError

from shared.benches.cell import DISTRICT, sample
from shared.benches.stand import HEARD
from shared.clock import monotonic
from shared.messaging.runtime import Runtime

PADDING = "x" * 200
PER_COMMIT = 2


class Producer:
    """`accepted`: ids whose commit returned; `unanswered`: ids whose commit failed or whose answer was lost."""

    def __init__(self, runtime: Runtime, rate: int, *, threads: int = 2) -> None:
        self.accepted: set[str] = set()
        self.unanswered: set[str] = set()
        self._runtime = runtime
        self._interval = PER_COMMIT * threads / rate
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._run, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()

    def _run(self) -> None:
        due = monotonic()
        number = 0
        while not self._stopping.wait(max(0.0, due - monotonic())):
            due = max(due + self._interval, monotonic() - 1.0)  # what an outage kept back is not made up for
            ids: set[str] = set()
            try:
                with self._runtime.unit_of_work("directory", DISTRICT) as uow:
                    for _ in range(PER_COMMIT):
                        number += 1
                        ids.add(uow.emit(HEARD, sample(number, PADDING)))
            except (SQLAlchemyError, Error):
                self.unanswered |= ids
                self._stopping.wait(0.2)
            else:
                self.accepted |= ids
