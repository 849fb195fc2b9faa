"""A survey by telephone: keys and words, what is signed and what is not, and where it goes on after hanging up."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from xml.etree import ElementTree

import falcon.testing
import pytest

from services.surveys.definitions import Library
from services.surveys.tables import ANSWER, DRAFT, RESPONSE
from services.surveys.tables.modes import CALL, RECORDED
from services.surveys.web import api
from services.surveys.web.voice_signed import signature
from shared.observability.metrics import CALLBACKS, CALLBACKS_REFUSED
from shared.web import build_app
from tests.browser import serve
from tests.unit.services.surveys.surveyhouse import DISTRICT, SENT, House

TOKEN, ACCOUNT = "secret", "AC1"
SITE = "https://homeroom.example.org"


@dataclass
class Telephone:
    """The provider's side of one call: it posts signed turns and follows what it is told."""

    house: House
    guardian: str = "g-ana"
    sid: str = "CA1"
    voice: str = "es-US"
    heard: list[str] | None = None
    action: str = ""
    asks: str = ""

    def begin(self) -> Telephone:
        named = {"district": DISTRICT, "assignment": self.assignment, "voice": self.voice}
        return self.post(f"{SITE}/surveys/voice/menu?{urlencode(named)}")

    @property
    def assignment(self) -> str:
        return str(self.house.assignment(self.guardian).assignment_id)

    def press(self, *keys: str) -> Telephone:
        for each in keys:
            self.post(self.action, **({"Digits": each} if each else {}))
        return self

    def speak(self, seconds: int, *, recording: str = "RE1", key: str = "#") -> Telephone:
        return self.post(
            self.action, RecordingSid=recording, RecordingDuration=str(seconds), AccountSid=ACCOUNT, Digits=key
        )

    def post(self, url: str, **fields: str) -> Telephone:
        answer = post(self.house, url, {"CallSid": self.sid, **fields})
        assert answer.status_code == 200, answer.text
        self.heard, self.action, self.asks = [], "", ""
        for element in ElementTree.fromstring(answer.text).iter():
            if element.tag == "Say":
                assert element.get("language") == self.voice
                self.heard.append(element.text or "")
            if element.tag in ("Gather", "Record"):
                self.asks, self.action = element.tag, element.get("action", "")
        return self

    @property
    def said(self) -> str:
        return "\n".join(self.heard or [])


INTAKE = Library().find("nowhere", "intake").survey


def asks(question_id: str) -> str:
    """What the Spanish voice says for a question of the intake."""
    question = INTAKE.question(question_id)
    assert question is not None
    return question.spoken["es"]


def post(house: House, url: str, fields: dict[str, str], *, token: str = TOKEN, signed: bool = True) -> Any:
    parts = urlsplit(url)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    if signed:
        headers["X-Twilio-Signature"] = signature(token, url, fields)
    return falcon.testing.TestClient(house.app).simulate_post(
        parts.path, params=dict(parse_qsl(parts.query)), body=urlencode(fields), headers=headers
    )


@pytest.fixture
def sent(house: House) -> House:
    """The intake has gone out, and a provider's account for calls is configured."""
    answering(house, {"base": "http://127.0.0.1:9", "account_sid": ACCOUNT, "auth_token": TOKEN, "sender": "+1"})
    house.advance(SENT)
    return house


def answering(house: House, account: dict[str, Any]) -> None:
    house.ports = replace(house.ports, districts=(DISTRICT,), telephones=(account,))
    house.app = build_app(
        api, runtime=house.runtime, ports=house.ports, clock=house.clock, identity=house.identity, mode="demo"
    )
    house.service.ports = house.ports


@pytest.fixture
def ring(sent: House) -> Callable[..., Telephone]:
    def _ring(guardian: str = "g-ana", sid: str = "CA1", voice: str = "es-US") -> Telephone:
        return Telephone(sent, guardian, sid, voice).begin()

    return _ring


def test_a_whole_intake_is_answered_by_keys_and_words_in_the_familys_voice(sent: House, ring: Callable[..., Telephone]) -> None:
    call = ring()
    assert "¿Con qué frecuencia" in call.said
    assert "Para Dos veces al mes, oprima 3." in call.said
    call.press("3", "2", "1830", "13", "1", "1")
    assert call.asks == "Record"
    call.speak(7)
    assert "Recibimos sus respuestas" in call.said
    (response,) = sent.rows(RESPONSE)
    assert response.via == "phone"
    kept = {row.question_id: row.content for row in sent.rows(ANSWER)}
    assert kept["contact_frequency"]["values"] == ["twice_a_month"]
    assert (kept["mode"]["values"], kept["mode"]["time"]) == (["phone"], "18:30")
    assert kept["home_learning"]["values"] == ["reading", "everyday"]
    (recorded,) = sent.rows(RECORDED)
    assert kept["anything_else"]["media"] == recorded.media_id
    assert (recorded.recording, recorded.account, recorded.seconds) == ("RE1", ACCOUNT, 7)
    assert sent.said("surveys.response_submitted")[0].data["via"] == "phone"


def test_star_goes_back_nine_says_it_again_and_zero_declines(sent: House, ring: Callable[..., Telephone]) -> None:
    call = ring().press("3")
    second = call.said
    assert call.press("9").said == second
    assert "¿Con qué frecuencia" in call.press("*").said
    assert call.press("4").said == second
    call.press("0")
    draft = sent.rows(DRAFT)[0].answers
    assert draft["contact_frequency"]["values"] == ["monthly"]
    assert draft["mode"]["declined"]


def test_who_hangs_up_goes_on_by_text_and_on_the_page_and_by_a_later_call(sent: House, ring: Callable[..., Telephone]) -> None:
    ring().press("3")
    sent.reply("g-ana", "hola", "2 18:00")
    assert sent.asked()[0].startswith("2/6")
    assert 'value="twice_a_month" checked' in sent.anyone().get(sent.link("g-ana")).text.replace("checked=\"\"", "checked")
    call = ring(sid="CA2")
    assert call.heard is not None
    assert call.heard[0] == "Seguimos donde se quedó."
    assert "actividades de aprendizaje en casa" in call.said
    assert [row.outcome for row in sent.rows(CALL)] == ["gone", None]


def test_what_is_not_understood_is_asked_twice_more_then_a_link_goes_out_and_the_call_ends(
    sent: House, ring: Callable[..., Telephone]
) -> None:
    call = ring()
    assert "no se entendió" in call.press("8").said
    assert "no se entendió" in call.press("").said
    assert "Le enviamos un enlace" in call.press("7").said
    assert call.action == ""
    assert sent.link("g-ana") in sent.asked()[-1]


def test_what_is_not_signed_changes_nothing_and_is_counted(sent: House, ring: Callable[..., Telephone]) -> None:
    action, before = ring().action, refused()
    fields = {"CallSid": "CA1", "Digits": "3"}
    assert post(sent, action, fields, signed=False).status_code in (401, 403)
    assert post(sent, action, fields, token="another").status_code in (401, 403)
    assert sent.rows(DRAFT) == []
    assert refused() - before == 2


def test_a_turn_told_twice_is_taken_once_and_counted(sent: House, ring: Callable[..., Telephone]) -> None:
    call = ring()
    first, before = call.action, repeated()
    second = call.press("3").said
    assert call.post(first, Digits="1").said == second
    assert sent.rows(DRAFT)[0].answers["contact_frequency"]["values"] == ["twice_a_month"]
    assert repeated() - before == 1
    assert "cuatro dígitos" in call.press("1").said


def test_turns_of_another_call_or_of_none_are_refused(sent: House, ring: Callable[..., Telephone]) -> None:
    action, before = ring().action, refused()
    assert post(sent, action, {"CallSid": "CA9", "Digits": "3"}).status_code == 403
    other = action.replace(sent.assignment("g-ana").assignment_id, sent.assignment("g-george").assignment_id)
    assert post(sent, other, {"CallSid": "CA1", "Digits": "3"}).status_code == 403
    assert post(sent, action.replace("turn=1", "turn=7"), {"CallSid": "CA1", "Digits": "3"}).status_code == 403
    assert refused() - before == 3
    assert sent.rows(DRAFT) == []


def test_without_a_voice_of_the_language_nothing_is_said(sent: House) -> None:
    named = urlencode({"district": DISTRICT, "assignment": sent.assignment("g-meera").assignment_id})
    answer = post(sent, f"{SITE}/surveys/voice/menu?{named}", {"CallSid": "CA1"})
    assert "<Say" not in answer.text


def test_a_restriction_set_while_the_call_is_on_ends_it_without_a_word(sent: House, ring: Callable[..., Telephone]) -> None:
    call = ring("g-george", voice="en-US").press("3")
    sent.restrict("g-george", "s-sam")
    call.press("2")
    assert (call.heard, call.action) == ([], "")
    assert list(sent.rows(DRAFT)[0].answers) == ["contact_frequency"]


def test_an_answer_on_the_page_while_the_call_is_on_ends_it_kindly_and_once(sent: House, ring: Callable[..., Telephone]) -> None:
    call = ring().press("3")
    sent.anyone().post(sent.link("g-ana"), json={"wish": "send", "answers": {"contact_frequency": {"values": ["weekly"]}}})
    assert "Gracias" in call.press("2").said
    assert len(sent.rows(RESPONSE)) == 1


def test_a_time_that_belongs_to_a_choice_is_asked_after_it_and_may_be_passed_over(
    sent: House, ring: Callable[..., Telephone]
) -> None:
    call = ring().press("3", "1")
    assert (call.heard or [""])[0] == "Llamadas y reuniones a partir de esta hora"
    assert "no se entendió" in call.press("77").said
    assert "aprendizaje en casa" in call.press("0").said
    assert sent.rows(DRAFT)[0].answers["mode"]["time"] is None


def test_asking_to_be_called_by_text_asks_notifications_for_a_call(sent: House) -> None:
    sent.reply("g-ana", "hola", "3", "2", "llámeme")
    (asked,) = sent.said("surveys.call_asked")
    assert asked.data["student_ids"] == ["s-lucia", "s-mateo"]
    assert asked.data["menu"].startswith(f"{SITE}/surveys/voice/menu?")
    assert "Le llamaremos" in sent.asked()[-1]


def test_who_works_with_the_child_has_a_script_to_read_and_hears_what_was_spoken(
    sent: House, ring: Callable[..., Telephone]
) -> None:
    ring().press("3", "2", "0", "1", "1", "1").speak(7)
    script = sent.as_office().get(f"/surveys/assignments/{sent.assignment('g-meera').assignment_id}/script").json
    assert (script["language"], len(script["prompts"])) == ("gu", 6)
    assert script["prompts"][0]["own"][0].startswith("તમને શિક્ષક")
    heard = sent.as_staff().get(f"/surveys/assignments/{sent.assignment('g-ana').assignment_id}/script").json["recordings"]
    assert [row["seconds"] for row in heard] == [7]
    stranger = sent.as_staff("t-okafor", schools=("org-northgate",))
    assert stranger.get(f"/surveys/assignments/{sent.assignment('g-george').assignment_id}/script").status_code == 403


@pytest.fixture
def keeper(sent: House) -> Iterator[list[str]]:
    """The provider's recordings on a real socket; what it was asked for."""
    asked: list[str] = []

    def recordings(environ: Any, start: Any) -> list[bytes]:
        asked.append(f"{environ['PATH_INFO']} {environ.get('HTTP_AUTHORIZATION', '')[:6]}")
        start("200 OK" if "RE1" in environ["PATH_INFO"] else "404 Not Found", [("Content-Type", "audio/mpeg")])
        return [b"ID3 sound"]

    with serve(recordings) as base:
        account = {**sent.ports.telephones[0], "base": base}
        answering(sent, account)
        yield asked


def test_a_spoken_answer_is_heard_by_who_works_with_the_child_and_by_nobody_else(
    sent: House, ring: Callable[..., Telephone], keeper: list[str]
) -> None:
    ring().press("3", "2", "0", "1", "1", "1").speak(7)
    (row,) = sent.rows(RECORDED)
    lead = sent.as_staff("c-reed", "counselor")
    assert lead.post(f"/surveys/recordings/{row.media_id}/heard", json={}).json["guarded"] is False
    heard = sent.as_staff().get(f"/surveys/recordings/{row.media_id}")
    assert (heard.status_code, heard.content, heard.headers["content-type"]) == (200, b"ID3 sound", "audio/mpeg")
    assert keeper == ["/2010-04-01/Accounts/AC1/Recordings/RE1.mp3 Basic "]
    family = sent.as_staff().get("/surveys/students/s-mateo").json["families"][0]
    assert row.media_id in [answer["media"] for answer in family["answers"]]
    assert sent.as_office(("org-elsewhere",)).get(f"/surveys/recordings/{row.media_id}").status_code == 403
    assert sent.as_staff().get("/surveys/recordings/none").status_code == 404
    assert len(keeper) == 1


def test_a_spoken_answer_is_heard_by_the_safeguarding_lead_before_anybody_else(
    sent: House, ring: Callable[..., Telephone], keeper: list[str]
) -> None:
    ring().press("3", "2", "0", "1", "1", "1").speak(7)
    (row,) = sent.rows(RECORDED)
    (told,) = sent.said("surveys.words_spoken")
    assert (told.data["role"], told.data["guardian_id"]) == ("counselor", "g-ana")
    assert told.data["page"].endswith(f"/surveys/assignments/{row.assignment_id}/script")
    path = f"/surveys/recordings/{row.media_id}"
    assert sent.as_staff().get(path).status_code == 403
    assert sent.as_staff().post(f"{path}/heard", json={}).status_code == 403
    assert keeper == []
    lead = sent.as_staff("c-reed", "counselor")
    assert lead.get(path).status_code == 200
    said = {"text": "tiene miedo de volver a casa"}
    assert lead.post(f"{path}/heard", json=said).json["guarded"] is True
    (raised,) = sent.said("surveys.safeguarding_raised")
    assert (raised.data["text"], raised.data["role"]) == (said["text"], "counselor")
    assert sent.as_staff().get(path).status_code == 403
    assert lead.get(path).status_code == 200
    assert row.media_id not in sent.as_staff().get("/surveys/students/s-mateo").text


def test_the_listeners_word_guards_a_spoken_answer_that_no_list_knows(
    sent: House, ring: Callable[..., Telephone], keeper: list[str]
) -> None:
    ring().press("3", "2", "0", "1", "1", "1").speak(7)
    (row,) = sent.rows(RECORDED)
    lead = sent.as_staff("p-1", "principal")
    assert lead.post(f"/surveys/recordings/{row.media_id}/heard", form={"danger": "true"}).status_code == 303
    assert [each.data["guardian_id"] for each in sent.said("surveys.safeguarding_raised")] == ["g-ana"]
    assert sent.as_staff().get(f"/surveys/recordings/{row.media_id}").status_code == 403


def test_what_the_lead_writes_down_is_read_by_who_works_with_the_child(
    sent: House, ring: Callable[..., Telephone], keeper: list[str]
) -> None:
    ring().press("3", "2", "0", "1", "1", "1").speak(7)
    (row,) = sent.rows(RECORDED)
    page = sent.as_staff("c-reed", "counselor").get(f"/surveys/assignments/{row.assignment_id}/script", headers={"Accept": "text/html"})
    assert f'action="/surveys/recordings/{row.media_id}/heard"' in page.text
    teachers = sent.as_staff().get(f"/surveys/assignments/{row.assignment_id}/script", headers={"Accept": "text/html"})
    assert "The safeguarding lead listens first" in teachers.text
    sent.as_staff("c-reed", "counselor").post(f"/surveys/recordings/{row.media_id}/heard", json={"text": "Le gusta cantar"})
    assert "Le gusta cantar" in sent.as_staff().get("/surveys/students/s-mateo").text
    assert sent.said("surveys.safeguarding_raised") == []


def test_one_call_asks_the_lead_once_however_much_is_spoken(sent: House, ring: Callable[..., Telephone]) -> None:
    call = ring().press("3", "2", "0", "1", "1", "1").speak(7)
    if call.asks == "Record":
        call.speak(5, recording="RE3")
    assert len(sent.said("surveys.words_spoken")) == 1


def test_a_recording_that_the_provider_does_not_give_is_a_clear_answer(
    sent: House, ring: Callable[..., Telephone], keeper: list[str]
) -> None:
    ring().press("3", "2", "0", "1", "1", "1").speak(7, recording="RE2")
    (row,) = sent.rows(RECORDED)
    answer = sent.as_staff("c-reed", "counselor").get(f"/surveys/recordings/{row.media_id}")
    assert (answer.status_code, answer.json["code"]) == (502, "RECORDING_UNREACHABLE")


def test_silence_at_a_question_for_words_is_asked_again_and_its_keys_work(sent: House, ring: Callable[..., Telephone]) -> None:
    call = ring().press("3", "2", "0", "1", "1", "1")
    assert "no se entendió" in call.speak(0).said
    assert "preocupe" in call.speak(3, key="*").said
    call.press("1").speak(2, key="0")
    kept = {row.question_id: row.content for row in sent.rows(ANSWER)}
    assert kept["anything_else"]["declined"]
    assert sent.rows(RECORDED) == []


def refused() -> float:
    return float(CALLBACKS_REFUSED.labels("twilio")._value.get())


def repeated() -> float:
    return float(CALLBACKS.labels("survey_call", "repeated")._value.get())
