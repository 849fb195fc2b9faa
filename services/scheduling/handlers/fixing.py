"""Meetings that somebody else has decided: a published round, a series, a visit, staff on the telephone; and moving one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.scheduling.domain.bookings import Claim
from services.scheduling.handlers import announce, interpreters, resources
from services.scheduling.handlers.claiming import claims_of
from services.scheduling.handlers.permission import may_book
from services.scheduling.ports import Ports
from services.scheduling.store import bookings, meetings, people
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True, slots=True)
class Result:
    """What became of it: `booked` (a meeting), `again` (a new offer), `waiting` (no time free), `refused` (policy, or no such
    choice); of `fix` also `unchanged` (as it was), `taken` (somebody has the time; a meeting that was to move stays).

    `ref` is the meeting or offer, `row` its columns where they were written now.
    """

    outcome: str
    ref: str | None = None
    row: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Fixed:
    """A meeting as it shall be. The same `meeting_id` with another time is a move.

    `source` and `source_id` say what it belongs to ("round" and the round's id). `quiet`: whoever fixes it tells the people
    itself, the event only says that it is so. `walk`: the family's way to its next meeting. `interpreted`: interpreting has
    been planned with it (a round's interpreters are there all evening), so nobody is asked for this meeting alone.
    """

    meeting_id: str
    kind: str
    guardian_id: str
    student_id: str
    staff_id: str
    school_id: str
    start: datetime
    end: datetime
    mode: str
    team: tuple[str, ...] = ()
    room_id: str | None = None
    interpreter_id: str | None = None
    before: timedelta = timedelta(0)
    buffer: timedelta = timedelta(0)
    walk: timedelta = timedelta(0)
    offer_id: str | None = None
    source: str = "staff"
    source_id: str | None = None
    quiet: bool = False
    interpreted: bool = False
    cause: Event | None = None

    def claims(self) -> list[Claim]:
        return claims_of(
            self.meeting_id,
            staff=(self.staff_id, *self.team),
            guardian_id=self.guardian_id,
            start=self.start,
            end=self.end,
            before=self.before,
            buffer=self.buffer,
            walk=self.walk,
            room_id=self.room_id,
            interpreter_id=self.interpreter_id,
        )


def fix(uow: UnitOfWork, ports: Ports, wanted: Sequence[Fixed]) -> dict[str, Result]:
    """Write these meetings in one go, with their events; results by meeting. Nothing is booked twice, whatever is asked for.

    Meetings of the batch may trade places. Who may not be met is `refused`; where somebody else has the time it is `taken`
    and the meeting, if there was one, stays as it was.
    """
    if not wanted:
        return {}
    wanted = list({each.meeting_id: each for each in wanted}.values())
    before = meetings.by_id(uow.connection, [each.meeting_id for each in wanted])
    results: dict[str, Result] = {}
    open_ = [each for each in _allowed(uow, wanted, results) if not _same(each, before, results)]
    granted = _granted(uow, open_, before)
    for each in open_:
        if each not in granted:
            results[each.meeting_id] = Result("taken", each.meeting_id)
    if granted:
        _write(uow, ports, granted, before, results)
    return results


def move(
    uow: UnitOfWork, ports: Ports, meeting_id: str, *, start: datetime, end: datetime, quiet: bool = False
) -> Result:
    """Another time for a booked meeting, its people and its buffer as they are; tells both sides."""
    row = meetings.by_id(uow.connection, [meeting_id]).get(meeting_id)
    if row is None or row.state != meetings.BOOKED:
        return Result("refused")
    team = bookings.parties(uow.connection, [meeting_id])[meeting_id]
    return fix(uow, ports, [_as_it_is(row, team, start=start, end=end, quiet=quiet)])[meeting_id]


def _as_it_is(row: Any, team: Sequence[str], *, start: datetime, end: datetime, quiet: bool) -> Fixed:
    return Fixed(
        meeting_id=row.meeting_id,
        kind=row.kind,
        guardian_id=row.guardian_id,
        student_id=row.student_id,
        staff_id=row.staff_id,
        school_id=row.school_id,
        start=start,
        end=end,
        mode=row.mode,
        team=tuple(team),
        room_id=row.room_id,
        buffer=row.blocked_until - row.end_at,
        offer_id=row.offer_id,
        source=row.source,
        source_id=row.source_id,
        quiet=quiet,
    )


def _allowed(uow: UnitOfWork, wanted: Sequence[Fixed], results: dict[str, Result]) -> list[Fixed]:
    """Policy is asked for today and for the day of the meeting."""
    known = people.known(uow.connection, {each.student_id for each in wanted})
    schools = people.schools(uow.connection, {each.school_id for each in wanted})
    kept = []
    for each in wanted:
        days = {schools[each.school_id].today(moment) for moment in (uow.now, each.start)}
        if all(
            may_book(known, each.guardian_id, each.student_id, district=uow.district, on=on).allowed for on in days
        ):
            kept.append(each)
        else:
            results[each.meeting_id] = Result("refused")
    return kept


def _same(each: Fixed, before: Mapping[str, Any], results: dict[str, Result]) -> bool:
    row = before.get(each.meeting_id)
    same = (
        row is not None
        and row.state == meetings.BOOKED
        and (row.start_at, row.end_at, row.staff_id, row.mode, row.room_id)
        == (each.start, each.end, each.staff_id, each.mode, each.room_id)
    )
    if same:
        results[each.meeting_id] = Result("unchanged", each.meeting_id)
    return same


def _granted(uow: UnitOfWork, wanted: Sequence[Fixed], before: Mapping[str, Any]) -> list[Fixed]:
    """Who gets what they want. Meetings that move give their old time up first, all together, unless one of them fails."""
    left = list(wanted)
    moving = {each.meeting_id for each in wanted if _booked(before, each.meeting_id)}
    had = bookings.of_meetings(uow.connection, moving)
    old = {f"{row.kind}:{row.resource_id}" for rows in had.values() for row in rows}
    bookings.lock(uow.connection, old | {claim.lock for each in wanted for claim in each.claims()})
    while True:
        savepoint = uow.connection.begin_nested()
        bookings.release(uow.connection, moving & {each.meeting_id for each in left})
        refused = resources.take(uow, [claim for each in left for claim in each.claims()])
        if not refused & moving:
            savepoint.commit()
            return [each for each in left if each.meeting_id not in refused]
        savepoint.rollback()  # they stay where they are, which may be in somebody's way
        left = [each for each in left if each.meeting_id not in refused & moving]


def _booked(before: Mapping[str, Any], meeting_id: str) -> bool:
    return meeting_id in before and before[meeting_id].state == meetings.BOOKED


def _write(
    uow: UnitOfWork, ports: Ports, granted: Sequence[Fixed], before: Mapping[str, Any], results: dict[str, Result]
) -> None:
    schools = people.schools(uow.connection, {each.school_id for each in granted})
    rows = [_row(ports, each, before.get(each.meeting_id), schools, now=uow.now) for each in granted]
    meetings.write(uow.connection, rows)
    teams = {each.meeting_id: each.team for each in granted}
    bookings.set_parties(uow.connection, teams)
    for row in rows:
        results[row["meeting_id"]] = Result("booked", row["meeting_id"], row)
    known = announce.People.read(uow, rows)
    loud = {each.meeting_id: each for each in granted}
    announce.booked(
        uow,
        [(row, loud[row["meeting_id"]].cause) for row in rows],
        known=known,
        teams=teams,
        quiet={each.meeting_id for each in granted if each.quiet},
    )
    given = {each.meeting_id: each.interpreter_id for each in granted if each.interpreter_id is not None}
    languages = {row["guardian_id"]: known.language(row) for row in rows}
    alone = [row for row in rows if not loud[row["meeting_id"]].interpreted]
    interpreters.needed(uow, ports, alone, languages=languages, given=given)


def _row(
    ports: Ports, each: Fixed, before: Any | None, schools: Mapping[str, people.School], *, now: datetime
) -> dict[str, Any]:
    phone = schools[each.school_id].settings.get("office_phone")
    return {
        "meeting_id": each.meeting_id,
        "offer_id": each.offer_id,
        "kind": each.kind,
        "guardian_id": each.guardian_id,
        "student_id": each.student_id,
        "staff_id": each.staff_id,
        "school_id": each.school_id,
        "start_at": each.start,
        "end_at": each.end,
        "blocked_until": each.end + each.buffer,
        "mode": each.mode,
        "dial_in": ports.dial_in(each.mode, each.meeting_id, office_phone=phone),
        "sequence": before.sequence + 1 if before is not None else 0,
        "state": meetings.BOOKED,
        "booked_at": now,
        "cancelled_by": None,
        "source": each.source,
        "source_id": each.source_id,
        "room_id": each.room_id,
    }
