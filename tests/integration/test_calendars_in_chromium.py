"""The calendar pages in a real browser, on a phone and a desk, left to right and right to left: no barrier, and they work."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from services.scheduling.handlers import booking, calendars_sync
from services.scheduling.store import calendars_elsewhere
from services.scheduling.tables import MEETING
from services.scheduling.tables.calendars import FEED
from services.scheduling.web import api
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.web import build_app
from tests.browser import DESK, PHONE, assert_axe_clean, chromium, open_context, serve
from tests.unit.services.scheduling.scene import DISTRICT, KEY, World, alert, on_sqlite
from tests.unit.services.scheduling.test_calendars_answers import file, hear, proposed, reply


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A meeting, a proposal for another time, and calendars in three states."""
    made = on_sqlite(tmp_path).move_in()
    made.alert(alert())
    offer_id = made.offer_of("g-ana").data["offer_id"]
    with made.unit() as uow:
        booking.book(uow, made.ports, [booking.Answer("k", offer_id, 1, "g-ana", uow.now)])
        notes = [["zone", 2], ["too_often", 1], ["moment", 4]]
        for host, state in (("dav.example.org", "ok"), ("calendar.example.com", "refused"), ("new.example.net", "new")):
            made_id = calendars_sync.add(uow, "t-alvarez", kind="caldav", url=f"https://{host}/")
            assert made_id is not None
            values: dict[str, Any] = {"state": state, "notes": notes if state == "ok" else []}
            calendars_elsewhere.change(uow.connection, made_id, "t-alvarez", values | {"worked_at": uow.now})
    [row] = made.rows(MEETING)
    hear(made, reply(row.meeting_id, file(row.meeting_id, said_="TENTATIVE")))
    hear(made, reply(row.meeting_id, file(row.meeting_id, said_="DECLINED"), sender="else@example.org"))
    wanted = datetime(2026, 10, 15, 22, 0, tzinfo=UTC)
    hear(made, reply(row.meeting_id, file(row.meeting_id, "COUNTER", more=proposed(wanted))))
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


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_teacher_s_page_has_no_barrier_and_its_buttons_work(
    browser: Browser, site: str, world: World, identity: Identity, size: Any, language: str, tmp_path: Path
):
    session = identity.sessions.start(
        Kind.STAFF,
        world.clock.now(),
        district=DISTRICT,
        person_id="t-alvarez",
        role="teacher",
        schools=("org-greenview",),
    )
    with open_context(browser, size=size, language=language) as context:
        context.add_cookies([{"name": COOKIE, "value": identity.sessions.token(session), "url": site}])
        page = context.new_page()
        page.goto(f"{site}/scheduling/calendars?lang={language}")
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        page.screenshot(path=str(tmp_path / f"calendars-{language}.png"), full_page=True)
        assert_axe_clean(page)
        page.locator("form[action$='/calendar-feed/renew'] button").click()
        assert ".ics" in (page.locator("#feed").input_value())
        page.locator("#url").fill("ftp://example.org")
        page.locator("form[action='/scheduling/calendars'] button").click()
        assert page.locator("#url").get_attribute("aria-invalid") == "true"
        assert_axe_clean(page)
        page.goto(f"{site}/scheduling/calendars?lang={language}")
        page.locator("form[action$='/accept'] button").click()
        assert page.get_by_role("status").is_visible()
        assert [row.start_at for row in world.rows(MEETING)] == [datetime(2026, 10, 15, 22, 0, tzinfo=UTC)]
        assert_axe_clean(page)


@pytest.mark.parametrize("language", ["es", "ar"])
def test_a_family_makes_and_takes_back_its_address_without_javascript(
    browser: Browser, site: str, world: World, language: str
):
    link = world.offer_of("g-ana").data["link"].removeprefix(world.ports.base_url)
    with open_context(browser, size=PHONE, language=language, javascript=False) as context:
        page = context.new_page()
        page.goto(f"{site}{link}?lang={language}")
        page.locator("a[href$='/calendar']").click()
        page.locator("form[action*='own-calendar-renew'] button").click()
        assert ".ics" in page.locator("#feed").input_value()
        page.locator("form[action*='own-calendar-off'] button").click()
        assert page.locator("#feed").count() == 0
    assert [row.revoked_at is not None for row in world.rows(FEED)] == [True]


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_family_s_page_has_no_barrier(browser: Browser, site: str, world: World, language: str, tmp_path: Path):
    link = world.offer_of("g-ana").data["link"].removeprefix(world.ports.base_url)
    with open_context(browser, size=PHONE, language=language) as context:
        page = context.new_page()
        page.goto(f"{site}{link}?lang={language}")
        assert_axe_clean(page)
        page.locator("a[href$='/calendar']").click()
        page.locator("form[action*='own-calendar-renew'] button").click()
        page.screenshot(path=str(tmp_path / f"own-{language}.png"), full_page=True)
        assert_axe_clean(page)
