"""The service in its container, alone in a cell: from an alert to a booking, and a promise over its days."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from eventlet.semaphore import Semaphore as GreenSemaphore
from nameko.testing.services import entrypoint_hook, worker_factory

from services.scheduling.handlers import promises
from services.scheduling.service import SchedulingService
from services.scheduling.tables import MEETING, OFFER
from shared.clock import SimulatedClock
from shared.contracts import contracts_for
from shared.launcher.components import Component, component
from shared.launcher.embedded import EmbeddedCell
from shared.messaging.entrypoint import On, on
from shared.messaging.envelope import Event
from shared.messaging.tables import messaging_tables
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import Durability, embedded_cell
from shared.tenancy.migrate import write_revision
from tests.unit.services.scheduling import scene

HEARD: list[Event] = []
METADATA = sa.MetaData()
messaging_tables(METADATA)


class Listener:
    """Stands in for notifications: says alerts and replies, hears what scheduling says."""

    name = "notifications"

    @on("scheduling.meeting_offered")
    def meeting_offered(self, uow: Any, events: list[Event]) -> None:
        HEARD.extend(events)

    @on("scheduling.meeting_booked")
    def meeting_booked(self, uow: Any, events: list[Event]) -> None:
        HEARD.extend(events)

    @on("scheduling.availability_published")
    def availability_published(self, uow: Any, events: list[Event]) -> None:
        HEARD.extend(events)

    @on("scheduling.commitment_made")
    def commitment_made(self, uow: Any, events: list[Event]) -> None:
        HEARD.extend(events)

    @on("scheduling.commitment_due")
    def commitment_due(self, uow: Any, events: list[Event]) -> None:
        HEARD.extend(events)

    @on("scheduling.commitment_missed")
    def commitment_missed(self, uow: Any, events: list[Event]) -> None:
        HEARD.extend(events)


class FakeComponent(Component):
    """Notifications and directory with an outbox and an inbox, and nothing else."""

    @property
    def metadata(self) -> sa.MetaData:
        return METADATA

    @property
    def migrations(self) -> Path:
        return FOLDERS[-1]

    def load(self, path: str) -> Any:
        return Listener


FOLDERS: list[Path] = []


@pytest.fixture
def cell(tmp_path: Path) -> Iterator[EmbeddedCell]:
    HEARD.clear()
    FOLDERS.append(tmp_path / "migrations")
    with sa.create_engine("sqlite://").connect() as connection:
        write_revision(connection, METADATA, FOLDERS[-1], "first")
    directory = FakeComponent("directory", "tests")
    notifications = FakeComponent("notifications", "tests", "tests:Listener")
    scheduling = component("scheduling")
    started = EmbeddedCell(
        embedded_cell(tmp_path, (scene.DISTRICT,), durability=Durability.PROCESS),
        Keyring.create(tmp_path / "keys.json", new_master_key()),
        clock=SimulatedClock(scene.NOW),
        link_key=scene.KEY.encode(),
        components=(directory, notifications, scheduling),
        services=(notifications, scheduling),
    )
    started.start()
    yield started
    started.stop()


def say(cell: EmbeddedCell, service: str, *events: Event) -> None:
    with cell.runtime.unit_of_work(service, scene.DISTRICT) as uow:
        for event in events:
            uow.emit(event.type, event.data)
    cell.settle()


def heard(type_: str) -> list[dict[str, Any]]:
    return [dict(event.data) for event in HEARD if event.type == f"scheduling.{type_}"]


def move_in(cell: EmbeddedCell) -> None:
    say(
        cell,
        "directory",
        scene.school(),
        scene.calendar(),
        scene.teacher("t-alvarez"),
        scene.student("s-mateo", "t-alvarez"),
        scene.guardian("g-ana", "s-mateo", "home-a", "es", "Ana Rivera"),
        scene.guardian("g-daniel", "s-mateo", "home-b", "en", "Daniel Rivera"),
    )


def test_from_an_alert_to_a_meeting(cell: EmbeddedCell):
    move_in(cell)
    assert [card["windows"] for card in heard("availability_published")] == [scene.WEDNESDAY]

    say(cell, "notifications", scene.alert())
    offers = {offer["guardian_id"]: offer for offer in heard("meeting_offered")}
    assert set(offers) == {"g-ana", "g-daniel"}

    say(cell, "notifications", scene.reply(offers["g-ana"]["offer_id"], "2", "g-ana"))
    [booked] = heard("meeting_booked")
    assert booked["start"] == offers["g-ana"]["slots"][1]["start"]
    assert "BEGIN:VCALENDAR" in booked["ics"]

    say(cell, "notifications", scene.reply(offers["g-daniel"]["offer_id"], "2", "g-daniel"))
    assert heard("meeting_offered")[-1]["again"] is True
    assert len(heard("meeting_booked")) == 1

    cell.advance_to(datetime(2026, 10, 30, tzinfo=UTC))
    with cell.runtime.unit_of_work("scheduling", scene.DISTRICT) as uow:
        states = {row.state for row in uow.connection.execute(sa.select(OFFER))}
        assert states == {"accepted", "replaced", "expired"}
        assert uow.connection.execute(sa.select(sa.func.count()).select_from(MEETING)).scalar() == 1


def test_a_promise_over_its_days(cell: EmbeddedCell):
    move_in(cell)
    made = promises.Promise("t-alvarez", "s-mateo", "g-daniel", "org-greenview", date(2026, 10, 2), "extra practice")
    with cell.runtime.unit_of_work("scheduling", scene.DISTRICT) as uow:
        promises.make(uow, made)
    cell.settle()
    assert len(heard("commitment_made")) == 1

    cell.advance_to(datetime(2026, 10, 1, 12, 59, tzinfo=UTC))
    assert heard("commitment_due") == []
    cell.advance_to(datetime(2026, 10, 1, 13, 1, tzinfo=UTC))
    assert [told["text"] for told in heard("commitment_due")] == ["extra practice"]
    cell.advance_to(datetime(2026, 10, 3, 13, 1, tzinfo=UTC))
    assert len(heard("commitment_missed")) == 1


def test_a_worker_runs_with_the_ports_it_is_given(tmp_path: Path):
    world = scene.on_sqlite(tmp_path).move_in()
    service = worker_factory(SchedulingService, ports=world.ports)
    with world.unit() as uow:
        service.early_alert_raised(uow, [scene.alert()])
    assert len(world.events("meeting_offered")) == 2
    world.engine.dispose()


def test_an_entrypoint_can_be_fired_in_its_container(cell: EmbeddedCell, monkeypatch: pytest.MonkeyPatch):
    # nameko's waiting takes for granted that threads are patched; here they are not, so it must wait greenly
    monkeypatch.setattr("nameko.testing.waiting.Semaphore", GreenSemaphore)
    move_in(cell)
    container = cell.containers["scheduling"]
    with cell.runtime.unit_of_work("scheduling", scene.DISTRICT) as uow:
        with entrypoint_hook(container, "early_alert_raised") as early_alert_raised:
            early_alert_raised(uow, [scene.alert()])
    cell.settle()
    assert len(heard("meeting_offered")) == 2


def test_it_hears_exactly_what_its_contracts_say():
    heard_types = {
        entrypoint.type
        for method in vars(SchedulingService).values()
        for entrypoint in getattr(method, "nameko_entrypoints", ())
        if isinstance(entrypoint, On)
    }
    assert heard_types == {contract.type for contract in contracts_for("scheduling")}
