"""Calendars on PostgreSQL: each is looked at by one worker at a time, answers and proposals settle once, busy times are replaced."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.scheduling.handlers import booking, calendars_answers, calendars_feeds, calendars_sync
from services.scheduling.store import calendars_elsewhere as store
from services.scheduling.tables import MEETING
from services.scheduling.tables.availability import EXTERNAL_BUSY
from services.scheduling.tables.calendars import CALENDAR_ANSWER, COUNTER, EXTERNAL_CALENDAR
from tests.unit.services.scheduling.scene import NOW, World, alert, on_postgresql
from tests.unit.services.scheduling.test_calendars_answers import file, hear, proposed, reply
from tests.unit.services.scheduling.test_calendars_hostile import HOSTS, ICS, saying, serving


@pytest.fixture
def world(pg_database: str, tmp_path: Path) -> Iterator[World]:
    made = on_postgresql(pg_database, tmp_path).move_in()
    made.ports = replace(made.ports, calendar_hosts=HOSTS)
    yield made
    made.engine.dispose()


def add(world: World, url: str) -> str:
    with world.unit() as uow:
        made = calendars_sync.add(uow, "t-alvarez", kind="ics", url=url)
    assert made is not None
    return made


def meeting(world: World) -> str:
    world.alert(alert())
    offer_id = world.offer_of("g-ana").data["offer_id"]
    with world.unit() as uow:
        ref = booking.book(uow, world.ports, [booking.Answer("k", offer_id, 1, "g-ana", uow.now)])["k"].ref
    assert ref is not None
    return ref


def test_two_workers_never_take_the_same_calendar(world: World):
    for _ in range(4):
        add(world, "https://dav.example.org/")
    taken: list[list[str]] = []
    together = threading.Barrier(2)

    def worker() -> None:
        with world.unit() as uow:
            together.wait(30)
            found = [row.calendar_id for row in store.claim(uow.connection, uow.now, most=3)]
            together.wait(30)
            taken.append(found)

    threads = [threading.Thread(target=worker) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    first, second = taken
    assert first and second and not set(first) & set(second)


def test_busy_times_are_read_and_replaced_as_a_whole(world: World):
    with serving(saying(ICS)) as url:
        calendar_id = add(world, url)
        assert calendars_sync.look_at_calendars(world.unit, world.ports) == 1
    [row] = world.rows(EXTERNAL_BUSY)
    assert (row.start_at, row.end_at) == (datetime(2026, 10, 5, 16, tzinfo=UTC), datetime(2026, 10, 5, 17, tzinfo=UTC))
    later = datetime(2026, 10, 6, 9, tzinfo=UTC)
    with world.unit() as uow:
        store.replace_busy(uow.connection, "t-alvarez", calendar_id, [(later, later + timedelta(hours=1))])
    assert [row.start_at for row in world.rows(EXTERNAL_BUSY)] == [later]
    with world.unit() as uow:
        store.forget(uow.connection, calendar_id)
    assert world.rows(EXTERNAL_BUSY) == world.rows(EXTERNAL_CALENDAR) == []


def test_answers_keep_the_last_word_and_a_proposal_settles_once(world: World):
    meeting_id = meeting(world)
    hear(world, reply(meeting_id, file(meeting_id, said_="TENTATIVE")))
    hear(world, reply(meeting_id, file(meeting_id, at=NOW - timedelta(minutes=1))))
    assert [row.partstat for row in world.rows(CALENDAR_ANSWER)] == ["tentative"]
    wanted = datetime(2026, 10, 15, 22, 0, tzinfo=UTC)
    event = reply(meeting_id, file(meeting_id, "COUNTER", more=proposed(wanted)))
    hear(world, event)
    hear(world, event)
    [row] = world.rows(COUNTER)
    with world.unit() as uow:
        assert calendars_answers.accept(uow, world.ports, "t-alvarez", row.counter_id) == "booked"
    assert [row.start_at for row in world.rows(MEETING)] == [wanted] and len(world.events("time_proposed")) == 1


def test_a_feed_says_the_same_on_both_databases(world: World):
    meeting(world)
    with world.unit() as uow:
        link = calendars_feeds.renew(uow, world.ports, "staff", "t-alvarez")
        assert calendars_feeds.link_of(uow, world.ports, "staff", "t-alvarez") == link
        feed_id = world.ports.links.read(link.rpartition("/")[2].removesuffix(".ics"), uow.now, purpose="feed").resource
        found = calendars_feeds.read(uow, feed_id)
    assert found is not None and found.text.count("BEGIN:VEVENT") == 1
