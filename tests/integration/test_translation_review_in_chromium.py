"""A reader's pages and a family's way to a person, in Chromium: clean for axe, on a phone, in both directions, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from services.translation.catalogue import load
from services.translation.handlers import texts
from services.translation.ports import Ports
from services.translation.tables import METADATA
from services.translation.translator import Translator
from services.translation.web import api
from shared.clock import SystemClock
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.messaging.envelope import new_event
from shared.store import insert_rows
from shared.web import build_app
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.integration.test_translation_pages import NOW, Runtime
from tests.unit.services.notifications.conftest import district, empty  # noqa: F401 - fixtures
from tests.unit.services.notifications.test_notifications_web import Site
from tests.unit.services.notifications.test_reviews_heard import written

QUEUE = "/translation/review"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[SimpleNamespace]:
    """An interpreter's site with two suspension notices that wait, in Arabic and Somali; nobody reads Khmer."""
    runtime = Runtime(tmp_path)
    with runtime.unit_of_work("translation", "riverside") as uow:
        school = {"school_id": "green", "revision": 1, "config_version": "v", "name": "Greenview", "timezone": "UTC",
                  "settings": {"office_phone": "+13125550100", "review": {"readers": {"ar": ["i-abdi"], "so": ["i-abdi"]}}}}  # fmt: skip
        insert_rows(uow.connection, METADATA.tables["school"], [school])
        staff = {"staff_id": "i-abdi", "revision": 1, "active": True, "role": "interpreter", "school_ids": [], "class_ids": [],
                 "given_name": "Mohamed", "family_name": "Abdi", "email": None}  # fmt: skip
        insert_rows(uow.connection, METADATA.tables["staff"], [staff])
        home = {"guardian_id": "g", "revision": 1, "language": "km", "given_name": "A", "family_name": "B", "email": None, "sms": None, "phone": None}
        insert_rows(uow.connection, METADATA.tables["guardian"], [home])
        data = {
            "message_id": "m-1", "content_version": 1, "kind": "concern", "risk": "high", "source_language": "en",
            "targets": ["ar", "so"], "text": "Riya is suspended for 1 day.", "catalogue_key": None, "protected": ["Riya"],
        }  # fmt: skip
        event = new_event("notifications.message_composed", data, district="riverside", source="notifications", now=NOW, school="green")
        texts.message_composed(uow, Ports(Translator(load())), [event])
    clock = SystemClock()
    identity = Identity.build("k" * 40, mode="demo", secure=False)
    session = identity.sessions.start(
        Kind.STAFF, clock.now(), district="riverside", person_id="i-abdi", role="interpreter", schools=(), language="en"
    )
    app = build_app(api, runtime=runtime, ports=None, clock=clock, identity=identity, mode="demo")
    with serve(app) as url:
        yield SimpleNamespace(url=url, token=identity.sessions.token(session))
    runtime.engine.dispose()


@contextmanager
def signed_in(browser: Browser, desk: SimpleNamespace, **options: Any) -> Iterator[Page]:
    with open_context(browser, **options) as context:
        context.add_cookies([{"name": COOKIE, "value": desk.token, "url": desk.url}])
        yield context.new_page()


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (DESK, False)])
def test_the_queue_the_text_and_the_history_are_clean_for_axe_and_fit(browser, desk, size, dark):
    with signed_in(browser, desk, size=size, dark=dark) as page:
        for path in (QUEUE, f"{QUEUE}/m-1/1/ar", f"{QUEUE}/history"):
            assert page.goto(desk.url + path).status == 200
            assert_axe_clean(page)
            assert_fits(page)
        page.goto(f"{desk.url}{QUEUE}/m-1/1/ar")
        assert page.get_by_label("Your words").get_attribute("dir") == "rtl"
        page.get_by_label("Your words").fill("ريا موقوفة ليومين")
        page.get_by_role("button", name="Check it first").click()
        page.get_by_role("heading", name="What the checks noticed").wait_for()
        assert_axe_clean(page)
        assert_fits(page)


def test_a_reader_goes_from_the_queue_to_the_end_without_a_mouse(browser, desk):
    with signed_in(browser, desk, size=DESK) as page:
        page.goto(desk.url + QUEUE)
        assert page.get_by_text("Khmer: guardians: 1").is_visible()
        page.keyboard.press("j")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="To read: Arabic").wait_for()
        page.wait_for_load_state()
        page.get_by_label("Your words").focus()
        page.keyboard.insert_text("ريا موقوفة عن المدرسة 1 يوم")
        page.keyboard.press("Control+Enter")
        page.get_by_text("Something of the text is missing here: a name.").wait_for()
        page.wait_for_load_state()  # the keys are there once the script is
        page.get_by_label("I am sure").focus()
        page.keyboard.press("Space")
        page.keyboard.press("Control+Enter")
        page.get_by_text("Done.").wait_for()
        assert page.get_by_text("English → Arabic").count() == 0


def test_two_taps_and_a_text_without_javascript(browser, desk):
    with signed_in(browser, desk, size=PHONE, javascript=False) as page:
        page.goto(desk.url + QUEUE)
        page.get_by_role("link", name="Read: Somali").click()
        page.get_by_role("button", name="I am working on it").click()
        page.get_by_label("Your words").fill("Riya waxaa laga joojiyay dugsiga 1 maalin.")
        page.get_by_role("button", name="This goes out").click()
        assert page.get_by_text("Done.").is_visible()
        page.get_by_role("link", name="What was read lately").click()
        assert page.get_by_text("laga joojiyay dugsiga 1 maalin.").is_visible()


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_family_asks_for_a_person_on_a_phone_without_javascript(browser, district, language):  # noqa: F811
    district.link("g-ana", "s-mateo", language="ar" if language == "ar" else "es", revision=2, sms="+13125550111")
    message_id = written(district, "Mateo fell today.")
    district.settle()
    link = district.ports.link("/notifications/inbox", "riverside", "g-ana", purpose="inbox", now=district.now, language=language)
    made, ask = {"en": ("Translated by machine", "Ask a person"), "ar": ("ترجمة آلية", "اطلبوا إنسانًا")}[language]
    site = Site(district)
    with serve(site.app) as url, open_context(browser, size=PHONE, javascript=False) as context:
        page = context.new_page()
        page.goto(url + link.removeprefix("https://homeroom.example.org"))
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        page.locator("summary", has_text=made).click()
        page.locator("textarea[name=proposal]").fill("Mateo se cayó hoy.")
        assert_fits(page)
        page.get_by_role("button", name=ask).click()
        assert page.get_by_role("status").is_visible()
    assert [(data["text_id"], data["proposal"]) for data in district.told("person_asked")] == [(message_id, "Mateo se cayó hoy.")]


@pytest.mark.parametrize(("language", "size"), [("en", DESK), ("ar", PHONE)])
def test_the_family_s_page_is_clean_for_axe_with_the_way_open(browser, district, language, size):  # noqa: F811
    written(district, "Mateo fell today.")
    district.settle()
    link = district.ports.link("/notifications/inbox", "riverside", "g-ana", purpose="inbox", now=district.now, language=language)
    site = Site(district)
    with serve(site.app) as url, open_context(browser, size=size) as context:
        page = context.new_page()
        page.goto(url + link.removeprefix("https://homeroom.example.org"))
        for summary in page.locator("summary").all():
            summary.click()
        assert_axe_clean(page)
        assert_fits(page)
