"""Whether a meeting took place, as the member of staff says; who missed it is offered other times."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from services.scheduling.handlers import announce
from services.scheduling.handlers.desk import Wish
from services.scheduling.handlers.offers import offer
from services.scheduling.ports import Ports
from services.scheduling.store import meetings, people
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

_IDS = ("meeting_id", "student_id", "staff_id", "school_id", "guardian_id", "kind")


def held(uow: UnitOfWork, meeting_id: str, *, minutes: int | None = None, mode: str | None = None) -> bool:
    """It took place; False where there is no such meeting, it is yet to begin, or it is settled already."""
    row = _settle(uow, meeting_id, state=meetings.HELD, minutes=minutes, mode=mode)
    if row is None:
        return False
    data = {name: row[name] for name in _IDS}
    uow.emit(
        "scheduling.meeting_held",
        {**data, "mode": row["mode"], "minutes": minutes, "at": row["start_at"]},
        school=row["school_id"],
        subject=row["student_id"],
    )
    return True


def missed(uow: UnitOfWork, ports: Ports, meeting_id: str, *, who: str, again: bool = True) -> bool:
    """`who` did not come (guardian, staff, both). `again`: the family is offered other times. False as for `held`."""
    row = _settle(uow, meeting_id, state=meetings.MISSED, missed_by=who)
    if row is None:
        return False
    guardian = people.guardians(uow.connection, [row["guardian_id"]]).get(row["guardian_id"])
    link = announce.link(uow, ports, row, language=guardian.language if guardian is not None else "en")
    uow.emit(
        "scheduling.meeting_missed",
        {**{name: row[name] for name in _IDS}, "who": who, "at": row["start_at"], "link": link},
        school=row["school_id"],
        subject=row["student_id"],
    )
    if again:
        ids = (row["guardian_id"], row["student_id"], row["staff_id"], row["school_id"])
        offer(uow, ports, [Wish(derived_id("missed", meeting_id), row["kind"], *ids)])
    return True


def _settle(uow: UnitOfWork, meeting_id: str, **values: Any) -> Mapping[str, Any] | None:
    given = {name: value for name, value in values.items() if value is not None}
    return meetings.settle(uow.connection, meeting_id, {**given, "settled_at": uow.now}, now=uow.now)
