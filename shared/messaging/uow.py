"""One transaction of one component in one district: its effect, its inbox rows and its events, together or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from shared.contracts import Lane
from shared.messaging import outbox
from shared.messaging.envelope import Event, Vault, encode, new_event
from shared.messaging.tables import DUE_WORK
from shared.store import insert_rows


@dataclass(frozen=True, slots=True)
class DueItem:
    """A piece of work whose time has come."""

    kind: str
    key: str
    due_at: datetime
    data: Mapping[str, Any]
    attempts: int


class UnitOfWork:
    """What a handler is given. Nothing here commits: whoever opened it does, once, at the end."""

    def __init__(self, connection: sa.Connection, *, service: str, district: str, now: datetime, vault: Vault) -> None:
        self.connection = connection
        self.service = service
        self.district = district
        self.now = now
        self.vault = vault
        self._outgoing: list[dict[str, Any]] = []
        self._due: dict[tuple[str, str], dict[str, Any]] = {}
        self.wakes = False  # whether this process's pollers have something new to look at

    def wake(self) -> None:
        """Have the effects run right after the commit, instead of at the next poll."""
        self.wakes = True

    def emit(
        self,
        type_: str,
        data: Mapping[str, Any],
        *,
        school: str | None = None,
        subject: str | None = None,
        cause: Event | None = None,
        lane: Lane | None = None,
        expires_at: datetime | None = None,
        event_id: str | None = None,
    ) -> str:
        """Say that something has happened; leaves with this transaction's commit. Returns the event's id.

        ContractError if `data` does not fit; ValueError if this component does not own the event's namespace.
        """
        namespace = type_.split(".", 1)[0]
        # `district.record_viewed` is said by whoever served the page: the one event with many mouths
        if namespace not in (self.service, "district"):
            raise ValueError(f"{self.service} may not say {type_}")
        event = new_event(
            type_,
            data,
            district=self.district,
            source=self.service,
            now=self.now,
            school=school,
            subject=subject,
            cause=cause,
            lane=lane,
            expires_at=expires_at,
            event_id=event_id,
        )
        self._outgoing.append(outbox.row(event, encode(event, self.vault)))
        return event.id

    def schedule(self, kind: str, key: str, due_at: datetime, data: Mapping[str, Any] | None = None) -> None:
        """Have `kind` done at `due_at`; the same kind and key replaces what was scheduled. No personal data in `data`."""
        self._due[kind, key] = {
            "kind": kind,
            "key": key,
            "due_at": due_at,
            "attempts": 0,
            "data": dict(data or {}),
        }

    def cancel(self, kind: str, *keys: str) -> None:
        """Forget scheduled work; not an error where there is none."""
        for key in keys:
            self._due.pop((kind, key), None)
        self.connection.execute(sa.delete(DUE_WORK).where(DUE_WORK.c.kind == kind, DUE_WORK.c.key.in_(keys)))

    def dead_letter(self, body: bytes, event_id: str, headers: Mapping[str, str]) -> None:
        """Hand a body to the dead-letter exchange with this transaction."""
        self._outgoing.append(outbox.dead_row(body, event_id, headers, self.now))

    @property
    def emitted(self) -> Sequence[Mapping[str, Any]]:
        """Outbox rows so far (read-only)."""
        return self._outgoing

    def flush(self) -> bool:
        """Write events and due work into the transaction; True if anything will have to leave."""
        if self._due:
            insert_rows(self.connection, DUE_WORK, list(self._due.values()), on_conflict="update")
            self._due.clear()
            self.wakes = True
        if not self._outgoing:
            return False
        outbox.write(self.connection, self._outgoing)
        self._outgoing = []
        return True
