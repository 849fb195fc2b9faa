"""What the audit log does with what it hears."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from shared.audit import store
from shared.audit.checkpoints import Checkpoints
from shared.audit.entry import entry_of
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

CheckpointsOf = Callable[[str], Checkpoints]
CHECKPOINT = "checkpoint"  # due work: note the head once the log has been quiet for a while
QUIET = timedelta(hours=1)


def keep(uow: UnitOfWork, checkpoints_of: CheckpointsOf, events: Sequence[Event]) -> None:
    """Append a batch. The head found at its start is committed, so that is what a checkpoint notes."""
    checkpoints_of(uow.district).note(store.last(uow.connection))
    store.append(uow.connection, [entry_of(event) for event in events], uow.now, district=uow.district)
    uow.schedule(CHECKPOINT, "head", uow.now + QUIET)


def note_head(uow: UnitOfWork, checkpoints_of: CheckpointsOf) -> None:
    """Note where the log stands, however few rows it has grown by."""
    checkpoints_of(uow.district).note(store.last(uow.connection), every=1)
