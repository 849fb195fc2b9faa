"""Many at once for one time: exactly one has it, every other is offered the next three; on both databases."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.scheduling.domain.bookings import Claim, Kind
from services.scheduling.domain.windows import Interval
from services.scheduling.handlers import availability
from services.scheduling.store import bookings
from services.scheduling.tables import MEETING, METADATA
from services.scheduling.tables.bookings import TAKEN
from shared.directory import projection
from shared.tenancy.migrate import differences, upgrade
from tests.unit.services.scheduling.scene import (
    MIGRATIONS,
    World,
    alert,
    guardian,
    on_postgresql,
    on_sqlite,
    reply,
    student,
)

FAMILIES = 12
LONG_WEDNESDAY = [{"weekday": "wed", "start": "13:00", "end": "20:00"}]


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    made = (
        on_sqlite(tmp_path)
        if request.param == "sqlite"
        else on_postgresql(request.getfixturevalue("pg_database"), tmp_path)
    )
    yield made.move_in()
    made.engine.dispose()


@pytest.fixture
def crowd(world: World) -> list[str]:
    """Guardians of one class, all of them offered the same three times."""
    names = [f"g-{n:02}" for n in range(FAMILIES)]
    with world.unit() as uow:
        availability.set_own(uow, world.ports, "t-alvarez", wanted={"windows": LONG_WEDNESDAY})
        projection.student_enrolled(uow, [student(f"s-{name}", "t-alvarez") for name in names])
        projection.guardian_linked(uow, [guardian(name, f"s-{name}", name, "en", "Ana Rivera") for name in names])
    world.alert(*[alert(f"alert-{name}", f"s-{name}") for name in names])
    return names


def all_at_once(world: World, guardians: list[str], text: str = "2") -> None:
    """Each reply in a transaction and a thread of its own, let go together."""
    barrier = threading.Barrier(len(guardians))
    events = [reply(world.offer_of(name).data["offer_id"], text, name) for name in guardians]

    def one(event):
        barrier.wait(timeout=30)
        world.reply(event)

    with ThreadPoolExecutor(len(guardians)) as pool:
        list(pool.map(one, events))


def overlaps(world: World) -> list[tuple[str, str]]:
    """Pairs of booked meetings that share a teacher or a guardian and overlap: found by looking, not by constraints."""
    rows = [row for row in world.rows(MEETING) if row.state == "booked"]
    return [
        (a.meeting_id, b.meeting_id)
        for i, a in enumerate(rows)
        for b in rows[i + 1 :]
        if (a.staff_id == b.staff_id or a.guardian_id == b.guardian_id)
        and Interval(a.start_at, a.end_at).overlaps(Interval(b.start_at, b.end_at))
    ]


def test_one_wins_and_every_other_is_offered_the_next_three(world: World, crowd: list[str]):
    wanted = {name: world.offer_of(name).data["slots"][1]["start"] for name in crowd}
    assert len(set(wanted.values())) == 1

    all_at_once(world, crowd)

    [booked] = world.events("meeting_booked")
    again = [event for event in world.events("meeting_offered") if event.data["again"]]
    losers = set(crowd) - {booked.data["guardian_id"]}
    assert {event.data["guardian_id"] for event in again} == losers and len(again) == len(losers)
    for event in again:
        times = [slot["start"] for slot in event.data["slots"]]
        assert len(times) == 3 and booked.data["start"] not in times


def test_round_after_round_everybody_gets_a_time_and_nobody_shares_one(world: World, crowd: list[str]):
    for _ in range(FAMILIES):
        waiting = sorted(set(crowd) - {event.data["guardian_id"] for event in world.events("meeting_booked")})
        if not waiting:
            break
        all_at_once(world, waiting, "1")
    assert {event.data["guardian_id"] for event in world.events("meeting_booked")} == set(crowd)
    assert overlaps(world) == []


def test_without_any_look_beforehand_the_database_still_lets_one_in(world: World):
    """The constraint alone, no locks: threads write overlapping times blindly."""
    start = world.clock.now().replace(minute=0, second=0, microsecond=0)
    barrier = threading.Barrier(8)

    def insert(n: int) -> bool:
        at = start + timedelta(minutes=5 * (n % 3))  # not the same minutes: overlapping is enough
        claim = Claim(f"m-{n}", Kind.STAFF, "t-alvarez", at, at + timedelta(minutes=20))
        barrier.wait(timeout=30)
        with world.unit() as uow:
            return not bookings.occupy(uow.connection, [claim])

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(insert, range(8))) == 1
    assert len(world.rows(TAKEN)) == 1


def test_the_migrations_make_what_the_code_expects(world: World):
    with world.engine.begin() as connection:
        upgrade(connection, MIGRATIONS)
        assert differences(connection, METADATA) == []
        if connection.dialect.name == "postgresql":
            kinds = connection.execute(sa.text("SELECT count(*) FROM pg_constraint WHERE contype = 'x'")).scalar()
            assert kinds == 1
