"""A small district as scheduling knows it, on SQLite or PostgreSQL: two homes of one child, another family, two schools."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

import services.scheduling
from services.scheduling.handlers import booking, notes, offers, roster
from services.scheduling.ports import Ports
from shared.clock import SimulatedClock
from shared.directory import projection
from shared.identity import Links
from shared.messaging.envelope import Event, new_event, open_envelope, parse
from shared.messaging.tables import DUE_WORK, OUTBOX
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import Durability
from shared.tenancy.database import sqlite_engine
from tests.migrated import upgrade, write_migrated

DISTRICT = "riverside"
NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)  # a Tuesday, 10:00 in Chicago
KEY = "k" * 40
MIGRATIONS = Path(services.scheduling.__file__).parent / "migrations"
WEDNESDAY = [{"weekday": "wed", "start": "15:30", "end": "16:30"}]


def said(type_: str, source: str, data: dict[str, Any], now: datetime = NOW) -> Event:
    return new_event(type_, data, district=DISTRICT, source=source, now=now)


def school(school_id: str = "org-greenview", *, revision: int = 1, hours: Sequence[dict[str, str]] = WEDNESDAY) -> Event:
    data = {
        "school_id": school_id, "revision": revision, "config_version": f"c{revision}", "name": school_id.title(),
        "timezone": "America/Chicago", "languages": ["en", "es"], "floor_days": 30, "concern_floor_days": 7,
        "ratio_target": 3.0, "alert_threshold": 70.0, "alert_recovery": 73.0, "quiet_start": "20:30",
        "quiet_end": "07:00", "monthly_cap": 8, "intake": None, "office_hours": list(hours),
        "office_phone": "+13125550100", "family_friday": None,
    }  # fmt: skip
    return said("district.school_onboarded", "directory", data)


def calendar(school_id: str = "org-greenview", holidays: Sequence[date] = (), *, revision: int = 1) -> Event:
    data = {
        "school_id": school_id, "revision": revision, "terms": [], "midterm_release_on": date(2026, 10, 23),
        "holidays": list(holidays), "cultural_days": [],
    }  # fmt: skip
    return said("district.calendar_published", "directory", data)


def teacher(staff_id: str, school_id: str = "org-greenview", name: str = "Elena Alvarez") -> Event:
    given, family = name.split()
    data = {
        "staff_id": staff_id, "revision": 1, "school_ids": [school_id], "role": "teacher", "class_ids": ["class-3a"],
        "active": True, "name": {"given_name": given, "family_name": family}, "email": f"{staff_id}@riverside.example.org",
    }  # fmt: skip
    return said("district.staff_listed", "directory", data)


def student(student_id: str, teacher_id: str, school_id: str = "org-greenview", name: str = "Mateo Rivera") -> Event:
    given, family = name.split()
    data = {
        "student_id": student_id, "school_id": school_id, "revision": 1, "grade": "03", "class_ids": ["class-3a"],
        "teacher_ids": [teacher_id], "sibling_group_id": None, "name": {"given_name": given, "family_name": family},
    }  # fmt: skip
    return said("district.student_enrolled", "directory", data)


def guardian(guardian_id: str, student_id: str, household: str, language: str, name: str, *, receives: bool = True) -> Event:
    given, family = name.split()
    data = {
        "guardian_id": guardian_id, "student_id": student_id, "revision": 1, "household_id": household,
        "relationship": "Parent", "legal_guardian": True, "lives_with": True, "priority": 1, "receives": receives,
        "language": language, "name": {"given_name": given, "family_name": family},
        "contact": {"email": f"{guardian_id}@example.org", "sms": "+13125550111", "phone": None},
    }  # fmt: skip
    return said("district.guardian_linked", "directory", data)


def restriction(guardian_id: str, student_id: str, starts_on: date, *, lifted: bool = False) -> Event:
    data = {
        "restriction_id": f"r-{guardian_id}", "guardian_id": guardian_id, "student_id": student_id, "revision": 2,
        "scope": "no_contact", "starts_on": starts_on, "ends_on": None, "lifted": lifted, "authority_ref": "court-1",
    }  # fmt: skip
    return said("district.contact_restricted", "directory", data)


def alert(alert_id: str = "alert-1", student_id: str = "s-mateo", teacher_id: str | None = "t-alvarez") -> Event:
    data = {
        "alert_id": alert_id, "student_id": student_id, "school_id": "org-greenview", "course_id": "c-1",
        "class_id": "class-3a", "teacher_id": teacher_id, "score": 64.0, "threshold": 70.0, "days_to_midterm": 24,
    }  # fmt: skip
    return said("notifications.early_alert_raised", "notifications", data)


def reply(
    offer_id: str, text: str, guardian_id: str, *, at: datetime = NOW, reply_id: str | None = None, kind: str = "meeting_offer"
) -> Event:
    data = {
        "thread_id": guardian_id, "reply_id": reply_id or f"reply-{offer_id}-{text}", "guardian_id": guardian_id,
        "channel": "sms", "language": "es", "open_kind": kind, "open_ref": offer_id, "received_at": at, "text": text,
    }  # fmt: skip
    return said("notifications.reply_received", "notifications", data)


def preference(guardian_id: str, *, version: int = 1, **said_: str | None) -> Event:
    data = {
        "guardian_id": guardian_id, "version": version, "channel_order": ["sms"], "contacts_per_month": None,
        "live_mode": None, "available_after": None, "quiet_start": None, "quiet_end": None, "timezone": None,
        "language": None, **said_,
    }  # fmt: skip
    return said("surveys.preference_changed", "surveys", data)


@dataclass
class World:
    """Transactions of scheduling, and what left with them."""

    engine: sa.Engine
    vault: Keyring
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(NOW))
    ports: Ports = field(default_factory=lambda: Ports(Links(KEY), "https://home.example.org", "https://meet.example.org/"))

    @contextmanager
    def unit(self) -> Iterator[UnitOfWork]:
        with self.engine.begin() as connection:
            uow = UnitOfWork(
                connection, service="scheduling", district=DISTRICT, now=self.clock.now(), vault=self.vault
            )
            yield uow
            uow.flush()

    def unit_of_work(self, service: str, district: str) -> Any:
        """As `Runtime` offers it to the web layer."""
        assert (service, district) == ("scheduling", DISTRICT)
        return self.unit()

    def events(self, type_: str = "") -> list[Event]:
        """Everything said so far, of one type or all."""
        with self.engine.begin() as connection:
            bodies = list(connection.execute(sa.select(OUTBOX.c.body).order_by(OUTBOX.c.id)).scalars())
        found = [open_envelope(parse(bytes(body)), self.vault) for body in bodies]
        return [event for event in found if not type_ or event.type == f"scheduling.{type_}"]

    def due(self) -> dict[tuple[str, str], datetime]:
        with self.engine.begin() as connection:
            rows = connection.execute(sa.select(DUE_WORK.c.kind, DUE_WORK.c.key, DUE_WORK.c.due_at))
            return {(row.kind, row.key): row.due_at for row in rows}

    def rows(self, table: sa.Table) -> list[Any]:
        with self.engine.begin() as connection:
            return list(connection.execute(sa.select(table)))

    def alert(self, *events: Event) -> None:
        with self.unit() as uow:
            notes.alert_noted(uow, events)
            offers.early_alert_raised(uow, self.ports, events)

    def reply(self, *events: Event) -> None:
        with self.unit() as uow:
            booking.reply_received(uow, self.ports, events)

    def offer_of(self, guardian_id: str) -> Event:
        """The newest offer said to that guardian."""
        return [event for event in self.events("meeting_offered") if event.data["guardian_id"] == guardian_id][-1]

    def move_in(self) -> World:
        """Two homes of Mateo (Ana, Daniel), Meera with Riya, all taught by Ms Alvarez; Mr Okafor at another school."""
        with self.unit() as uow:
            roster.school_onboarded(uow, self.ports, [school(), school("org-northgate")])
            projection.calendar_published(uow, [calendar(), calendar("org-northgate")])
            roster.staff_listed(
                uow, self.ports, [teacher("t-alvarez"), teacher("t-okafor", "org-northgate", "John Okafor")]
            )
            projection.student_enrolled(
                uow, [student("s-mateo", "t-alvarez"), student("s-riya", "t-alvarez", name="Riya Shah")]
            )
            projection.guardian_linked(
                uow,
                [
                    guardian("g-ana", "s-mateo", "home-a", "es", "Ana Rivera"),
                    guardian("g-daniel", "s-mateo", "home-b", "en", "Daniel Rivera"),
                    guardian("g-meera", "s-riya", "home-c", "gu", "Meera Shah"),
                ],
            )
        return self


def on_sqlite(folder: Path) -> World:
    path = folder / "scheduling.sqlite"
    write_migrated(path, MIGRATIONS)
    return _world(sqlite_engine(path, durability=Durability.PROCESS), folder)


def on_postgresql(url: str, folder: Path) -> World:
    engine = sa.create_engine(sa.make_url(url).set(drivername="postgresql+psycopg"), pool_size=20)
    with engine.begin() as connection:
        upgrade(connection, MIGRATIONS)
    return _world(engine, folder)


def _world(engine: sa.Engine, folder: Path) -> World:
    return World(engine, Keyring.create(folder / "keys.json", new_master_key()))
