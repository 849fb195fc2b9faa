"""What a meeting takes: everybody's time, with buffers for staff and the walk for the family, and a room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from services.scheduling.domain.bookings import Claim, Kind

NOTHING = timedelta(0)


def claims_of(
    meeting_id: str,
    *,
    staff: Sequence[str],
    guardian_id: str,
    start: datetime,
    end: datetime,
    before: timedelta = NOTHING,
    buffer: timedelta = NOTHING,
    walk: timedelta = NOTHING,
    room_id: str | None = None,
    interpreter_id: str | None = None,
) -> list[Claim]:
    """Staff from `before` the start until `buffer` after the end; the family until it has walked on."""
    claims = [Claim(meeting_id, Kind.STAFF, each, start - before, end + buffer) for each in dict.fromkeys(staff)]
    claims.append(Claim(meeting_id, Kind.GUARDIAN, guardian_id, start, end + walk))
    if room_id is not None:
        claims.append(Claim(meeting_id, Kind.ROOM, room_id, start, end))
    if interpreter_id is not None:
        claims.append(Claim(meeting_id, Kind.INTERPRETER, interpreter_id, start, end))
    return claims
