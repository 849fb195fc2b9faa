"""Deliveries in, effects out, each event once.

A batch is handled in one transaction per district: inbox rows, effects and outbox rows together. A batch that fails is
halved until the event at fault stands alone; that one is tried again with backoff, then dead-lettered with its reason.
An event that kills its worker is found by its attempt row: written before it is handled alone, deleted with its effect.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, TypeVar

import sqlalchemy as sa
import structlog
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from shared.clock import monotonic
from shared.contracts import ContractError
from shared.errors import HomeroomError
from shared.ids import fingerprint
from shared.messaging import meter
from shared.messaging.envelope import Envelope, Event, MalformedEvent, open_envelope, parse
from shared.messaging.runtime import Runtime
from shared.messaging.tables import ATTEMPT, INBOX, PARKED
from shared.messaging.uow import UnitOfWork
from shared.observability.trace import continuing
from shared.store import insert_rows

MAX_ATTEMPTS = 5
MAX_CRASHES = 3
BACKOFF = timedelta(seconds=2)  # doubled with each attempt: 2, 4, 8, 16 s
SUSPICIOUS = 2  # redeliveries after which an event is handled alone, behind an attempt row
KEEP_INBOX = timedelta(days=14)
RETRY_LEASE = timedelta(seconds=30)  # how long a parked event is one worker's to try

Dispatch = Callable[[str, UnitOfWork, Sequence[Event]], None]
log = structlog.get_logger(__name__)
T = TypeVar("T")


class PermanentError(HomeroomError):
    """Trying this event again cannot help: straight to the dead letters."""


class Stopping(Exception):
    """The worker is being stopped while it waits for its database; what it holds goes back to the broker."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A body as the broker gave it. `redelivered`: how many times it was given out before."""

    body: bytes
    tag: Any
    lane: str
    redelivered: int = 0


@dataclass(slots=True)
class Outcome:
    """Tags to acknowledge, and tags to reject (bodies that cannot even be filed under a district)."""

    ack: list[Any]
    reject: list[Any]


@dataclass(frozen=True, slots=True)
class _Item:
    envelope: Envelope
    delivery: Delivery


class Inbox:
    """One service's way in. `dispatch(type, uow, events)` runs the handler; `types` are those that have one."""

    def __init__(
        self,
        runtime: Runtime,
        service: str,
        types: Iterable[str],
        dispatch: Dispatch,
        *,
        pause: Callable[[float], bool] = lambda seconds: False,
    ) -> None:
        self.runtime = runtime
        self.service = service
        self.types = frozenset(types)
        self._dispatch = dispatch
        self._pause = pause  # waits that long; False when the worker is stopping

    def process(self, deliveries: Sequence[Delivery]) -> Outcome:
        """Handle all; on return each one is either done (also: parked, dead-lettered) or to be rejected.

        Raises Stopping when the database stays away and the worker is told to stop: nothing may be acknowledged then.
        """
        outcome = Outcome(ack=[], reject=[])
        by_district: dict[str, list[_Item]] = {}
        for delivery in deliveries:
            try:
                envelope = parse(delivery.body)
            except MalformedEvent as error:
                log.error("event_malformed", service=self.service, reason=str(error))
                meter.set_aside(self.service, meter.UNREADABLE, dead=True)
                outcome.reject.append(delivery.tag)
                continue
            if envelope.district not in self.runtime.cell.districts:
                log.error("event_of_unknown_district", service=self.service, event_id=envelope.id)
                meter.set_aside(self.service, envelope.type, dead=True)
                outcome.reject.append(delivery.tag)
                continue
            by_district.setdefault(envelope.district, []).append(_Item(envelope, delivery))
        for district, items in by_district.items():
            calm = [item for item in items if item.delivery.redelivered < SUSPICIOUS]
            if calm:
                self._settle(district, calm)
            for item in items:
                if item.delivery.redelivered >= SUSPICIOUS:
                    self._settle_warily(district, item)
            outcome.ack += [item.delivery.tag for item in items]
        return outcome

    def retry_parked(self, district: str, limit: int = 50) -> int:
        """Try again what is due; returns how many were due.

        Leased, so that workers side by side do not spend one event's attempts all at once; each alone behind an attempt
        row, because an event that kills its worker now would otherwise do so for ever.
        """
        with self._transaction(district) as uow:
            query = sa.select(PARKED).where(PARKED.c.due_at <= uow.now).order_by(PARKED.c.due_at).limit(limit)
            rows = uow.connection.execute(query.with_for_update(skip_locked=True)).all()
            if rows:
                mine = PARKED.c.event_id.in_([row.event_id for row in rows])
                uow.connection.execute(sa.update(PARKED).where(mine).values(due_at=uow.now + RETRY_LEASE))
        for row in rows:
            body = bytes(row.body)
            self._settle_warily(district, _Item(parse(body), Delivery(body, None, row.lane)))
        return len(rows)

    def purge(self, district: str) -> None:
        """Forget inbox rows too old for any broker to redeliver."""
        with self._transaction(district) as uow:
            uow.connection.execute(sa.delete(INBOX).where(INBOX.c.received_at < uow.now - KEEP_INBOX))

    def _transaction(self, district: str) -> Any:
        return self.runtime.unit_of_work(self.service, district)

    def _settle(self, district: str, items: Sequence[_Item]) -> None:
        """Handle together; where that fails, by halves; where one alone fails, park or dead-letter it."""
        try:
            self._patiently(district, lambda: self._handle(district, items))
            return
        except Stopping:
            raise
        except Exception as error:
            failure = error
        if len(items) > 1:
            middle = len(items) // 2
            self._settle(district, items[:middle])
            self._settle(district, items[middle:])
            return
        self._set_aside(district, items[0], failure)

    def _patiently(self, district: str, work: Callable[[], T]) -> T:
        """Do it, as often as it takes while the database is away: an outage must not end the worker, whose deliveries
        would come back counted, and after some restarts be taken for poison. Stopping when told to stop meanwhile."""
        waited = 0.0
        while True:
            try:
                return work()
            except (OperationalError, InterfaceError) as error:
                if not _database_is_away(error):
                    raise
                waited = min(waited + 0.5, 5.0)
                log.warning("database_away", service=self.service, district=district, wait=waited)
                if not self._pause(waited):
                    raise Stopping from None

    def _handle(self, district: str, items: Sequence[_Item]) -> None:
        begun = monotonic()
        with self._transaction(district) as uow:
            fresh = self._claim(uow, items)
            events: dict[str, list[Event]] = {}
            for item in fresh:
                if item.envelope.type not in self.types:
                    raise PermanentError("event.no_handler", f"{self.service} does not hear {item.envelope.type}")
                event = open_envelope(item.envelope, self.runtime.vault)
                if event.expires_at is None or event.expires_at > uow.now:
                    events.setdefault(event.type, []).append(event)
            for type_, group in events.items():
                self._dispatch(type_, uow, group)
        meter.batch_done(
            self.service,
            lane=items[0].delivery.lane,
            handled={type_: len(group) for type_, group in events.items()},
            duplicates=len(items) - len(fresh),
            oldest=min((event.time for group in events.values() for event in group), default=None),
            now=self.runtime.clock.now(),
            seconds=monotonic() - begun,
        )

    def _claim(self, uow: UnitOfWork, items: Sequence[_Item]) -> list[_Item]:
        """Write the inbox rows; what has one already was handled before."""
        by_id = {item.envelope.id: item for item in items}
        rows = [{"event_id": event_id, "received_at": uow.now} for event_id in by_id]
        fresh = insert_rows(uow.connection, INBOX, rows, on_conflict="ignore", returning="event_id")
        if any(item.delivery.tag is None or item.delivery.redelivered >= SUSPICIOUS for item in items):
            ids = list(by_id)
            uow.connection.execute(sa.delete(PARKED).where(PARKED.c.event_id.in_(ids)))
            uow.connection.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.event_id.in_(ids)))
        known = set(fresh)
        return [item for event_id, item in by_id.items() if event_id in known]

    def _settle_warily(self, district: str, item: _Item) -> None:
        """Alone, with a mark that outlives the process; three marks without an end and it is dead-lettered."""
        started = self._patiently(district, lambda: self._mark(district, item))
        if started > MAX_CRASHES:
            reason = PermanentError("event.kills_worker", f"handling it ended the worker {MAX_CRASHES} times")
            self._set_aside(district, item, reason)
            return
        self._settle(district, [item])

    def _mark(self, district: str, item: _Item) -> int:
        with self._transaction(district) as uow:
            row = {"event_id": item.envelope.id, "started": 0}
            insert_rows(uow.connection, ATTEMPT, [row], on_conflict="ignore")
            mine = ATTEMPT.c.event_id == item.envelope.id
            uow.connection.execute(sa.update(ATTEMPT).where(mine).values(started=ATTEMPT.c.started + 1))
            return int(uow.connection.execute(sa.select(ATTEMPT.c.started).where(mine)).scalar_one())

    def _set_aside(self, district: str, item: _Item, error: Exception) -> None:
        """Park with backoff, or dead-letter, and let the delivery go."""
        reason = reason_of(error)
        permanent = isinstance(error, (PermanentError, ContractError, MalformedEvent)) or _is_vault_error(error)
        attempts, dead = self._patiently(district, lambda: self._put_by(district, item, reason, permanent))
        meter.set_aside(self.service, item.envelope.type, dead=dead)
        said = {"service": self.service, "event_id": item.envelope.id, "reason": reason, "attempts": attempts}
        with continuing(str(item.envelope.attributes.get("traceparent"))):
            if dead:
                log.error("event_dead_lettered", **said)
            else:
                log.warning("event_parked", **said)

    def _put_by(self, district: str, item: _Item, reason: str, permanent: bool) -> tuple[int, bool]:
        """One transaction; how often the event was tried by now, and whether that was the last time."""
        event_id = item.envelope.id
        with self._transaction(district) as uow:
            mine = PARKED.c.event_id == event_id
            before = uow.connection.execute(sa.select(PARKED.c.attempts).where(mine)).scalar() or 0
            uow.connection.execute(sa.delete(ATTEMPT).where(ATTEMPT.c.event_id == event_id))
            dead = permanent or before + 1 >= MAX_ATTEMPTS
            if dead:
                uow.connection.execute(sa.delete(PARKED).where(mine))
                uow.dead_letter(item.delivery.body, event_id, self._dead_headers(item, reason, before + 1, uow.now))
            else:
                row = {
                    "event_id": event_id,
                    "lane": item.delivery.lane,
                    "body": item.delivery.body,
                    "attempts": before + 1,
                    "reason": reason,
                    "due_at": uow.now + BACKOFF * (2**before),
                }
                insert_rows(uow.connection, PARKED, [row], on_conflict="update")
        return before + 1, dead

    def _dead_headers(self, item: _Item, reason: str, attempts: int, now: datetime) -> Mapping[str, str]:
        return {
            "service": self.service,
            "district": item.envelope.district,
            "type": item.envelope.type,
            "lane": item.delivery.lane,
            "reason": reason,
            "fingerprint": fingerprint(self.service, item.envelope.type, reason),
            "attempts": str(attempts),
            "dead_at": now.isoformat(),
        }


def reason_of(error: BaseException) -> str:
    """Exception type and the place it was raised; its text only if it is one of ours, which never quote a value."""
    own = isinstance(error, (HomeroomError, ContractError, MalformedEvent))
    text = f": {error}" if own else ""
    place = ""
    trace = error.__traceback__
    while trace is not None:
        code = trace.tb_frame.f_code
        name = code.co_filename.replace("\\", "/").rsplit("/", 2)
        place = f" at {'/'.join(name[-2:])}:{trace.tb_lineno}"
        trace = trace.tb_next
    return f"{type(error).__name__}{text}{place}"[:500]


def _database_is_away(error: DBAPIError) -> bool:
    """Down, restarting or unreachable, as against a statement that is wrong.

    PostgreSQL: SQLSTATE class 08, 57P01–57P03, 53300, or no SQLSTATE at all (never connected). SQLite: locked, disk full.
    """
    if error.connection_invalidated:
        return True
    state = getattr(error.orig, "sqlstate", None)
    if state is not None:
        return str(state).startswith(("08", "57P", "53"))
    text = str(error.orig)
    if type(error.orig).__module__.startswith("sqlite3"):
        return "locked" in text or "full" in text or "readonly" in text or "disk I/O" in text
    return isinstance(error, (OperationalError, InterfaceError))


def _is_vault_error(error: Exception) -> bool:
    return type(error).__name__ in ("KeyDestroyed", "SealBroken")
