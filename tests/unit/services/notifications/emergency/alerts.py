"""Sends to many for tests: a house full of families and short ways to send, recall and look."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

from services.notifications.domain.audience import Audience
from services.notifications.handlers import emergency, recalling
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.recalling import Recalled
from services.notifications.handlers.writing import Author
from services.notifications.service import NotificationsService
from services.notifications.tables import DELIVERY
from tests.unit.services.notifications.world import SCHOOL as SCHOOL_SETTINGS
from tests.unit.services.notifications.world import District, person

OFFICE = Author("o-office", "office", ("greenview",))
SCHOOL = Audience(schools=("greenview",))
FAIR = Announcement(kind="info", title="Book fair", text="The book fair is on Friday.", audience=SCHOOL, school_id="greenview")
FIRE = replace(FAIR, kind="emergency", title="School closed", text="Greenview is closed today.")


@dataclass
class House:
    """The district, and what one does with it here."""

    district: District

    def fill(self, families: int) -> None:
        """So many further families by text message, English; a principal and an administrator."""
        for staff, role in (("p-lee", "principal"), ("a-ade", "administrator")):
            self.district.project(
                "district.staff_listed", staff_id=staff, revision=1, school_ids=["greenview"], role=role, class_ids=[],
                active=True, name=person("Sam", "Lee"), email=f"{staff}@school.example.org",
            )  # fmt: skip
        for number in range(families):
            self.district.enrol(f"s-{number:03}", f"Child{number}", teacher="t-other")
            self.district.link(f"g-{number:03}", f"s-{number:03}", home=f"hh-{number}", sms=f"+1312555{1000 + number}")

    def settings(self, *, revision: int = 2, **changes: Any) -> None:
        """The school's settings, changed."""
        event = self.district.event(
            "district.school_onboarded", school_id="greenview", revision=revision, config_version="v2", name="Greenview",
            timezone="America/Chicago", **{**SCHOOL_SETTINGS, **changes},
        )  # fmt: skip
        with self.district.transaction() as uow:
            NotificationsService.school_onboarded(SimpleNamespace(ports=self.district.ports), uow, [event])

    def send(self, what: Announcement = FAIR, author: Author = OFFICE, **how: Any) -> str:
        with self.district.transaction() as uow:
            return emergency.send(uow, self.district.ports, author, what, **how)

    def recall(self, message_id: str, text: str | None = None) -> Recalled | None:
        with self.district.transaction() as uow:
            return recalling.recall(uow, self.district.ports, message_id, by="o-office", text=text)

    def later(self, **passed: float) -> None:
        self.district.at(self.district.now + timedelta(**passed))

    def deliveries(self, message_id: str) -> list[Any]:
        return [row for row in self.district.rows(DELIVERY) if row["message_id"] == message_id]

    def states(self, message_id: str) -> Counter[str]:
        return Counter(row["state"] for row in self.deliveries(message_id))
