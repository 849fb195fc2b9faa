"""Calendars elsewhere: added, looked at when their time has come, taken off. No remote call is made inside a transaction."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.elsewhere.http import split
from services.scheduling.handlers.calendars_feeds import file_of
from services.scheduling.handlers.calendars_looking import Copy, Job, Meeting, Outcome, look
from services.scheduling.ports import Ports
from services.scheduling.store import calendars, journeys_iep, meetings, people
from services.scheduling.store import calendars_elsewhere as store
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork

Transaction = Callable[[], AbstractContextManager[UnitOfWork]]
AT_ONCE = 2  # looks of one round: each may take a while
EVERY = {"caldav": timedelta(minutes=15), "ics": timedelta(hours=1)}
LONGEST_REST = timedelta(hours=24)  # between tries of one that does not work
AHEAD = timedelta(days=120)  # busy times are read for so long
ENOUGH = timedelta(days=90)  # of them left: then an unchanged calendar is not read again
MOST = 5  # calendars of one person
NEW, OK, LEAVING = "new", "ok", "leaving"


def add(uow: UnitOfWork, staff_id: str, *, kind: str, url: str, user: str = "", password: str = "") -> str | None:
    """A calendar to be looked at soon; None where the person has enough of them. Failed(ADDRESS) for what is no address."""
    host = split(url).hostname or ""
    if len(store.of_staff(uow.connection, staff_id)) >= MOST:
        return None
    calendar_id = new_id()
    row: dict[str, Any] = {
        "calendar_id": calendar_id,
        "staff_id": staff_id,
        "kind": kind,
        "host": host,
        "sealed": _sealed(uow, calendar_id, {"url": url, "user": user, "password": password}),
        "state": NEW,
        "notes": [],
        "mark": None,
        "failures": 0,
        "wanted_at": uow.now,
        "added_at": uow.now,
    }
    store.add(uow.connection, row)
    uow.wake()
    return calendar_id


def take_off(uow: UnitOfWork, staff_id: str, calendar_id: str) -> bool:
    """What we wrote into it is taken out first; if that cannot be done, it is forgotten all the same."""
    values = {"state": LEAVING, "wanted_at": uow.now, "claimed_until": None}
    uow.wake()
    return store.change(uow.connection, calendar_id, staff_id, values)


def look_again(uow: UnitOfWork, staff_id: str, calendar_id: str) -> bool:
    """Now, whatever is known of it."""
    uow.wake()
    return store.change(uow.connection, calendar_id, staff_id, {"mark": None, "wanted_at": uow.now})


def look_at_calendars(transaction: Transaction, ports: Ports) -> int:
    """Those whose time has come; how many they were."""
    with transaction() as uow:
        jobs = _jobs(uow, store.claim(uow.connection, uow.now, most=AT_ONCE))
    for job in jobs:
        outcome = look(job, hosts=ports.calendar_hosts)
        with transaction() as uow:
            record(uow, job, outcome)
    return len(jobs)


def _jobs(uow: UnitOfWork, rows: Sequence[Any]) -> list[Job]:
    if not rows:
        return []
    staff_ids = {row.staff_id for row in rows if row.kind == "caldav"}
    staff = people.staff(uow.connection, {row.staff_id for row in rows})
    zones = _zones(uow, staff)
    booked: dict[str, list[Any]] = {}
    for row in calendars.meetings_of(uow.connection, "staff", staff_ids, uow.now):
        booked.setdefault(row.owner_id, []).append(row)
    files = file_of(uow, [row for each in booked.values() for row in each])
    copies = store.copies(uow.connection, [row.calendar_id for row in rows])
    copied = {copy.meeting_id for each in copies.values() for copy in each}
    past, held = meetings.by_id(uow.connection, copied), journeys_iep.over(uow.connection, copied, uow.now)
    jobs = []
    for row in rows:
        owner = staff.get(row.staff_id)
        leaving = row.state == LEAVING or owner is None or not owner.active  # who has left is read no more
        mine = {} if leaving else {each.meeting_id: each for each in booked.get(row.staff_id, ())}
        stands = {copy.meeting_id: Copy(copy.sequence, copy.href, copy.etag) for copy in copies[row.calendar_id]}
        over = {
            meeting_id
            for meeting_id in stands
            if meeting_id in held
            or (meeting_id in past and past[meeting_id].state == meetings.BOOKED and past[meeting_id].end_at <= uow.now)
        }
        known = row.mark if row.read_until is not None and row.read_until > uow.now + ENOUGH else None
        jobs.append(
            Job(
                row.calendar_id,
                row.staff_id,
                row.kind,
                **_opened(uow, row),
                zone=zones.get(row.staff_id, ZoneInfo("UTC")),
                mark=known,
                start=uow.now - timedelta(days=1),
                until=uow.now + AHEAD,
                ours=f"@{uow.district}.homeroom",
                leaving=leaving,
                wanted={}
                if row.kind == "ics"
                else {key: Meeting(each.sequence, files[key]) for key, each in mine.items()},
                copies=stands,
                off=frozenset(stands.keys() - mine.keys() - (set() if leaving else over)),
            )
        )
    return jobs


def record(uow: UnitOfWork, job: Job, outcome: Outcome) -> None:
    """What was written is remembered also where reading failed; busy times stay as they were unless new ones were read."""
    written = [
        {
            "calendar_id": job.calendar_id,
            "meeting_id": meeting_id,
            "sequence": copy.sequence,
            "href": copy.href,
            "etag": copy.etag,
            "put_at": uow.now,
        }
        for meeting_id, copy in outcome.written.items()
    ]
    if job.leaving:
        store.forget(uow.connection, job.calendar_id)
        return
    values: dict[str, Any] = {"tried_at": uow.now, "notes": [list(note) for note in outcome.notes]}
    if outcome.trouble is None:
        values |= {"state": OK, "worked_at": uow.now, "failures": 0, "wanted_at": uow.now + EVERY[job.kind]}
        values |= {"mark": outcome.mark}
        if outcome.busy is not None:
            values["read_until"] = job.until
        else:
            values.pop("notes")
        if outcome.url is not None and outcome.url != job.url:
            secret = {"url": outcome.url, "user": job.user, "password": job.password}
            values["sealed"] = _sealed(uow, job.calendar_id, secret)
    else:
        values.pop("notes")
        values |= {"state": outcome.trouble.value} | _rest(uow, job)
    if not store.settle(uow.connection, job.calendar_id, values):
        return
    store.save_copies(uow.connection, written)
    store.forget_copies(uow.connection, job.calendar_id, outcome.removed)
    if outcome.busy is not None:
        store.replace_busy(uow.connection, job.staff_id, job.calendar_id, outcome.busy)


def _rest(uow: UnitOfWork, job: Job) -> dict[str, Any]:
    """Longer after every failure in a row."""
    row = next(row for row in store.of_staff(uow.connection, job.staff_id) if row.calendar_id == job.calendar_id)
    rest = min(EVERY[job.kind] * 2 ** min(row.failures, 8), LONGEST_REST)
    return {"failures": row.failures + 1, "wanted_at": uow.now + rest}


def _zones(uow: UnitOfWork, staff: Mapping[str, Any]) -> dict[str, ZoneInfo]:
    """Where floating times and whole days of a person are: at their first school."""
    of = {staff_id: next(iter(row.school_ids), "") for staff_id, row in staff.items()}
    schools = people.schools(uow.connection, of.values())
    return {staff_id: schools[school_id].zone for staff_id, school_id in of.items() if school_id in schools}


def _aad(uow: UnitOfWork, calendar_id: str) -> bytes:
    return f"{uow.district}/external_calendar/{calendar_id}".encode()


def _sealed(uow: UnitOfWork, calendar_id: str, secret: Mapping[str, str]) -> dict[str, str]:
    sealed = uow.vault.seal(uow.district, json.dumps(dict(secret)).encode(), aad=_aad(uow, calendar_id))
    found: dict[str, str] = sealed.to_json()
    return found


def _opened(uow: UnitOfWork, row: Any) -> dict[str, str]:
    found: dict[str, str] = json.loads(uow.vault.open(uow.district, row.sealed, aad=_aad(uow, row.calendar_id)))
    return found
