"""Results on PostgreSQL as on SQLite: streamed by a server-side cursor, the same figures, the same rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import services.surveys
from services.surveys.handlers import results, results_export
from services.surveys.results.exports import Format
from services.surveys.store import polls, responses
from services.surveys.store import results as store
from services.surveys.tables import ANSWER
from shared.clock import SimulatedClock
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from tests.migrated import upgrade
from tests.unit.services.surveys.results.resultsworld import ROUND, families, said, town
from tests.unit.services.surveys.surveyhouse import DUE

MIGRATIONS = Path(services.surveys.__file__).parent / "migrations"


@dataclass
class Place:
    """As much of a house as the town needs."""

    engine: sa.Engine
    keyring: Keyring
    clock: SimulatedClock

    @contextmanager
    def unit(self) -> Iterator[UnitOfWork]:
        with self.engine.begin() as connection:
            uow = UnitOfWork(connection, service="surveys", district="riverside", now=self.clock.now(), vault=self.keyring)
            yield uow
            uow.flush()


@pytest.fixture
def place(pg_database: str, tmp_path: Path) -> Iterator[Place]:
    engine = sa.create_engine(sa.make_url(pg_database).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        upgrade(connection, MIGRATIONS)
    yield Place(engine, Keyring.create(tmp_path / "keys.json", new_master_key()), SimulatedClock(DUE))
    engine.dispose()


def test_snapshots_and_exports_are_the_same_on_postgresql(place: Any) -> None:
    town(place)
    with place.unit() as uow:
        told = results.published(uow, "belonging", ROUND)
        assert told is not None
        assert told.content["homes"] == 185 and told.content["ends"]["complete"] == 185
        assert told.content["traits"]["language"]["so"] == [52, 12]
        out = io.BytesIO()
        assert results_export.export(uow, out, Format.CSV, survey=told.survey, round_=ROUND) == 191
        lines = list(csv.DictReader(io.StringIO(out.getvalue().decode("utf-8-sig"))))
        assert {line["school"] for line in lines} == {"Greenview", "Northgate", "Tiny Hill"}
    families(place, "north", [said("no")] * 30, start=900, household="one-home")
    with place.unit() as uow:
        assert store.answered(uow.connection, "belonging", ROUND) == {"green": 112, "north": 74, "tiny": 6}
        assert not results.refresh(uow, "belonging", ROUND)


def test_the_list_of_rounds_and_the_counts_of_homes_are_the_same_on_postgresql(place: Any) -> None:
    town(place)
    families(place, "north", [said("no")] * 3, start=900, household="one-home")
    with place.unit() as uow:
        connection = uow.connection
        found = store.campaigns_by_round(connection, ["north"])
        assert {row.school_id for row in found["belonging", ROUND]} == {"green", "north", "tiny"}
        titles = store.newest_titles(connection, list(found))
        assert titles["belonging", ROUND]["en"] == "How is school?"
        assert sorted(polls.invited(connection, "belonging-north"))[-1] == 3
        welcome = [row for row in polls.answers_of(connection, "belonging-north") if row.question_id == "welcome"]
        assert len(welcome) == 73 + 1  # the three of one home count once
        assert sorted(polls.votes_of_homes(connection, "belonging-north", "welcome"))[-2:] == [1, 3]
        assert polls.takes_votes(connection, "no-poll")
        first = connection.execute(sa.select(sa.func.min(ANSWER.c.assignment_id))).scalar_one()
        spoken = {"values": [], "media": "m-1"}
        connection.execute(
            sa.update(ANSWER).where(ANSWER.c.assignment_id == first, ANSWER.c.question_id == "welcome").values(content=spoken)
        )
        responses.write_down(connection, first, "welcome", media="m-1", text="canta")
        kept = sa.select(ANSWER.c.content).where(ANSWER.c.assignment_id == first, ANSWER.c.question_id == "welcome")
        assert connection.execute(kept).scalar_one() == {**spoken, "text": "canta"}


def test_two_who_count_at_once_publish_one_snapshot_after_the_other(place: Any) -> None:
    """Else the second would not know the first, and what has come between could be worked out from the two."""
    town(place)

    def count() -> bool:
        with place.unit() as uow:
            return results.refresh(uow, "belonging", ROUND)

    def waits() -> bool:
        with place.engine.connect() as connection:
            return bool(connection.execute(sa.text("SELECT 1 FROM pg_locks WHERE NOT granted LIMIT 1")).first())

    with ThreadPoolExecutor(1) as other:
        with place.unit() as uow:
            assert results.refresh(uow, "belonging", ROUND)
            second = other.submit(count)
            while not (second.done() or waits()):
                pass
        assert second.result() is False
