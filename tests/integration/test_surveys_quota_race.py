"""A hundred families want one of twenty places at the same time, on PostgreSQL, each from two telephones."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

import services.surveys
from services.surveys.definitions import Library
from services.surveys.domain.given import Given
from services.surveys.handlers import campaigns
from services.surveys.handlers.responses import QuotaFull, submit
from services.surveys.ports import Ports
from services.surveys.tables import ANSWER, ASSIGNMENT, DRAFT, QUOTA_COUNT, RESPONSE
from shared.directory import projection
from shared.identity import Links
from shared.messaging.tables import OUTBOX
from shared.messaging.uow import DueItem, UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from shared.store import insert_rows
from tests.migrated import upgrade

NOW = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
FAMILIES, PLACES, TOGETHER = 100, 20, 16
SEATS = """\
survey: seats
kind: workshop
languages: [en]
title: {en: Workshop}
intro: {en: Twenty chairs.}
quotas: [{id: seats, condition: "{comes} = 'evening'", most: 20}]
questions:
  - id: comes
    type: single
    text: {en: Do you come?}
    sms: {en: Do you come?}
    why: {en: So that there is a chair.}
    options: [{value: evening, digit: 1, label: {en: Evenings}}, {value: stays, digit: 2, label: {en: At home}}]
"""


@pytest.fixture
def database(pg_database: str) -> Iterator[sa.Engine]:
    engine = sa.create_engine(
        sa.make_url(pg_database).set(drivername="postgresql+psycopg"), pool_size=TOGETHER, max_overflow=2
    )
    with engine.begin() as connection:
        upgrade(connection, Path(services.surveys.__file__).parent / "migrations")
    yield engine
    engine.dispose()


@pytest.fixture
def keyring(tmp_path: Path) -> Keyring:
    return Keyring.create(tmp_path / "keys.json", new_master_key())


def test_a_quota_is_exact_when_everybody_comes_at_once(database: sa.Engine, keyring: Keyring, tmp_path: Path) -> None:
    def unit(connection: sa.Connection) -> UnitOfWork:
        return UnitOfWork(connection, service="surveys", district="riverside", now=NOW, vault=keyring)

    with database.begin() as connection:
        uow = unit(connection)
        _ask(uow, tmp_path)
        uow.flush()
        waiting = list(connection.execute(sa.select(ASSIGNMENT.c.assignment_id)).scalars()) * 2
    assert len(waiting) == 2 * FAMILIES
    full: list[str] = []
    lock = threading.Lock()

    def answer() -> None:
        while True:
            with lock:
                if not waiting:
                    return
                assignment_id = waiting.pop()
            with database.begin() as connection:
                uow = unit(connection)
                try:
                    submit(uow, assignment_id, {"comes": Given(("evening",))}, via="web", language="en")
                except QuotaFull:
                    full.append(assignment_id)
                uow.flush()

    threads = [threading.Thread(target=answer) for _ in range(TOGETHER)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    def count(table: sa.Table) -> int:
        return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())

    with database.begin() as connection:
        assert count(RESPONSE) == count(ANSWER) == PLACES
        assert connection.execute(sa.select(QUOTA_COUNT.c.taken)).scalar_one() == PLACES
        assert count(DRAFT) == FAMILIES - PLACES
        told = sa.select(sa.func.count()).where(OUTBOX.c.routing_key.like("%response_submitted%"))
        assert connection.execute(told).scalar_one() == PLACES
    assert len(set(full)) == FAMILIES - PLACES


def _ask(uow: UnitOfWork, folder: Path) -> None:
    """A school of a hundred families is asked."""
    file = folder / "districts" / "riverside" / "surveys" / "seats.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(SEATS)
    ports = Ports(Library(folder / "districts"), Links(b"k" * 32), "https://homeroom.example.org")
    settings = {"office_phone": None, "languages": ["en"]}
    school = {"school_id": "o", "revision": 1, "config_version": "1", "name": "O", "timezone": "America/Chicago", "settings": settings}
    insert_rows(uow.connection, projection.SCHOOL, [school])
    name = {"given_name": "A", "family_name": "B"}
    students = [
        {"student_id": f"s-{n}", "revision": 1, "active": True, "school_id": "o", "grade": "03", "class_ids": [],
         "teacher_ids": [], "sibling_group_id": None, **name} for n in range(FAMILIES)
    ]  # fmt: skip
    guardians = [
        {"guardian_id": f"g-{n}", "revision": 1, "language": "en", **name, "email": None, "sms": None, "phone": None}
        for n in range(FAMILIES)
    ]
    links = [
        {"guardian_id": f"g-{n}", "student_id": f"s-{n}", "revision": 1, "active": True, "household_id": "h",
         "relationship": "parent", "legal_guardian": True, "lives_with": True, "priority": 1, "receives": True}
        for n in range(FAMILIES)
    ]  # fmt: skip
    for table, rows in ((projection.STUDENT, students), (projection.GUARDIAN, guardians), (projection.GUARDIAN_LINK, links)):
        insert_rows(uow.connection, table, rows)
    campaign = {
        "campaign_id": "c", "survey_id": "seats", "round": "c", "school_id": "o", "class_id": None, "send_at": NOW,
        "remind_at": None, "due_at": NOW + timedelta(days=9), "started_by": "o-chen",
    }  # fmt: skip
    campaigns.plan(uow, campaign)
    campaigns.survey_send(uow, ports, [DueItem("survey_send", "c", NOW, {}, 0)])
