"""The memory's search and the district's own words in Chromium: clean for axe, on a phone, in both directions, without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from playwright.sync_api import Browser, Page

from services.translation.domain import memory as rules
from services.translation.domain.glossary import Term
from services.translation.store import glossary, memory
from services.translation.web import api
from shared.clock import SystemClock
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.web import build_app
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.integration.test_translation_pages import NOW, Runtime

LONG = "Bring a signed permission slip, a lunch and a warm coat. " * 8


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Approved texts in three directions of writing, and terms of which two contradict each other."""
    runtime = Runtime(tmp_path_factory.mktemp("words"))
    texts = [("The bus is late.", "تأخرت الحافلة.", "ar"), ("The bus is late.", "El autobús llega tarde.", "es"), (LONG, LONG, "so")]
    with runtime.unit_of_work("translation", "riverside") as uow:
        for text, translation, target in texts:
            entry = rules.remember(text, translation, names=(), source="en", target=target)
            memory.remember(uow.connection, [entry], source="en", target=target, approved_by="t-abdi", now=NOW)
        terms = [Term("sub", "معلم بديل", "ar"), Term("bat", "bate", "es", forms=("bats",)), Term("bats", "murciélagos", "es")]
        glossary.save(uow.connection, terms, origin="page", by="t-abdi", now=NOW)
    clock = SystemClock()
    identity = Identity.build("k" * 40, mode="demo", secure=False)
    session = identity.sessions.start(
        Kind.STAFF, clock.now(), district="riverside", person_id="t-abdi", role="interpreter", schools=(), language="en"
    )
    app = build_app(api, runtime=runtime, ports=None, clock=clock, identity=identity, mode="demo")
    with serve(app) as url:
        yield url, identity.sessions.token(session)
    runtime.engine.dispose()


@contextmanager
def opened(browser: Browser, site: tuple[str, str], **how: object) -> Iterator[Page]:
    url, token = site
    with open_context(browser, **how) as context:
        context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
        yield context.new_page()


@pytest.mark.parametrize(("size", "dark"), [(PHONE, True), (DESK, False)])
@pytest.mark.parametrize("path", ["/translation/memory/search?q=The+bus+is+late+now&target=ar", "/translation/glossary"])
def test_the_pages_are_clean_for_axe_and_fit(browser, site, path, size, dark):
    with opened(browser, site, size=size, dark=dark) as page:
        page.goto(site[0] + path)
        assert_axe_clean(page)
        assert_fits(page)


def test_a_text_like_the_one_asked_for_is_found_and_reads_from_right_to_left(browser, site):
    with opened(browser, site, size=PHONE, javascript=False) as page:
        page.goto(site[0] + "/translation/memory")
        page.get_by_role("link", name="Search the translations").click()
        page.get_by_label("Words, or a whole text").fill("The bus is late today.")
        page.get_by_label("Language").fill("ar")
        page.get_by_role("button", name="Search").click()
        found = page.get_by_role("region", name="Texts like this one")
        assert "% the same" in found.inner_text()
        assert found.locator("[lang=ar]").get_attribute("dir") == "rtl"


def test_a_term_is_added_a_contradiction_refused_with_its_reason_and_the_term_removed(browser, site):
    with opened(browser, site, size=DESK) as page:
        page.goto(site[0] + "/translation/glossary")
        assert page.get_by_role("region", name="These contradict each other").is_visible()

        def add(term: str, translation: str) -> None:
            page.get_by_label("Term in English").fill(term)
            page.get_by_label("Language (such as es or so)").fill("es")
            page.get_by_label("What it is called").fill(translation)
            page.get_by_role("button", name="Save").click()

        add("gym", "gimnasio")
        assert page.get_by_text("gimnasio").first.is_visible()
        page.get_by_label("What it must not be called").fill("sala")
        add("hall", "sala")
        assert "among the forbidden" in page.locator("#translation-error1").inner_text()
        assert_axe_clean(page)
        page.goto(site[0] + "/translation/glossary")
        page.get_by_role("button", name="Remove: gym → gimnasio").click()
        assert page.get_by_text("gimnasio").count() == 0
