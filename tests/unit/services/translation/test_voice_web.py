"""The sound over HTTP, and the page where a person records what no voice can say."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

from services.translation.handlers import texts, voice
from services.translation.store import voice as store
from services.translation.tables import METADATA
from services.translation.voice import Rendered, Speaker, ToolFailed
from services.translation.web import api
from shared.clock import SimulatedClock
from shared.identity import Identity, Kind
from shared.messaging.envelope import new_event
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.unit.services.translation.test_translation_web import Runtime

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)
LONG = "Amina si fiican ayay maanta u shaqaysay. " * 25
HTML = {"Accept": "text/html"}
NOTE = "/translation/voice/m-1/1/so"
SOUND = Rendered("person", 38, False, "words", b"OggS-light", b"ID3-0123456789", "audio/mpeg")


class Recorder(Speaker):
    """Takes what begins with `RIFF`."""

    def recorded(self, recording: bytes, text: str) -> Rendered:
        if not recording.startswith(b"RIFF"):
            raise ToolFailed("lame_failed")
        if len(recording) > 1000:
            raise ToolFailed("too_long")
        return SOUND


@pytest.fixture
def site(keyring, ports, composed):
    """A long text in Somali of Greenview's, and everybody who may or may not see it."""
    engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
    METADATA.create_all(engine)
    runtime = Runtime(engine, keyring)
    identity = Identity.build("k" * 40, mode="demo", secure=True)
    ports = replace(ports, speaker=Recorder(), links=identity.links)
    app = build_app(api, runtime=runtime, ports=ports, clock=SimulatedClock(NOW), identity=identity, mode="demo")
    event = composed(text=LONG, source_language="so", targets=["so"])
    said = new_event(
        event.type, dict(event.data), district="riverside", source="notifications", now=NOW, school="org-green"
    )
    with runtime.unit_of_work("translation", "riverside") as uow:
        texts.message_composed(uow, ports, [said])
    yield Site(app, identity, runtime, ports)
    engine.dispose()


class Site:
    def __init__(self, app, identity, runtime, ports) -> None:
        self.app, self.identity, self.runtime, self.ports = app, identity, runtime, ports

    def as_(self, role: str, *schools: str) -> SignedIn:
        session = self.identity.sessions.start(
            Kind.STAFF, NOW, district="riverside", person_id=f"{role}-1", role=role, schools=schools, language="en"
        )
        return SignedIn(self.app, self.identity, session)

    @property
    def anybody(self) -> SignedIn:
        return SignedIn(self.app, self.identity, None)

    def recorded(self) -> str:
        """A recording is kept; its path."""
        with self.runtime.unit_of_work("translation", "riverside") as uow:
            voice.recorded(uow, self.ports, ("m-1", 1, "so"), SOUND, by="i-abdi")
            audio_id = store.note(uow.connection, ("m-1", 1, "so"))["audio_id"]
        return self.ports.audio_path("riverside", audio_id, purpose="voice", until=NOW + timedelta(days=1))


def given(content: bytes) -> dict[str, str]:
    return {"recording": base64.b64encode(content).decode()}


def test_an_interpreter_sees_what_waits_and_records_it(site):
    abdi = site.as_("interpreter")
    assert "Somali" in abdi.get("/translation/voice", headers=HTML).text
    assert abdi.get(NOTE).json["reason"] == "no_voice"
    shown = abdi.get(NOTE, headers=HTML)
    assert "Amina si fiican" in shown.text and "microphone=(self)" in shown.headers["permissions-policy"]
    answer = abdi.post(NOTE, json=given(b"RIFF..."))
    assert (answer.status_code, answer.json) == (201, {"seconds": 38})
    assert "Amina" not in abdi.get("/translation/voice").text


def test_what_was_read_aloud_before_the_words_changed_is_not_kept(site):
    abdi = site.as_("interpreter")
    shown = abdi.get(NOTE).json["asked_at"]
    assert f'value="{NOW.isoformat()}"' in abdi.get(NOTE, headers=HTML).text
    later = (NOW - timedelta(minutes=1)).isoformat()
    assert abdi.post(NOTE, json={**given(b"RIFF..."), "asked_at": later}).json["code"] == "TEXT_CHANGED"
    assert abdi.post(NOTE, json={**given(b"RIFF..."), "asked_at": shown}).status_code == 201


def test_no_other_page_may_use_the_microphone(site):
    assert (
        "microphone=()" in site.as_("interpreter").get("/translation/voice", headers=HTML).headers["permissions-policy"]
    )


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"MZ..", "not a recording"),
        (b"RIFF" * 300, "longer than 60 seconds"),
        (b"\x1aE\xdf\xa3webm", "not a recording"),
    ],
)
def test_what_is_no_recording_is_refused_in_words(site, content, said):
    answer = site.as_("interpreter").post(NOTE, json=given(content))
    assert answer.status_code == 422 and said in answer.text
    shown = site.as_("interpreter").post(NOTE, json={"recording": "not base64 !"})
    assert shown.status_code == 422


def test_only_who_may_read_it_records_it(site):
    assert site.as_("office", "org-green").get(NOTE).status_code == 200
    assert site.as_("office", "org-other").get(NOTE).status_code == 403
    assert site.as_("office", "org-other").post(NOTE, json=given(b"RIFF")).status_code == 403
    assert "Amina" not in site.as_("office", "org-other").get("/translation/voice").text
    assert site.as_("teacher", "org-green").get(NOTE).status_code == 403
    assert site.anybody.get(NOTE).status_code == 401


@pytest.mark.parametrize("path", ["/m-1/2/so", "/m-1/x/so", "/m-1/1/vi", "/none/1/so", "/m-1/-1/so", "/m-1/²/so", f"/m-1/{'9' * 30}/so"])
def test_a_text_that_nobody_asked_to_hear_is_not_there(site, path):
    assert site.as_("interpreter").get(f"/translation/voice{path}").status_code == 404


def test_a_signed_path_plays_without_a_sign_in_and_no_other_does(site):
    path = site.recorded()
    whole = site.anybody.get(path)
    assert (whole.status_code, whole.content, whole.headers["content-type"]) == (200, SOUND.phone, "audio/mpeg")
    light = site.anybody.get(f"{path}/opus")
    assert (light.content, light.headers["content-type"].split(";")[0]) == (SOUND.opus, "audio/ogg")
    assert site.anybody.get(path[:-2]).status_code == 410
    assert site.anybody.get("/translation/audio/nothing").status_code == 410


@pytest.mark.parametrize(
    ("asked", "status", "content"),
    [
        ("bytes=0-1", 206, b"ID"),
        ("bytes=4-", 206, b"0123456789"),
        ("bytes=-3", 206, b"789"),
        ("bytes=0-999999", 206, SOUND.phone),
        ("bytes=99-", 416, b""),
        ("bytes=-", 200, SOUND.phone),
        ("pages=1-2", 200, SOUND.phone),
        (f"bytes={'9' * 5000}-", 200, SOUND.phone),
        (f"bytes=0-{'9' * 18}", 206, SOUND.phone),
    ],
)
def test_a_telephone_asks_for_parts(site, asked, status, content):
    answer = site.anybody.get(site.recorded(), headers={"Range": asked})
    assert (answer.status_code, answer.content) == (status, content)
