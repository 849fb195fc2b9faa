"""The relay: what was not taken stays, whoever did not take it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from shared.benches.cell import sample
from shared.benches.stand import HEARD
from shared.messaging.outbox import Outgoing
from shared.messaging.relay import BrokerAway, Published, Relay
from shared.messaging.runtime import Runtime
from shared.messaging.tables import OUTBOX


class Nowhere:
    """A broker where no queue is bound; `takes_dead` says what becomes of the dead letters."""

    def __init__(self, *, takes_dead: bool) -> None:
        self.takes_dead = takes_dead

    def publish(self, rows: Sequence[Outgoing]) -> Published:
        ids = [row.id for row in rows]
        if rows[0].exchange != "homeroom.dead":
            return Published(unroutable=ids)
        return Published(confirmed=ids) if self.takes_dead else Published(refused=ids)

    def close(self) -> None:
        """Nothing is open."""


@pytest.mark.parametrize(("takes_dead", "left"), [(True, 0), (False, 1)])
def test_an_unroutable_event_leaves_its_outbox_only_as_a_dead_letter(
    runtime: Runtime, takes_dead: bool, left: int
) -> None:
    with runtime.unit_of_work("directory", "metro") as uow:
        uow.emit(HEARD, sample(1, ""))
    Relay(runtime, Nowhere(takes_dead=takes_dead), ["directory"]).move("metro", "directory")
    with runtime.databases.transaction("directory", "metro") as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(OUTBOX)).scalar() == left


class Leaderless(Nowhere):
    """Takes everything but dead letters, for which no confirm comes."""

    def __init__(self) -> None:
        self.asked = 0

    def publish(self, rows: Sequence[Outgoing]) -> Published:
        if rows[0].exchange == "homeroom.dead":
            self.asked += 1
            raise BrokerAway("no confirm in time")
        return Published(confirmed=[row.id for row in rows[1:]], unroutable=[rows[0].id])


def test_a_queue_of_dead_letters_that_takes_nothing_holds_up_nobody_else(runtime: Runtime) -> None:
    with runtime.unit_of_work("directory", "metro") as uow:
        for n in range(3):
            uow.emit(HEARD, sample(n, ""))
    broker = Leaderless()
    relay = Relay(runtime, broker, ["directory"])
    assert relay.move("metro", "directory") == 2
    assert relay.move("metro", "directory") == 0 and broker.asked == 1, "it is left alone for a while"
    with runtime.databases.transaction("directory", "metro") as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(OUTBOX)).scalar() == 1, "it is not lost"
