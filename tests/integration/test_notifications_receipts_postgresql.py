"""Receipts on PostgreSQL: several workers act on the words of the same deliveries at once."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import services.notifications as package
from services.notifications.domain.inbound import Told
from services.notifications.handlers import failover, receipts, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import DELIVERY
from services.notifications.tables.providers import PROVIDER_MINUTE, PROVIDER_WORD
from shared.messaging.uow import UnitOfWork
from tests.migrated import upgrade
from tests.unit.services.notifications.world import District

NOTES, WORKERS = 12, 4


@pytest.fixture
def district(pg_database: str, tmp_path: Path) -> Iterator[District]:
    engine = sa.create_engine(pg_database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        upgrade(connection, Path(package.__file__).parent / "migrations")
    made = District(tmp_path, engine)
    made.populate()
    for number in range(NOTES):
        with made.transaction() as uow:
            author = Author("t-alvarez", "teacher", ("greenview",))
            writing.write(uow, made.ports, author, Note("ask", f"Trip {number}?", "s-mateo"))
    made.settle()
    yield made
    engine.dispose()


@contextmanager
def transaction(district: District) -> Iterator[UnitOfWork]:
    """One of several at the same time: what it says is not collected."""
    with district.engine.begin() as connection:
        uow = UnitOfWork(
            connection, service="notifications", district="riverside", now=district.now, vault=district.vault
        )
        yield uow
        uow.flush()


def at_once(*works: Any) -> list[Any]:
    start = threading.Barrier(len(works))

    def run(work: Any) -> Any:
        start.wait(20)
        return work()

    with ThreadPoolExecutor(len(works)) as pool:
        return [future.result(60) for future in [pool.submit(run, work) for work in works]]


def test_failed_and_delivered_at_once_end_delivered_whoever_is_first(district: District) -> None:
    texts = [row for row in district.rows(DELIVERY) if row["channel"] == "sms"]
    assert len(texts) == NOTES

    def tell(state: str) -> int:
        words = [
            Told(
                "sms",
                f"{row['delivery_id']}:{state}",
                state,
                district.now,
                delivery_id=row["delivery_id"],
                provider_ref=row["provider_ref"],
            )
            for row in random.sample(texts, len(texts))
        ]
        with transaction(district) as uow:
            return receipts.told(uow, district.ports, words)

    assert (
        at_once(lambda: tell("failed"), lambda: tell("delivered"), lambda: tell("failed"), lambda: tell("sent")).count(
            0
        )
        == 1
    )
    found = {row["state"] for row in district.rows(DELIVERY) if row["recipient_id"] == "g-ana"}
    assert found == {"delivered"}


def test_words_written_down_together_are_acted_on_once_by_several_workers(district: District) -> None:
    texts = [row for row in district.rows(DELIVERY) if row["channel"] == "sms"]
    words = [
        Told(
            "sms",
            f"{row['delivery_id']}:{state}:{copy}",
            state,
            district.now,
            delivery_id=row["delivery_id"],
            provider_ref=row["provider_ref"],
        )
        for row in texts
        for state in ("sent", "delivered")
        for copy in range(3)
    ]
    random.Random(5).shuffle(words)
    parts = [words[number::WORKERS] for number in range(WORKERS)]

    def take(part: list[Told]) -> int:
        with transaction(district) as uow:
            return receipts.take_in(uow, [*part, *part])

    assert sum(at_once(*[lambda part=part: take(part) for part in parts])) == len(words)
    at_once(*[lambda: receipts.apply_words(lambda: transaction(district), district.ports)] * WORKERS)
    assert {row["state"] for row in district.rows(DELIVERY) if row["channel"] == "sms"} == {"delivered"}
    assert {row["applied_at"] is not None for row in district.rows(PROVIDER_WORD)} == {True}
    told = sum(row["told"] for row in district.rows(PROVIDER_MINUTE) if row["channel"] == "sms")
    assert told == NOTES, "each arrival is counted once"


def test_counters_of_a_minute_add_up_from_many_hands(district: District) -> None:
    def count() -> None:
        with transaction(district) as uow:
            failover.note(uow, "voice", "one", ok=5, failed=1)

    at_once(*[count] * WORKERS)
    rows = [row for row in district.rows(PROVIDER_MINUTE) if row["channel"] == "voice"]
    assert (sum(row["ok"] for row in rows), sum(row["failed"] for row in rows)) == (5 * WORKERS, WORKERS)
