"""Processes, not threads: many on a barrier for one time, and some that are killed around their commit; on both databases."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.scheduling.domain.bookings import Claim, Kind, clash
from services.scheduling.handlers import availability
from services.scheduling.tables import MEETING
from services.scheduling.tables.bookings import TAKEN
from shared.directory import projection
from shared.messaging.tables import OUTBOX
from tests.unit.services.scheduling.scene import World, alert, guardian, on_postgresql, on_sqlite, reply, student

PROCESSES = 4
FAMILIES = 8
RACER = Path(__file__).with_name("bookings_racer.py")
LONG = [{"weekday": "wed", "start": "13:00", "end": "20:00"}]


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    made = (
        on_sqlite(tmp_path)
        if request.param == "sqlite"
        else on_postgresql(request.getfixturevalue("pg_database"), tmp_path)
    ).move_in()
    names = [f"g-{n:02}" for n in range(FAMILIES)]
    with made.unit() as uow:
        availability.set_own(uow, made.ports, "t-alvarez", wanted={"windows": LONG})
        projection.student_enrolled(uow, [student(f"s-{name}", "t-alvarez") for name in names])
        projection.guardian_linked(uow, [guardian(name, f"s-{name}", name, "en", "Ana Rivera") for name in names])
    made.alert(*[alert(f"alert-{name}", f"s-{name}") for name in names])
    yield made
    made.engine.dispose()


def racer(world: World, folder: Path, how: str, *offers: str) -> subprocess.Popen[str]:
    """Started, connected, and waiting to be let go."""
    url = world.engine.url
    where = url.database if url.drivername == "sqlite" else url.render_as_string(hide_password=False)
    command = [sys.executable, str(RACER), str(where), str(folder), how, *offers]
    root = RACER.parents[2]
    made = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root, env={"PYTHONPATH": str(root), "PATH": ""}
    )
    assert made.stdout is not None
    assert made.stdout.readline() == "ready\n"
    return made


def let_go(racers: list[subprocess.Popen[str]]) -> list[str]:
    """What each of them printed."""
    for each in racers:
        assert each.stdin is not None
        each.stdin.write("go\n")
        each.stdin.flush()
    return [word for each in racers for word in each.communicate(timeout=60)[0].split()]


def offer_of(world: World, guardian_id: str) -> str:
    return f"{world.offer_of(guardian_id).data['offer_id']}:{guardian_id}"


def said(world: World, type_: str) -> int:
    with world.engine.begin() as connection:
        keys = connection.execute(sa.select(OUTBOX.c.routing_key)).scalars()
        return sum(f"scheduling.{type_}" in key for key in keys)


def is_sound(world: World) -> bool:
    """A sweep of the tables: nothing overlaps, and what is taken is what the booked meetings need."""
    rows = world.rows(TAKEN)
    claims = [Claim(row.meeting_id, Kind(row.kind), row.resource_id, row.start_at, row.end_at) for row in rows]
    needed = {
        (meeting.meeting_id, kind, person)
        for meeting in world.rows(MEETING)
        if meeting.state == "booked"
        for kind, person in (("staff", meeting.staff_id), ("guardian", meeting.guardian_id))
    }
    return clash(claims) is None and {(row.meeting_id, row.kind, row.resource_id) for row in rows} == needed


def test_processes_on_a_barrier_for_one_time_exactly_one_has_it(world: World, tmp_path: Path):
    offers = [offer_of(world, f"g-{n:02}") for n in range(FAMILIES)]
    share = FAMILIES // PROCESSES
    racers = [racer(world, tmp_path, "book", *offers[n * share : (n + 1) * share]) for n in range(PROCESSES)]
    outcomes = let_go(racers)
    assert sorted(outcomes) == ["again"] * (FAMILIES - 1) + ["booked"]
    assert said(world, "meeting_booked") == 1
    assert is_sound(world)


def test_killed_before_its_commit_nothing_has_happened(world: World, tmp_path: Path):
    died = racer(world, tmp_path, "die before", offer_of(world, "g-00"))
    let_go([died])
    assert died.returncode == -signal.SIGKILL
    assert world.rows(MEETING) == [] and world.rows(TAKEN) == [] and said(world, "meeting_booked") == 0
    assert let_go([racer(world, tmp_path, "book", offer_of(world, "g-01"))]) == ["booked"], "the time is free"


def test_killed_between_commit_and_publish_the_booking_stands_and_is_said_once(world: World, tmp_path: Path):
    offer = offer_of(world, "g-00")
    died = racer(world, tmp_path, "die after", offer)
    assert let_go([died]) == ["booked"]
    assert died.returncode == -signal.SIGKILL
    assert said(world, "meeting_booked") == 1, "it waits for the relay in the same transaction's outbox"
    world.reply(reply(offer.partition(":")[0], "1", "g-00"))  # the family's telephone tries again
    assert said(world, "meeting_booked") == 1 and len(world.rows(MEETING)) == 1
    assert is_sound(world)
