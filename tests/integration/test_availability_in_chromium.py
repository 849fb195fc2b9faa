"""Availability's pages in a real browser, on a phone and on a desk: WCAG-clean, usable without JavaScript, printable."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from services.scheduling.tables import MEETING
from services.scheduling.tables.availability import AVAILABILITY, EXTERNAL_BUSY, WALK_IN
from services.scheduling.web import api
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.store import insert_rows
from shared.web import build_app
from tests.browser import PHONE, assert_axe_clean, chromium, open_context, serve
from tests.unit.services.scheduling.scene import DISTRICT, KEY, World, on_sqlite

DESK = {"width": 1280, "height": 900}
SHOTS = os.environ.get("HOMEROOM_SHOTS")  # a folder for screenshots to look at


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = on_sqlite(tmp_path).move_in()
    with made.unit() as uow:
        busy = {"staff_id": "t-alvarez", "source": "ics:1", "start_at": datetime(2026, 9, 29, 18, tzinfo=UTC),
                "end_at": datetime(2026, 9, 29, 19, tzinfo=UTC)}  # fmt: skip
        insert_rows(uow.connection, EXTERNAL_BUSY, [busy])
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


def hours_link(world: World, identity: Identity, language: str = "en") -> str:
    expires = world.clock.now() + timedelta(days=7)
    token = identity.links.issue(
        DISTRICT, "g-meera", purpose="hours", resource="s-riya|t-alvarez", expires_at=expires, language=language
    )
    return f"/scheduling/hours/{token}"


def shot(page: Page, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def fits(page: Page) -> bool:
    """Whether nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"))


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_family_taps_call_me_on_a_phone_without_javascript(
    browser: Browser, site: str, world: World, identity: Identity, language: str
):
    with open_context(browser, size=PHONE, language=language, javascript=False) as context:
        page = context.new_page()
        page.goto(f"{site}{hours_link(world, identity, language)}?lang={language}")
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        assert fits(page)
        shot(page, f"call-{language}")
        page.locator("form[action$='/call'] button").click()
        assert "/scheduling/m/" in page.url
        assert [(row.kind, row.mode) for row in world.rows(MEETING)] == [("office_hours", "phone")]
        page.goto(f"{site}{hours_link(world, identity, language)}?lang={language}")
        assert page.locator("form[action$='/call']").count() == 0, "one call at a time"
        shot(page, f"call-coming-{language}")


@pytest.mark.parametrize(("name", "size"), [("phone", PHONE), ("desk", DESK)])
def test_a_teacher_s_hours_week_and_visitors_have_no_barrier(
    browser: Browser, site: str, world: World, identity: Identity, name: str, size: Any
):
    session = identity.sessions.start(
        Kind.STAFF, world.clock.now(), district=DISTRICT, person_id="t-alvarez", role="teacher", schools=("org-greenview",)
    )
    with open_context(browser, size=size) as context:
        context.add_cookies([{"name": COOKIE, "value": identity.sessions.token(session), "url": site}])
        page = context.new_page()
        for language in ("en", "ar"):
            page.goto(f"{site}/scheduling/office-hours?lang={language}")
            page.locator("summary").click()
            assert_axe_clean(page)
            assert fits(page)
            shot(page, f"hours-{name}-{language}")
            page.goto(f"{site}{hours_link(world, identity, language)}?lang={language}")
            assert_axe_clean(page)
        page.goto(f"{site}/scheduling/office-hours?lang=en")
        page.locator("#hours").fill("wed 15:30-16:30 in annex\nwed 16:00-17:00")
        page.locator("button", has_text="Save").click()
        assert page.locator("[role=alert]").is_visible() and page.locator("#hours-error1").is_visible()
        assert_axe_clean(page)
        shot(page, f"hours-wrong-{name}")
        page.locator("#hours").fill("mon 15:00-16:00 in annex\nwed 15:30-16:30\nfri 08:00-08:30 drop-in")
        page.locator("#exceptions").fill("2026-10-02 to 2026-10-02 off")
        page.locator("#per_day").fill("4")
        page.locator("button", has_text="Save").click()
        assert [row.per_day for row in world.rows(AVAILABILITY)] == [4]
        shot(page, f"hours-saved-{name}")
        page.goto(f"{site}{hours_link(world, identity)}")
        page.locator("form[action$='/call'] button").click()
        for language in ("en", "ar"):
            page.goto(f"{site}/scheduling/calendar/week?lang={language}")
            assert page.locator("section.card").count() == 5
            assert_axe_clean(page)
            assert fits(page)
            shot(page, f"week-{name}-{language}")
        page.emulate_media(media="print")
        assert not page.locator(".noprint").is_visible() and page.locator("section.card").first.is_visible()
        page.emulate_media(media="screen")
        page.goto(f"{site}/scheduling/walk-ins?lang=en")
        assert_axe_clean(page)
        page.locator("button", has_text="Meera Shah").click()
        assert len(world.rows(WALK_IN)) == 1 and page.get_by_text("This week").is_visible()
        assert_axe_clean(page)
        shot(page, f"walkins-{name}")
