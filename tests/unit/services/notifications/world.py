"""A small district in front of real handlers: a database, a translation that answers, channels that remember."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import sqlalchemy as sa

from services.notifications.channels.port import ChannelError, Outcome, Outgoing, Receipt
from services.notifications.handlers import planning, wishes
from services.notifications.ports import Ports
from services.notifications.service import NotificationsService
from services.notifications.tables import DELIVERY
from shared.directory import projection
from shared.identity import Links
from shared.messaging import due
from shared.messaging.entrypoint import Due, Effect
from shared.messaging.envelope import Event, new_event, open_envelope, parse
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key

MORNING = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)  # 10:00 in Chicago, a Tuesday


CATALOGUE = {
    "message.label_machine": "Translated by machine",
    "message.label_source": "Not translated yet",
    "message.label_extra": "Extra, because it matters",
    "message.original_link": "Original: {link}",
    "positive.credit_line": "This begins at home.",
    "digest.intro": "News from {school}:",
    "meeting.offer": "{teacher} about {student}: {slots}. {link}",
    "meeting.booked": "Booked: {when} with {teacher}. {link}",
    "alert.early": "{student} is at {score}% in {course}. {teacher}: {link}",
    "stop.confirmed": "{school}: no more.",
    "help.text": "{school}: call {phone}.",
    "promise.reminder": "Due {due}: {promise}",
    "survey.reminder": "{school}: until {due} {link} Call {hours}.",
}

SCHOOL = {
    "languages": ["en", "es"], "floor_days": 30, "concern_floor_days": 7, "ratio_target": 3.0, "alert_threshold": 70.0,
    "alert_recovery": 73.0, "quiet_start": "20:30", "quiet_end": "07:00", "monthly_cap": 8, "intake": None,
    "office_hours": [{"weekday": "wed", "start": "15:30", "end": "16:30"}], "office_phone": "+13125550100",
    "family_friday": None,
}  # fmt: skip


def person(given: str, family: str) -> dict[str, str]:
    return {"given_name": given, "family_name": family}


# every `@due` of the service, by kind: what a test lets happen is what a worker would do
DUE: dict[str, Callable[..., None]] = {
    entrypoint.kind: method
    for method in vars(NotificationsService).values()
    for entrypoint in getattr(method, "nameko_entrypoints", ())
    if isinstance(entrypoint, Due)
}


EFFECTS: list[Callable[..., int]] = [
    method
    for method in vars(NotificationsService).values()
    for entrypoint in getattr(method, "nameko_entrypoints", ())
    if isinstance(entrypoint, Effect)
]


class FakeChannel:
    """Takes everything, unless taught to refuse an address; remembers what it took."""

    keeps_keys = True

    def __init__(self, name: str) -> None:
        self.name = name
        self.took: list[Outgoing] = []
        self.refuses: dict[str, ChannelError] = {}

    def carry(self, batch: Sequence[Outgoing]) -> list[Outcome]:
        outcomes: list[Outcome] = []
        for letter in batch:
            if (error := self.refuses.get(letter.to)) is not None:
                outcomes.append(error)
                continue
            self.took.append(letter)
            outcomes.append(Receipt(f"ref-{letter.delivery_id}"))
        return outcomes

    def to(self, address: str) -> list[Outgoing]:
        return [letter for letter in self.took if letter.to == address]


class District:
    """Lets a test say what happens and look at what a family would see."""

    def __init__(self, folder: Path, engine: sa.Engine) -> None:
        self.engine = engine
        self.now = MORNING
        self.vault = Keyring.create(folder / "keys.json", new_master_key())
        self.sms, self.email = FakeChannel("sms"), FakeChannel("email")
        self.ports = Ports(
            accounts={"sms": {"texts": self.sms}, "email": {"post": self.email}},
            base_url="https://homeroom.example.org",
            districts=("riverside",),
            links=Links("k" * 40),
            settings={"sms": [{"name": "texts", "auth_token": "secret"}], "email": [{"name": "post"}]},
        )
        self.said: list[Event] = []
        self.fails: set[str] = set()
        self._unheard: list[Event] = []

    @contextmanager
    def transaction(self) -> Iterator[UnitOfWork]:
        with self.engine.begin() as connection:
            uow = UnitOfWork(
                connection, service="notifications", district="riverside", now=self.now, vault=self.vault
            )
            yield uow
            new = [open_envelope(parse(row["body"]), self.vault) for row in uow.emitted]
            uow.flush()
        self.said += new
        self._unheard += new

    def event(self, type_: str, **data: Any) -> Event:
        return new_event(type_, data, district="riverside", source=type_.split(".")[0], now=self.now)

    def hear(self, handler: Callable[..., None], *events: Event) -> None:
        with self.transaction() as uow:
            handler(uow, self.ports, list(events))

    def project(self, type_: str, **data: Any) -> None:
        with self.transaction() as uow:
            projection.HANDLERS[type_](uow, [self.event(type_, **data)])

    def settle(self) -> None:
        """Translation answers, due work runs, deliveries go, until nothing moves."""
        while True:
            if self._translate() + self._due() + self._effects() == 0:
                return

    def _effects(self) -> int:
        service = SimpleNamespace(ports=self.ports)
        return sum(effect(service, self.transaction) for effect in EFFECTS)

    def at(self, moment: datetime) -> None:
        """Time passes, stopping wherever something is due."""
        self.settle()
        while True:
            with self.transaction() as uow:
                upcoming = due.next_due(uow.connection)
            if not isinstance(upcoming, datetime) or upcoming > moment:
                break
            self.now = max(self.now, upcoming)
            self.settle()
        self.now = moment
        self.settle()

    def _due(self) -> int:
        with self.transaction() as uow:
            items = due.claim(uow, sorted(DUE))
            for kind, method in DUE.items():
                if mine := [item for item in items if item.kind == kind]:
                    method(SimpleNamespace(ports=self.ports), uow, mine)
        return len(items)

    def _translate(self) -> int:
        heard, self._unheard = self._unheard, []
        answers, failures = [], []
        for event in heard:
            if event.type == "notifications.message_composed":
                for target in event.data["targets"]:
                    (failures if target in self.fails else answers).append(self._answer(event, target))
        if answers:
            self.hear(planning.text_translated, *answers)
        if failures:
            self.hear(planning.translation_failed, *failures)
        return len(answers) + len(failures)

    def _answer(self, event: Event, target: str) -> Event:
        data, key = event.data, event.data["catalogue_key"]
        if target in self.fails:
            return self.event(
                "translation.translation_failed", text_id=data["message_id"], content_version=1, target=target,
                reason="no_engine", attempts=1,
            )  # fmt: skip
        own = target == data["source_language"]
        text = CATALOGUE.get(key, f"{key}: {{student}} {{link}}") if key else data["text"]
        return self.event(
            "translation.text_translated", text_id=data["message_id"], content_version=data["content_version"],
            source=data["source_language"], target=target, text=text if own else f"[{target}] {text}",
            engine="source" if own else "taught", machine=not own and not key, labelled=False, approved_by=None,
            glossary_hits=0, checks={},
        )  # fmt: skip

    def told(self, type_: str) -> list[Mapping[str, Any]]:
        return [event.data for event in self.said if event.type == f"notifications.{type_}"]

    def rows(self, table: sa.Table) -> list[Mapping[str, Any]]:
        with self.engine.begin() as connection:
            return list(connection.execute(sa.select(table)).mappings())

    def delivery_to(self, person: str) -> Mapping[str, Any]:
        return next(row for row in self.rows(DELIVERY) if row["recipient_id"] == person)

    def onboard(self, school_id: str = "greenview", **changes: Any) -> None:
        self.hear(
            wishes.school_onboarded,
            self.event(
                "district.school_onboarded", school_id=school_id, config_version="v1", name="Greenview",
                timezone="America/Chicago", **{"revision": 1, **SCHOOL, **changes},
            ),
        )  # fmt: skip

    def enrol(self, student: str, given: str, *, school: str = "greenview", teacher: str = "t-alvarez") -> None:
        self.project(
            "district.student_enrolled", student_id=student, school_id=school, revision=1, grade="03",
            class_ids=[f"class-{teacher}"], teacher_ids=[teacher], sibling_group_id=None, name=person(given, "Rivera"),
        )  # fmt: skip

    def link(self, guardian: str, student: str, *, language: str = "en", home: str = "hh-a", receives: bool = True, revision: int = 1,
             **contact: str | None) -> None:  # fmt: skip
        self.project(
            "district.guardian_linked", guardian_id=guardian, student_id=student, revision=revision, household_id=home,
            relationship="Parent", legal_guardian=True, lives_with=True, priority=1, receives=receives, language=language,
            name=person(guardian.removeprefix("g-").title(), "Rivera"), contact={"email": None, "sms": None, "phone": None, **contact},
        )  # fmt: skip

    def populate(self) -> None:
        """Greenview: Mateo (Ana, Spanish, SMS, home A; Daniel, English, email, home B) and his teacher Elena Alvarez."""
        self.onboard()
        self.project(
            "district.calendar_published", school_id="greenview", revision=1, midterm_release_on=date(2026, 10, 23), holidays=[],
            terms=[{"id": "t1", "title": "Fall", "starts_on": "2026-09-01", "ends_on": "2026-12-18"}], cultural_days=[],
        )  # fmt: skip
        for staff, given, role, school in (
            ("t-alvarez", "Elena", "teacher", "greenview"), ("t-okafor", "Chidi", "teacher", "northgate"), ("o-office", "Pat", "office", "greenview"),
        ):  # fmt: skip
            self.project(
                "district.staff_listed", staff_id=staff, revision=1, school_ids=[school], role=role, class_ids=[f"class-{staff}"],
                active=True, name=person(given, "Alvarez" if staff == "t-alvarez" else "Okafor"), email=f"{staff}@school.example.org",
            )  # fmt: skip
        self.enrol("s-mateo", "Mateo")
        self.link("g-ana", "s-mateo", language="es", sms="+13125550111")
        self.link("g-daniel", "s-mateo", home="hh-b", email="daniel@example.org")
