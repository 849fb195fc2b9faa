"""F16 through a whole cell: a long update, a family that would rather hear, two lines by SMS, a voice, and "played 18:12"."""

from __future__ import annotations

import base64
import re
import wave
from datetime import UTC, datetime
from io import BytesIO

import pytest
import sqlalchemy as sa

from services.translation.ports import build_ports as translation_ports
from services.translation.tables.voice import VOICE_AUDIO, VOICE_NOTE
from services.translation.web import api as translation_api
from shared.identity import Kind
from shared.web.testing import SignedIn
from tests.integration.test_loop_journey import DISTRICT, HALIMA, Town, outside, town  # noqa: F401 - fixtures

UPDATE = "Amina worked well with others today and finished her set on time. " * 27  # 324 words
GEORGE = "+13125550188"
HTML = {"Accept": "text/html"}


def voice_of_abdi(seconds: float) -> bytes:
    held = BytesIO()
    with wave.open(held, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8_000)
        sound.writeframes(b"\x10\x00\xf0\xff" * int(4_000 * seconds))
    return held.getvalue()


class Homes:
    """Who is involved, on the pages of both services."""

    def __init__(self, town: Town) -> None:  # noqa: F811
        self.town = town
        self.translation = town._app(translation_api, translation_ports(town.cell.runtime))

    def staff(self, app, person: str, role: str) -> SignedIn:
        session = self.town.identity.sessions.start(
            Kind.STAFF,
            self.town.cell.clock.now(),
            district=DISTRICT,
            person_id=person,
            role=role,
            schools=("org-northgate",),
        )
        return SignedIn(app, self.town.identity, session)

    @property
    def okafor(self) -> SignedIn:
        return self.staff(self.town.webhooks, "t-okafor", "teacher")

    @property
    def abdi(self) -> SignedIn:
        return self.staff(self.translation, "i-abdi", "interpreter")

    def sms_to(self, number: str) -> str:
        return next(sent["Body"] for sent in reversed(self.town.provider.messages) if sent["To"] == number)

    def listens(self, number: str) -> tuple[SignedIn, str]:
        """The page behind the link of the last SMS to that number."""
        path = re.search(r"/notifications/listen/\S+", self.sms_to(number))[0]
        return SignedIn(self.town.webhooks, self.town.identity, None), path

    def rows(self, table: sa.Table) -> list:
        with self.town.cell.runtime.unit_of_work("translation", DISTRICT) as uow:
            return list(uow.connection.execute(sa.select(table)))


@pytest.fixture
def homes(town):  # noqa: F811
    town.say(
        "directory", "district.guardian_linked", guardian_id="g-george", student_id="s-amina", household_id="home-g",
        language="en", legal_guardian=True, lives_with=False, receives=True,
        name={"given_name": "George", "family_name": "Mills"}, contact={"sms": GEORGE, "email": None, "phone": None},
    )  # fmt: skip
    town.say(
        "surveys", "surveys.preference_changed", guardian_id="g-halima", version=1, channel_order=["sms", "phone"],
        contacts_per_month=None, live_mode=None, available_after=None, quiet_start=None, quiet_end=None, timezone=None,
        language=None,
    )  # fmt: skip
    return Homes(town)


def test_a_long_update_is_two_lines_and_a_voice_and_the_teacher_sees_that_it_was_played(homes):
    cell = homes.town.cell
    written = homes.okafor.post(
        "/notifications/messages", json={"student_id": "s-amina", "kind": "info", "text": UPDATE}
    )
    assert written.status_code == 201, written.text
    cell.settle()
    assert len(homes.sms_to(HALIMA).splitlines()) == 2 and len(homes.sms_to(GEORGE).splitlines()) == 2

    george, path = homes.listens(GEORGE)
    page = george.get(path)
    assert "<audio" in page.text and "finished her set" in page.text, "an English voice speaks, and the words stay"
    (spoken,) = homes.rows(VOICE_AUDIO)
    assert spoken.voice == "espeak-ng:en-us" and spoken.seconds <= 60 and spoken.cut
    assert spoken.transcript.endswith("The rest of this message is written on its page.")

    halima, path = homes.listens(HALIMA)
    assert "<audio" not in halima.get(path).text, "no voice has Somali, and none stands in for it"
    waiting = {row.language: (row.state, row.reason) for row in homes.rows(VOICE_NOTE)}
    assert waiting["so"] == ("person", "untranslated")

    link = re.search(r"/translation/voice/[^\"]+/so", homes.abdi.get("/translation/voice", headers=HTML).text)[0]
    assert "Say it in Somali" in homes.abdi.get(link, headers=HTML).text
    given = {
        "recording": base64.b64encode(voice_of_abdi(3)).decode(),
        "transcript": "Amina si fiican ayay u shaqaysay.",
    }
    assert homes.abdi.post(link, json=given).json == {"seconds": 3}
    cell.settle()
    assert "<audio" in halima.get(path).text
    assert {row.transcript for row in homes.rows(VOICE_AUDIO) if row.voice == "person"} == {given["transcript"]}

    cell.advance_to(datetime(2026, 9, 29, 23, 12, tzinfo=UTC))  # 18:12 in Chicago
    played = halima.get(f"{path}/audio")
    assert played.status_code == 302
    sound = SignedIn(homes.translation, homes.town.identity, None).get(played.headers["location"])
    assert (sound.status_code, sound.headers["content-type"]) == (200, "audio/mpeg")
    cell.settle()
    thread = homes.okafor.get("/notifications/threads/g-halima", headers=HTML)
    assert re.search(r"played [^<]*6:12\sPM", thread.text), "as the school's clock says it in English"
