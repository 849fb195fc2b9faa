"""One look at a calendar elsewhere, outside any transaction: our meetings are written into it, busy times read from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from services.scheduling.calendars.component import Fault, Unreadable
from services.scheduling.calendars.several import Request
from services.scheduling.elsewhere import apart, dav
from services.scheduling.elsewhere.http import Answer, Client, Failed, Trouble, split

Intervals = tuple[tuple[datetime, datetime], ...]


@dataclass(frozen=True)
class Meeting:
    """One of ours as it shall stand there."""

    sequence: int
    ics: str = field(repr=False)


@dataclass(frozen=True)
class Copy:
    """One of ours as it was last written."""

    sequence: int
    href: str
    etag: str | None


@dataclass(frozen=True)
class Job:
    """What to do. `mark`: of what was last read, None to read in any case. `leaving`: take out what is ours and read nothing."""

    calendar_id: str
    staff_id: str
    kind: str
    url: str = field(repr=False)
    user: str = field(repr=False)
    password: str = field(repr=False)
    zone: ZoneInfo
    mark: str | None
    start: datetime
    until: datetime
    ours: str
    leaving: bool = False
    wanted: Mapping[str, Meeting] = field(default_factory=dict)
    copies: Mapping[str, Copy] = field(default_factory=dict)
    off: frozenset[str] = frozenset()


@dataclass
class Outcome:
    """What came of it. `busy` None: as it was. What was written before something went wrong is in it all the same."""

    trouble: Trouble | None = None
    busy: Intervals | None = None
    notes: tuple[tuple[str, int], ...] = ()
    mark: str | None = None
    url: str | None = field(default=None, repr=False)
    written: dict[str, Copy] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)


def look(job: Job, *, hosts: frozenset[str]) -> Outcome:
    """Never raises for what the other side does."""
    outcome = Outcome(mark=job.mark)
    try:
        client = Client(hosts, job.user, job.password, split(job.url).netloc)
        if job.kind == "ics":
            _subscribed(client, job, outcome)
        else:
            _account(client, job, outcome)
    except Failed as failed:
        outcome.trouble = failed.trouble
    except Unreadable as error:
        outcome.trouble = Trouble.TOO_LARGE if error.fault is Fault.TOO_LARGE else Trouble.NOT_A_CALENDAR
    return outcome


def _subscribed(client: Client, job: Job, outcome: Outcome) -> None:
    if job.leaving:
        return
    known = {"If_None_Match": job.mark} if job.mark else {}
    answer = client.call("GET", job.url, **known)
    if answer.status == 304:
        return
    _good(answer)
    found = apart.read(_request(job, [answer.body.decode("utf-8-sig", "replace")]))
    outcome.busy, outcome.notes, outcome.mark = found.intervals, found.notes, answer.headers.get("etag")


def _good(answer: Answer) -> None:
    if answer.status in (401, 403):
        raise Failed(Trouble.REFUSED)
    if answer.status in (404, 410):
        raise Failed(Trouble.GONE)
    if answer.status != 200:
        raise Failed(Trouble.UNREACHABLE)


def _account(client: Client, job: Job, outcome: Outcome) -> None:
    url = dav.discover(client, job.url) if job.mark is None and not job.leaving else job.url
    outcome.url = url
    _write(client, job, url, outcome)
    if job.leaving:
        return
    mark = dav.mark(client, url)
    if mark is not None and mark == job.mark:
        return
    _read(client, job, url, outcome)
    outcome.mark = mark


def _write(client: Client, job: Job, url: str, outcome: Outcome) -> None:
    """Only what differs from what stands there: the same look twice writes nothing."""
    for meeting_id in sorted(job.copies.keys() & job.off):
        dav.delete(client, job.copies[meeting_id].href)
        outcome.removed.add(meeting_id)
    for meeting_id, meeting in sorted(job.wanted.items()):
        had = job.copies.get(meeting_id)
        if had is not None and had.sequence == meeting.sequence:
            continue
        href = had.href if had is not None else urljoin(url.rstrip("/") + "/", f"{meeting_id}.ics")
        etag = dav.put(client, href, meeting.ics, etag=had.etag if had else None, known=had is not None)
        outcome.written[meeting_id] = Copy(meeting.sequence, href, etag)


def _read(client: Client, job: Job, url: str, outcome: Outcome) -> None:
    items = dav.events(client, url, job.start, job.until)
    found = apart.read(_request(job, [item.data for item in items]))
    outcome.busy, outcome.notes = found.intervals, found.notes


def _request(job: Job, items: list[str]) -> Request:
    return Request(items, job.zone, job.start, job.until, job.ours)
