"""Notifications in a real embedded cell: real broker, inbox, relay, SMTP and an SMS provider over HTTP."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifications.tables import CADENCE, DELIVERY, GAP, TASK
from shared.clock import SimulatedClock
from shared.contracts import contract, contracts_for
from shared.launcher.components import Component, component
from shared.launcher.embedded import EmbeddedCell
from shared.messaging.entrypoint import on
from shared.messaging.tables import messaging_tables
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import Mode, embedded_cell
from shared.tenancy.migrate import write_revision
from tests.unit.services.notifications.outside import Mailbox, SmsProvider, sms_provider, smtp_server

START = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
SPEAKERS = ("directory", "surveys", "scheduling", "translation")


class Speaker(Component):
    """A component that only has an outbox, to say other parts' events with."""

    folder: Path

    @property
    def metadata(self) -> sa.MetaData:
        metadata = sa.MetaData()
        messaging_tables(metadata)
        return metadata

    @property
    def migrations(self) -> Path:
        return Speaker.folder


class FakeTranslation:
    """Answers every text in every language with the language in front."""

    name = "translation"

    @on("notifications.message_composed")
    def message_composed(self, uow: Any, events: Sequence[Any]) -> None:
        for event in events:
            data = event.data
            for target in data["targets"]:
                text = data["text"] or f"{data['catalogue_key']} {{student}} {{slots}} {{when}} {{score}} {{due}}"
                uow.emit(
                    "translation.text_translated",
                    {"text_id": data["message_id"], "content_version": 1, "source": "en", "target": target,
                     "text": f"[{target}] {text}", "engine": "fake", "machine": False, "labelled": False,
                     "approved_by": None, "glossary_hits": 0, "checks": {}},
                )  # fmt: skip


def _unused(self: Any, uow: Any, events: Sequence[Any]) -> None:
    """Heard by the real service, not needed here."""


for _contract in contracts_for("translation"):
    if _contract.type != "notifications.message_composed":
        setattr(FakeTranslation, _contract.type.replace(".", "_"), on(_contract.type)(
            type(_unused)(_unused.__code__, globals(), _contract.type.replace(".", "_"))))  # fmt: skip


@pytest.fixture
def mailbox() -> Iterator[tuple[Mailbox, int]]:
    with smtp_server() as opened:
        yield opened


@pytest.fixture
def provider() -> Iterator[SmsProvider]:
    with sms_provider() as opened:
        yield opened


@pytest.fixture
def cell(tmp_path: Path, mailbox: Any, provider: SmsProvider) -> Iterator[EmbeddedCell]:
    Speaker.folder = tmp_path / "speaker"
    metadata = sa.MetaData()
    messaging_tables(metadata)
    with sa.create_engine("sqlite://").begin() as connection:
        write_revision(connection, metadata, Speaker.folder, "outbox")
    made = embedded_cell(
        tmp_path / "state", ("riverside",), name=f"n{tmp_path.name[-12:]}", mode=Mode.DEMO,
        smtp={"host": "127.0.0.1", "port": mailbox[1], "sender": "school@example.org"},
        sms={"base": provider.base, "account_sid": "AC1", "auth_token": "t", "sender": "+13125550000", "lookup": True},
    )  # fmt: skip
    (tmp_path / "state").mkdir()
    speakers = [Speaker(name, "shared.messaging") for name in SPEAKERS]
    fake = Speaker("translation", "shared.messaging", f"{__name__}:FakeTranslation")
    running = EmbeddedCell(
        made,
        Keyring.create(tmp_path / "keys.json", new_master_key()),
        clock=SimulatedClock(START),
        link_key=b"k" * 40,
        components=[*speakers, component("notifications")],
        services=[component("notifications"), fake],
    )
    running.start()
    yield running
    running.stop()


def say(cell: EmbeddedCell, who: str, *events: tuple[str, dict[str, Any]]) -> None:
    with cell.runtime.unit_of_work(who, "riverside") as uow:
        for type_, data in events:
            uow.emit(type_, data)


def rows(cell: EmbeddedCell, table: sa.Table) -> list[Any]:
    with cell.runtime.unit_of_work("notifications", "riverside") as uow:
        return list(uow.connection.execute(sa.select(table)).mappings())


def onboard(cell: EmbeddedCell, students: int = 1) -> None:
    def sample(type_: str, **changes: Any) -> tuple[str, dict[str, Any]]:
        declared = contract(type_, 1)
        return type_, {**declared.load(declared.sample), **changes}

    people = [
        event
        for n in range(students)
        for event in (
            sample("district.student_enrolled", student_id=f"s-{n}"),
            sample("district.guardian_linked", student_id=f"s-{n}", guardian_id=f"g-a{n}", language="es",
                   contact={"sms": f"+1312555{n:04d}", "email": None, "phone": None}),
            sample("district.guardian_linked", student_id=f"s-{n}", guardian_id=f"g-b{n}", language="en", household_id="hh-b",
                   contact={"email": f"b{n}@example.org", "sms": None, "phone": None}),
        )
    ]  # fmt: skip
    say(
        cell, "directory", sample("district.school_onboarded"), sample("district.calendar_published"),
        sample("district.staff_listed"), *people,
    )  # fmt: skip
    cell.settle()


def test_a_falling_grade_reaches_both_homes_that_day_and_only_once(cell, mailbox, provider):
    onboard(cell)
    grade = {
        "student_id": "s-0", "school_id": "org-greenview", "class_id": "class-3a", "course_id": "c-1", "course_title": "Algebra",
        "revision": 2, "score_pct": 64.0, "previous_pct": 78.0, "as_of": date(2026, 9, 29),
    }  # fmt: skip
    say(cell, "directory", ("district.grade_recorded", grade))
    cell.settle()
    say(cell, "directory", ("district.grade_recorded", {**grade, "revision": 3, "score_pct": 60.0}))
    cell.settle()
    alerts = [message["Body"] for message in provider.messages if "alert.early" in message["Body"]]
    assert len(alerts) == 1 and "Mateo" in alerts[0] and "64" in alerts[0]
    assert {message["To"] for message in provider.messages} == {"+13125550000"}
    assert {to for (to,), _ in mailbox[0].mails} == {"b0@example.org"}
    assert len(provider.messages) == len(mailbox[0].mails) == 2  # the alert, and the guide that goes with it
    assert {row["state"] for row in rows(cell, DELIVERY)} == {"sent"}


def test_five_hundred_families_are_invited_once_each_with_one_text_per_language(cell, mailbox, provider):
    onboard(cell, 250)
    assigned = [
        ("surveys.survey_assigned", {
            "survey_id": "intake", "kind": "intake", "school_id": "org-greenview", "question_ids": ["mode"],
            "due_at": datetime(2026, 10, 11, 22, 0, tzinfo=UTC), "reminder": False,
            "asked": [
                {
                    "assignment_id": f"a-{who}{n}", "guardian_id": f"g-{who}{n}", "student_ids": [f"s-{n}"],
                    "link": "https://h.example.org/s/t",
                }
                for n in range(page, page + 50) for who in "ab"
            ],
        })
        for page in range(0, 250, 50)
    ]  # fmt: skip
    say(cell, "surveys", *assigned)
    cell.settle()
    assert len({m["To"] for m in provider.messages}) == len(provider.messages) == 250
    assert len({to[0] for to, _ in mailbox[0].mails}) == len(mailbox[0].mails) == 250


def test_a_killed_worker_sends_nobody_twice(cell, mailbox, provider):
    onboard(cell, 20)
    say(cell, "surveys", *[
        ("surveys.question_asked", {
            "assignment_id": f"a-{n}", "guardian_id": f"g-a{n}", "school_id": "org-greenview", "question_id": "mode",
            "position": 1, "total": 6, "language": "es", "text": "1/6",
        })
        for n in range(20)
    ])  # fmt: skip
    cell.kill("notifications")
    cell.restart("notifications")
    cell.settle()
    assert len({m["To"] for m in provider.messages}) == len(provider.messages) == 20


def test_the_night_finds_the_homes_that_were_not_heard_of(cell):
    onboard(cell)
    say(cell, "surveys", ("surveys.response_overdue", {
        "assignment_id": "a-1", "survey_id": "intake", "guardian_id": "g-a0", "student_ids": ["s-0"],
        "school_id": "org-greenview", "due_at": START,
    }))  # fmt: skip
    cell.advance_to(datetime(2026, 10, 3, 12, 0, tzinfo=UTC))
    assert [(row["student_id"], row["days_since"]) for row in rows(cell, GAP)] == [("s-0", None)]
    assert {(row["students"], row["gaps"]) for row in rows(cell, CADENCE)} == {(1, 0), (1, 1)}
    assert [row["kind"] for row in rows(cell, TASK)] == ["call_instead"]
