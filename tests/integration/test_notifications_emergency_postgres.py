"""Recall in the middle, expiry, reach and the alarm on PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa

import services.notifications as package
from services.notifications.domain.audience import Audience
from services.notifications.handlers import alerts_out, delivering, emergency
from services.notifications.tables.emergency import SEND_ALARM
from services.translation.catalogue import load
from tests.migrated import upgrade
from tests.unit.services.notifications import world
from tests.unit.services.notifications.emergency.alerts import FAIR, FIRE, OFFICE, House


@pytest.fixture
def house(pg_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    engine = sa.create_engine(pg_database.replace("postgresql://", "postgresql+psycopg://"))
    monkeypatch.setitem(world.CATALOGUE, "announcement.correction", load().wordings["en"]["announcement.correction"].text)
    with engine.begin() as connection:
        upgrade(connection, Path(package.__file__).parent / "migrations")
    district = world.District(tmp_path, engine)
    district.populate()
    made = House(district)
    made.fill(30)
    yield made
    engine.dispose()


def test_a_recall_in_the_middle_corrects_those_who_have_it(house, monkeypatch):
    monkeypatch.setattr(delivering, "BATCH", 10)
    message_id = house.send(replace(FAIR, start_at=house.district.now))
    district = house.district
    while not house.deliveries(message_id) or house.states(message_id)["planned"]:
        district._translate()
        district._due()
    delivering.deliver(district.transaction, district.ports)
    recalled = house.recall(message_id)
    assert (recalled.stopped, recalled.handed_off) == (22, 10)
    district.settle()
    assert house.states(recalled.correction_id) == {"sent": 10}


def test_a_claim_that_is_under_way_counts_as_gone(house, monkeypatch):
    """The recall waits for the worker's claim, then sees what it took."""
    monkeypatch.setattr(delivering, "BATCH", 10)
    message_id = house.send(replace(FAIR, start_at=house.district.now))
    district = house.district
    while not house.deliveries(message_id) or house.states(message_id)["planned"]:
        district._translate()
        district._due()
    with district.transaction() as uow:
        delivering._claim(uow, district.ports)
    recalled = house.recall(message_id)
    assert (recalled.stopped, recalled.handed_off) == (22, 10)


def test_reach_progress_expiry_and_cap_are_counted_the_same_here(house):
    with house.district.transaction() as uow:
        seen = emergency.preview(uow, OFFICE, FIRE)
        few = emergency.preview(uow, OFFICE, replace(FIRE, audience=Audience(students=("s-001",))))
    assert (seen.guardians, dict(seen.languages)) == (32, {"en": 31, "es": 1})
    assert dict(seen.ways) == {"sms": 31, "email": 1, "voice": 31, "none": 0}
    assert few.guardians == 1
    message_id = house.send(FIRE)
    with house.district.transaction() as uow:
        uow.cancel("expand", message_id)
    house.later(hours=5)
    assert [row["fault"] for row in house.district.rows(SEND_ALARM)] == ["nothing"]
    with house.district.transaction() as uow:
        (alert,) = alerts_out.feed(uow, house.district.ports)
    assert alert.identifier == message_id
