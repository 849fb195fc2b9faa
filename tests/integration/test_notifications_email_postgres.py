"""Emails that came in, on PostgreSQL: bytes whole, repeats known, soft bounces counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.notifications.channels.email import inbound
from services.notifications.handlers import mail, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.store import mail as store
from services.notifications.tables import METADATA, SUPPRESSION
from services.notifications.tables.mail import MAIL_IN
from tests.unit.services.notifications.email.mails import KEY, bounce, stray
from tests.unit.services.notifications.world import District


@pytest.fixture
def district(pg_database: str, tmp_path: Path) -> Iterator[District]:
    engine = sa.create_engine(pg_database.replace("postgresql://", "postgresql+psycopg://"))
    METADATA.create_all(engine)
    made = District(tmp_path, engine)
    made.populate()
    yield made
    engine.dispose()


def arrive(district: District, raw: bytes) -> str:
    arrived = inbound.read(raw, (), keys=[KEY], districts=("riverside",))
    with district.transaction() as uow:
        return mail.received(uow, district.ports, arrived)


def test_a_stray_is_kept_byte_for_byte_until_a_person_has_seen_it(district: District) -> None:
    raw = stray("\\x00 ümlaut") + bytes(range(1, 256))
    assert [arrive(district, raw), arrive(district, raw)] == ["unreadable", "repeated"]
    (row,) = district.rows(MAIL_IN)
    assert bytes(row["raw"]) == raw
    with district.engine.begin() as connection:
        assert [found["mail_id"] for found in store.waiting(connection, ["greenview"])] == [row["mail_id"]]
        assert store.close(connection, row["mail_id"], ["greenview"], by="o-office", now=district.now)
        assert not store.waiting(connection, ["greenview"])


def test_a_mail_with_a_null_character_in_its_words_is_kept_too(district: District) -> None:
    """PostgreSQL's text holds no null character; the whole is in the bytes."""
    assert arrive(district, stray("nothing").replace(b"Monday", b"Mon\x00day")) == "unreadable"


def test_bounces_close_the_address_here_too(district: District) -> None:
    note = Note("info", "Picture day is Friday.", "s-mateo")
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), note)
    district.settle()
    sent = district.delivery_to("g-daniel")["delivery_id"]
    for number in range(5):
        arrive(district, bounce(sent, action="delayed", status="4.2.2") + b"x" * number)
        district.now += timedelta(hours=1)
    closed = [(row["guardian_id"], row["source"], row["detail"]) for row in district.rows(SUPPRESSION)]
    assert closed == [("g-daniel", "bounced", "soft")]
