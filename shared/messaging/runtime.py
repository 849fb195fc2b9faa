"""What a process of a cell holds: cell, clock, keys, databases, and the bells that wake its pollers."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from shared.clock import Clock, SystemClock
from shared.messaging.envelope import Vault
from shared.messaging.uow import UnitOfWork
from shared.tenancy.cell import Cell
from shared.tenancy.database import Databases

Owner = tuple[str, str]  # (component, district)


class Bell:
    """Tells whoever listens, in this process, whose rows were committed; missing a ring costs a poll, not work."""

    def __init__(self) -> None:
        self._listeners: list[Callable[[Owner | None], None]] = []

    def listen(self, listener: Callable[[Owner | None], None]) -> None:
        self._listeners.append(listener)

    def unlisten(self, listener: Callable[[Owner | None], None]) -> None:
        if listener in self._listeners:
            self._listeners.remove(listener)

    def ring(self, owner: Owner | None = None) -> None:
        """`owner` None: look everywhere (time has passed)."""
        for listener in list(self._listeners):
            listener(owner)


@dataclass
class Runtime:
    """Handed to every service, web app, relay and command of a process."""

    cell: Cell
    vault: Vault
    databases: Databases
    clock: Clock = field(default_factory=SystemClock)
    link_key: bytes = field(default=b"", repr=False)  # 32 bytes; signs guardians' links and sessions
    outbox_bell: Bell = field(default_factory=Bell)
    work_bell: Bell = field(default_factory=Bell)

    @contextmanager
    def unit_of_work(self, service: str, district: str) -> Iterator[UnitOfWork]:
        """A transaction: commits at the end of the block, with its events; rolls back whole if the block raises.

        Do not nest two of the same service and district: SQLite has one writer.
        """
        with self.databases.transaction(service, district) as connection:
            uow = UnitOfWork(
                connection, service=service, district=district, now=self.clock.now(), vault=self.vault
            )
            yield uow
            leaving = uow.flush()
        if leaving:
            self.outbox_bell.ring((service, district))
        if uow.wakes:
            self.work_bell.ring((service, district))

    @contextmanager
    def reading(self, service: str, district: str) -> Iterator[UnitOfWork]:
        """For a page that only looks (`Databases.look`). What is said or scheduled in it goes nowhere."""
        with self.databases.look(service, district) as connection:
            yield UnitOfWork(connection, service=service, district=district, now=self.clock.now(), vault=self.vault)
