"""Tables, migration and the way of an answer on PostgreSQL as on SQLite."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

import services.surveys
from services.surveys.definitions import Library
from services.surveys.domain.answers import Given
from services.surveys.handlers import campaigns, deliveries, replies
from services.surveys.handlers.responses import submit
from services.surveys.ports import Ports
from services.surveys.store import campaigns as store
from services.surveys.tables import ASSIGNMENT, EFFECT, METADATA, PREFERENCE, RESPONSE
from shared.directory import projection
from shared.identity import Links
from shared.messaging.envelope import Event, decode, new_event
from shared.messaging.uow import DueItem, UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.migrate import differences
from tests.migrated import upgrade

NOW = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
DUE = datetime(2026, 9, 11, 22, 0, tzinfo=UTC)
MIGRATIONS = Path(services.surveys.__file__).parent / "migrations"
PORTS = Ports(Library(), Links(b"k" * 32), "https://homeroom.example.org")


@pytest.fixture
def database(pg_database: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(sa.make_url(pg_database).set(drivername="postgresql+psycopg"))
    with engine.begin() as connection:
        upgrade(connection, MIGRATIONS)
    yield engine
    engine.dispose()


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring.create(tmp_path / "keys.json", new_master_key())


def event(type_: str, **data: Any) -> Event:
    return new_event(type_, data, district="riverside", source=type_.split(".")[0], now=NOW)


def move_in(uow: UnitOfWork, guardians: int) -> None:
    name = {"given_name": "Ana", "family_name": "Rivera"}
    link = {"household_id": "h", "relationship": "Mother", "legal_guardian": True, "lives_with": True, "priority": 1, "receives": True}
    contact = {"email": None, "sms": None, "phone": None}
    projection.calendar_published(
        uow,
        [event("district.calendar_published", school_id="o", revision=1, terms=[], midterm_release_on=None,
               holidays=[date(2026, 9, 7)], cultural_days=[])],
    )  # fmt: skip
    projection.student_enrolled(
        uow,
        [event("district.student_enrolled", student_id=f"s-{n}", school_id="o", revision=1, grade="03", class_ids=["c"],
               teacher_ids=["t"], sibling_group_id=None, name=name) for n in range(guardians)],
    )  # fmt: skip
    campaigns.guardian_linked(
        uow,
        [event("district.guardian_linked", guardian_id=f"g-{n}", student_id=f"s-{n}", revision=1, language="es", name=name,
               contact=contact, **link) for n in range(guardians)],
    )  # fmt: skip
    intake = {"survey": "intake", "send_on": "2026-09-01", "remind_on": "2026-09-08", "due_at": "2026-09-11T17:00"}
    campaigns.school_onboarded(
        uow,
        PORTS,
        [event("district.school_onboarded", school_id="o", revision=1, config_version="v", name="Greenview",
               timezone="America/Chicago", languages=["en"], floor_days=30, concern_floor_days=7, ratio_target=3.0,
               alert_threshold=70.0, alert_recovery=73.0, quiet_start="20:30", quiet_end="07:00", monthly_cap=None,
               intake=intake, office_hours=[], office_phone=None, family_friday=None)],
    )  # fmt: skip


def test_the_migrations_make_what_the_code_expects(database: sa.Engine) -> None:
    with database.begin() as connection:
        assert differences(connection, METADATA) == []


def test_assigned_reminded_answered_and_closed(database: sa.Engine, keyring: Keyring) -> None:
    def unit(connection: sa.Connection, now: datetime = NOW) -> UnitOfWork:
        return UnitOfWork(connection, service="surveys", district="riverside", now=now, vault=keyring)

    with database.begin() as connection:
        uow = unit(connection)
        move_in(uow, 60)
        uow.flush()
    with database.begin() as connection:
        uow = unit(connection)
        key = store.running(connection, NOW)[0]
        campaigns.survey_send(uow, PORTS, [DueItem("survey_send", key, NOW, {}, 0)])
        said = [decode(row["body"], keyring) for row in uow.emitted]
        assert sum(len(each.data["asked"]) for each in said) == 60
        uow.flush()
    with database.begin() as connection:
        uow = unit(connection, DUE)
        mine = connection.execute(sa.select(ASSIGNMENT).where(ASSIGNMENT.c.guardian_id == "g-0")).one()
        answers = {
            "mode": Given(("phone",), time="18:00"),
            "concern": Given(("peers",), text="come sola"),
            "anything_else": Given(declined=True),
        }
        first = submit(uow, mine.assignment_id, answers, via="web", language="es")
        again = submit(uow, mine.assignment_id, {}, via="sms", language="es")
        assert (first.new, again.new, first.lines) == (True, False, again.lines)
        deliveries.message_sent(uow, [event("notifications.message_sent", delivery_id="d", message_id="m", guardian_id="g-1",
                                            household_id=None, channel="sms", language="es", content_version=1, kind="ask")])  # fmt: skip
        theirs = connection.execute(sa.select(ASSIGNMENT.c.assignment_id).where(ASSIGNMENT.c.guardian_id == "g-1")).scalar_one()
        for text in ("hola", "3"):
            replies.reply_received(
                uow,
                PORTS,
                [event("notifications.reply_received", thread_id="g-1", reply_id=text, guardian_id="g-1", channel="sms",
                       language="es", open_kind="survey", open_ref=theirs, received_at=DUE, text=text)],
            )  # fmt: skip
        campaigns.survey_remind(uow, PORTS, [DueItem("survey_remind", key, DUE, {}, 0)])
        campaigns.survey_close(uow, PORTS, [DueItem("survey_close", key, DUE, {}, 0)])
        uow.flush()
    with database.begin() as connection:
        kept = connection.execute(sa.select(PREFERENCE)).one()
        assert (kept.available_after, kept.live_mode, kept.version) == ("18:00", "phone", 1)
        counts = {row.state: (row.number, row.overdue, row.reached) for row in store.counts(connection, "o")}
        assert counts == {"answered": (1, 0, 0), "open": (59, 59, 1)}


def test_two_answers_at_once_become_one(database: sa.Engine, keyring: Keyring) -> None:
    def unit(connection: sa.Connection) -> UnitOfWork:
        return UnitOfWork(connection, service="surveys", district="riverside", now=NOW, vault=keyring)

    with database.begin() as connection:
        uow = unit(connection)
        move_in(uow, 1)
        key = store.running(connection, NOW)[0]
        campaigns.survey_send(uow, PORTS, [DueItem("survey_send", key, NOW, {}, 0)])
        uow.flush()
        assignment_id = connection.execute(sa.select(ASSIGNMENT.c.assignment_id)).scalar_one()
    together = threading.Barrier(8)
    new: list[bool] = []

    def answer() -> None:
        together.wait()
        with database.begin() as connection:
            uow = unit(connection)
            new.append(submit(uow, assignment_id, {"mode": Given(("phone",))}, via="web", language="es").new)
            uow.flush()

    threads = [threading.Thread(target=answer) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(new) == [False] * 7 + [True]
    with database.begin() as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(RESPONSE)).scalar() == 1
        assert connection.execute(sa.select(sa.func.count()).select_from(EFFECT)).scalar() == 2
        assert connection.execute(sa.select(PREFERENCE.c.version)).scalar_one() == 1
