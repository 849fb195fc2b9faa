"""Two accounts of two channels, a database file, and a clock that moves when told to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifications.handlers import failover
from services.notifications.ports import Ports
from shared.messaging import due
from shared.messaging.envelope import Event, open_envelope, parse
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key


class Account:
    """Only its name matters here."""

    keeps_keys = True

    def __init__(self, name: str) -> None:
        self.name = name

    def carry(self, batch: Sequence[Any]) -> list[Any]:
        raise AssertionError("nothing is sent here")


class House:
    """One district's notifications, as far as providers go."""

    def __init__(self, engine: sa.Engine, vault: Keyring) -> None:
        self.engine = engine
        self.vault = vault
        self.now = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
        self.said: list[Event] = []
        self.ports = Ports(
            accounts={
                "sms": {"first": Account("first"), "second": Account("second")},
                "email": {"relay": Account("relay"), "spare": Account("spare")},
                "voice": {"only": Account("only")},
            },
            base_url="https://homeroom.example.org",
            districts=("riverside",),
        )

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        with self.engine.begin() as connection:
            uow = UnitOfWork(connection, service="notifications", district="riverside", now=self.now, vault=self.vault)
            yield uow
            self.said += [open_envelope(parse(row["body"]), self.vault) for row in uow.emitted]
            uow.flush()

    def rows(self, table: sa.Table) -> list[Mapping[str, Any]]:
        with self.engine.begin() as connection:
            return list(connection.execute(sa.select(table)).mappings())

    def told(self, type_: str) -> list[Mapping[str, Any]]:
        return [event.data for event in self.said if event.type == f"notifications.{type_}"]

    def note(self, channel: str, account: str, **numbers: int) -> None:
        with self.transaction() as uow:
            failover.count(uow, channel, account, **numbers)

    def beat(self, minutes: int = 1) -> None:
        """Time passes minute by minute; what is due is done."""
        for _ in range(minutes):
            self.now += timedelta(minutes=1)
            with self.transaction() as uow:
                items = due.claim(uow, [failover.BEAT])
                if items:
                    failover.provider_beat(uow, self.ports, items)

    def weights(self, channel: str) -> dict[str, int]:
        with self.transaction() as uow:
            return failover.standing(uow, self.ports, channel)

    def choices(self, channel: str, times: int = 40) -> set[str | None]:
        with self.transaction() as uow:
            return {failover.choose(uow, self.ports, channel) for _ in range(times)}


@pytest.fixture
def house(tmp_path: Path, empty: bytes) -> Iterator[House]:
    path = tmp_path / "notifications.sqlite"
    path.write_bytes(empty)
    engine = sa.create_engine(f"sqlite:///{path}")
    yield House(engine, Keyring.create(tmp_path / "keys.json", new_master_key()))
    engine.dispose()
