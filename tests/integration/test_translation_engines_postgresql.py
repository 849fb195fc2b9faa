"""The meter of the engines on PostgreSQL, with workers beside one another; a vendor's own library through the handlers."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

import services.translation
from services.translation.catalogue import load
from services.translation.engines.budget import Spent
from services.translation.engines.registry import build
from services.translation.handlers import texts as handlers
from services.translation.ports import Ports
from services.translation.store import engines as store
from services.translation.tables import METADATA
from services.translation.translator import Translator
from shared.benches import vendor_stubs
from shared.benches.vendor_stubs import KEY, Stub
from shared.messaging.envelope import new_event
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from tests.migrated import upgrade

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
MIGRATIONS = Path(services.translation.__file__).parent / "migrations"
FOUR = Spent(4, Decimal("0.0001"))


@pytest.fixture
def database(pg_database: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(sa.make_url(pg_database).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        upgrade(connection, MIGRATIONS)
    yield engine
    engine.dispose()


def test_workers_that_pay_at_once_all_count(database):
    def pay():
        for _ in range(10):
            with database.begin() as connection:
                store.add(connection, "2026-09", {"deepl": FOUR, "azure": FOUR}, now=NOW)

    workers = [threading.Thread(target=pay) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    with database.begin() as connection:
        assert store.spent(connection, "2026-09")["deepl"] == Spent(120, Decimal("0.003"))


def test_workers_take_turns_from_the_first_of_a_month_on(database):
    seen: list[int] = []
    with database.begin() as first:
        assert store.spent_in_turn(first, "2026-09", now=NOW) == {}

        def second():
            with database.begin() as connection:
                seen.append(store.spent_in_turn(connection, "2026-09", now=NOW)["deepl"].characters)

        waiting = threading.Thread(target=second)
        waiting.start()
        store.add(first, "2026-09", {"deepl": FOUR}, now=NOW)
        assert seen == []
    waiting.join(20)
    assert seen == [4]


def test_what_deepl_hears_has_no_name_and_is_paid_once(database, tmp_path):
    stub = Stub(vendor_stubs.deepl)
    ports = Ports(Translator(load(), build([{"provider": "deepl", "name": "deepl", "key": KEY, "url": stub.url}])))
    keyring = Keyring.create(tmp_path / "keys.json", new_master_key())
    tables = METADATA.tables
    event = new_event(
        "notifications.message_composed",
        {
            "message_id": "m-1", "content_version": 1, "kind": "info", "risk": "low", "source_language": "en",
            "targets": ["fr"], "text": "Good news from the school: zoe de la cruz helped another student and RIYA",
            "catalogue_key": None, "protected": ["Riya"],
        },
        district="riverside", source="notifications", now=NOW,
    )  # fmt: skip
    with database.begin() as connection:
        connection.execute(
            sa.insert(tables["school"]).values(
                school_id="org-1", revision=1, config_version="a", name="G", timezone="UTC",
                settings={"engines": {"use": ["deepl"], "monthly_dollars": 1}},
            )
        )  # fmt: skip
        connection.execute(
            sa.insert(tables["student"]),
            [
                {
                    "student_id": f"s-{family}", "revision": 1, "active": True, "school_id": "org-1", "class_ids": [],
                    "teacher_ids": [], "given_name": given, "family_name": family,
                }
                for given, family in (("Zoë", "de la Cruz"), ("Riya", "Patel"))
            ],
        )  # fmt: skip
    for commits in (False, True):
        with database.connect() as connection:
            uow = UnitOfWork(connection, service="translation", district="riverside", now=NOW, vault=keyring)
            handlers.message_composed(uow, ports, [event])
            if commits:
                connection.commit()
    ports.close()
    stub.close()
    heard = [text for text in stub.texts if "news" in text and "from the school" in text]
    assert len(heard) == 1  # rolled back, asked again, not paid again
    for name in ("zoe", "cruz", "RIYA"):
        assert name not in heard[0]
    with database.begin() as connection:
        assert store.spent(connection, "2026-09")["deepl"].characters == len(heard[0])
