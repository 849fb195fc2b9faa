"""The relay: what was not taken stays, whoever did not take it."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from shared.benches.cell import sample
from shared.benches.stand import HEARD
from shared.messaging.outbox import Outgoing
from shared.messaging.relay import Published, Relay
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
