"""Claims due work and parked events of every district in the cell."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from typing import TYPE_CHECKING, Any

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from shared.clock import monotonic
from shared.messaging import due
from shared.messaging.inbox import Inbox, Stopping, reason_of
from shared.messaging.poller import Poller
from shared.messaging.runtime import Runtime
from shared.messaging.tables import DUE_WORK
from shared.observability.metrics import DUE_LAG_SECONDS, district_label
from shared.store import insert_rows

if TYPE_CHECKING:
    from shared.messaging.uow import DueItem

log = structlog.get_logger(__name__)
LONGEST_BACKOFF = timedelta(hours=1)
PURGE_EVERY = 3600.0  # seconds between looks for inbox rows that have served


class DuePoller(Poller):
    """`handlers`: kind → `(uow, items)`."""

    def __init__(
        self,
        runtime: Runtime,
        service: str,
        handlers: Mapping[str, Callable[..., Any]],
        inboxes: Callable[[], Sequence[Inbox]],
    ) -> None:
        super().__init__(runtime, service)
        self._handlers = handlers
        self._inboxes = inboxes
        self._parked = False
        self._claimed: Sequence[DueItem] = ()
        self._purged: dict[str, float] = {}

    def round(self, district: str) -> bool:
        found = self._due(district, due.BATCH)
        inboxes = self._inboxes()
        if inboxes and monotonic() - self._purged.get(district, -PURGE_EVERY) >= PURGE_EVERY:
            inboxes[0].purge(district)
            self._purged[district] = monotonic()
        if self._parked and inboxes:
            return inboxes[0].retry_parked(district) > 0 or found
        return found

    def _due(self, district: str, limit: int) -> bool:
        """A batch together; if that fails, one by one, and the one that fails again waits."""
        try:
            return self._handle(district, limit) > 0
        except (OperationalError, InterfaceError, Stopping):
            raise
        except Exception as error:
            if limit == 1:
                if not self._claimed:
                    raise  # not the handler's doing: the claim itself failed
                self._postpone(district, error)
                return True
            log.warning("due_batch_failed", service=self.service, district=district, reason=reason_of(error))
        while self._due(district, 1):
            if self._stopped.ready():
                break
        return True

    def _handle(self, district: str, limit: int) -> int:
        self._claimed = ()
        with self.runtime.unit_of_work(self.service, district) as uow:
            items = self._claimed = due.claim(uow, self._handlers, limit)
            self._parked = due.parked_due(uow)  # looked at here: one transaction a round, not two
            self._measure(district, uow.now, items)
            for kind, group in groupby(sorted(items, key=_by_kind), key=_by_kind):
                self._handlers[kind](uow, list(group))
        return len(items)

    def _measure(self, district: str, now: datetime, items: Sequence[DueItem]) -> None:
        """What is claimed comes oldest first."""
        late = (now - items[0].due_at).total_seconds() if items else 0.0
        DUE_LAG_SECONDS.labels(self.service, district_label(district)).set(late)

    def _postpone(self, district: str, error: Exception) -> None:
        """The item that failed, and no other: its neighbours may be due at the same instant."""
        with self.runtime.unit_of_work(self.service, district) as uow:
            for item in due.take(uow, self._claimed):
                wait = min(timedelta(seconds=2) * 2 ** min(item.attempts, 12), LONGEST_BACKOFF)
                row = {
                    "kind": item.kind,
                    "key": item.key,
                    "due_at": uow.now + wait,
                    "attempts": item.attempts + 1,
                    "data": dict(item.data),
                }
                insert_rows(uow.connection, DUE_WORK, [row], on_conflict="update")
                log.error("due_work_failed", service=self.service, kind=item.kind, reason=reason_of(error))


def _by_kind(item: DueItem) -> str:
    return item.kind
