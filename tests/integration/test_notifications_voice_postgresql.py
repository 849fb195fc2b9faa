"""Calls and short messages against PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import services.notifications as package
from services.notifications.channels.sms.smpp_words import Piece
from services.notifications.handlers import sms_in
from services.notifications.handlers.sms_in import Heard
from services.notifications.tables import REPLY
from services.notifications.tables.sms import SMS_PIECE
from services.notifications.tables.voice import CALL_TRY
from shared.demo.telephony import Manner
from tests.migrated import upgrade
from tests.unit.services.notifications.voice.phones import phones
from tests.unit.services.notifications.voice.test_voice_calls import prefer
from tests.unit.services.notifications.world import District

HOME = "+13125550172"


@pytest.fixture
def district(pg_database: str, tmp_path: Path) -> Iterator[District]:
    engine = sa.create_engine(pg_database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        upgrade(connection, Path(package.__file__).parent / "migrations")
    made = District(tmp_path, engine)
    made.populate()
    yield made
    engine.dispose()


def test_a_call_that_nobody_takes_is_made_again_and_then_heard(district, tmp_path):
    district.link("g-ana", "s-mateo", language="es", revision=2, phone=HOME)
    prefer(district, "voice")
    with phones(district, tmp_path) as rings:
        rings.teach(HOME, Manner(picks_up="", times=1))
        rings.write()
        rings.teach(HOME, Manner(presses="1"))
        rings.at(district.now + timedelta(minutes=30))
        assert rings.rung == [HOME, HOME]
    assert [row["outcome"] for row in district.rows(CALL_TRY)] == ["no-answer", "human"]
    ana = district.delivery_to("g-ana")
    assert (ana["state"], ana["opened_how"]) == ("delivered", "played")


def test_parts_of_a_text_are_put_together_and_repeats_are_known(district):
    parts = [Piece(b"Thank ", 0, 1, 2, 7), Piece(b"you", 0, 2, 2, 7)]
    for session, sequence, piece in (("s-1", 1, parts[1]), ("s-1", 2, parts[0]), ("s-2", 1, parts[0])):
        with district.transaction() as uow:
            sms_in.heard(uow, district.ports, [Heard(session, sequence, "+13125550111", piece)])
    assert [row["text"] for row in district.rows(REPLY)] == ["Thank you"]
    district.now += timedelta(days=2)
    with district.transaction() as uow:
        sms_in.tidy(uow, district.ports)
    assert district.rows(SMS_PIECE) == []
