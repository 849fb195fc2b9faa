"""The log can only grow, and whatever is done to it behind our back shows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.audit import store
from shared.audit.chain import EMPTY, Head
from shared.audit.checkpoints import EVERY, Checkpoints
from shared.audit.entry import Entry, entry_of
from shared.audit.handlers import keep, note_head
from shared.audit.ports import checkpoints_in
from shared.audit.service import AuditService
from shared.audit.tables import AUDIT_LOG, METADATA
from shared.contracts import all_contracts, contract, contracts_for
from shared.messaging.envelope import Event
from shared.store import insert_rows
from shared.tenancy import migrate

NOW = datetime(2026, 10, 2, 12, 0, tzinfo=UTC)
MIGRATIONS = Path(store.__file__).parent / "migrations"


def entry(number: int, *, subject: str = "s-1") -> Entry:
    return Entry(f"e-{number}", "district.record_viewed", "t-1", subject, NOW, {"outcome": "denied", "n": number})


@pytest.fixture
def connection() -> Iterator[sa.Connection]:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    METADATA.create_all(engine)
    with engine.begin() as opened:
        yield opened


def fill(connection: sa.Connection, count: int) -> Head:
    return store.append(connection, [entry(number) for number in range(1, count + 1)], NOW, district="riverside")


def behind_our_back(connection: sa.Connection, statement: str) -> None:
    """What somebody with the database's password could do: take the triggers off, then change rows."""
    for verb in ("update", "delete"):
        connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS audit_log_{verb}")
    connection.exec_driver_sql(statement)


def test_an_untouched_log_verifies(connection: sa.Connection) -> None:
    assert store.verify(connection).ok
    assert store.last(connection) == EMPTY
    head = fill(connection, 5)
    store.append(connection, [entry(6)], NOW, district="riverside")
    verdict = store.verify(connection, {head.seq: head.hash})
    assert (verdict.ok, verdict.rows) == (True, 6)


def test_an_event_heard_twice_is_kept_once(connection: sa.Connection) -> None:
    store.append(connection, [entry(1), entry(1)], NOW, district="riverside")
    store.append(connection, [entry(1), entry(2)], NOW, district="riverside")
    assert store.verify(connection).rows == 2


@pytest.mark.parametrize("statement", ["UPDATE audit_log SET actor = 'x'", "DELETE FROM audit_log"])
def test_the_database_refuses_to_change_or_remove_a_row(connection: sa.Connection, statement: str) -> None:
    fill(connection, 3)
    with pytest.raises(sa.exc.IntegrityError, match="append-only"):
        connection.exec_driver_sql(statement)


@pytest.mark.parametrize(
    ("statement", "first_bad", "reason"),
    [
        ("UPDATE audit_log SET entry = replace(entry, 'denied', 'allowed') WHERE seq = 3", 3, "changed"),
        ("UPDATE audit_log SET actor = 't-2' WHERE seq = 2", 2, "columns differ"),
        ("UPDATE audit_log SET subject = '' WHERE seq = 4", 4, "columns differ"),
        ("DELETE FROM audit_log WHERE seq = 2", 2, "missing"),
        ("DELETE FROM audit_log WHERE seq = 1", 1, "missing"),
        ("DELETE FROM audit_log WHERE seq > 3", 4, "gone"),
        ("DELETE FROM audit_log", 1, "gone"),
    ],
)
def test_verify_names_the_first_row_that_was_tampered_with(
    connection: sa.Connection, statement: str, first_bad: int, reason: str
) -> None:
    head = fill(connection, 5)
    behind_our_back(connection, statement)
    verdict = store.verify(connection, {head.seq: head.hash})
    assert (verdict.ok, verdict.first_bad) == (False, first_bad)
    assert reason in verdict.reason


def test_a_chain_written_anew_disagrees_with_its_checkpoint(connection: sa.Connection) -> None:
    head = fill(connection, 5)
    behind_our_back(connection, "DELETE FROM audit_log")
    store.append(connection, [entry(number, subject="s-2") for number in range(1, 6)], NOW, district="riverside")
    assert store.verify(connection).ok  # the chain alone cannot tell
    verdict = store.verify(connection, {head.seq: head.hash})
    assert (verdict.first_bad, verdict.reason) == (5, "the chain was written anew")


@settings(max_examples=25, deadline=None)
@given(
    count=st.integers(2, 12),
    victim=st.integers(1, 12),
    column=st.sampled_from(["event_id", "type", "actor", "hash", "previous", "entry"]),
)
def test_any_change_of_any_column_of_any_row_shows(count: int, victim: int, column: str) -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    METADATA.create_all(engine)
    victim = min(victim, count)
    with engine.begin() as connection:
        fill(connection, count)
        behind_our_back(connection, f"UPDATE audit_log SET {column} = {column} || ' ' WHERE seq = {victim}")
        assert store.verify(connection).first_bad == victim


def test_who_looked_at_a_record_is_answered_latest_first(connection: sa.Connection) -> None:
    store.append(connection, [entry(1), entry(2, subject="s-2"), entry(3)], NOW, district="riverside")
    seen = [json.loads(row["entry"])["data"]["n"] for row in store.viewings(connection, "s-1")]
    assert seen == [3, 1]


@pytest.mark.parametrize("declared", all_contracts(), ids=lambda declared: declared.type)
def test_nothing_that_travels_sealed_reaches_the_log(declared: object) -> None:
    declared = contract(declared.type, declared.version)  # type: ignore[attr-defined]
    event = Event(
        type=declared.type,
        version=declared.version,
        district="riverside",
        data=declared.load(dict(declared.sample)) | {"newer_field": "Ana Rivera"},
        time=NOW,
        source="notifications",
        lane=declared.lane,
    )
    kept = entry_of(event)
    assert not set(kept.data) & set(declared.sealed)
    assert "newer_field" not in kept.data
    json.dumps(kept.data)  # canonical JSON needs plain values


class Unit:
    def __init__(self, connection: sa.Connection) -> None:
        self.connection = connection
        self.district = "riverside"
        self.now = NOW
        self.scheduled: list[str] = []

    def schedule(self, kind: str, key: str, due_at: datetime) -> None:
        self.scheduled.append(kind)


def viewed(number: int) -> Event:
    declared = contract("district.record_viewed", 1)
    return Event(
        id=f"e-{number}",
        type=declared.type,
        version=1,
        district="riverside",
        data=dict(declared.sample),
        time=NOW,
        source="surveys",
        lane=declared.lane,
    )


def test_a_batch_is_kept_and_the_head_before_it_is_noted(connection: sa.Connection, tmp_path: Path) -> None:
    of = checkpoints_in(tmp_path, b"k" * 32)
    keep(Unit(connection), of, [viewed(1), viewed(2)])  # type: ignore[arg-type]
    assert of("riverside").read() == {}  # nothing was committed before
    keep(Unit(connection), of, [viewed(3)])  # type: ignore[arg-type]
    assert list(of("riverside").read()) == [2]
    note_head(Unit(connection), of)  # type: ignore[arg-type]
    assert list(of("riverside").read()) == [2, 3]
    assert store.verify(connection, of("riverside").read()).ok
    row = connection.execute(sa.select(AUDIT_LOG.c.actor, AUDIT_LOG.c.subject).where(AUDIT_LOG.c.seq == 1)).one()
    assert tuple(row) == ("t-okafor", "s-0001")


@pytest.fixture
def notes(tmp_path: Path) -> Callable[[], Checkpoints]:
    return lambda: Checkpoints(tmp_path / "audit" / "riverside.checkpoints", lambda text: text[::-1].replace(" ", ""))


def test_checkpoints_are_noted_now_and_then_and_read_by_the_next_process(notes: Callable[[], Checkpoints]) -> None:
    first = notes()
    assert not first.note(EMPTY)
    assert first.note(Head(1, "aa"))
    assert not first.note(Head(EVERY, "bb"))
    assert notes().note(Head(EVERY + 1, "cc"))
    assert notes().read() == {1: "aa", EVERY + 1: "cc"}


def test_a_forged_or_torn_checkpoint_line_is_left_out(notes: Callable[[], Checkpoints], tmp_path: Path) -> None:
    notes().note(Head(1, "aa"))
    with (tmp_path / "audit" / "riverside.checkpoints").open("a") as file:
        file.write("7 bb forged\n9 c")
    assert notes().read() == {1: "aa"}


def test_the_service_hears_every_audited_event_by_one_method_each() -> None:
    audited = {declared.type for declared in contracts_for("audit")}
    assert "district.record_viewed" in audited
    methods = {name for name in vars(AuditService) if "_" in name and not name.startswith("__")}
    assert {type_.replace(".", "_") for type_ in audited} == methods


def test_migrations_make_the_tables_and_their_triggers() -> None:
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    with engine.begin() as connection:
        migrate.upgrade(connection, MIGRATIONS)
        assert migrate.differences(connection, METADATA) == []
        row = {
            "seq": 1, "event_id": "e", "type": "t", "actor": "a", "subject": "", "at": NOW, "entry": "{}", "previous": "", "hash": "",
        }  # fmt: skip
        insert_rows(connection, AUDIT_LOG, [row])
        with pytest.raises(sa.exc.IntegrityError, match="append-only"):
            connection.exec_driver_sql("DELETE FROM audit_log")
