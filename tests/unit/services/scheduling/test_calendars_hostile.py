"""Calendars elsewhere that answer garbage, too much, too slowly or from inside: a clear state, and busy times as they were."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
import sqlalchemy as sa

from services.scheduling.elsewhere import http
from services.scheduling.elsewhere.http import Client, Failed, Trouble
from services.scheduling.handlers import calendars_sync
from services.scheduling.store import calendars_elsewhere as store
from services.scheduling.tables.availability import EXTERNAL_BUSY
from services.scheduling.tables.calendars import EXTERNAL_CALENDAR
from shared.directory.projection import STAFF
from tests.unit.services.scheduling.scene import NOW, World

HOSTS = frozenset({"127.0.0.1"})
ICS = (
    b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20261005T160000Z\r\nDTEND:20261005T170000Z\r\n"
    b"END:VEVENT\r\nEND:VCALENDAR\r\n"
)
LAUGHS = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;">]>'
    b'<d:multistatus xmlns:d="DAV:"><d:response><d:href>&c;</d:href></d:response></d:multistatus>'
)
Answering = Callable[[BaseHTTPRequestHandler], None]


@contextmanager
def serving(answer: Answering) -> Iterator[str]:
    """A server of our own on loopback that answers everything so."""

    class Handler(BaseHTTPRequestHandler):
        def _any(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer(self)

        do_GET = do_PROPFIND = do_REPORT = do_PUT = do_DELETE = _any

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/calendar.ics"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def saying(body: bytes, status: int = 200, **headers: str) -> Answering:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(status)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def dripping(stop: threading.Event) -> Answering:
    """An answer that never ends, a byte at a time."""

    def answer(handler: BaseHTTPRequestHandler) -> None:
        handler.send_response(200)
        handler.end_headers()
        try:
            while not stop.wait(0.02):
                handler.wfile.write(b"x" * http._CHUNK)
        except OSError:
            pass

    return answer


@pytest.fixture
def open_world(world: World) -> World:
    world.ports = replace(world.ports, calendar_hosts=HOSTS)
    return world


def add(world: World, url: str, *, kind: str = "ics") -> str:
    with world.unit() as uow:
        made = calendars_sync.add(uow, "t-alvarez", kind=kind, url=url)
    assert made is not None
    return made


def look(world: World) -> Any:
    with world.unit() as uow:
        for row in store.of_staff(uow.connection, "t-alvarez"):
            store.change(uow.connection, row.calendar_id, "t-alvarez", {"wanted_at": uow.now, "mark": None})
    assert calendars_sync.look_at_calendars(world.unit, world.ports) == 1
    [row] = world.rows(EXTERNAL_CALENDAR)
    return row


def point(world: World, calendar_id: str, url: str) -> None:
    """The same calendar answers from elsewhere now."""
    with world.unit() as uow:
        sealed = calendars_sync._sealed(uow, calendar_id, {"url": url, "user": "", "password": ""})
        store.change(uow.connection, calendar_id, "t-alvarez", {"sealed": sealed})


@pytest.mark.parametrize(
    ("answer", "kind", "trouble"),
    [
        (saying(b"<html>Sign in</html>"), "ics", Trouble.NOT_A_CALENDAR),
        (saying(ICS[:-20]), "ics", Trouble.NOT_A_CALENDAR),
        (saying(b"x" * (http.LARGEST + 10)), "ics", Trouble.TOO_LARGE),
        (saying(b"", 401), "ics", Trouble.REFUSED),
        (saying(b"", 404), "ics", Trouble.GONE),
        (saying(b"", 503), "ics", Trouble.UNREACHABLE),
        (saying(b"", 302, Location="http://169.254.169.254/latest/meta-data"), "ics", Trouble.ADDRESS),
        (saying(b"", 302, Location="https://localhost/"), "ics", Trouble.ADDRESS),
        (saying(b"", 302, Location="/calendar.ics"), "ics", Trouble.UNREACHABLE),
        (saying(b"", 302, Location="file:///etc/passwd"), "ics", Trouble.ADDRESS),
        (saying(LAUGHS, 207), "caldav", Trouble.NOT_A_CALENDAR),
        (saying(b"not xml at all", 207), "caldav", Trouble.NOT_A_CALENDAR),
        (saying(b"<a/>", 207), "caldav", Trouble.NOT_A_CALENDAR),
        (saying(b"", 401), "caldav", Trouble.REFUSED),
        (saying(b"nonsense", 200), "caldav", Trouble.NOT_A_CALENDAR),
    ],
)
def test_what_goes_wrong_is_said_and_busy_times_stay_as_they_were(
    open_world: World, answer: Answering, kind: str, trouble: Trouble
):
    with serving(saying(ICS)) as good, serving(answer) as bad:
        calendar_id = add(open_world, good)
        assert look(open_world).state == "ok"
        point(open_world, calendar_id, bad)
        with open_world.unit() as uow:
            store.change(uow.connection, calendar_id, "t-alvarez", {"kind": kind})
        row = look(open_world)
    assert (row.state, row.failures, row.claimed_until) == (trouble.value, 1, None)
    assert row.wanted_at > NOW, "it is tried again, later"
    assert len(open_world.rows(EXTERNAL_BUSY)) == 1


def test_an_answer_that_never_ends_is_cut_off(open_world: World):
    stop = threading.Event()
    with serving(dripping(stop)) as url:
        add(open_world, url)
        assert look(open_world).state == "too_large"
        stop.set()


def test_a_server_that_says_nothing_is_not_waited_for(open_world: World, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(http, "READ_S", 0.3)
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        add(open_world, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        assert look(open_world).state == "slow"


def test_a_server_that_is_not_there_is_unreachable_and_rests_longer_each_time(open_world: World):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    add(open_world, f"http://127.0.0.1:{port}/")
    rests = []
    for _ in range(7):
        row = look(open_world)
        assert row.state == "unreachable"
        rests.append(row.wanted_at - open_world.clock.now())
    assert rests == sorted(rests) and rests[0] == timedelta(hours=1) and rests[-1] == timedelta(hours=24)


@pytest.mark.parametrize(
    "url",
    [
        "http://calendar.example.org/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://10.0.0.7/",
        "https://[::ffff:192.168.1.1]/",
        "https://169.254.169.254/",
        "https://0.0.0.0/",
        "https://user:pass@example.org/",
        "ftp://example.org/",
        "https:///nowhere",
        "https://example.org:99999/",
    ],
)
def test_an_address_inside_is_never_called(url: str):
    with pytest.raises(Failed) as told:
        Client().call("GET", url)
    assert told.value.trouble is Trouble.ADDRESS


def test_a_name_that_leads_inside_is_never_called(monkeypatch: pytest.MonkeyPatch):
    inside = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("8.8.8.8", 443)),
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("10.1.2.3", 443)),
    ]
    monkeypatch.setattr(http.socket, "getaddrinfo", lambda *_, **__: inside)
    with pytest.raises(Failed) as told:
        Client().call("GET", "https://calendar.example.org/")
    assert told.value.trouble is Trouble.ADDRESS


def test_a_password_goes_to_its_own_server_alone():
    heard: list[str | None] = []

    def other(handler: BaseHTTPRequestHandler) -> None:
        heard.append(handler.headers.get("Authorization"))
        saying(ICS)(handler)

    with serving(other) as there, serving(saying(b"", 302, Location=there)) as here:
        client = Client(HOSTS, "elena", "secret", http.split(here).netloc)
        assert client.call("GET", here).status == 200
        assert heard == [None]
        assert Client(HOSTS, "elena", "secret", http.split(there).netloc).call("GET", there).status == 200
        assert heard[1] is not None


def test_the_address_and_password_are_sealed_where_they_are_kept(open_world: World):
    with open_world.unit() as uow:
        calendars_sync.add(
            uow, "t-alvarez", kind="caldav", url="https://dav.example.org/secret-token/", user="elena", password="hush"
        )
    [row] = open_world.rows(EXTERNAL_CALENDAR)
    assert row.host == "dav.example.org"
    assert not [word for word in ("secret-token", "elena", "hush") if word in str(row)]
    assert "hush" not in repr(Client(HOSTS, "elena", "hush")) and "elena" not in repr(Client(HOSTS, "elena", "hush"))


def test_a_calendar_without_end_and_with_odd_lines_is_read_and_what_is_odd_is_told(open_world: World):
    odd = ICS.replace(b"END:VEVENT", b"RRULE:FREQ=SECONDLY\r\nno line\r\nEND:VEVENT").replace(
        b"END:VCALENDAR",
        b"BEGIN:VEVENT\r\nUID:2\r\nDTSTART:19700101T000000Z\r\nDURATION:PT1H\r\nRRULE:FREQ=DAILY\r\nEND:VEVENT\r\nEND:VCALENDAR",
    )
    with serving(saying(odd)) as url:
        add(open_world, url)
        row = look(open_world)
    assert row.state == "ok" and dict(map(tuple, row.notes)) == {"line": 1, "too_often": 1}
    found = open_world.rows(EXTERNAL_BUSY)
    assert len(found) > 100 and max(each.end_at for each in found) <= row.read_until


def test_an_unchanged_file_is_not_sent_again(open_world: World):
    asked: list[str | None] = []

    def answer(handler: BaseHTTPRequestHandler) -> None:
        asked.append(handler.headers.get("If-None-Match"))
        (saying(b"", 304) if asked[-1] == '"v1"' else saying(ICS, ETag='"v1"'))(handler)

    with serving(answer) as url:
        add(open_world, url)
        look(open_world)
        with open_world.unit() as uow:
            [row] = store.of_staff(uow.connection, "t-alvarez")
            store.change(uow.connection, row.calendar_id, "t-alvarez", {"wanted_at": uow.now})
        calendars_sync.look_at_calendars(open_world.unit, open_world.ports)
    [row] = open_world.rows(EXTERNAL_CALENDAR)
    assert asked == [None, '"v1"'] and row.state == "ok" and len(open_world.rows(EXTERNAL_BUSY)) == 1


def test_nobody_looks_at_a_calendar_that_somebody_else_is_looking_at(open_world: World):
    add(open_world, "http://127.0.0.1:1/")
    with open_world.unit() as uow:
        assert len(store.claim(uow.connection, uow.now, most=5)) == 1
        assert store.claim(uow.connection, uow.now, most=5) == []
    open_world.clock.advance_to(NOW + store.LEASE + timedelta(seconds=1))
    with open_world.unit() as uow:
        assert len(store.claim(uow.connection, uow.now, most=5)) == 1, "whoever had it has died"


def test_one_person_has_no_more_calendars_than_anybody_needs(open_world: World):
    for _ in range(calendars_sync.MOST):
        add(open_world, "https://dav.example.org/")
    with open_world.unit() as uow:
        assert calendars_sync.add(uow, "t-alvarez", kind="ics", url="https://dav.example.org/") is None


def test_times_read_are_instants_in_utc(open_world: World):
    with serving(saying(ICS)) as url:
        add(open_world, url)
        look(open_world)
    [row] = open_world.rows(EXTERNAL_BUSY)
    assert (row.start_at, row.end_at) == (datetime(2026, 10, 5, 16, tzinfo=UTC), datetime(2026, 10, 5, 17, tzinfo=UTC))


def test_the_calendar_of_somebody_who_has_left_is_forgotten(open_world: World):
    with serving(saying(ICS)) as url:
        add(open_world, url)
        look(open_world)
        with open_world.unit() as uow:
            uow.connection.execute(sa.update(STAFF).values(active=False))
            [row] = store.of_staff(uow.connection, "t-alvarez")
            store.change(uow.connection, row.calendar_id, "t-alvarez", {"wanted_at": uow.now})
        calendars_sync.look_at_calendars(open_world.unit, open_world.ports)
    assert open_world.rows(EXTERNAL_CALENDAR) == open_world.rows(EXTERNAL_BUSY) == []
