"""Time zone data changes, what was agreed does not: a meeting keeps its wall time, and is said anew if its instant moved.

Rules, exceptions and series are stored as wall time and follow by themselves; a meeting is stored as an instant, so what the
school's clock will show then is noted beside it. Governments change daylight saving with weeks of notice (IANA tz, NEWS).
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain.availability_clock import at
from services.scheduling.handlers.availability import WALLS_ALL, WALLS_CHECK
from services.scheduling.handlers.fixing import Fixed, fix
from services.scheduling.ports import Ports
from services.scheduling.store import availability_walls as walls
from services.scheduling.store import bookings, meetings
from shared.messaging.uow import DueItem, UnitOfWork

EVERY = timedelta(days=1)


def walls_check(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Soon after a booking its wall time is noted; once a day what today's zone data would show at another time is moved."""
    if any(item.key == WALLS_ALL for item in items):
        keep_walls(uow, ports)
        uow.schedule(WALLS_CHECK, WALLS_ALL, uow.now + EVERY, {})
    else:
        _note(uow)


def keep_walls(uow: UnitOfWork, ports: Ports) -> dict[str, str]:
    """Returns what became of each meeting whose instant moved: `booked`, or `taken` where somebody has the new time.

    Who could not be moved stays as it was and is tried again with the next look.
    """
    shifted = {
        row.meeting_id: moment
        for row in walls.noted(uow.connection, uow.now)
        if (moment := _instant(row)) != row.start_at
    }
    rows = meetings.by_id(uow.connection, shifted)
    teams = bookings.parties(uow.connection, list(shifted)) if shifted else {}
    wanted = [_moved(row, teams.get(key, []), shifted[key]) for key, row in rows.items()]
    results = fix(uow, ports, wanted)
    _note(uow)
    walls.forget_past(uow.connection, uow.now)
    return {key: result.outcome for key, result in results.items()}


def _note(uow: UnitOfWork) -> None:
    walls.note(
        uow.connection,
        [
            {"meeting_id": row.meeting_id, "start_at": row.start_at, "zone": row.timezone, "wall": _shown(row)}
            for row in walls.unnoted(uow.connection, uow.now)
        ],
    )


def _instant(row: Any) -> datetime:
    """When the clock will show what was agreed, by the zone data of today."""
    return at(ZoneInfo(row.zone), datetime.fromisoformat(row.wall)).astimezone(UTC)


def _shown(row: Any) -> str:
    shown: datetime = row.start_at.astimezone(ZoneInfo(row.timezone))
    return shown.replace(tzinfo=None).isoformat(timespec="seconds")


def _moved(row: Any, team: Sequence[str], start: datetime) -> Fixed:
    return Fixed(
        meeting_id=row.meeting_id,
        kind=row.kind,
        guardian_id=row.guardian_id,
        student_id=row.student_id,
        staff_id=row.staff_id,
        school_id=row.school_id,
        start=start,
        end=start + (row.end_at - row.start_at),
        mode=row.mode,
        team=tuple(team),
        room_id=row.room_id,
        buffer=row.blocked_until - row.end_at,
        offer_id=row.offer_id,
        source=row.source,
        source_id=row.source_id,
    )
