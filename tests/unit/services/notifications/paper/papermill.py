"""What tests of letters and the ladder do, in a school's words."""

from __future__ import annotations

import io
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import pypdf

from services.notifications.domain.ladder import LetterState
from services.notifications.handlers import paper, wishes, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.service import PRESS
from services.notifications.store import ladder as climb
from services.notifications.store import messages
from services.notifications.tables import DELIVERY
from services.notifications.tables.paper import LADDER, LETTER_STATE, PRINT_PART
from tests.unit.services.notifications.world import SCHOOL, District, person

ALVAREZ = Author("t-alvarez", "teacher", ("greenview",))
LAN, LANS_NUMBER = "g-lan", "+13125550122"


@dataclass
class Mill:
    """Says what happens at school and looks at what comes of it."""

    district: District

    @classmethod
    def at(cls, district: District) -> Mill:
        district.enrol("s-bao", "Bao")
        district.project(
            "district.guardian_linked", guardian_id=LAN, student_id="s-bao", revision=1, household_id="hh-c",
            relationship="Grandmother", legal_guardian=True, lives_with=True, priority=1, receives=True, language="vi",
            name=person("Lan", "Nguyen"), contact={"email": None, "sms": LANS_NUMBER, "phone": None},
        )  # fmt: skip
        return cls(district)

    def unreachable(self) -> None:
        """Lan's telephone is given up."""
        self.district.project(
            "district.guardian_linked", guardian_id=LAN, student_id="s-bao", revision=2, household_id="hh-c",
            relationship="Grandmother", legal_guardian=True, lives_with=True, priority=1, receives=True, language="vi",
            name=person("Lan", "Nguyen"), contact={"email": None, "sms": None, "phone": None},
        )  # fmt: skip

    def write(self, *, kind: str = "concern", text: str = "Bao has missed reading twice.", student: str = "s-bao") -> str:
        with self.district.transaction() as uow:
            reach = writing.write(uow, self.district.ports, ALVAREZ, Note(kind=kind, text=text, student_id=student))
        self.district.settle()
        return reach.message_id

    def rules(self, **ladder: Any) -> None:
        """The school sets its own."""
        event = self.district.event(
            "district.school_onboarded", school_id="greenview", revision=2, config_version="v2", name="Greenview",
            timezone="America/Chicago", **{**SCHOOL, "ladder": ladder},
        )  # fmt: skip
        self.district.hear(wishes.school_onboarded, event)

    def forbid(self, guardian: str = LAN, student: str = "s-bao") -> None:
        """The office enters a court order."""
        self.district.project(
            "district.contact_restricted", restriction_id=f"r-{guardian}", revision=3, guardian_id=guardian, student_id=student,
            scope="no_contact", starts_on=date(2026, 9, 1), ends_on=None, lifted=False,
        )  # fmt: skip

    def later(self, **time: float) -> None:
        self.district.at(self.district.now + timedelta(**time))

    def ask(self, *, duplex: bool = False) -> str | None:
        with self.district.transaction() as uow:
            return paper.ask_run(uow, school_id="greenview", staff_id="o-office", duplex=duplex)

    def run(self, *, duplex: bool = False) -> str:
        """Ask for a run and wait until it is made."""
        run = self.ask(duplex=duplex)
        assert run is not None, "no letter waits"
        self.make()
        return run

    def make(self) -> None:
        """The worker's rounds until every part is made or given up."""
        for _ in range(20):
            self.district.settle()
            PRESS.wait(60)
            self.district.settle()
            if all(part["state"] in ("made", "failed") for part in self.district.rows(PRINT_PART)):
                return
            self.later(seconds=10)
        raise AssertionError("the parts were never made")

    def file(self, run: str, part: int = 1) -> bytes | None:
        with self.district.transaction() as uow:
            return paper.fetch(uow, run, part)

    def settle(self, outcome: LetterState, *letters: str) -> tuple[int, int]:
        with self.district.transaction() as uow:
            return paper.settle(uow, letters, outcome, "o-office")

    def delivery(self, guardian: str = LAN) -> Mapping[str, Any]:
        return self.district.delivery_to(guardian)

    def letter(self, guardian: str = LAN) -> Mapping[str, Any] | None:
        known = self.delivery(guardian)["delivery_id"]
        return next((row for row in self.district.rows(LETTER_STATE) if row["letter_id"] == known), None)

    def step(self, guardian: str = LAN) -> Mapping[str, Any] | None:
        known = self.delivery(guardian)["delivery_id"]
        return next((row for row in self.district.rows(LADDER) if row["delivery_id"] == known), None)

    def trace(self, guardian: str = LAN) -> list[str]:
        with self.district.transaction() as uow:
            steps = messages.trace_of(uow.connection, self.delivery(guardian)["delivery_id"])
        return [f"{step['what']}: {step['detail']}" for step in steps]

    def states(self) -> Sequence[str]:
        return [row["state"] for row in self.district.rows(DELIVERY)]

    def calls(self) -> list[Mapping[str, Any]]:
        with self.district.transaction() as uow:
            return list(climb.calls(uow.connection, ["greenview"]))


def text_of(pdf: bytes, page: int | None = None) -> str:
    """The words of a PDF as poppler reads them."""
    pages = ["-f", str(page), "-l", str(page)] if page else []
    done = subprocess.run(["pdftotext", *pages, "-layout", "-", "-"], input=pdf, capture_output=True, check=True)
    return done.stdout.decode()


def pages_of(pdf: bytes) -> int:
    return len(pypdf.PdfReader(io.BytesIO(pdf)).pages)
