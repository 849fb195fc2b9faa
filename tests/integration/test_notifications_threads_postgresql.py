"""Conversations on PostgreSQL: the same queries, the same ledger; and a STOP while another worker is handing over."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import services.notifications as package
from services.notifications.handlers import answering, concerns, delivering, wishes, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.store import conversation as talk
from services.notifications.store import threads
from services.notifications.store import wishes as points
from services.notifications.tables import CONSENT, DELIVERY, SUPPRESSION, TASK
from services.notifications.tables.conversation import THREAD
from services.notifications.tables.points import CONTACT_POINT
from tests.migrated import upgrade
from tests.unit.services.notifications.conversation.talk import ANA, concern, says, staff
from tests.unit.services.notifications.world import District

ALVAREZ = Author("t-alvarez", "teacher", ("greenview",))


@pytest.fixture
def district(pg_database: str, tmp_path: Path) -> Iterator[District]:
    engine = sa.create_engine(pg_database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        upgrade(connection, Path(package.__file__).parent / "migrations")
    made = District(tmp_path, engine)
    made.populate()
    staff(made, "p-head", "principal", "Rosa")
    yield made
    engine.dispose()


def test_a_conversation_from_the_first_word_to_the_answer(district):
    says(district, "¿A qué hora?")
    assert says(district, "¿A qué hora?") == "repeated"
    says(district, "Thanks", key="2", channel="email", sender="DANIEL@example.org")
    says(district, "Hola", key="3", sender="+13125559999")
    district.settle()
    with district.transaction() as uow:
        for given in ({"taught_by": "t-alvarez"}, {"school_ids": ["greenview"]}, {}):
            rows = talk.threads_of(uow.connection, uow.now, **given)
            assert [(row["guardian_id"], row["answered"]) for row in rows] == [("g-ana", False), ("g-daniel", False)]
        assert len(talk.unknown_words(uow.connection, ["greenview"])) == 1
    district.now += timedelta(minutes=5)
    with district.transaction() as uow:
        assert answering.answer(
            uow, district.ports, ALVAREZ, "g-ana", text="At nine.", language="en", children=["s-mateo"]
        )
    district.settle()
    assert "[es] At nine." in district.sms.took[-1].body
    with district.transaction() as uow:
        assert [row["state"] for row in threads.from_school(uow.connection, "g-ana")] == ["sent"]
        assert [row["text"] for row in threads.from_home(uow.connection, "g-ana")] == ["¿A qué hora?"]
        assert [row["answered"] for row in talk.threads_of(uow.connection, uow.now)] == [False, True]
    district.at(datetime(2026, 9, 30, 21, 0, tzinfo=UTC))
    assert [late["thread_id"] for late in district.told("reply_overdue")] == ["g-daniel"]
    assert [t["staff_id"] for t in district.rows(TASK) if t["kind"] == "reply_overdue"] == ["p-head"]
    assert {row["guardian_id"] for row in district.rows(THREAD) if row["answered_at"]} == {"g-ana"}


def test_a_concern_until_the_guardian_closes_it(district):
    concern(district, due_at=datetime(2026, 9, 30, 21, 0, tzinfo=UTC))
    district.settle()
    with district.transaction() as uow:
        concerns.answered(uow, district.ports, ["c-1"], by="t-alvarez")
    district.settle()
    assert says(district, "1", key="9") == "concern"
    assert len(district.told("concern_answered")) == 1


def test_a_new_number_from_the_page_to_the_first_message(district):
    with district.transaction() as uow:
        assert wishes.correct(uow, "g-ana", "sms", "+13125550199")
        assert not wishes.correct(uow, "g-ana", "sms", "+13125550199")
    with district.transaction() as uow:
        (point,) = points.pending_points(uow.connection, ["greenview"])
        assert points.pending_points(uow.connection, ["northgate"]) == []
        wishes.settle_point(uow, point, good=True)
    assert [row["active"] for row in district.rows(CONTACT_POINT)] == [True]


def test_after_the_commit_of_a_stop_nothing_goes_that_was_not_already_in_hand(district, monkeypatch):
    """One worker holds a batch at the provider while the STOP is committed; none of the workers' later claims may pass it."""
    for n in range(12):
        with district.transaction() as uow:
            writing.write(uow, district.ports, ALVAREZ, Note("ask", f"Note {n}.", "s-mateo"))
    while district._translate():
        pass
    with district.engine.begin() as connection:
        connection.execute(sa.update(DELIVERY).where(DELIVERY.c.recipient_id != "g-ana").values(state="sent", due_at=None))
    monkeypatch.setattr(delivering, "BATCH", 5)
    at_provider, stopped, carry = threading.Event(), threading.Event(), district.sms.carry

    def slowly(batch):
        at_provider.set()
        assert stopped.wait(30)
        return carry(batch)

    monkeypatch.setattr(district.sms, "carry", slowly)
    worker = threading.Thread(target=delivering.deliver, args=(district.transaction, district.ports))
    worker.start()
    assert at_provider.wait(30)
    assert says(district, "STOP") == "stop"
    stopped.set()
    worker.join(30)
    assert len(district.sms.to(ANA)) == 5, "what the provider had been given"
    while delivering.deliver(district.transaction, district.ports):
        pass
    district.settle()
    after = [letter.body for letter in district.sms.to(ANA)[5:]]
    assert after == ["[es] Greenview: no more."], "its one confirmation"
    assert [row["source"] for row in district.rows(SUPPRESSION)] == ["stop"] and len(district.rows(CONSENT)) == 2
