"""A circumstance stands between school and home: the way around it is the preference's; where it ends at a call, somebody calls.

Facts only. Nothing here, or anywhere, says what somebody is like (F08).
"""

from __future__ import annotations

from collections.abc import Sequence

from services.notifications.handlers.naming import names
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger, people
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

CALLED = frozenset({"texts_fail", "reading", "no_internet"})  # what is written may not be read: a voice goes with it
CALL = "call_daytime"


def barrier_identified(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A call in the daytime on the list of the child's teacher; off it again when the barrier has gone."""
    newest = {(e.data["guardian_id"], e.data["barrier"]): e for e in sorted(events, key=lambda e: e.data["version"])}
    wanted = {key: event for key, event in newest.items() if key[1] in CALLED}
    gone = [_task_id(*key) for key, event in wanted.items() if not event.data["active"]]
    ledger.close_tasks(uow.connection, gone, uow.now)
    standing = {guardian for (guardian, _), event in wanted.items() if event.data["active"]}
    children: dict[str, str] = {}
    for guardian_id, student_id in people.children_of(uow.connection, standing):
        children.setdefault(guardian_id, student_id)
    known = names(uow, students=set(children.values()))
    rows = []
    for guardian_id, barrier in (key for key, event in wanted.items() if event.data["active"]):
        student = children.get(guardian_id)
        teacher = known.first_teacher([student]) if student else None
        if student is None or teacher is None:
            continue
        rows.append(
            task(
                uow,
                _task_id(guardian_id, barrier),
                staff_id=teacher,
                kind=CALL,
                school_id=known.students[student]["school_id"],
                student_id=student,
                guardian_id=guardian_id,
            )
        )
    ledger.save_tasks(uow.connection, rows)


def _task_id(guardian_id: str, barrier: str) -> str:
    return derived_id("barrier", guardian_id, barrier)
