"""Counts, reports and repair on PostgreSQL, as the migrations make its tables."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import services.notifications as package
from services.notifications.domain.figures import Homes
from services.notifications.handlers import reporting
from services.notifications.reports.verb import tell
from services.notifications.store import repair
from services.notifications.tables.reach import REACH_RUN, REACH_TALLY, REPAIR
from tests.migrated import upgrade
from tests.unit.services.notifications.reach.reachhouse import ReachHouse
from tests.unit.services.notifications.reach.reachsite import ReachSite


@pytest.fixture
def house(pg_database: str, tmp_path: Path) -> Iterator[ReachHouse]:
    engine = sa.create_engine(pg_database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        upgrade(connection, Path(package.__file__).parent / "migrations")
    made = ReachHouse(engine, tmp_path)
    made.school("greenview", "Greenview")
    made.school("northgate", "Northgate")
    yield made
    engine.dispose()


def _peopled(house: ReachHouse) -> ReachHouse:
    for n in range(24):
        house.family(f"g-{n}", language="so" if n < 12 else "en", school="greenview" if n < 18 else "northgate")
        house.send(f"g-{n}", channel="sms" if n % 2 else "email", state="delivered" if n % 2 else "sent")
    house.family("g-ana", email=None)
    house.pass_time(hours=1)
    for n in range(6):
        house.reply(f"g-{n}")
    house.note("s-g-1-greenview", "positive")
    house.send("g-1", catalogue_key="alert.early")
    house.send("g-1", catalogue_key=None, sender_id="t-1", personal=True)
    house.put("letter", {"letter_id": "d-x", "guardian_id": "g-2", "school_id": "greenview", "language": "en", "queued_at": house.now})
    return house


def test_a_report_its_past_and_its_rows(house: ReachHouse) -> None:
    _peopled(house)
    house.count(far=True)
    with house.transaction() as uow:
        before = tell(uow, as_of=house.now)
    assert before.report.lines[0].figures is not None
    assert house.tally().all_homes() == Homes(25, 24, 24, 6)
    house.pass_time(minutes=5)
    house.reply("g-20")
    house.becomes("d-1", "failed")
    house.count(far=True)
    assert house.tally().all_homes().replied == 7
    with house.transaction() as uow:
        uow.connection.execute(sa.delete(REACH_TALLY))
        assert tell(uow, as_of=before.report.as_of).payload == before.payload
    office = ReachSite(house).as_("office", "greenview")
    for figure in ("reach", "reply", "answer_hours", "balance", "alert_lead", "letters", "unreached"):
        assert office.get(f"/notifications/reach/rows?figure={figure}").status_code == 200
    assert office.get("/notifications/reach").status_code == 200


def test_the_repair_list_and_its_students(house: ReachHouse) -> None:
    _peopled(house).count(far=True)
    assert [(row["guardian_id"], row["reason"]) for row in house.rows(REPAIR)] == [("g-ana", "no_contact")]
    with house.transaction() as uow:
        without = repair.students_without(uow.connection, ["greenview"])
    assert [row["student_id"] for row in without] == ["s-g-ana-greenview"]
    assert "Ana Rivera" in ReachSite(house).as_("office", "greenview").get("/notifications/repair").text


def test_two_counts_at_once_follow_one_another(house: ReachHouse) -> None:
    _peopled(house)
    failed: list[BaseException] = []

    def count() -> None:
        try:
            with house.transaction() as uow:
                reporting.count(uow)
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failed == []
    runs = sorted((row["run_id"], row["at"]) for row in house.rows(REACH_RUN))
    assert [run for run, _ in runs] == [1, 2, 3, 4]
    assert len({at for _, at in runs}) == 4
    assert house.tally().all_homes() == Homes(25, 24, 24, 6)
