"""Voice notes on PostgreSQL as on SQLite: two workers never make the same one, and what a dead worker held is made again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from services.translation.catalogue import load
from services.translation.handlers import texts, voice
from services.translation.ports import Ports
from services.translation.store import homes
from services.translation.store import voice as store
from services.translation.tables.voice import VOICE_NOTE
from services.translation.translator import Translator
from shared.directory.projection import GUARDIAN
from shared.messaging.envelope import new_event
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from tests.integration.test_translation_postgresql import composed, database  # noqa: F401 - a fixture

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
LONG = "Your child worked well today and finished the project. " * 14


@pytest.fixture
def opened(database, tmp_path):  # noqa: F811 - the fixture above
    keyring = Keyring.create(tmp_path / "keys.json", new_master_key())

    @contextmanager
    def transaction(now: datetime = NOW) -> Iterator[UnitOfWork]:
        with database.begin() as connection:
            uow = UnitOfWork(connection, service="translation", district="riverside", now=now, vault=keyring)
            yield uow
            uow.flush()

    return transaction


def states(uow: UnitOfWork) -> list[str]:
    return sorted(uow.connection.execute(sa.select(VOICE_NOTE.c.state)).scalars())


def test_what_one_worker_holds_no_other_takes_until_its_lease_is_over(opened):
    ports = Ports(Translator(load()))
    with opened() as uow:
        texts.message_composed(uow, ports, [composed(f"m-{n}", text=LONG, targets=["en"]) for n in range(5)])
    with opened() as first, opened() as second:
        mine = store.claim(first.connection, NOW, NOW + timedelta(minutes=5), limit=3)
        theirs = store.claim(second.connection, NOW, NOW + timedelta(minutes=5), limit=3)
        assert len(mine) == 3 and len(theirs) == 2
        assert not {row["text_id"] for row in mine} & {row["text_id"] for row in theirs}
    with opened() as uow:
        assert store.claim(uow.connection, NOW, NOW, limit=9) == []
        assert len(store.claim(uow.connection, NOW + timedelta(minutes=6), NOW + timedelta(minutes=9), limit=9)) == 5


def test_the_same_words_are_spoken_once_and_heard_for_each_text(opened):
    ports = Ports(Translator(load()))
    with opened() as uow:
        texts.message_composed(uow, ports, [composed(f"m-{n}", text=LONG, targets=["en"]) for n in range(3)])
    assert [voice.voice_render(opened, ports) for _ in range(2)] == [3, 0]
    with opened() as uow:
        assert states(uow) == ["made"] * 3
        kept = {row.audio_id for row in uow.connection.execute(sa.select(VOICE_NOTE))}
        assert len(kept) == 1 and set(store.audio_known(uow.connection, kept)) == kept
        voice.said(uow, ["m-1"], changed="en")
        assert states(uow) == ["due", "made", "made"]
        assert [row["text_id"] for row in store.waiting(uow.connection, schools=["org"])] == []
        store.forget_audio(uow.connection, NOW + timedelta(days=1))
        assert store.audio_known(uow.connection, kept) == {}


def test_wishes_and_homes(opened):
    with opened() as uow:
        uow.connection.execute(
            sa.insert(GUARDIAN),
            {"guardian_id": "g-1", "language": "so", "given_name": "A", "family_name": "B", "revision": 1},
        )
        for version, ways in ((2, ["phone"]), (1, ["sms"])):
            data = {
                "guardian_id": "g-1", "version": version, "channel_order": ways, "contacts_per_month": None, "live_mode": None,
                "available_after": None, "quiet_start": None, "quiet_end": None, "timezone": None, "language": None,
            }  # fmt: skip
            event = new_event("surveys.preference_changed", data, district="riverside", source="surveys", now=NOW)
            voice.preference_changed(uow, [event])
        assert store.wished_languages(uow.connection) == {"so"}
        assert homes.languages(uow.connection, ["g-1"]) == {}
