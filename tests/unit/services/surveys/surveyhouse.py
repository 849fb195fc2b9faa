"""A small district in a real SQLite file, with a clock that moves when told, for the tests of surveys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from nameko.testing.services import worker_factory

from services.surveys.definitions import Library
from services.surveys.ports import Ports
from services.surveys.service import SurveysService
from services.surveys.tables import ASSIGNMENT
from services.surveys.web import api
from shared.clock import SimulatedClock
from shared.identity import Identity, Kind, Links
from shared.launcher.components import component
from shared.messaging import due
from shared.messaging.envelope import decode, new_event
from shared.messaging.runtime import Runtime
from shared.messaging.tables import OUTBOX
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import Durability, embedded_cell
from shared.tenancy.database import Databases
from shared.tenancy.provision import provision
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.migrated import upgrade

DISTRICT = "riverside"
GREEN, NORTH = "org-greenview", "org-northgate"
KEY = b"k" * 32
KINDS = (
    "survey_send", "survey_join", "survey_remind", "survey_close", "survey_resume", "survey_edit", "survey_end", "survey_results",
    "curious_tick", "pulse_score", "poll_ask", "poll_close", "poll_tell",
)  # fmt: skip
INTAKE = {"survey": "intake", "send_on": "2026-09-01", "remind_on": "2026-09-08", "due_at": "2026-09-11T17:00"}
BEFORE = datetime(2026, 8, 28, 15, 0, tzinfo=UTC)
SENT = datetime(2026, 9, 1, 14, 0, tzinfo=UTC)  # 09:00 in Chicago
REMINDED = datetime(2026, 9, 8, 14, 0, tzinfo=UTC)
DUE = datetime(2026, 9, 11, 22, 0, tzinfo=UTC)


@dataclass
class House:
    """`hear` events as the service would, `advance` through due work, read what was `said`."""

    runtime: Runtime
    clock: SimulatedClock
    ports: Ports
    identity: Identity
    app: Any
    service: Any
    revision: int = 0

    @classmethod
    def at(cls, folder: Path) -> House:
        """In a folder where `provisioned` made the tables, or a copy of one."""
        clock = SimulatedClock(BEFORE)
        cell = embedded_cell(folder, (DISTRICT,), durability=Durability.PROCESS, base_url="https://homeroom.example.org")
        databases = Databases(cell)
        vault = Keyring.create(folder / "keys.json", new_master_key())
        runtime = Runtime(cell, vault, databases, clock, KEY)
        ports = Ports(Library(folder / "districts"), Links(KEY), cell.base_url, districts=(DISTRICT,))
        identity = Identity.build(KEY, mode="demo", secure=False)
        app = build_app(api, runtime=runtime, ports=ports, clock=clock, identity=identity, mode="demo")
        return cls(runtime, clock, ports, identity, app, worker_factory(SurveysService, ports=ports))

    def unit(self) -> Any:
        return self.runtime.unit_of_work("surveys", DISTRICT)

    def event(self, type_: str, **data: Any) -> Any:
        source = type_.split(".")[0]
        return new_event(type_, data, district=DISTRICT, source=source, now=self.clock.now())

    def hear(self, *events: Any) -> None:
        """Give events of one type to the service's method, in one transaction."""
        with self.unit() as uow:
            getattr(self.service, events[0].type.split(".")[1])(uow, list(events))

    def work(self) -> None:
        """Do everything that is due now."""
        found = True
        while found:
            with self.unit() as uow:
                items = due.claim(uow, KINDS)
                for kind, group in groupby(sorted(items, key=lambda item: item.kind), key=lambda item: item.kind):
                    getattr(self.service, kind)(uow, list(group))
                found = bool(items)

    def advance(self, to: datetime) -> None:
        """Through each piece of due work until `to`."""
        self.work()
        while True:
            with self.unit() as uow:
                moment = due.next_due(uow.connection)
            if moment is None or moment > to:
                break
            self.clock.advance_to(max(moment, self.clock.now()))
            self.work()
        self.clock.advance_to(to)

    def said(self, type_: str) -> list[Any]:
        """Events of that type, in the order they were said."""
        with self.unit() as uow:
            bodies = list(uow.connection.execute(sa.select(OUTBOX.c.body).order_by(OUTBOX.c.id)).scalars())
        events = [decode(body, self.runtime.vault) for body in bodies]
        return [event for event in events if event.type == type_]

    def invitations(self) -> list[Any]:
        """What each guardian was asked, one by one, as the events' pages tell of it."""
        return [
            replace(event, data={**{name: value for name, value in event.data.items() if name != "asked"}, **each})
            for event in self.said("surveys.survey_assigned")
            for each in event.data["asked"]
        ]

    def rows(self, table: sa.Table) -> list[Any]:
        with self.unit() as uow:
            return list(uow.connection.execute(sa.select(table)))

    def assignment(self, guardian_id: str) -> Any:
        return next(row for row in self.rows(ASSIGNMENT) if row.guardian_id == guardian_id)

    # the roster

    def next(self) -> int:
        self.revision += 1
        return self.revision

    def school(
        self,
        school_id: str = GREEN,
        *,
        intake: dict[str, Any] | None = INTAKE,
        phone: str | None = "+13125550100",
        surveys: dict[str, Any] | None = None,
    ) -> None:
        self.hear(
            self.event(
                "district.school_onboarded", school_id=school_id, revision=self.next(), config_version="v1",
                name="Greenview", timezone="America/Chicago", languages=["en", "es", "gu"], floor_days=30,
                concern_floor_days=7, ratio_target=3.0, alert_threshold=70.0, alert_recovery=73.0, quiet_start="20:30",
                quiet_end="07:00", monthly_cap=8, intake=intake, office_hours=[], office_phone=phone, family_friday=None, surveys=surveys,
            )
        )  # fmt: skip

    def calendar(self, school_id: str = GREEN, *, holidays: tuple[str, ...] = ("2026-09-07",)) -> None:
        self.hear(
            self.event(
                "district.calendar_published", school_id=school_id, revision=self.next(),
                terms=[{"id": "t1", "title": "Fall", "starts_on": "2026-09-01", "ends_on": "2026-12-18"}],
                midterm_release_on=None, holidays=[date.fromisoformat(day) for day in holidays], cultural_days=[],
            )
        )  # fmt: skip

    def student(self, student_id: str, name: str, *, school: str = GREEN, classes: tuple[str, ...] = ("class-3a",)) -> None:
        teachers = ["t-alvarez"] if school == GREEN else ["t-okafor"]
        self.hear(
            self.event(
                "district.student_enrolled", student_id=student_id, school_id=school, revision=self.next(), grade="03",
                class_ids=list(classes), teacher_ids=teachers, sibling_group_id=None,
                name={"given_name": name, "family_name": "Rivera"},
            )
        )  # fmt: skip

    def guardian(self, guardian_id: str, student_id: str, *, language: str = "en", receives: bool = True) -> None:
        self.hear(
            self.event(
                "district.guardian_linked", guardian_id=guardian_id, student_id=student_id, revision=self.next(),
                household_id=f"hh-{guardian_id}", relationship="Mother", legal_guardian=True, lives_with=True, priority=1,
                receives=receives, language=language, name={"given_name": guardian_id[2:].title(), "family_name": "Rivera"},
                contact={"email": None, "sms": "+13125550111", "phone": None},
            )
        )  # fmt: skip

    def staff(self, staff_id: str = "t-alvarez", *, school: str = GREEN, classes: tuple[str, ...] = ("class-3a",)) -> None:
        self.hear(
            self.event(
                "district.staff_listed", staff_id=staff_id, revision=self.next(), school_ids=[school], role="teacher",
                class_ids=list(classes), active=True, name={"given_name": "Elena", "family_name": "Alvarez"}, email=None,
            )
        )  # fmt: skip

    def restrict(self, guardian_id: str, student_id: str, *, starts_on: date = date(2026, 8, 1)) -> None:
        self.hear(
            self.event(
                "district.contact_restricted", restriction_id=f"r-{self.revision}", guardian_id=guardian_id,
                student_id=student_id, revision=self.next(), scope="no_contact", starts_on=starts_on, ends_on=None,
                lifted=False, authority_ref="court-1",
            )
        )  # fmt: skip

    # people

    def reply(self, guardian_id: str, *texts: str, assignment_id: str | None = None) -> None:
        """Text messages of a guardian, each its own event and transaction."""
        for text in texts:
            self.hear(
                self.event(
                    "notifications.reply_received", thread_id=guardian_id, reply_id=f"reply-{self.next()}",
                    guardian_id=guardian_id, channel="sms", language="en", open_kind="survey",
                    open_ref=assignment_id or self.assignment(guardian_id).assignment_id,
                    received_at=self.clock.now(), text=text,
                )
            )  # fmt: skip
            self.clock.advance_to(self.clock.now() + timedelta(seconds=20))

    def asked(self) -> list[str]:
        """The texts that the walk has sent."""
        return [event.data["text"] for event in self.said("surveys.question_asked")]

    def link(self, guardian_id: str) -> str:
        """The path of the survey link that this guardian was sent last."""
        links = [e.data["link"] for e in self.invitations() if e.data["guardian_id"] == guardian_id]
        return links[-1].removeprefix("https://homeroom.example.org")

    def anyone(self) -> SignedIn:
        return SignedIn(self.app, self.identity, None)

    def as_staff(self, person_id: str = "t-alvarez", role: str = "teacher", schools: tuple[str, ...] = (GREEN,)) -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, self.clock.now(), district=DISTRICT, person_id=person_id, role=role, schools=schools, language="en"
        )
        return SignedIn(self.app, self.identity, session)

    def as_office(self, schools: tuple[str, ...] = (GREEN,)) -> SignedIn:
        return self.as_staff("o-chen", "office", schools)


def provisioned(folder: Path) -> Path:
    """A folder with the tables that the migrations make."""
    cell = embedded_cell(folder, (DISTRICT,), durability=Durability.PROCESS)
    databases = Databases(cell)
    provision(cell, databases, [component("surveys")], upgrade=upgrade)
    databases.dispose()
    return folder


def settled(house: House) -> House:
    """Ana (es) with Mateo and Lucia at two schools, Meera (gu) with Riya, George with Sam; the intake planned."""
    house.calendar()
    house.calendar(NORTH)
    house.staff()
    house.staff("t-okafor", school=NORTH, classes=("class-alg1",))
    house.student("s-mateo", "Mateo")
    house.student("s-lucia", "Lucia", school=NORTH, classes=("class-alg1",))
    house.student("s-riya", "Riya")
    house.student("s-sam", "Sam")
    house.guardian("g-ana", "s-mateo", language="es")
    house.guardian("g-ana", "s-lucia", language="es")
    house.guardian("g-meera", "s-riya", language="gu")
    house.guardian("g-george", "s-sam")
    house.school()
    return house
