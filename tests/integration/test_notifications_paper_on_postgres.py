"""The ladder, the print queue and browsers on PostgreSQL: the same story, two workers at once."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

import services.notifications as package
from services.notifications.channels.port import ChannelError
from services.notifications.domain.ladder import CallOutcome, LetterState
from services.notifications.handlers import calls, ladder
from services.notifications.handlers.lettering import KEYS
from services.notifications.store import paper as store
from services.notifications.store import push
from services.notifications.tables import SUPPRESSION
from services.notifications.tables.points import CONTACT_POINT
from services.translation.catalogue import load
from tests.migrated import upgrade
from tests.unit.services.notifications import world
from tests.unit.services.notifications.paper.papermill import LAN, LANS_NUMBER, Mill, pages_of, text_of


@pytest.fixture
def mill(pg_database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mill]:
    engine = sa.create_engine(pg_database.replace("postgresql://", "postgresql+psycopg://"))
    with engine.begin() as connection:
        upgrade(connection, Path(package.__file__).parent / "migrations")
    english = load().wordings["en"]
    for key in KEYS:
        monkeypatch.setitem(world.CATALOGUE, key, english[key].text)
    district = world.District(tmp_path, engine)
    district.populate()
    made = Mill.at(district)
    with district.transaction() as uow:
        ladder.plan_beats(uow, ["greenview"])
    yield made
    engine.dispose()


def test_two_days_to_paper_four_days_to_a_call_and_then_in_the_familys_hands(mill: Mill) -> None:
    mill.district.sms.refuses[LANS_NUMBER] = ChannelError("sms_30005", permanent=True)
    mill.write()
    mill.write(student="s-mateo", text="Mateo has missed reading twice.")
    mill.later(hours=53)
    assert {row["why"] for row in mill.district.rows(store.LETTER_STATE)} == {"failed", "unopened"}
    run = mill.run(duplex=True)
    pdf = mill.file(run)
    assert pdf is not None and pages_of(pdf) == 6 and "Dear Lan (grandmother)," in text_of(pdf)
    mill.forbid()
    assert mill.file(run) is None
    mill.make()
    pdf = mill.file(run)
    assert pdf is not None and pages_of(pdf) == 4 and "Lan" not in text_of(pdf)
    mill.later(hours=53)
    tasks = mill.calls()
    assert {task["guardian_id"] for task in tasks} == {"g-ana", "g-daniel"}
    with mill.district.transaction() as uow:
        assert calls.record(uow, tasks[0]["task_id"], CallOutcome.REACHED, staff_id="o-office", schools=["greenview"])
    other = mill.delivery(tasks[1]["guardian_id"])["delivery_id"]
    assert mill.settle(LetterState.HANDED_OVER, other) == (1, 0)
    assert mill.calls() == []
    assert {mill.delivery(who)["state"] for who in ("g-ana", "g-daniel")} == {"delivered"}


def test_two_workers_never_take_the_same_part(mill: Mill) -> None:
    mill.unreachable()
    mill.write()
    mill.ask()
    until = mill.district.now.replace(hour=23)
    with mill.district.engine.connect() as one, mill.district.engine.connect() as other:
        assert store.claim_part(one, mill.district.now, until) is not None
        assert store.claim_part(other, mill.district.now, until) is None


def test_a_browser_that_is_gone_closes_push_with_the_last_of_them(mill: Mill) -> None:
    with mill.district.transaction() as uow:
        for name in ("a", "b"):
            row = {"point_id": name, "guardian_id": LAN, "channel": "push", "address": f'{{"endpoint": "{name}"}}', "label": None,
                   "source": "page", "priority": 1, "active": True, "confirmed_at": uow.now, "created_at": uow.now}  # fmt: skip
            push.save(uow.connection, row, most=10)
            push.save(uow.connection, row, most=10)
    for name, closed in (("a", []), ("b", [LAN])):
        with mill.district.transaction() as uow:
            push.forget(uow.connection, [f'{{"endpoint": "{name}"}}'], why="push_gone", now=uow.now)
        assert [row["guardian_id"] for row in mill.district.rows(SUPPRESSION)] == closed
    assert [row["active"] for row in mill.district.rows(CONTACT_POINT)] == [False, False]
