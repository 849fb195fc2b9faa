"""The page where a message is heard and read, in a real browser: phone and desk, both directions; it holds no JavaScript."""

from __future__ import annotations

import io
import math
import struct
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.notifications.handlers import calling, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import DELIVERY, METADATA
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.notifications.sms.stand import until
from tests.unit.services.notifications.test_notifications_web import Site
from tests.unit.services.notifications.world import District

AUDIO = "/translation/audio/abc"
LONG = "Riya worked well with others today and finished her project. " * 30


@pytest.fixture
def district(tmp_path: Path) -> Iterator[District]:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/notifications.sqlite")
    METADATA.create_all(engine)
    made = District(tmp_path, engine)
    made.populate()
    yield made
    engine.dispose()


def tone() -> bytes:
    """A second of a quiet A."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(8000)
        out.writeframes(b"".join(struct.pack("<h", int(3000 * math.sin(n * 440 * math.tau / 8000))) for n in range(8000)))
    return file.getvalue()


def with_audio(app):
    """The site with translation's recordings beside it."""

    def both(environ, start_response):
        if environ["PATH_INFO"] != AUDIO:
            return app(environ, start_response)
        sound = tone()
        start_response("200 OK", [("Content-Type", "audio/wav"), ("Content-Length", str(len(sound)))])
        return [sound]

    return both


def letter(district: District, language: str) -> str:
    """The path of Ana's page, once there is a recording."""
    district.link("g-ana", "s-mateo", language=language, revision=2, sms="+13125550111")
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", LONG, "s-mateo"))
    district.settle()
    ana = district.delivery_to("g-ana")
    recording = {"text_id": ana["message_id"], "content_version": 1, "language": language, "audio": AUDIO, "seconds": 41}
    district.hear(calling.voice_rendered, district.event("translation.voice_rendered", **recording))
    with district.transaction() as uow:
        link = district.ports.link(
            "/notifications/listen", "riverside", "g-ana", purpose="listen", resource=ana["delivery_id"], now=uow.now, language=language
        )
    return link.removeprefix(district.ports.base_url)


@pytest.mark.parametrize(
    ("size", "language", "dark"), [(PHONE, "so", False), (PHONE, "ar", True), (DESK, "ar", False), (DESK, "en", False)]
)
def test_a_guardian_reads_and_hears_a_message(district, size, language, dark, tmp_path):
    path = letter(district, language)
    site = Site(district)
    with (
        serve(with_audio(site.app)) as url,
        chromium() as browser,
        open_context(browser, size=size, language=language, dark=dark) as context,
    ):
        page = context.new_page()
        page.goto(url + path)
        page.screenshot(path=str(tmp_path / "listen.png"), full_page=True)
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        assert page.locator("script").count() == 0
        assert "finished her project" in page.locator("main").inner_text()
        assert_axe_clean(page)
        assert_fits(page)
        district.settle()
        assert district.delivery_to("g-ana")["opened_at"] is None  # looking is not playing
        page.locator("audio").focus()
        page.keyboard.press("Space")
        until(lambda: district.rows(DELIVERY) and _played(district))


def _played(district: District) -> bool:
    district.settle()
    return bool(district.delivery_to("g-ana")["opened_how"] == "played")
