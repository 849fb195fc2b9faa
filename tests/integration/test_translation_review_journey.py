"""F12 and F13 through a whole cell: real broker, relay, pages and text messages; nothing between them is faked.

There is no engine for Somali: what a family and a school say to each other goes through Mr Abdi, who reads it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifications.ports import build_ports as notification_ports
from services.notifications.tables import DELIVERY, TASK
from services.notifications.web import api as notification_api
from services.translation.web import api as translation_api
from shared.clock import SimulatedClock
from shared.contracts import contract
from shared.demo.callbacks import sign
from shared.identity import Identity, Kind
from shared.launcher.components import component
from shared.launcher.embedded import EmbeddedCell
from shared.messaging.tables import messaging_tables
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.cell import Mode, embedded_cell
from shared.tenancy.migrate import write_revision
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.integration.test_notifications_journey import START, Speaker
from tests.unit.services.notifications.outside import Mailbox, SmsProvider, sms_provider, smtp_server

HALIMA, SAHRA = "+13125550177", "+13125550178"
DISTRICT, KEY, SCHOOL = "riverside", b"k" * 40, "org-northgate"
INBOUND = "/notifications/webhooks/sms/inbound"
NOTICE = "Amina is suspended for 1 day, 2 October."
SOMALI = "Amina waxaa dugsiga laga joojiyay 1 maalin, Oktoobar 2."


class Town:
    """Northgate with Amina's mother Halima (Somali), her teacher Mr Okafor, Mr Abdi who reads Somali, and an office."""

    def __init__(self, cell: EmbeddedCell, mailbox: Mailbox, provider: SmsProvider) -> None:
        self.cell, self.mailbox, self.provider = cell, mailbox, provider
        self.identity = Identity.build(KEY.decode(), mode="production", secure=False)
        self.notifications = self._app(notification_api, notification_ports(cell.runtime))
        self.translation = self._app(translation_api, None)
        self._count = 0

    def _app(self, pages: Any, ports: Any) -> Any:
        return build_app(pages, runtime=self.cell.runtime, ports=ports, clock=self.cell.clock, identity=self.identity, mode="demo")

    def say(self, type_: str, **changes: Any) -> None:
        declared = contract(type_, 1)
        with self.cell.runtime.unit_of_work("directory", DISTRICT) as uow:
            uow.emit(type_, {**declared.load(declared.sample), **changes})
        self.cell.settle()

    def _as(self, app: Any, person: str, role: str) -> SignedIn:
        now = self.cell.clock.now()
        session = self.identity.sessions.start(Kind.STAFF, now, district=DISTRICT, person_id=person, role=role, schools=(SCHOOL,))
        return SignedIn(app, self.identity, session)

    def okafor(self) -> SignedIn:
        return self._as(self.notifications, "t-okafor", "teacher")

    def abdi(self) -> SignedIn:
        return self._as(self.translation, "i-abdi", "interpreter")

    def writes(self, text: str, student: str = "s-amina", **note: Any) -> None:
        """Mr Okafor sends a note home."""
        answer = self.okafor().post("/notifications/messages", json={"student_id": student, "kind": "concern", "text": text, **note})
        assert answer.status_code == 201, answer.text
        self.cell.settle()

    def replies(self, text: str) -> None:
        """Halima answers by text message, as her telephone company brings it."""
        self._count += 1
        form = {"MessageSid": f"SM-in-{self._count}", "From": HALIMA, "To": "+13125550000", "Body": text}
        headers = {"X-Twilio-Signature": sign("t", f"http://falconframework.org{INBOUND}", form)}
        answer = SignedIn(self.notifications, self.identity, None).post(INBOUND, form=form, headers=headers)
        assert answer.status_code < 300, answer.text
        self.cell.settle()

    def reads(self) -> list[dict[str, Any]]:
        """Mr Abdi's queue."""
        rows: list[dict[str, Any]] = self.abdi().get("/translation/review").json["waiting"]
        return rows

    def translates(self, row: dict[str, Any], text: str) -> None:
        """Mr Abdi writes it, a minute later."""
        self.cell.advance_to(self.cell.clock.now() + timedelta(minutes=1))
        path = f"/translation/review/{row['text_id']}/{row['content_version']}/{row['language']}"
        answer = self.abdi().post(path, json={"text": text})
        assert answer.status_code == 200, answer.text
        self.cell.settle()

    def texts_to(self, number: str) -> list[str]:
        """What arrived at a number, oldest first."""
        return [message["Body"] for message in self.provider.messages if message["To"] == number]

    def mails(self) -> list[bytes]:
        return [content for _, content in self.mailbox.mails]

    def rows(self, table: sa.Table) -> list[Any]:
        with self.cell.runtime.unit_of_work("notifications", DISTRICT) as uow:
            return list(uow.connection.execute(sa.select(table)).mappings())


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    Speaker.folder = tmp_path / "speaker"
    metadata = sa.MetaData()
    messaging_tables(metadata)
    with sa.create_engine("sqlite://").begin() as connection:
        write_revision(connection, metadata, Speaker.folder, "outbox")
    (tmp_path / "state").mkdir()
    with smtp_server() as (mailbox, port), sms_provider() as provider:
        made = embedded_cell(
            tmp_path / "state", (DISTRICT,), name=f"r{tmp_path.name[-12:]}", mode=Mode.DEMO,
            smtp={"host": "127.0.0.1", "port": port, "sender": "school@example.org"},
            sms={"base": provider.base, "account_sid": "AC1", "auth_token": "t", "sender": "+13125550000"},
        )  # fmt: skip
        services = [component(name) for name in ("notifications", "translation")]
        speakers = [Speaker(name, "shared.messaging") for name in ("directory", "surveys", "scheduling")]
        running = EmbeddedCell(
            made,
            Keyring.create(tmp_path / "keys.json", new_master_key()),
            clock=SimulatedClock(START),
            link_key=KEY,
            components=[*speakers, *services],
            services=services,
        )
        running.start()
        town = Town(running, mailbox, provider)
        _move_in(town)
        yield town
        running.stop()


def _move_in(town: Town) -> None:
    review = {"readers": {"so": ["i-abdi"]}, "hours": 24, "notice": True, "phone": "+18005550100"}
    town.say("district.school_onboarded", school_id=SCHOOL, name="Northgate", timezone="America/Chicago", review=review)
    town.say("district.calendar_published", school_id=SCHOOL, holidays=[])
    for staff_id, given, family, role in (
        ("t-okafor", "John", "Okafor", "teacher"), ("i-abdi", "Mohamed", "Abdi", "interpreter"), ("o-reyes", "Pat", "Reyes", "office"),
    ):  # fmt: skip
        town.say(
            "district.staff_listed", staff_id=staff_id, school_ids=[SCHOOL], class_ids=[], role=role, active=True,
            name={"given_name": given, "family_name": family}, email=f"{staff_id}@example.org",
        )  # fmt: skip
    for student, given, guardian, number in (("s-amina", "Amina", "g-halima", HALIMA), ("s-bile", "Bile", "g-sahra", SAHRA)):
        town.say(
            "district.student_enrolled", student_id=student, school_id=SCHOOL, class_ids=[], teacher_ids=["t-okafor"],
            name={"given_name": given, "family_name": "Yusuf"},
        )  # fmt: skip
        town.say(
            "district.guardian_linked", guardian_id=guardian, student_id=student, household_id=f"home-{guardian}", language="so",
            legal_guardian=True, lives_with=True, receives=True, name={"given_name": guardian[2:].title(), "family_name": "Yusuf"},
            contact={"sms": number, "email": None, "phone": None},
        )  # fmt: skip


def test_a_suspension_notice_waits_for_mr_abdi_whose_words_are_sent_and_remembered(town: Town):
    town.writes(NOTICE)
    [notice] = town.texts_to(HALIMA)
    assert "+18005550100" in notice and "suspended" not in notice, "an approved wording meanwhile, nothing of the text"
    [waiting] = town.reads()
    assert (waiting["text"], waiting["language"], waiting["topics"], waiting["waits"]) == (NOTICE, "so", ["discipline"], True)
    assert any(b"i-abdi@example.org" in mail and b"A translation waits" in mail for mail in town.mails())

    town.cell.advance_to(START + timedelta(hours=19, minutes=59))
    assert not [row for row in town.rows(TASK) if row["kind"] == "review_late"]
    town.cell.advance_to(START + timedelta(hours=20, minutes=1))
    assert [row["staff_id"] for row in town.rows(TASK) if row["kind"] == "review_late"] == ["o-reyes"]
    assert len(town.texts_to(HALIMA)) == 1

    kept = town.abdi().get(f"/translation/review/{waiting['text_id']}/1/so").json["pieces_kept"]
    assert kept == ["Amina", "1", "Oktoobar 2"], "the page says how names, numbers and dates are kept"
    town.translates(waiting, SOMALI)
    town.cell.advance_to(START + timedelta(hours=21, minutes=1))  # Halima's quiet hours are over
    assert SOMALI in town.texts_to(HALIMA)[-1]
    assert "mashiin" not in town.texts_to(HALIMA)[-1], "no machine is named: a person wrote it"
    assert all(row["closed_at"] for row in town.rows(TASK) if row["kind"] == "review_late")

    town.writes("Bile is suspended for 3 day, 9 October.", student="s-bile")
    assert "Bile waxaa dugsiga laga joojiyay 3 maalin, Oktoobar 9." in town.texts_to(SAHRA)[-1], "remembered: at once, for another child"
    assert town.reads() == []

    town.writes("Please come and see me about Amina.", kind="info", risk="high")
    assert [row["topics"] for row in town.reads()] == [["sender"]], "the writer's own mark holds what no list would"
    town.cell.advance_to(START + timedelta(hours=25))
    assert not any("come and see me" in text for text in town.texts_to(HALIMA))
    assert [row["state"] for row in town.rows(DELIVERY) if row["reason"] == "needs_person"] == ["held"]


def test_a_somali_reply_is_read_in_english_beside_the_original_and_answered_in_somali(town: Town):
    town.cell.advance_to(START + timedelta(hours=7, minutes=5))  # 17:05 in Chicago
    town.replies("Amina way xanuunsanaysaa, berri ma iman doonto.")
    [waiting] = town.reads()
    assert (waiting["ground"], waiting["source_language"], waiting["language"]) == ("reply", "so", "en")
    town.translates(waiting, "Amina is sick, she will not come tomorrow.")
    town.cell.advance_to(START + timedelta(days=1))  # his hours have begun
    thread = town.okafor().get("/notifications/threads/g-halima").text
    assert "Amina is sick, she will not come tomorrow." in thread
    assert "Amina way xanuunsanaysaa, berri ma iman doonto." in thread

    answer = town.okafor().post("/notifications/threads/g-halima/answer", json={"text": "Thank you. We hope that she sleeps well."})
    assert answer.status_code == 201, answer.text
    town.cell.settle()
    assert "QOF" in town.texts_to(HALIMA)[-1], "as he wrote it, at once, with the word that asks for a person"
    town.replies("qof")
    assert "+18005550100" in town.texts_to(HALIMA)[-1], "a person has been asked: by when, and whom to call if it cannot wait"
    [waiting] = town.reads()
    town.translates(waiting, "Mahadsanid. Waxaan rajaynaynaa inay si fiican u seexato.")
    assert "Waxaan rajaynaynaa inay si fiican u seexato." in town.texts_to(HALIMA)[-1]
    assert "mashiin" not in town.texts_to(HALIMA)[-1]
