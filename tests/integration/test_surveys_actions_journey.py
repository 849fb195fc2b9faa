"""Answers become actions through a whole cell: what families say in Gujarati, Vietnamese and Spanish, and what school then does.

Every service's real handlers and pages, translation's own wordings, SMS by a provider over HTTP.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifications.ports import build_ports as notification_ports
from services.notifications.tables import DELIVERY, LETTER, MESSAGE, STRENGTH, TASK
from services.notifications.web import api as notification_api
from services.scheduling.ports import build_ports as scheduling_ports
from services.scheduling.web import api as scheduling_api
from services.surveys.ports import build_ports as survey_ports
from services.surveys.tables import ASSIGNMENT
from services.surveys.web import api as survey_api
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
from tests.unit.services.notifications.outside import SmsProvider, sms_provider

NOON = datetime(2026, 9, 30, 17, 0, tzinfo=UTC)  # a Wednesday in Chicago
ANA, LAN, MEERA = "+13125550177", "+13125550188", "+13125550199"
DISTRICT, KEY, GREENVIEW = "riverside", b"k" * 40, "org-greenview"
INBOUND = "/notifications/webhooks/sms/inbound"
SERVICES = ("notifications", "scheduling", "surveys", "translation")
BROWSER = {"Accept": "text/html"}
GUJARATI = "તેણે ભાઈને વાર્તા વાંચી સંભળાવી"


class Speaker(Component):
    """Directory's outbox alone."""

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
    """The cell, its pages and its telephone company."""

    def __init__(self, cell: EmbeddedCell, provider: SmsProvider) -> None:
        self.cell, self.provider = cell, provider
        self.identity = Identity.build(KEY.decode(), mode="production", secure=False)
        runtime = cell.runtime
        self.apps = {
            name: build_app(api, runtime=runtime, ports=build(runtime), clock=cell.clock, identity=self.identity, mode="demo")
            for name, api, build in (
                ("notifications", notification_api, notification_ports),
                ("scheduling", scheduling_api, scheduling_ports),
                ("surveys", survey_api, survey_ports),
            )
        }
        self._count = 0

    def say(self, type_: str, *, by: str = "directory", **changes: Any) -> None:
        declared = contract(type_, 1)
        with self.cell.runtime.unit_of_work(by, DISTRICT) as uow:
            uow.emit(type_, {**declared.load(declared.sample), **changes})
        self.cell.settle()

    def staff(self, service: str, person_id: str = "t-alvarez", role: str = "teacher") -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, self.cell.clock.now(), district=DISTRICT, person_id=person_id, role=role, schools=(GREENVIEW,)
        )
        return SignedIn(self.apps[service], self.identity, session)

    def family(self) -> SignedIn:
        return SignedIn(self.apps["surveys"], self.identity, None)

    def texts(self, number: str, text: str) -> None:
        """A guardian writes, as the telephone company brings it."""
        self._count += 1
        form = {"MessageSid": f"SM-in-{self._count}", "From": number, "To": "+13125550000", "Body": text}
        headers = {"X-Twilio-Signature": sign("t", f"http://falconframework.org{INBOUND}", form)}
        answer = SignedIn(self.apps["notifications"], self.identity, None).post(INBOUND, form=form, headers=headers)
        assert answer.status_code < 300, answer.text
        self.cell.settle()

    def told(self, number: str) -> list[str]:
        return [message["Body"] for message in self.provider.messages if message["To"] == number]

    def rows(self, service: str, table: sa.Table) -> list[Any]:
        with self.cell.runtime.unit_of_work(service, DISTRICT) as uow:
            return list(uow.connection.execute(sa.select(table)))

    def put(self, survey: str) -> None:
        """The office puts a survey to the school."""
        form = {"survey": survey, "whole_school": True, "due_at": "2026-10-23T17:00"}
        result = self.staff("surveys", "o-office", "office").post("/surveys/campaigns", json=form)
        assert result.status_code == 201, result.text
        self.cell.settle()

    def answers(self, guardian_id: str, survey: str, **answers: Any) -> None:
        """By the page, from the link in the message of the guardian."""
        rows = [row for row in self.rows("surveys", ASSIGNMENT) if row.guardian_id == guardian_id and row.survey_id == survey]
        ports = survey_ports(self.cell.runtime)
        token = ports.survey_token(
            DISTRICT, rows[-1].assignment_id, guardian_id, due_at=rows[-1].due_at, language=rows[-1].language, school=GREENVIEW
        )
        result = self.family().post(f"/surveys/s/{token}", json={"answers": answers})
        assert result.status_code == 200, result.text
        self.cell.settle()


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    """Ms Alvarez teaches Mateo (Ana, Spanish), Bao (Lan, Vietnamese) and Riya (Meera, Gujarati); Ms Chen counsels."""
    Speaker.folder = tmp_path / "speaker"
    metadata = sa.MetaData()
    messaging_tables(metadata)
    with sa.create_engine("sqlite://").begin() as connection:
        write_revision(connection, metadata, Speaker.folder, "outbox")
    (tmp_path / "state").mkdir()
    with sms_provider() as provider:
        made = embedded_cell(
            tmp_path / "state", (DISTRICT,), name=f"a{tmp_path.name[-12:]}", mode=Mode.DEMO,
            sms={"base": provider.base, "account_sid": "AC1", "auth_token": "t", "sender": "+13125550000"},
        )  # fmt: skip
        running = EmbeddedCell(
            made,
            Keyring.create(tmp_path / "keys.json", new_master_key()),
            clock=SimulatedClock(NOON),
            link_key=KEY,
            components=[Speaker("directory", "shared.messaging"), *(component(name) for name in SERVICES)],
            services=[component(name) for name in SERVICES],
        )
        running.start()
        moved_in = Town(running, provider)
        _move_in(moved_in)
        yield moved_in
        running.stop()


def _move_in(town: Town) -> None:
    town.say(
        "district.school_onboarded", school_id=GREENVIEW, name="Greenview", timezone="America/Chicago", rounds=[], monthly_cap=None,
        alerts=None, ladder=None, intake=None, family_friday=None, checkins=None, languages=["en", "es", "gu", "vi"],
        surveys={"curious": {"day": 1}}, loop={"services": {"winter_coats": {"vi": "Nhà thờ Thánh Anna, thứ Bảy"}}},
    )  # fmt: skip
    town.say(
        "district.calendar_published", school_id=GREENVIEW, holidays=[],
        terms=[{"id": "fall", "starts_on": "2026-09-01", "ends_on": "2027-06-11"}],
    )  # fmt: skip
    for staff_id, role, family in (("t-alvarez", "teacher", "Alvarez"), ("c-chen", "counselor", "Chen"), ("o-office", "office", "Lee")):
        town.say(
            "district.staff_listed", staff_id=staff_id, school_ids=[GREENVIEW], class_ids=["class-3a"] if role == "teacher" else [],
            role=role, active=True, name={"given_name": "Ms", "family_name": family}, email=f"{staff_id}@example.org",
        )  # fmt: skip
    for child, guardian, language, number in (("Mateo", "Ana", "es", ANA), ("Bao", "Lan", "vi", LAN), ("Riya", "Meera", "gu", MEERA)):
        town.say(
            "district.student_enrolled", student_id=f"s-{child.lower()}", school_id=GREENVIEW, class_ids=["class-3a"],
            teacher_ids=["t-alvarez"], name={"given_name": child, "family_name": "Family"},
        )  # fmt: skip
        town.say(
            "district.guardian_linked", guardian_id=f"g-{guardian.lower()}", student_id=f"s-{child.lower()}",
            household_id=f"home-{guardian.lower()}", language=language, legal_guardian=True, lives_with=True, receives=True,
            name={"given_name": guardian, "family_name": "Family"}, contact={"sms": number, "email": None, "phone": None},
        )  # fmt: skip


def test_meera_s_good_news_in_gujarati_is_a_strength_from_home_the_same_day(town: Town) -> None:
    town.cell.advance_to(datetime(2026, 10, 1, 15, 0, tzinfo=UTC))
    question = town.told(MEERA)[-1]
    assert "Riya" in question and "?" in question
    town.texts(MEERA, GUJARATI)
    strength = town.rows("notifications", STRENGTH)[0]
    assert (strength.student_id, strength.source, strength.text) == ("s-riya", "home", GUJARATI)
    today = town.staff("notifications").get("/notifications/today", headers=BROWSER).text
    assert "Riya" in today
    thread = town.staff("notifications").get("/notifications/threads/g-meera", headers=BROWSER).text
    assert GUJARATI in thread
    card = town.staff("surveys").get("/surveys/students/s-riya/card", headers=BROWSER).text
    assert GUJARATI in card
    town.cell.advance_to(datetime(2026, 10, 20, 15, 0, tzinfo=UTC))
    assert len([text for text in town.told(MEERA) if "?" in text]) == 1, "one question a month"


def test_lan_behind_two_failed_texts_gets_letters_in_vietnamese_and_a_call(town: Town) -> None:
    town.put("barriers")
    town.answers("g-lan", "barriers", reaching={"values": ["no_internet"]}, meeting={"values": ["night_work"]})
    for message in ("m-1", "m-2"):
        town.say(
            "notifications.delivery_failed", by="notifications", delivery_id=f"d-{message}", message_id=message,
            guardian_id="g-lan", channel="sms", error="unreachable", permanent=True,
        )  # fmt: skip
    before = len(town.told(LAN))
    note = {"student_id": "s-bao", "kind": "positive", "text": "Bao helped another student today.", "category": "kindness"}
    sent = town.staff("notifications").post("/notifications/messages", json=note)
    assert sent.status_code < 300, sent.text
    town.cell.settle()
    assert len(town.told(LAN)) == before, "no further text to a number that does not take them"
    (letter,) = [row for row in town.rows("notifications", LETTER) if row.guardian_id == "g-lan"]
    told = next(row.message_id for row in town.rows("notifications", MESSAGE) if row.text == note["text"])
    delivery = next(row for row in town.rows("notifications", DELIVERY) if row.delivery_id == letter.letter_id)
    assert (delivery.channel, delivery.language, delivery.message_id) == ("letter", "vi", told)
    calls = [row for row in town.rows("notifications", TASK) if row.kind == "call_daytime"]
    assert {(row.staff_id, row.guardian_id) for row in calls} == {("t-alvarez", "g-lan")}
    card = town.staff("surveys").get("/surveys/students/s-bao/card", headers=BROWSER).text
    assert "no internet at home" in card and "work at night" in card and "disengaged" not in card


def test_ana_s_vote_by_digit_and_what_came_of_it_in_spanish(town: Town) -> None:
    trip = {"question": "Where shall the class go?", "options": "Museum\nFarm", "class_id": "class-3a", "closes_at": "2026-10-02T17:00"}
    opened = town.staff("surveys").post("/surveys/polls", json=trip)
    assert opened.status_code == 201, opened.text
    town.cell.advance_to(datetime(2026, 9, 30, 17, 20, tzinfo=UTC))
    assert re.search(r"\b2 ", town.told(ANA)[-1])
    town.texts(ANA, "2")
    assert "Nadie en la escuela ve" in town.told(ANA)[-1]
    town.cell.advance_to(datetime(2026, 10, 2, 22, 5, tzinfo=UTC))
    page = town.staff("surveys").get(f"/surveys/polls/{opened.json['poll_id']}", headers=BROWSER).text
    assert "Fewer than 10 of 3 answered" in page
    decided = {"decision": "the farm", "reason": "it is near"}
    path = f"/surveys/polls/{opened.json['poll_id']}/decision"
    assert town.staff("surveys").post(path, json=decided).status_code == 200
    town.cell.settle()
    told = next(row.message_id for row in town.rows("notifications", MESSAGE) if "We do: the farm." in (row.text or ""))
    rows = [row for row in town.rows("notifications", DELIVERY) if row.message_id == told]
    assert {(row.recipient_id, row.language) for row in rows} == {("g-ana", "es"), ("g-lan", "vi"), ("g-meera", "gu")}


def test_lan_s_need_reaches_the_counselor_only_with_her_consent(town: Town) -> None:
    town.put("needs")
    town.answers("g-lan", "needs", help_with={"values": ["winter_coats"]}, may_refer={"values": ["yes"]})
    town.answers("g-ana", "needs", help_with={"values": ["winter_coats"]})
    referrals = [row for row in town.rows("notifications", TASK) if row.kind == "referral"]
    assert {(row.staff_id, row.guardian_id) for row in referrals} == {("c-chen", "g-lan")}
    assert any("Nhà thờ Thánh Anna" in text for text in town.told(LAN))
    card = town.staff("surveys").get("/surveys/students/s-bao/card", headers=BROWSER).text
    assert "Support in progress" in card and "coat" not in card
    other = town.staff("surveys").get("/surveys/students/s-mateo/card", headers=BROWSER).text
    assert "Support in progress" not in other


def test_words_of_danger_reach_the_counselor_at_once_and_nobody_else(town: Town) -> None:
    town.put("intake")
    words = "Tiene miedo de volver a casa"
    town.answers("g-ana", "intake", concern={"values": ["wellbeing"], "text": words})
    tasks = [row for row in town.rows("notifications", TASK) if row.guardian_id == "g-ana"]
    assert {(row.kind, row.staff_id) for row in tasks} == {("safeguarding", "c-chen")}
    for path in ("/notifications/today", "/notifications/threads/g-ana"):
        assert words not in town.staff("notifications").get(path, headers=BROWSER).text
    assert words not in town.staff("surveys").get("/surveys/students/s-mateo", headers=BROWSER).text
    assert "Mateo" in town.told(ANA)[-1]


def test_a_boundary_holds_in_every_service_from_then_on(town: Town) -> None:
    town.put("family_story")
    town.answers("g-ana", "family_story", own_schooling={"declined": True})
    town.put("welcome")
    asked = next(row for row in town.rows("surveys", ASSIGNMENT) if row.survey_id == "welcome" and row.guardian_id == "g-ana")
    assert asked.question_ids
    card = town.staff("surveys").get("/surveys/students/s-mateo/card", headers=BROWSER).text
    assert "ask nothing about the parents" in card
    town.put("family_story")
    again = [row for row in town.rows("surveys", ASSIGNMENT) if row.survey_id == "family_story" and row.guardian_id == "g-ana"]
    assert all("own_schooling" not in row.question_ids for row in again[1:])
