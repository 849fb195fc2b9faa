"""A plan, a note and a promise through a whole cell: pages, text messages, translation, every service's real handlers.

There is no engine for Somali: what the school writes comes as written and says so, the school's own wordings come in Somali.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifications.ports import build_ports as notification_ports
from services.notifications.web import api as notification_api
from services.scheduling.ports import build_ports
from services.scheduling.tables import COMMITMENT
from services.scheduling.tables.loop import NOTE, PLAN
from services.scheduling.web import api
from shared.clock import SimulatedClock
from shared.contracts import contract
from shared.demo.callbacks import sign
from shared.identity import Identity, Kind
from shared.launcher.components import Component, component
from shared.launcher.embedded import EmbeddedCell
from shared.messaging.tables import messaging_tables
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import Mode, embedded_cell
from shared.tenancy.migrate import write_revision
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.notifications.outside import Mailbox, SmsProvider, sms_provider, smtp_server

START = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
HALIMA = "+13125550177"
DISTRICT, KEY = "riverside", b"k" * 40
INBOUND = "/notifications/webhooks/sms/inbound"
SPEAKERS = ("directory", "surveys")
SERVICES = ("notifications", "scheduling", "translation")


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


class Town:
    """The cell, its pages, its mailbox and its telephone company."""

    def __init__(self, cell: EmbeddedCell, mailbox: Mailbox, provider: SmsProvider) -> None:
        self.cell, self.mailbox, self.provider = cell, mailbox, provider
        self.identity = Identity.build(KEY.decode(), mode="production", secure=False)
        self.pages = self._app(api, build_ports(cell.runtime))
        self.webhooks = self._app(notification_api, notification_ports(cell.runtime))
        self._count = 0

    def _app(self, pages: Any, ports: Any) -> Any:
        runtime = self.cell.runtime
        return build_app(pages, runtime=runtime, ports=ports, clock=self.cell.clock, identity=self.identity, mode="demo")

    def say(self, who: str, type_: str, **changes: Any) -> None:
        declared = contract(type_, 1)
        with self.cell.runtime.unit_of_work(who, DISTRICT) as uow:
            uow.emit(type_, {**declared.load(declared.sample), **changes})
        self.cell.settle()

    def okafor(self) -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, self.cell.clock.now(), district=DISTRICT, person_id="t-okafor", role="teacher", schools=("org-northgate",)
        )
        return SignedIn(self.pages, self.identity, session)

    def replies(self, text: str) -> None:
        """Halima answers by text message, as her telephone company brings it."""
        self._count += 1
        form = {"MessageSid": f"SM-in-{self._count}", "From": HALIMA, "To": "+13125550000", "Body": text}
        headers = {"X-Twilio-Signature": sign("t", f"http://falconframework.org{INBOUND}", form)}
        answer = SignedIn(self.webhooks, self.identity, None).post(INBOUND, form=form, headers=headers)
        assert answer.status_code < 300, answer.text
        self.cell.settle()

    def last(self) -> str:
        return self.provider.messages[-1]["Body"]

    def rows(self, table: sa.Table) -> list[Any]:
        with self.cell.runtime.unit_of_work("scheduling", DISTRICT) as uow:
            return list(uow.connection.execute(sa.select(table)))


@pytest.fixture
def outside() -> Iterator[tuple[Any, SmsProvider]]:
    with smtp_server() as mail, sms_provider() as provider:
        yield mail, provider


@pytest.fixture
def town(tmp_path: Path, outside: tuple[Any, SmsProvider]) -> Iterator[Town]:
    (mailbox, port), provider = outside
    Speaker.folder = tmp_path / "speaker"
    metadata = sa.MetaData()
    messaging_tables(metadata)
    with sa.create_engine("sqlite://").begin() as connection:
        write_revision(connection, metadata, Speaker.folder, "outbox")
    made = embedded_cell(
        tmp_path / "state", (DISTRICT,), name=f"l{tmp_path.name[-12:]}", mode=Mode.DEMO,
        smtp={"host": "127.0.0.1", "port": port, "sender": "school@example.org"},
        sms={"base": provider.base, "account_sid": "AC1", "auth_token": "t", "sender": "+13125550000"},
    )  # fmt: skip
    (tmp_path / "state").mkdir()
    running = EmbeddedCell(
        made,
        Keyring.create(tmp_path / "keys.json", new_master_key()),
        clock=SimulatedClock(START),
        link_key=KEY,
        components=[*(Speaker(name, "shared.messaging") for name in SPEAKERS), *(component(name) for name in SERVICES)],
        services=[component(name) for name in SERVICES],
    )
    running.start()
    town = Town(running, mailbox, provider)
    _move_in(town)
    yield town
    running.stop()


def _move_in(town: Town) -> None:
    town.say("directory", "district.school_onboarded", school_id="org-northgate", name="Northgate", timezone="America/Chicago")
    town.say("directory", "district.calendar_published", school_id="org-northgate", holidays=[])
    teacher = {"given_name": "John", "family_name": "Okafor"}
    town.say(
        "directory", "district.staff_listed", staff_id="t-okafor", school_ids=["org-northgate"], class_ids=["class-alg1"],
        name=teacher, email="t-okafor@example.org", role="teacher", active=True,
    )  # fmt: skip
    town.say(
        "directory", "district.student_enrolled", student_id="s-amina", school_id="org-northgate", class_ids=["class-alg1"],
        teacher_ids=["t-okafor"], name={"given_name": "Amina", "family_name": "Yusuf"},
    )  # fmt: skip
    town.say(
        "directory", "district.guardian_linked", guardian_id="g-halima", student_id="s-amina", household_id="home-h",
        language="so", legal_guardian=True, lives_with=True, receives=True,
        name={"given_name": "Halima", "family_name": "Yusuf"}, contact={"sms": HALIMA, "email": None, "phone": None},
    )  # fmt: skip


PLAN_JSON = {
    "student_id": "s-amina",
    "goal": "Algebra at 75 or better",
    "target": 75,
    "due_on": "2026-10-20",
    "checkin_on": "2026-09-30",
    "steps": [
        {"owner": "staff:t-okafor", "text": "tutoring on Tuesdays"},
        {"owner": "guardian:g-halima", "text": "15 minutes every night"},
        {"owner": "student:s-amina", "text": "hand in set 4", "due_on": "2026-09-30"},
    ],
}


def grade(town: Town, score: float, as_of: date, revision: int) -> None:
    town.say(
        "directory", "district.grade_recorded", student_id="s-amina", school_id="org-northgate", class_id="class-alg1",
        course_id="c-1", course_title="Algebra", revision=revision, score_pct=score, previous_pct=None, as_of=as_of,
    )  # fmt: skip


def test_a_plan_is_agreed_by_a_digit_reviewed_and_celebrated(town: Town):
    answer = town.okafor().post("/scheduling/plans", json=PLAN_JSON)
    assert answer.status_code == 201, answer.text
    plan_id = answer.json["plan_id"]
    town.cell.settle()
    asked = town.last()
    assert "Ku jawaab 1" in asked, "the school's wording in Somali"
    assert "1) John Okafor: tutoring on Tuesdays\n2) Halima: 15 minutes every night\n3) Amina: hand in set 4" in asked
    assert [row.state for row in town.rows(PLAN)] == ["proposed"]

    town.replies("1")
    assert [(row.state, row.active_version) for row in town.rows(PLAN)] == [("active", 1)]
    assert "Qorshaha Amina hadda ayuu bilaabmayaa" in town.last()
    assert any(b"Both sides have accepted" in content for _, content in town.mailbox.mails)

    town.cell.advance_to(datetime(2026, 9, 30, 14, 0, tzinfo=UTC))
    assert "Sidee buu guriga uga socdaa qorshaha Amina" in town.last()

    grade(town, 68.0, date(2026, 9, 30), 2)
    town.cell.advance_to(datetime(2026, 9, 30, 14, 30, tzinfo=UTC))
    weekends = PLAN_JSON | {
        "why": "nights are too late",
        "steps": [{"owner": "guardian:g-halima", "text": "30 minutes on weekends"}],
    }
    weekends.pop("student_id")
    assert town.okafor().post(f"/scheduling/plans/{plan_id}/versions", json=weekends).json["version"] == 2
    town.cell.settle()
    assert "1) Halima: 30 minutes on weekends" in town.last()
    assert [(row.version, row.active_version) for row in town.rows(PLAN)] == [(2, 1)]
    town.replies("١")
    assert [(row.version, row.active_version) for row in town.rows(PLAN)] == [(2, 2)]

    grade(town, 76.0, date(2026, 9, 30), 3)
    assert "boqolkiiba 76" in town.last() and "30 minutes on weekends" in town.last()
    assert [row.state for row in town.rows(PLAN)] == ["met"]


def test_an_alert_s_digit_books_a_time_and_the_plan_s_digit_agrees(town: Town):
    """Two questions are open at once; a digit answers the one that was asked last."""
    grade(town, 64.0, date(2026, 9, 29), 2)
    [draft] = town.rows(PLAN)
    assert (draft.state, draft.score) == ("draft", 64.0)
    given = PLAN_JSON | {"plan_id": draft.plan_id}
    town.cell.advance_to(START + timedelta(minutes=30))
    assert town.okafor().post("/scheduling/plans", json=given).status_code == 201
    town.cell.settle()
    town.replies("1")
    assert [row.state for row in town.rows(PLAN)] == ["active"]


def test_a_note_is_corrected_in_somali_and_her_promise_is_kept_by_a_digit(town: Town):
    note = {
        "student_id": "s-amina", "guardian_id": "g-halima", "heard": "Evenings are short", "example": "set 3 came late",
        "agreed": "practice on weekends", "next_on": "2026-10-01", "promise": "guardian",
    }  # fmt: skip
    assert town.okafor().post("/scheduling/notes", json=note).status_code == 201
    town.cell.settle()
    shared = next(message["Body"] for message in town.provider.messages if "set 3 came late" in message["Body"])
    assert "1) Evenings are short\n2) set 3 came late\n3) practice on weekends" in shared
    town.replies("Maya, subaxdii ayaan iri")
    assert [row.state for row in town.rows(NOTE)] == ["corrected"]
    mine = town.okafor().get("/scheduling/notes", headers={"Accept": "text/html"}).text
    assert "Evenings are short" in mine and "Maya, subaxdii ayaan iri" in mine

    town.cell.advance_to(datetime(2026, 9, 30, 13, 30, tzinfo=UTC))
    assert "practice on weekends" in town.last() and "Xasuusin" in town.last()
    town.replies("1")
    assert [row.state for row in town.rows(COMMITMENT)] == ["kept"]
    assert any(b"Halima Yusuf has done what was agreed" in content for _, content in town.mailbox.mails)
