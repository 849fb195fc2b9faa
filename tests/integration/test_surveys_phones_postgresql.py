"""Telephones on PostgreSQL: a turn that is told eight times at once is taken once; a text, a call and a page lose nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from services.surveys.domain.answers import Given
from services.surveys.handlers import campaigns, replies
from services.surveys.handlers.life import open_assignment, save_draft
from services.surveys.handlers.voice_turns import Turned, call_begun, call_turn
from services.surveys.store import campaigns as store
from services.surveys.tables import ASSIGNMENT, DRAFT
from services.surveys.tables.modes import CALL
from shared.messaging.uow import DueItem, UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from tests.integration.test_surveys_postgresql import MIGRATIONS, NOW, PORTS, event, move_in
from tests.migrated import upgrade

Work = Callable[[UnitOfWork], Any]


@pytest.fixture
def run(pg_database: str, tmp_path: Any) -> Iterator[Callable[[Work], Any]]:
    """Work in one transaction of its own; the intake has gone out to one guardian."""
    keyring = Keyring.create(tmp_path / "keys.json", new_master_key())
    engine = sa.create_engine(sa.make_url(pg_database).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        upgrade(connection, MIGRATIONS)

    def once(work: Work) -> Any:
        with engine.begin() as connection:
            uow = UnitOfWork(connection, service="surveys", district="riverside", now=NOW, vault=keyring)
            found = work(uow)
            uow.flush()
            return found

    once(lambda uow: move_in(uow, 1))
    key = once(lambda uow: store.running(uow.connection, NOW)[0])
    once(lambda uow: campaigns.survey_send(uow, PORTS, [DueItem("survey_send", key, NOW, {}, 0)]))
    yield once
    engine.dispose()


def at_once(run: Callable[[Work], Any], *works: Work) -> list[Any]:
    together, found = threading.Barrier(len(works)), []

    def begin(work: Work) -> None:
        together.wait()
        found.append(run(work))

    threads = [threading.Thread(target=begin, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_a_turn_told_eight_times_at_once_is_taken_once(run: Callable[[Work], Any]) -> None:
    mine = run(lambda uow: uow.connection.execute(sa.select(ASSIGNMENT.c.assignment_id)).scalar_one())
    begun = run(lambda uow: call_begun(uow, PORTS, mine, sid="CA1"))
    assert "¿Con qué frecuencia" in begun.lines[0]
    said = at_once(run, *[lambda uow: call_turn(uow, PORTS, mine, sid="CA1", turn=1, keys="3")] * 8)
    assert sorted(each.turned for each in said) == [Turned.REPEATED] * 7 + [Turned.TAKEN]
    assert {each.lines[0] for each in said} == {said[0].lines[0]}
    call = run(lambda uow: uow.connection.execute(sa.select(CALL)).one())
    draft = run(lambda uow: uow.connection.execute(sa.select(DRAFT)).one())
    assert (call.turn, call.asked) == (1, "mode")
    assert draft.answers["contact_frequency"]["values"] == ["twice_a_month"]


def test_a_text_a_call_and_a_page_at_once_lose_nothing(run: Callable[[Work], Any]) -> None:
    mine = run(lambda uow: uow.connection.execute(sa.select(ASSIGNMENT.c.assignment_id)).scalar_one())

    def texts(uow: UnitOfWork, text: str) -> None:
        data = {"thread_id": "g-0", "guardian_id": "g-0", "channel": "sms", "language": "es", "open_kind": "survey", "open_ref": mine}
        replies.reply_received(
            uow, PORTS, [event("notifications.reply_received", **data, reply_id=f"r-{text}", received_at=NOW, text=text)]
        )

    def page(uow: UnitOfWork) -> None:
        opening = open_assignment(uow, mine, lock=True)
        assert opening is not None
        save_draft(uow, opening, {"anything_else": Given(text="gracias")})

    run(lambda uow: texts(uow, "hola"))
    run(lambda uow: call_begun(uow, PORTS, mine, sid="CA1"))
    run(lambda uow: call_turn(uow, PORTS, mine, sid="CA1", turn=1, keys="3"))
    at_once(
        run,
        page,
        lambda uow: call_turn(uow, PORTS, mine, sid="CA1", turn=2, keys="2"),
        lambda uow: texts(uow, "4"),
    )
    draft = run(lambda uow: uow.connection.execute(sa.select(DRAFT)).one())
    assert draft.answers["anything_else"]["text"] == "gracias"
    assert draft.answers["mode"]["values"] == ["phone"]
    assert draft.answers["contact_frequency"]["values"] == ["monthly"]
