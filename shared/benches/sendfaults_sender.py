"""Has messages sent at a steady rate, whatever is being killed, and keeps honest books of what was promised."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

import psycopg
from psycopg import Error
from sqlalchemy.exc import SQLAlchemyError

from shared.benches.cell import DISTRICT, BenchCell
from shared.clock import monotonic
from shared.ids import new_id

CHANNELS = ("sms", "voice", "email")
SCHOOL, OFFICE = "school-1", "t-office"
TOGETHER = 30  # families a message


@dataclass(frozen=True, slots=True)
class Family:
    """One guardian who is reached by one channel alone, and the one child."""

    number: int

    @property
    def channel(self) -> str:
        return CHANNELS[self.number % len(CHANNELS)]

    @property
    def guardian_id(self) -> str:
        return f"g-{self.number}"

    @property
    def student_id(self) -> str:
        return f"s-{self.number}"


def families(count: int) -> list[Family]:
    return [Family(number) for number in range(count)]


def fill(connection: psycopg.Connection, everyone: Sequence[Family], now: datetime) -> None:
    """The roster as the service keeps it."""
    settings = json.dumps({"languages": ["en"], "quiet_start": None, "quiet_end": None})
    tables: dict[str, list[tuple[Any, ...]]] = {
        "school": [
            ("school_id", "revision", "config_version", "name", "timezone", "settings"),
            (SCHOOL, 1, "1", "Northgate", "UTC", settings),
        ],
        "staff": [
            ("staff_id", "revision", "active", "role", "school_ids", "class_ids", "given_name", "family_name"),
            (OFFICE, 1, True, "administrator", json.dumps([SCHOOL]), "[]", "Office", "District"),
        ],
        "student": [
            ("student_id", "revision", "active", "school_id", "grade", "class_ids", "teacher_ids", "given_name", "family_name"),
            *((one.student_id, 1, True, SCHOOL, "04", "[]", "[]", "Sam", "Sample") for one in everyone),
        ],
        "guardian": [
            ("guardian_id", "revision", "language", "given_name", "family_name", "email", "sms", "phone"),
            *(_guardian(one) for one in everyone),
        ],
        "guardian_link": [
            ("guardian_id", "student_id", "revision", "active", "household_id", "relationship", "legal_guardian", "lives_with",
             "priority", "receives"),
            *((one.guardian_id, one.student_id, 1, True, f"h-{one.number}", "parent", True, True, 1, True) for one in everyone),
        ],
        "preference": [
            ("guardian_id", "version", "channel_order", "timezone"),
            *((one.guardian_id, 1, json.dumps([one.channel]), "UTC") for one in everyone),
        ],
    }  # fmt: skip
    for table, (columns, *rows) in tables.items():
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
    connection.execute("ANALYZE")


def _guardian(one: Family) -> tuple[object, ...]:
    number = f"+1312{one.number:07d}"
    email = f"{one.guardian_id}@families.example" if one.channel == "email" else None
    sms, phone = number if one.channel == "sms" else None, number if one.channel == "voice" else None
    return (one.guardian_id, 1, "en", "Sam", "Sample", email, sms, phone)


class Sender:
    """`promised`: guardians of messages whose commit returned. Every other message is an announcement, the rest are notes."""

    def __init__(self, bench: BenchCell, everyone: Sequence[Family], *, rate: float) -> None:
        self.promised: set[str] = set()
        self.unanswered: set[str] = set()
        self._bench = bench
        self._waiting = _groups(everyone)
        self._interval = TOGETHER / rate
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join()

    def _run(self) -> None:
        due = monotonic()
        for number, group in enumerate(self._waiting):
            if self._stopping.wait(max(0.0, due - monotonic())):
                return
            due = max(due + self._interval, monotonic() - 1.0)  # what an outage kept back is not made up for
            ids = {one.guardian_id for one in group}
            try:
                self._send(group, announced=number % 2 == 0)
            except (SQLAlchemyError, Error):
                self.unanswered |= ids
                self._stopping.wait(0.2)
            else:
                self.promised |= ids

    def _send(self, group: Sequence[Family], *, announced: bool) -> None:
        ports = _product("ports").build_ports(self._bench.runtime)
        with self._bench.runtime.unit_of_work("notifications", DISTRICT) as uow:
            if announced:
                announcing, audience = _product("handlers.announcing"), _product("domain.audience")
                author = _product("handlers.writing").Author(OFFICE, "administrator", (SCHOOL,))
                whom = audience.Audience(guardians=tuple(one.guardian_id for one in group))
                what = announcing.Announcement(kind="info", title="", text="Trip on Friday.", audience=whom)
                announcing.announce(uow, ports, author, what)
                return
            composing, sending = _product("handlers.composing"), _product("domain.sending")
            recipients = [composing.Recipient(one.guardian_id, (one.student_id,)) for one in group]
            draft = composing.Draft(
                message_id=new_id(), kind="info", weight=sending.Weight.IMPORTANT, school_id=SCHOOL, recipients=recipients,
                text="Sam read aloud today.", sender_id=OFFICE, personal=True,
            )  # fmt: skip
            composing.compose(uow, ports, [draft])


def _groups(everyone: Sequence[Family]) -> Iterator[Sequence[Family]]:
    for start in range(0, len(everyone), TOGETHER):
        yield everyone[start : start + TOGETHER]


def _product(name: str) -> Any:
    return import_module(f"services.notifications.{name}")
