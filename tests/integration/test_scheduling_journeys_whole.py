"""Journeys through a whole cell: what a family reads on its telephone, what it answers, what the school's pages then say.

Every service's real handlers, translation's own wordings, SMS by a provider over HTTP, pages by their links.
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
from services.notifications.web import api as notification_api
from services.scheduling.ports import build_ports
from services.scheduling.tables import MEETING
from services.scheduling.web import api
from services.translation.catalogue import load
from services.translation.ports import build_ports as translation_ports
from services.translation.web import api as translation_api
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

SUMMER = datetime(2026, 8, 16, 15, 0, tzinfo=UTC)  # a Sunday; school begins on 1 September
EVE = datetime(2026, 8, 31, 15, 0, tzinfo=UTC)
MONTHS_END = datetime(2026, 9, 28, 11, 0, tzinfo=UTC)  # September's check-ins are due, October's in three days
ANA, LAN = "+13125550177", "+13125550188"
DISTRICT, KEY, GREENVIEW = "riverside", b"k" * 40, "org-greenview"
INBOUND = "/notifications/webhooks/sms/inbound"
SPEAKERS = ("directory", "surveys")
SERVICES = ("notifications", "scheduling", "translation")
BROWSER = {"Accept": "text/html"}
HOURS = [{"weekday": day, "start": "15:00", "end": "17:00"} for day in ("mon", "tue", "wed", "thu", "fri")]


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
    """The cell, its pages and its telephone company."""

    def __init__(self, cell: EmbeddedCell, provider: SmsProvider) -> None:
        self.cell, self.provider = cell, provider
        self.identity = Identity.build(KEY.decode(), mode="production", secure=False)
        self.pages = self._app(api, build_ports(cell.runtime))
        self.messages = self._app(notification_api, notification_ports(cell.runtime))
        self._count = 0

    def _app(self, pages: Any, ports: Any) -> Any:
        runtime = self.cell.runtime
        return build_app(pages, runtime=runtime, ports=ports, clock=self.cell.clock, identity=self.identity, mode="demo")

    def say(self, type_: str, **changes: Any) -> None:
        declared = contract(type_, 1)
        with self.cell.runtime.unit_of_work("directory", DISTRICT) as uow:
            uow.emit(type_, {**declared.load(declared.sample), **changes})
        self.cell.settle()

    def staff(self, person_id: str, role: str, *, messages: bool = False) -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, self.cell.clock.now(), district=DISTRICT, person_id=person_id, role=role, schools=(GREENVIEW,)
        )
        return SignedIn(self.messages if messages else self.pages, self.identity, session)

    def sign(self, language: str, *keys: str) -> None:
        """An interpreter signs these wordings of the catalogue."""
        pages = self._app(translation_api, translation_ports(self.cell.runtime))
        session = self.identity.sessions.start(
            Kind.STAFF, self.cell.clock.now(), district=DISTRICT, person_id="i-sosa", role="interpreter", schools=()
        )
        wordings = load().wordings[language]
        signed = {"wordings": [f"{key}@{wordings[key].version}" for key in keys]}
        answer = SignedIn(pages, self.identity, session).post(f"/translation/catalogue/{language}/signatures", json=signed)
        assert answer.json == {"signed": len(keys)}, answer.text
        self.cell.settle()

    @property
    def family(self) -> SignedIn:
        return SignedIn(self.pages, self.identity, None)

    def replies(self, number: str, text: str) -> None:
        """A guardian answers by text message, as the telephone company brings it."""
        self._count += 1
        form = {"MessageSid": f"SM-in-{self._count}", "From": number, "To": "+13125550000", "Body": text}
        headers = {"X-Twilio-Signature": sign("t", f"http://falconframework.org{INBOUND}", form)}
        answer = SignedIn(self.messages, self.identity, None).post(INBOUND, form=form, headers=headers)
        assert answer.status_code < 300, answer.text
        self.cell.settle()

    def told(self, number: str) -> list[str]:
        return [message["Body"] for message in self.provider.messages if message["To"] == number]

    def booked(self) -> list[Any]:
        with self.cell.runtime.unit_of_work("scheduling", DISTRICT) as uow:
            query = sa.select(MEETING).where(MEETING.c.state == "booked").order_by(MEETING.c.start_at)
            return list(uow.connection.execute(query))


@pytest.fixture
def provider() -> Iterator[SmsProvider]:
    with sms_provider() as opened:
        yield opened


@pytest.fixture
def town(request: pytest.FixtureRequest, tmp_path: Path, provider: SmsProvider) -> Iterator[Town]:
    """Ms Alvarez has two new families: Ana's (Spanish) and Lan's (Vietnamese). It is `SUMMER`, or the test's own day."""
    Speaker.folder = tmp_path / "speaker"
    metadata = sa.MetaData()
    messaging_tables(metadata)
    with sa.create_engine("sqlite://").begin() as connection:
        write_revision(connection, metadata, Speaker.folder, "outbox")
    made = embedded_cell(
        tmp_path / "state", (DISTRICT,), name=f"j{tmp_path.name[-12:]}", mode=Mode.DEMO,
        sms={"base": provider.base, "account_sid": "AC1", "auth_token": "t", "sender": "+13125550000"},
    )  # fmt: skip
    (tmp_path / "state").mkdir()
    running = EmbeddedCell(
        made,
        Keyring.create(tmp_path / "keys.json", new_master_key()),
        clock=SimulatedClock(getattr(request, "param", SUMMER)),
        link_key=KEY,
        components=[*(Speaker(name, "shared.messaging") for name in SPEAKERS), *(component(name) for name in SERVICES)],
        services=[component(name) for name in SERVICES],
    )
    running.start()
    moved_in = Town(running, provider)
    _move_in(moved_in)
    yield moved_in
    running.stop()


def _move_in(town: Town) -> None:
    town.say(
        "district.school_onboarded", school_id=GREENVIEW, name="Greenview", timezone="America/Chicago", office_hours=HOURS,
        checkins={"every": "monthly", "answer_days": 2}, rounds=[], monthly_cap=None, alerts=None, ladder=None, intake=None,
        family_friday=None, review={"readers": {"es": ["i-sosa"]}, "hours": 24},
    )  # fmt: skip
    terms = [{"id": "fall", "starts_on": "2026-09-01", "ends_on": "2027-06-11"}]
    town.say("district.calendar_published", school_id=GREENVIEW, holidays=[], terms=terms)
    town.say(
        "district.staff_listed", staff_id="t-alvarez", school_ids=[GREENVIEW], class_ids=["class-3a"], role="teacher", active=True,
        name={"given_name": "Elena", "family_name": "Alvarez"}, email="t-alvarez@example.org",
    )  # fmt: skip
    town.say(
        "district.staff_listed", staff_id="i-sosa", school_ids=[], class_ids=[], role="interpreter", active=True,
        name={"given_name": "Luis", "family_name": "Sosa"}, email=None,
    )  # fmt: skip
    for child, family, guardian, language, number in (
        ("Mateo", "Rivera", "Ana", "es", ANA),
        ("Bao", "Nguyen", "Lan", "vi", LAN),
    ):
        town.say(
            "district.student_enrolled", student_id=f"s-{child.lower()}", school_id=GREENVIEW, class_ids=["class-3a"],
            teacher_ids=["t-alvarez"], name={"given_name": child, "family_name": family},
        )  # fmt: skip
        town.say(
            "district.guardian_linked", guardian_id=f"g-{guardian.lower()}", student_id=f"s-{child.lower()}",
            household_id=f"home-{guardian.lower()}", language=language, legal_guardian=True, lives_with=True, receives=True,
            name={"given_name": guardian, "family_name": family}, contact={"sms": number, "email": None, "phone": None},
        )  # fmt: skip


def test_every_family_is_welcomed_before_day_one_and_who_does_not_answer_is_called(town: Town):
    town.cell.advance_to(datetime(2026, 8, 17, 14, 30, tzinfo=UTC))
    invited = next(text for text in town.told(ANA) if "conocerle antes de que empiecen las clases" in text)
    assert "Elena Alvarez" in invited and "Mateo" in invited and "1)" in invited and "3)" in invited
    assert any("trước khi năm học bắt đầu" in text for text in town.told(LAN))

    town.replies(ANA, "2")
    assert "Cita confirmada" in town.told(ANA)[-1]
    (meeting,) = town.booked()
    assert (meeting.kind, meeting.guardian_id) == ("welcome", "g-ana")

    board = town.staff("t-alvarez", "teacher").get("/scheduling/campaigns", headers=BROWSER).text
    assert "Welcome before the first day" in board and "1 of 2 families have a time" in board
    town.cell.advance_to(datetime(2026, 8, 24, 14, 0, tzinfo=UTC))
    calls = town.staff("o-office", "office", messages=True).get("/notifications/calls", headers=BROWSER).text
    assert "Bao" in calls and "Mateo" not in calls

    office = town.staff("o-office", "office")
    page = office.get("/scheduling/desk?student=s-bao&staff=t-alvarez&kind=welcome", headers=BROWSER).text
    start = re.findall(r'name="start" value="([^"]+)"', page)[0]
    form = {"student_id": "s-bao", "guardian_id": "g-lan", "staff_id": "t-alvarez", "kind": "welcome", "mode": "phone", "start": start}
    assert office.post("/scheduling/desk", json=form).status_code == 201
    town.cell.settle()
    assert "Bao" in town.told(LAN)[-1] and len(town.booked()) == 2
    after = town.staff("o-office", "office", messages=True).get("/notifications/calls", headers=BROWSER).text
    assert "Bao" not in after, "nobody calls a family that has a time"
    board = town.staff("t-alvarez", "teacher").get("/scheduling/campaigns", headers=BROWSER).text
    assert "2 of 2 families have a time" in board


@pytest.mark.parametrize("town", [MONTHS_END], indirect=True)
def test_check_ins_missed_twice_are_on_the_teacher_s_today_list(town: Town):
    town.cell.advance_to(datetime(2026, 9, 28, 15, 0, tzinfo=UTC))
    assert any("breve conversación habitual" in text for text in town.told(ANA))
    assert any("trò chuyện ngắn định kỳ" in text for text in town.told(LAN))
    town.replies(ANA, "1")
    town.cell.advance_to(datetime(2026, 10, 6, 15, 0, tzinfo=UTC))
    today = town.staff("t-alvarez", "teacher", messages=True).get("/notifications/today", headers=BROWSER).text
    assert "check-ins missed" in today and "Bao" in today
    shares = town.staff("t-alvarez", "teacher").get("/scheduling/checkins").json["schools"][0]
    assert shares["missed"] >= 2 and shares["due"] > shares["missed"]


@pytest.mark.parametrize("town", [EVE], indirect=True)
def test_a_parent_reads_the_notice_answers_and_the_record_says_so(town: Town):
    alvarez = town.staff("t-alvarez", "teacher")
    meeting = alvarez.post("/scheduling/iep", json={
        "student_id": "s-mateo", "purpose": "annual", "on": "2026-10-06", "at": "09:00", "place": "Sala 12", "interpreter": "es",
    }).json["iep_meeting_id"]  # fmt: skip
    alvarez.post(f"/scheduling/iep/{meeting}/ready", json={"document": "Borrador", "language": "es", "checked": True})
    alvarez.post(f"/scheduling/iep/{meeting}/ready", json={"interpreter_ready": True})
    assert alvarez.post(f"/scheduling/iep/{meeting}/notice").json["state"] == "noticed"
    town.cell.settle()
    assert not any("plan de educación especial" in told for told in town.told(ANA)), "nobody has read the Spanish draft yet"
    town.sign("es", "iep.notice")
    notice = town.told(ANA)[-1]
    assert "plan de educación especial de Mateo" in notice and "Sala 12" in notice and "intérprete" in notice
    link = re.search(r"https?://\S+(/scheduling/notice/\S+)", notice)
    assert link is not None
    page = town.family.get(link[1], headers=BROWSER)
    assert page.status_code == 200 and "Elena Alvarez" in page.text and "Bao" not in page.text
    assert town.family.post(link[1], form={"answer": "by_phone"}, headers=BROWSER).status_code == 303
    record = alvarez.get(f"/scheduling/iep/{meeting}/record", headers=BROWSER).text
    assert "takes part by phone or video" in record and "Every row is as it was written" in record


@pytest.mark.parametrize("town", [EVE], indirect=True)
def test_a_series_is_one_message_that_keeps_the_wall_time(town: Town):
    alvarez = town.staff("t-alvarez", "teacher")
    before = len(town.told(ANA))
    made = alvarez.post("/scheduling/series", json={
        "home": "s-mateo|g-ana", "starts_on": "2026-10-20", "ends_on": "2026-11-17", "wall_time": "15:00", "every": "two_weeks",
        "mode": "phone",
    })  # fmt: skip
    assert made.status_code == 201
    town.cell.settle()
    (told,) = town.told(ANA)[before:]
    assert "hablarán sobre Mateo" in told and told.count("3:00") + told.count("15:00") == 3, "the wall time holds over the clocks"
