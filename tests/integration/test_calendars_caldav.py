"""A teacher's own calendar on real CalDAV servers: our meetings stand there once, its busy times are known here."""

from __future__ import annotations

import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import icalendar
import pytest
import requests
import sqlalchemy as sa

from services.scheduling.elsewhere import dav
from services.scheduling.elsewhere.http import Client, split
from services.scheduling.handlers import booking, calendars_sync
from services.scheduling.store import calendars_elsewhere as store
from services.scheduling.tables import MEETING
from services.scheduling.tables.availability import EXTERNAL_BUSY
from services.scheduling.tables.calendars import CALENDAR_COPY, EXTERNAL_CALENDAR
from shared.clock import monotonic
from tests.unit.services.scheduling.scene import DISTRICT, World, alert, on_sqlite

HOSTS = frozenset({"127.0.0.1"})
USER, PASSWORD = "elena", "päss wörd:1"
NEVER = threading.Event()


@dataclass(frozen=True)
class Server:
    """A CalDAV server and the address that a teacher would type."""

    name: str
    url: str
    calendar: str

    def session(self) -> requests.Session:
        made = requests.Session()
        if self.name == "radicale":
            made.auth = (USER.encode(), PASSWORD.encode())
        return made

    def files(self) -> list[icalendar.Calendar]:
        client = Client(HOSTS, USER, PASSWORD, split(self.calendar).netloc)
        found = dav.events(client, self.calendar, datetime(2026, 9, 1, tzinfo=UTC), datetime(2027, 9, 1, tzinfo=UTC))
        return [icalendar.Calendar.from_ical(item.data) for item in found]

    def put(self, name: str, *lines: str) -> None:
        text = "\r\n".join(["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//t//t", *lines, "END:VCALENDAR", ""])
        answer = self.session().put(
            f"{self.calendar}{name}.ics", data=text.encode(), headers={"Content-Type": "text/calendar"}, timeout=20
        )
        assert answer.status_code in (200, 201, 204), answer.text

    def event(self, name: str, *lines: str) -> None:
        self.put(
            name, "BEGIN:VEVENT", f"UID:{name}", "DTSTAMP:20260901T000000Z", "SUMMARY:private", *lines, "END:VEVENT"
        )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def answers(port: int, process: subprocess.Popen[bytes]) -> None:
    until = monotonic() + 60
    while monotonic() < until:
        assert process.poll() is None, "the server has ended"
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            NEVER.wait(0.05)
    raise AssertionError("the server does not answer")


@pytest.fixture(scope="module", params=["radicale", "xandikos"])
def server(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder, port = tmp_path_factory.mktemp(request.param), free_port()
    binaries = Path(sys.executable).parent
    if request.param == "radicale":
        (folder / "users").write_text(f"{USER}:{PASSWORD}\n", encoding="utf-8")
        (folder / "config").write_text(
            f"[server]\nhosts = 127.0.0.1:{port}\n[auth]\ntype = htpasswd\nhtpasswd_filename = {folder / 'users'}\n"
            f"htpasswd_encryption = plain\ndelay = 0\n[storage]\nfilesystem_folder = {folder / 'data'}\n",
            encoding="utf-8",
        )
        command = [str(binaries / "radicale"), "--config", str(folder / "config")]
        url, calendar = f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}/{USER}/school/"
    else:
        command = [
            str(binaries / "xandikos"),
            "serve",
            "-d",
            str(folder),
            "--defaults",
            "-l",
            "127.0.0.1",
            "-p",
            str(port),
        ]
        url, calendar = f"http://127.0.0.1:{port}/", f"http://127.0.0.1:{port}/user/calendars/calendar/"
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            answers(port, process)
            made = Server(request.param, url, calendar)
            if request.param == "radicale":
                answer = made.session().request("MKCALENDAR", calendar, timeout=20)
                assert answer.status_code == 201, answer.text
            yield made
        finally:
            process.terminate()


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = on_sqlite(tmp_path).move_in()
    made.ports = replace(made.ports, calendar_hosts=HOSTS)
    yield made
    made.engine.dispose()


@pytest.fixture
def clean(server: Server) -> Server:
    """The calendar, empty."""
    client = Client(HOSTS, USER, PASSWORD, split(server.calendar).netloc)
    for item in dav.events(client, server.calendar, datetime(2020, 1, 1, tzinfo=UTC), datetime(2035, 1, 1, tzinfo=UTC)):
        dav.delete(client, item.href)
    return server


def add(world: World, url: str, *, kind: str = "caldav", password: str = PASSWORD) -> str:
    with world.unit() as uow:
        made = calendars_sync.add(
            uow, "t-alvarez", kind=kind, url=url, user=USER if kind == "caldav" else "", password=password
        )
    assert made is not None
    return made


def look(world: World) -> Any:
    """One look, made due; the calendar's row afterwards."""
    with world.unit() as uow:
        for row in store.of_staff(uow.connection, "t-alvarez"):
            store.change(uow.connection, row.calendar_id, "t-alvarez", {"wanted_at": uow.now})
    calendars_sync.look_at_calendars(world.unit, world.ports)
    return (world.rows(EXTERNAL_CALENDAR) or [None])[0]


def book(world: World, n: int = 1) -> str:
    world.alert(alert())
    offer = world.offer_of("g-ana")
    with world.unit() as uow:
        answer = booking.Answer("k", offer.data["offer_id"], n, "g-ana", uow.now)
        ref = booking.book(uow, world.ports, [answer])["k"].ref
    assert ref is not None
    return ref


def busy(world: World) -> list[tuple[datetime, datetime]]:
    return sorted((row.start_at, row.end_at) for row in world.rows(EXTERNAL_BUSY))


@pytest.mark.parametrize("typed", ["url", "calendar"])
def test_a_meeting_stands_in_the_teacher_s_calendar_once_however_often_we_look(world: World, clean: Server, typed: str):
    meeting_id = book(world)
    add(world, getattr(clean, typed))
    for _ in range(3):
        assert look(world).state == "ok"
    [found] = clean.files()
    [event] = found.walk("VEVENT")
    assert (
        str(event["UID"]) == f"{meeting_id}@{DISTRICT}.homeroom" and "METHOD" not in found and "ATTENDEE" not in event
    )
    assert "Rivera" not in found.to_ical().decode(), "others may see into a teacher's calendar"
    assert busy(world) == [], "our own meeting does not block its own time"


def test_a_meeting_that_moves_moves_there_and_one_that_is_off_is_taken_out(world: World, clean: Server):
    meeting_id = book(world)
    add(world, clean.calendar)
    look(world)
    with world.unit() as uow:
        start = datetime(2026, 10, 14, 20, 30, tzinfo=UTC)
        assert (
            booking.move(uow, world.ports, meeting_id, start=start, end=start + timedelta(minutes=20)).outcome
            == "booked"
        )
    look(world)
    [event] = clean.files()[0].walk("VEVENT")
    assert event["DTSTART"].dt == start and event["SEQUENCE"] == 1
    with world.unit() as uow:
        booking.cancel(uow, [meeting_id], by="staff")
    look(world)
    assert clean.files() == [] and world.rows(CALENDAR_COPY) == []


def test_a_meeting_that_another_teacher_takes_over_leaves_the_first_one_s_calendar(world: World, clean: Server):
    meeting_id = book(world)
    add(world, clean.calendar)
    look(world)
    with world.unit() as uow:
        uow.connection.execute(sa.update(MEETING).where(MEETING.c.meeting_id == meeting_id).values(staff_id="t-okafor"))
    look(world)
    assert clean.files() == [] and world.rows(CALENDAR_COPY) == []


def test_a_calendar_with_hundreds_of_entries_is_read(world: World, clean: Server):
    for n in range(60):
        clean.event(
            f"e-{n}", f"DTSTART:202610{n % 20 + 5:02d}T{n % 23:02d}0000Z", "DURATION:PT15M", f"DESCRIPTION:{'x' * 600}"
        )
    add(world, clean.calendar)
    assert look(world).state == "ok" and len(busy(world)) == 60


def test_a_meeting_somebody_else_edited_or_deleted_there_is_ours_again(world: World, clean: Server):
    meeting_id = book(world)
    add(world, clean.calendar)
    look(world)
    clean.session().delete(f"{clean.calendar}{meeting_id}.ics", timeout=20)
    with world.unit() as uow:
        start = datetime(2026, 10, 14, 20, 30, tzinfo=UTC)
        booking.move(uow, world.ports, meeting_id, start=start, end=start + timedelta(minutes=20))
    assert look(world).state == "ok"
    assert [event["DTSTART"].dt for file in clean.files() for event in file.walk("VEVENT")] == [start]


def test_a_lost_record_of_what_was_written_makes_no_second_copy(world: World, clean: Server):
    book(world)
    calendar_id = add(world, clean.calendar)
    look(world)
    with world.unit() as uow:
        store.forget_copies(
            uow.connection,
            calendar_id,
            [row.meeting_id for row in store.copies(uow.connection, [calendar_id])[calendar_id]],
        )
    assert look(world).state == "ok"
    assert len(clean.files()) == 1


def test_busy_times_are_read_with_repetitions_over_the_change_of_clocks(world: World, clean: Server):
    clean.event("weekly", "DTSTART;TZID=America/Chicago:20261027T160000", "DURATION:PT30M", "RRULE:FREQ=WEEKLY;COUNT=2")
    clean.event("free", "DTSTART:20261005T160000Z", "DTEND:20261005T170000Z", "TRANSP:TRANSPARENT")
    clean.event("day", "DTSTART;VALUE=DATE:20261012")
    add(world, clean.calendar)
    assert look(world).state == "ok"
    assert [(a.isoformat()[:16], b.isoformat()[:16]) for a, b in busy(world)] == [
        ("2026-10-12T05:00", "2026-10-13T05:00"),
        ("2026-10-27T21:00", "2026-10-27T21:30"),
        ("2026-11-03T22:00", "2026-11-03T22:30"),
    ]
    clean.session().delete(f"{clean.calendar}day.ics", timeout=20)
    look(world)
    assert len(busy(world)) == 2, "a change there is seen"


def test_an_unchanged_calendar_is_not_read_again(world: World, clean: Server, monkeypatch: pytest.MonkeyPatch):
    clean.event("one", "DTSTART:20261005T160000Z", "DTEND:20261005T170000Z")
    add(world, clean.calendar)
    look(world)

    def never(*_: object) -> list[dav.Item]:
        raise AssertionError("read again")

    monkeypatch.setattr(dav, "events", never)
    assert look(world).state == "ok" and len(busy(world)) == 1


def test_taking_the_calendar_off_takes_our_meetings_out_and_forgets_what_it_said(world: World, clean: Server):
    clean.event("one", "DTSTART:20261005T160000Z", "DTEND:20261005T170000Z")
    book(world)
    calendar_id = add(world, clean.calendar)
    look(world)
    assert len(clean.files()) == 2 and busy(world)
    with world.unit() as uow:
        assert not calendars_sync.take_off(uow, "t-okafor", calendar_id), "only by its owner"
        assert calendars_sync.take_off(uow, "t-alvarez", calendar_id)
    calendars_sync.look_at_calendars(world.unit, world.ports)
    assert len(clean.files()) == 1 and busy(world) == [] and world.rows(EXTERNAL_CALENDAR) == []
