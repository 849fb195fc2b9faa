"""The loop that due work and effects share: work until there is none, then wait for a bell or the next poll."""

from __future__ import annotations

import eventlet
import structlog
from eventlet.event import Event as GreenEvent
from sqlalchemy.exc import SQLAlchemyError

from shared.errors import HomeroomError
from shared.messaging.inbox import Stopping, reason_of
from shared.messaging.runtime import Owner, Runtime

log = structlog.get_logger(__name__)


class Poller:
    """Subclasses say what one round for one district does; a round returns True if it found work."""

    def __init__(self, runtime: Runtime, service: str, *, interval: float = 0.5) -> None:
        self.runtime = runtime
        self.service = service
        self.interval = interval
        self.busy = False
        self.completed = 0  # rounds
        self.found = True  # whether the last round found work
        self._rung = GreenEvent()
        self._stopped = GreenEvent()
        self._finished = GreenEvent()

    def round(self, district: str) -> bool:
        raise NotImplementedError

    def run(self) -> None:
        self.runtime.work_bell.listen(self._on_bell)
        try:
            while not self._stopped.ready():
                self._rung = GreenEvent()
                self.busy = True
                found = self.found = self._all_districts()
                self.busy = False
                self.completed += 1
                if not found:
                    with eventlet.Timeout(self.interval, False):
                        self._rung.wait()
                else:
                    eventlet.sleep(0)
        except Stopping:
            pass  # the container is being killed
        finally:
            self.busy = False
            self.runtime.work_bell.unlisten(self._on_bell)
            if not self._finished.ready():
                self._finished.send(None)

    def _all_districts(self) -> bool:
        """One round each, so that one district's backlog does not keep the others waiting."""
        found = False
        for district in self.runtime.cell.districts:
            if self._stopped.ready():
                return False
            try:
                found = self.round(district) or found
            except (SQLAlchemyError, HomeroomError) as error:
                log.warning("poll_failed", service=self.service, district=district, reason=reason_of(error))
        return found

    def _on_bell(self, owner: Owner | None) -> None:
        if owner is None or owner[0] == self.service:
            self._ring()

    def _ring(self) -> None:
        if not self._rung.ready():
            self._rung.send(None)

    @property
    def rung(self) -> bool:
        """Something was committed since the last round began."""
        return bool(self._rung.ready())

    def stop(self) -> None:
        if not self._stopped.ready():
            self._stopped.send(None)
        self._ring()

    def kill(self) -> None:
        self.stop()

    def wait(self) -> None:
        with eventlet.Timeout(30, False):
            self._finished.wait()
