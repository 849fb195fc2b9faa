"""Scheduling's pages in a real browser, without JavaScript, on a phone: WCAG-clean, and a time can be chosen."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from services.scheduling.handlers import notes
from services.scheduling.tables import MEETING
from services.scheduling.web import api
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.web import build_app
from tests.browser import PHONE, assert_axe_clean, chromium, open_context, serve
from tests.unit.services.scheduling.scene import DISTRICT, KEY, World, alert, on_sqlite, preference


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = on_sqlite(tmp_path).move_in()
    with made.unit() as uow:
        notes.preference_changed(uow, [preference("g-daniel", available_after="18:00")])
    made.alert(alert())
    yield made
    made.engine.dispose()


@pytest.fixture
def identity() -> Identity:
    return Identity.build(KEY, mode="production", secure=False)


@pytest.fixture
def site(world: World, identity: Identity) -> Iterator[str]:
    app: Any = build_app(api, runtime=world, ports=world.ports, clock=world.clock, identity=identity, mode="production")
    with serve(app) as url:
        yield url


def path(world: World, guardian_id: str) -> str:
    return str(world.offer_of(guardian_id).data["link"]).removeprefix(world.ports.base_url)


@pytest.mark.parametrize("language", ["es", "ar"])
def test_a_guardian_chooses_moves_and_calls_off_without_javascript(browser: Browser, site: str, world: World, language: str):
    with open_context(browser, size=PHONE, language=language, javascript=False) as context:
        page = context.new_page()
        page.goto(f"{site}{path(world, 'g-ana')}?lang={language}")
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        page.locator("button[name=n]").nth(1).click()
        assert "/scheduling/m/" in page.url
        assert [row.state for row in world.rows(MEETING)] == ["booked"]
        page.locator("form[action$='/move'] button").click()
        page.locator("button[name=n]").nth(2).click()
        assert [row.sequence for row in world.rows(MEETING)] == [1]
        page.locator("form[action$='/cancel'] button").click()
        assert [row.state for row in world.rows(MEETING)] == ["cancelled"]


def test_a_family_s_pages_have_no_barrier(browser: Browser, site: str, world: World):
    with open_context(browser, size=PHONE, language="ar") as context:
        page = context.new_page()
        for language in ("en", "ar"):
            page.goto(f"{site}{path(world, 'g-daniel')}?lang={language}")
            assert_axe_clean(page)
        page.locator("button[name=n]").first.click()
        assert_axe_clean(page)


def test_a_teacher_s_pages_have_no_barrier(browser: Browser, site: str, world: World, identity: Identity):
    session = identity.sessions.start(
        Kind.STAFF, world.clock.now(), district=DISTRICT, person_id="t-alvarez", role="teacher", schools=("org-greenview",)
    )
    with open_context(browser, size=PHONE) as context:
        context.add_cookies([{"name": COOKIE, "value": identity.sessions.token(session), "url": site}])
        page = context.new_page()
        for part in ("calendar", "office-hours", "promises", "students/s-mateo"):
            page.goto(f"{site}/scheduling/{part}")
            assert page.locator("h1").count() == 1
            assert_axe_clean(page)
        page.locator("#text").fill("extra practice sheet")
        page.locator("#due_on").fill("2026-10-02")
        page.locator("form[action$='/commitments'] button").click()
        assert page.get_by_text("extra practice sheet").is_visible()
        assert_axe_clean(page)
