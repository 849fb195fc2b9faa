"""Tables, migration and handlers of translation on PostgreSQL as on SQLite."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa

import services.translation
from services.translation.catalogue import load
from services.translation.handlers import review
from services.translation.handlers import texts as handlers
from services.translation.ports import Ports
from services.translation.store import texts as store
from services.translation.tables import METADATA
from services.translation.translator import Translator
from shared.messaging.envelope import new_event
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.migrate import differences
from tests.migrated import upgrade

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
MIGRATIONS = Path(services.translation.__file__).parent / "migrations"


@pytest.fixture
def database(pg_database: str):
    engine = sa.create_engine(sa.make_url(pg_database).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        upgrade(connection, MIGRATIONS)
    yield engine
    engine.dispose()


def composed(message_id: str, **changes):
    data = {
        "message_id": message_id, "content_version": 1, "kind": "info", "risk": "low", "source_language": "en",
        "targets": ["es", "so"], "text": "The bus is late.", "catalogue_key": None, "protected": ["Riya"],
    } | changes  # fmt: skip
    return new_event("notifications.message_composed", data, district="riverside", source="notifications", now=NOW)


def test_the_migrations_make_what_the_code_expects(database):
    with database.begin() as connection:
        assert differences(connection, METADATA) == []


def test_messages_reviews_memory_and_signatures_are_kept(database, tmp_path):
    ports = Ports(Translator(load()))
    keyring = Keyring.create(tmp_path / "keys.json", new_master_key())
    with database.begin() as connection:
        uow = UnitOfWork(connection, service="translation", district="riverside", now=NOW, vault=keyring)
        approval = handlers.Approval("The bus is late.", "El autobús llega tarde.", "en", "es")
        handlers.approve(uow, approval, by="t-abdi")
        handlers.approve(uow, approval, by="t-reyes")
        handlers.sign(uow, [load().find("survey.receipt", "so")], by="t-abdi")
        handlers.message_composed(uow, ports, [composed(f"m-{n}") for n in range(50)])
        handlers.message_composed(uow, ports, [composed("m-key", text=None, catalogue_key="survey.receipt")])
        handlers.message_composed(uow, ports, [composed("m-high", text="Riya is ill.", risk="high"), composed("m-0")])
        uow.flush()
    with database.begin() as connection:
        kept = store.versions(connection, ["m-0", "m-49", "m-key", "m-high"])
        assert (kept["m-0", 1, "es"]["engine"], kept["m-0", 1, "es"]["approved_by"]) == ("memory", "t-reyes")
        assert kept["m-49", 1, "so"]["reasons"] == ["no_engine"]
        assert (kept["m-key", 1, "so"]["machine"], kept["m-key", 1, "es"]["machine"]) == (False, True)
        waiting = store.waiting_reviews(connection, schools=None)
        assert [(row["text_id"], row["language"]) for row in waiting] == [("m-high", "es"), ("m-high", "so")]
        uow = UnitOfWork(connection, service="translation", district="riverside", now=NOW, vault=keyring)
        review.complete(uow, ("m-high", 1, "es"), "Riya está enferma.", by="t-abdi")
        assert len(store.waiting_reviews(connection, schools=None)) == 1
