"""Reviews on PostgreSQL: two readers at one text, and every query of theirs."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from services.translation.catalogue import load
from services.translation.handlers import review, texts
from services.translation.handlers.review import ReviewRefused
from services.translation.ports import Ports
from services.translation.store import review as store
from services.translation.translator import Translator
from shared.messaging.envelope import open_envelope, parse
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from tests.integration.test_translation_postgresql import NOW, composed, database

__all__ = ["database"]  # a fixture

KEY = ("m-1", 1, "es")


@pytest.fixture
def keyring(tmp_path: Any) -> Keyring:
    return Keyring.create(tmp_path / "keys.json", new_master_key())


def test_of_two_readers_who_press_at_the_same_moment_one_has_written_it(database, keyring):
    with database.begin() as connection:
        uow = UnitOfWork(connection, service="translation", district="riverside", now=NOW, vault=keyring)
        notices = [composed(f"m-{n}", text=f"Riya is suspended for {n} days.", kind="concern", targets=["es"]) for n in (1, 2, 3)]
        texts.message_composed(uow, Ports(Translator(load())), notices)
        uow.flush()
    start, outcomes, said = threading.Barrier(2), [], []

    def press(reader: str) -> None:
        try:
            with database.begin() as connection:
                uow = UnitOfWork(connection, service="translation", district="riverside", now=NOW, vault=keyring)
                start.wait(20)
                review.complete(uow, KEY, f"Riya queda suspendida 1 día ({reader}).", by=reader)
                said.extend(open_envelope(parse(row["body"]), keyring) for row in uow.emitted)
                uow.flush()
            outcomes.append(reader)
        except ReviewRefused as refused:
            outcomes.append(refused.code)

    readers = [threading.Thread(target=press, args=(name,)) for name in ("i-abdi", "i-rosa")]
    for thread in readers:
        thread.start()
    for thread in readers:
        thread.join(60)
    [winner] = set(outcomes) - {"gone"}
    assert sorted(outcomes) == sorted(["gone", winner])
    completed = [event.data["text_id"] for event in said if event.type == "translation.review_completed"]
    assert completed[0] == "m-1", "the one that was read, then those like it"
    assert sorted(completed) == ["m-1", "m-2", "m-3"], "once each"
    with database.begin() as connection:
        assert store.queue(connection) == []
        assert {row["closed_by"] for row in store.history(connection, of=store.kinds(connection, closed_since=NOW))} == {winner}
        assert [step["what"] for step in store.steps_of(connection, "m-1")].count("edited") == 1
        assert store.settings(connection) == store.staff(connection) == store.spoken(connection) == {}
        assert store.queue(connection, of=[{"school_id": "green", "source_language": "en", "language": "es"}]) == []
