"""The page where a person records, in a real browser: clean for axe, by microphone, by a file, and without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import Browser

from services.translation.catalogue import load
from services.translation.handlers import texts
from services.translation.ports import Ports
from services.translation.tables.voice import VOICE_AUDIO
from services.translation.translator import Translator
from services.translation.voice import tools
from services.translation.web import api
from shared.clock import SimulatedClock
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.messaging.envelope import new_event
from shared.web import build_app
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.integration.test_translation_pages import NOW, Runtime
from tests.integration.test_voice_journey import voice_of_abdi

NOTE = "/translation/voice/m-1/1/so"
# a microphone that hears a tone: the machine has none
TONE = """
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext();
  const tone = context.createOscillator();
  const out = context.createMediaStreamDestination();
  tone.connect(out);
  tone.start();
  return out.stream;
};
"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def site(tmp_path: Path):
    """A long Somali text that waits; the app, an interpreter's token, and the runtime."""
    runtime = Runtime(tmp_path)
    identity = Identity.build("k" * 40, mode="demo", secure=False)
    ports = Ports(Translator(load()), links=identity.links)
    data = {
        "message_id": "m-1", "content_version": 1, "kind": "info", "risk": "low", "source_language": "so", "targets": ["so"],
        "text": "Amina si fiican ayay maanta u shaqaysay. " * 25, "catalogue_key": None, "protected": [],
    }  # fmt: skip
    with runtime.unit_of_work("translation", "riverside") as uow:
        event = new_event("notifications.message_composed", data, district="riverside", source="notifications", now=NOW)
        texts.message_composed(uow, ports, [event])
    app = build_app(api, runtime=runtime, ports=ports, clock=SimulatedClock(NOW), identity=identity, mode="demo")
    session = identity.sessions.start(
        Kind.STAFF, NOW, district="riverside", person_id="i-abdi", role="interpreter", schools=(), language="en"
    )
    yield app, identity.sessions.token(session), runtime
    runtime.engine.dispose()


def kept(runtime: Runtime) -> list:
    with runtime.engine.begin() as connection:
        return list(connection.execute(sa.select(VOICE_AUDIO)))


@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (DESK, True)])
def test_the_page_is_clean_for_axe_and_fits(browser, site, size, dark):
    app, token, _ = site
    with serve(app) as url, open_context(browser, size=size, dark=dark) as context:
        context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
        page = context.new_page()
        for path in ("/translation/voice", NOTE):
            page.goto(url + path)
            page.locator("h1").wait_for()
            assert_axe_clean(page)
            assert_fits(page)


def test_what_the_microphone_hears_is_what_the_families_get(browser, site):
    app, token, runtime = site
    with serve(app) as url, open_context(browser, size=PHONE) as context:
        context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
        context.add_init_script(TONE)
        page = context.new_page()
        page.goto(url + NOTE)
        page.get_by_role("button", name="Record", exact=True).click()
        page.get_by_text("Recording…").wait_for()
        page.evaluate("new Promise((done) => setTimeout(done, 1200))")
        page.get_by_role("button", name="Stop").click()
        page.get_by_text("ready to send").wait_for()
        assert page.get_by_role("button", name="Listen to it").is_visible()
        page.get_by_role("button", name="Send this recording").click()
        page.get_by_text("Nothing waits.").wait_for()
    (audio,) = kept(runtime)
    assert audio.voice == "person" and 1 <= audio.seconds <= 20 and audio.phone_type == tools.MPEG


def test_a_file_is_enough_without_javascript_and_what_is_none_is_said_in_words(browser, site):
    app, token, runtime = site
    with serve(app) as url, open_context(browser, size=PHONE, javascript=False) as context:
        context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
        page = context.new_page()
        page.goto(url + NOTE)
        file = page.locator("#recording")
        file.set_input_files({"name": "a.webm", "mimeType": "audio/webm", "buffer": b"\x1aE\xdf\xa3 not for us"})
        page.get_by_role("button", name="Send this recording").click()
        assert page.locator("#recording-error").inner_text().startswith("This is not a recording")
        file.set_input_files({"name": "a.wav", "mimeType": "audio/wav", "buffer": voice_of_abdi(2)})
        page.get_by_role("textbox").fill("Amina si fiican")
        page.get_by_role("button", name="Send this recording").click()
        page.get_by_text("Nothing waits.").wait_for()
    (audio,) = kept(runtime)
    assert (audio.seconds, audio.transcript) == (2, "Amina si fiican")
