"""Surveys alone in a cell: real broker, containers and clock; what it hears, what comes due, what it says."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from shared.clock import SimulatedClock
from shared.contracts import contracts_for
from shared.launcher.components import Component, component
from shared.launcher.embedded import EmbeddedCell
from shared.messaging.entrypoint import on
from shared.messaging.envelope import Event, new_event
from shared.messaging.tables import messaging_tables
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import Durability, embedded_cell
from shared.tenancy.migrate import write_revision

ROOT = Path(__file__).resolve().parents[2]
DISTRICT = "riverside"
SCHOOL = "org-greenview"
DUE = datetime(2026, 9, 11, 22, 0, tzinfo=UTC)
HEARD: list[Event] = []


class Listener:
    """Stands in for notifications: replies for guardians, hears what surveys says."""

    name = "notifications"


def _listen(type_: str) -> Any:
    def heard(self: Listener, uow: Any, events: Sequence[Event]) -> None:
        HEARD.extend(events)

    heard.__name__ = type_.replace(".", "_")
    return on(type_)(heard)


for contract in contracts_for("notifications"):
    setattr(Listener, contract.type.replace(".", "_"), _listen(contract.type))


class Standin(Component):
    """A component whose tables are the outbox and inbox alone."""

    folder: Path

    @property
    def migrations(self) -> Path:
        return Standin.folder

    def load(self, path: str) -> Any:
        return Listener


def standins(folder: Path) -> tuple[Component, Component]:
    metadata = sa.MetaData()
    messaging_tables(metadata)
    with sa.create_engine("sqlite://").connect() as connection:
        write_revision(connection, metadata, folder, "first")
    Standin.folder = folder
    return Standin("notifications", "tests", "tests:Listener"), Standin("directory", "tests")


def start(folder: Path) -> EmbeddedCell:
    """The cell, its clock late in August."""
    HEARD.clear()
    notifications, directory = standins(folder / "migrations")
    surveys = component("surveys")
    started = EmbeddedCell(
        embedded_cell(folder, (DISTRICT,), durability=Durability.PROCESS),
        Keyring.create(folder / "keys.json", new_master_key()),
        clock=SimulatedClock(datetime(2026, 8, 28, 15, 0, tzinfo=UTC)),
        link_key=b"k" * 32,
        components=(notifications, directory, surveys),
        services=(notifications, surveys),
    )
    started.start()
    return started


@pytest.fixture
def cell(tmp_path: Path) -> Iterator[EmbeddedCell]:
    started = start(tmp_path)
    yield started
    started.stop()


def emit(cell: EmbeddedCell, type_: str, **data: Any) -> None:
    with cell.runtime.unit_of_work(type_.split(".")[0].replace("district", "directory"), DISTRICT) as uow:
        uow.emit(type_, data)


def move_in(cell: EmbeddedCell, guardians: int) -> None:
    """A school, its calendar and families; the links come before the students and the settings, as they may."""
    name = {"given_name": "Meera", "family_name": "Patel"}
    contact = {"email": None, "sms": "+13125550111", "phone": None}
    with cell.runtime.unit_of_work("directory", DISTRICT) as uow:
        for number in range(guardians):
            link = {"relationship": "Mother", "legal_guardian": True, "lives_with": True, "priority": 1, "receives": True}
            who = {"guardian_id": f"g-{number}", "student_id": f"s-{number}", "household_id": f"hh-{number}"}
            uow.emit(
                "district.guardian_linked", {**who, **link, "revision": 1, "language": "gu", "name": name, "contact": contact}
            )
        for number in range(guardians):
            uow.emit(
                "district.student_enrolled",
                {"student_id": f"s-{number}", "school_id": SCHOOL, "revision": 1, "grade": "03", "class_ids": ["c"],
                 "teacher_ids": ["t-1"], "sibling_group_id": None, "name": name},
            )  # fmt: skip
        intake = {"survey": "intake", "send_on": "2026-09-01", "remind_on": "2026-09-08", "due_at": "2026-09-11T17:00"}
        uow.emit(
            "district.school_onboarded",
            {"school_id": SCHOOL, "revision": 1, "config_version": "v1", "name": "Greenview", "timezone": "America/Chicago",
             "languages": ["en", "gu"], "floor_days": 30, "concern_floor_days": 7, "ratio_target": 3.0, "alert_threshold": 70.0,
             "alert_recovery": 73.0, "quiet_start": "20:30", "quiet_end": "07:00", "monthly_cap": None, "intake": intake},
        )  # fmt: skip
    cell.settle()


def reply(cell: EmbeddedCell, assignment_id: str, text: str) -> None:
    emit(
        cell, "notifications.reply_received", thread_id="g-0", reply_id=f"r-{text}", guardian_id="g-0", channel="sms",
        language="gu", open_kind="survey", open_ref=assignment_id, received_at=cell.clock.now(), text=text,
    )  # fmt: skip
    cell.settle()


def said(type_: str) -> list[dict[str, Any]]:
    return [dict(event.data) for event in HEARD if event.type == f"surveys.{type_}"]


def invitations() -> list[dict[str, Any]]:
    """What each guardian was asked, one by one."""
    return [{**page, **each} for page in said("survey_assigned") for each in page["asked"]]


def test_an_intake_from_its_day_to_its_deadline(cell: EmbeddedCell) -> None:
    move_in(cell, guardians=520)
    cell.advance_to(datetime(2026, 9, 1, 13, 59, tzinfo=UTC))
    assert invitations() == []
    cell.advance_to(datetime(2026, 9, 1, 15, 0, tzinfo=UTC))
    assigned = invitations()
    assert len(assigned) == len({data["guardian_id"] for data in assigned}) == 520
    mine = next(data["assignment_id"] for data in assigned if data["guardian_id"] == "g-0")
    for text in ("hi", "૩", "2 18:00", "1", "2", "3 eats alone", "0"):
        reply(cell, mine, text)
    assert [data["position"] for data in said("question_asked")] == [1, 2, 3, 4, 5, 6]
    assert [(data["version"], data["contacts_per_month"], data["available_after"]) for data in said("preference_changed")] == [(1, 2, "18:00")]
    assert said("concern_raised")[0]["topic"] == "peers"
    assert said("response_submitted")[0]["via"] == "sms"
    cell.advance_to(DUE + timedelta(minutes=1))
    reminded = [data["guardian_id"] for data in invitations() if data["reminder"]]
    assert len(reminded) == len(set(reminded)) == 519
    overdue = [data["guardian_id"] for data in said("response_overdue")]
    assert len(overdue) == len(set(overdue)) == 519
    assert "g-0" not in {*reminded, *overdue}


def test_killed_while_assigning_everybody_is_still_asked_exactly_once(cell: EmbeddedCell) -> None:
    move_in(cell, guardians=50)
    cell.kill("surveys")
    cell.clock.advance_to(datetime(2026, 9, 1, 14, 0, tzinfo=UTC))  # type: ignore[attr-defined]
    cell.restart("surveys")
    cell.kill("surveys")
    cell.restart("surveys")
    cell.settle()
    guardians = [data["guardian_id"] for data in invitations()]
    assert len(guardians) == len(set(guardians)) == 50


# nameko's hook waits on a lock of threads: it needs a patched process, and patching cannot be undone
HOOKED = """
import eventlet
eventlet.monkey_patch()
import json, sys
from pathlib import Path
import sqlalchemy as sa
from nameko.testing.services import entrypoint_hook
from services.surveys.tables import ASSIGNMENT
from shared.contracts import contracts_for
from shared.messaging.uow import DueItem
from tests.integration.test_surveys_cell import DUE, failed, move_in, start
from datetime import UTC, datetime

cell = start(Path(sys.argv[1]))
move_in(cell, guardians=1)
cell.advance_to(datetime(2026, 9, 1, 15, 0, tzinfo=UTC))
container = cell.containers["surveys"]
with cell.runtime.unit_of_work("surveys", "riverside") as uow:
    with entrypoint_hook(container, "delivery_failed") as delivery_failed:
        delivery_failed(uow, [failed("g-0")])
    row = uow.connection.execute(sa.select(ASSIGNMENT)).one()
    with entrypoint_hook(container, "survey_close") as survey_close:
        survey_close(uow, [DueItem("survey_close", row.campaign_id, DUE, {}, 0)])
heard = {method.type for method in container.extensions if hasattr(method, "type")}
wanted = {declared.type for declared in contracts_for("surveys")}
cell.stop()
print(json.dumps({"unreached": row.unreached_by, "as_declared": heard == wanted}))
"""


def failed(guardian_id: str) -> Event:
    data = {"delivery_id": "d", "message_id": "m", "guardian_id": guardian_id, "channel": "sms", "error": "x", "permanent": True}
    now = datetime(2026, 9, 1, 15, 0, tzinfo=UTC)
    return new_event("notifications.delivery_failed", data, district=DISTRICT, source="notifications", now=now)


def test_nameko_runs_the_entrypoints_and_they_hear_what_the_contracts_say(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", HOOKED, str(tmp_path)],
        cwd=ROOT, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.splitlines()[-1]) == {"unreached": "sms", "as_declared": True}
