"""Taking people's time, rooms, interpreters and seats: all that one meeting needs, or nothing of it.

    refused = resources.take(uow, [Claim(meeting_id, Kind.STAFF, "t-1", start, end), Claim(meeting_id, Kind.GUARDIAN, …)])

Who lost a race is named in the answer; nothing of theirs is left behind, and nothing is raised: offer them the next times.
Locks are taken in one order for everybody, so call `take` once per transaction with all claims, not once per family.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.scheduling.domain.bookings import Claim, Kind, meetings_of, second_chance
from services.scheduling.domain.windows import Interval
from services.scheduling.store import bookings
from shared.messaging.uow import DueItem, UnitOfWork

HOLD = timedelta(minutes=3)  # long enough to confirm, short enough not to be missed by others


def take(uow: UnitOfWork, claims: Sequence[Claim]) -> frozenset[str]:
    """Take for good what these claims name, in their order; returns the meetings that were refused.

    A meeting gets all of its claims or none. The same claim again is granted again.
    """
    return _grant(uow, claims, state=bookings.FIXED, until=None)


def change(uow: UnitOfWork, claims: Sequence[Claim]) -> frozenset[str]:
    """Give one meeting's resources back for these; it keeps what it had where it is refused."""
    ids = set(meetings_of(claims))
    had = [_claim(row) for rows in bookings.of_meetings(uow.connection, ids).values() for row in rows]
    bookings.lock(uow.connection, {claim.lock for claim in [*had, *claims]})
    bookings.release(uow.connection, ids)
    refused = _grant(uow, claims, state=bookings.FIXED, until=None)
    if refused:
        bookings.occupy(uow.connection, [claim for claim in had if claim.meeting_id in refused])
    return refused


def hold(uow: UnitOfWork, claims: Sequence[Claim], *, until: datetime | None = None) -> frozenset[str]:
    """As `take`, until then only (default: `HOLD` from now); `confirm` makes it last. Returns who was refused."""
    ends = until or uow.now + HOLD
    refused = _grant(uow, claims, state=bookings.HELD, until=ends)
    for meeting_id in set(meetings_of(claims)) - refused:
        uow.schedule("hold_over", meeting_id, ends)
    return refused


def confirm(uow: UnitOfWork, meeting_ids: Collection[str]) -> frozenset[str]:
    """Make holds last; returns those whose time was over (their resources may be somebody else's by now)."""
    good = bookings.confirm(uow.connection, meeting_ids, uow.now)
    if good:
        uow.cancel("hold_over", *good)
    return frozenset(set(meeting_ids) - good)


def release(uow: UnitOfWork, meeting_ids: Collection[str], *, kinds: Collection[Kind] | None = None) -> None:
    """Give back what these meetings or holds have, or some kinds of it."""
    bookings.release(uow.connection, meeting_ids, kinds=None if kinds is None else [kind.value for kind in kinds])


def busy(
    uow: UnitOfWork, wanted: Mapping[Kind, Collection[str]], *, since: datetime, but: Iterable[str] = ()
) -> dict[tuple[Kind, str], list[Interval]]:
    """What is taken or held from `since`, by (kind, resource); the meetings in `but` do not count."""
    return bookings.busy(uow.connection, wanted, since=since, but=but)


def hold_over(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """The time of these holds is over: what was not confirmed is free again."""
    held = bookings.of_meetings(uow.connection, [item.key for item in items])
    over = [row.taken_id for rows in held.values() for row in rows if row.state == bookings.HELD and row.until <= uow.now]
    bookings.vacate(uow.connection, over)


def _claim(row: Any) -> Claim:
    return Claim(row.meeting_id, Kind(row.kind), row.resource_id, row.start_at, row.end_at)


def _grant(uow: UnitOfWork, claims: Sequence[Claim], *, state: str, until: datetime | None) -> frozenset[str]:
    """In rounds: what a refused meeting had got is given back, which may let in those who asked after it, in their order."""
    bookings.lock(uow.connection, (claim.lock for claim in claims))
    left, refused = list(claims), set[str]()
    while left:
        lost = bookings.occupy(uow.connection, left, state=state, until=until)
        if not lost:
            break
        mine, over = bookings.in_the_way(uow.connection, [claim for claim in left if claim.taken_id in lost], uow.now)
        if over:  # whose time is over is not in anybody's way: all of them again, in the order they asked
            bookings.vacate(uow.connection, over | {claim.taken_id for claim in left} - lost)
            continue
        lost -= mine
        again, over_for = second_chance([claim for claim in left if claim.taken_id not in mine], lost)
        moving = [claim for claim in left if claim.meeting_id in again or claim.meeting_id in over_for]
        bookings.vacate(uow.connection, {claim.taken_id for claim in moving} - lost - mine)
        refused |= over_for
        left = [claim for claim in left if claim.meeting_id in again]
    return frozenset(refused)
