"""Occasions in a real browser: WCAG-clean on a phone and a desk, in English and Arabic; families need no JavaScript."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, ViewportSize

from services.scheduling.handlers import observances
from services.scheduling.tables.bookings import SIGN_UP
from services.scheduling.tables.occasions import ATTENDANCE, OBSERVED
from services.scheduling.web import api
from services.scheduling.web.occasions_door import poster_link
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.web import build_app
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.scheduling.occasion_scene import (
    GREENVIEW,
    at,
    configured,
    draft,
    families,
    fridays,
    invited,
    keep,
    published,
    tell,
)
from tests.unit.services.scheduling.scene import DISTRICT, KEY, World, on_sqlite

PICTURES = "HOMEROOM_PICTURES"  # a folder for screenshots, to look at
LOOKS = [(PHONE, "en"), (PHONE, "ar"), (DESK, "en"), (DESK, "ar")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = configured(on_sqlite(tmp_path).move_in(), date(2026, 11, 6))
    keep(made, families(made, 14), "diwali")
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


def clean(page: Page, name: str, size: ViewportSize, language: str) -> None:
    """No barrier, nothing too wide; a picture where a folder for them is named."""
    assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
    if folder := os.environ.get(PICTURES):
        page.screenshot(path=f"{folder}/occasions_{name}_{language}_{size['width']}.png", full_page=True)
    assert_axe_clean(page)
    assert_fits(page)


def own_link(world: World, row: Any, who: str) -> str:
    tell(world, row.occasion_id)
    data = invited(world)[who]
    return str(data["links"][data["guardian_ids"].index(who)]).removeprefix(world.ports.base_url)


def staff_cookie(identity: Identity, world: World, site: str, person_id: str, role: str) -> Any:
    session = identity.sessions.start(
        Kind.STAFF, world.clock.now(), district=DISTRICT, person_id=person_id, role=role, schools=(GREENVIEW,)
    )
    return {"name": COOKIE, "value": identity.sessions.token(session), "url": site}


@pytest.mark.parametrize(("size", "language"), LOOKS)
def test_a_family_takes_a_place_and_signs_in_without_javascript(
    browser: Browser, site: str, world: World, size: ViewportSize, language: str
):
    row = published(
        world, date(2026, 10, 14), capacity=30, child_care=True, interpreters=("es", "so"), venue="Library", online=True
    )
    path = f"{site}{own_link(world, row, 'g-daniel')}?lang={language}"
    with open_context(browser, size=size, language=language, javascript=False) as context:
        page = context.new_page()
        page.goto(path)
        page.locator("button[value=place]").click()
        assert [each.state for each in world.rows(SIGN_UP)] == ["seated"]
        at(world, row.start_at)
        page.goto(path)
        page.locator("button[value=here]").click()
        assert [each.guardian_id for each in world.rows(ATTENDANCE)] == ["g-daniel"]
        page.goto(path)
        page.locator("a[href*='/scheduling/days/']").click()
        page.locator("#avoid-diwali").check()
        page.locator("#share-diwali").check()
        page.locator("main button").click()
        assert "diwali" in {each.key for each in world.rows(OBSERVED) if each.guardian_id == "g-daniel"}


@pytest.mark.parametrize(("size", "language"), LOOKS)
def test_a_family_s_pages_and_the_poster_have_no_barrier(
    browser: Browser, site: str, world: World, size: ViewportSize, language: str
):
    terms = {"capacity": 30, "child_care": True, "interpreters": ("es", "so"), "venue": "Library", "online": True}
    row = published(world, date(2026, 10, 14), **terms)
    path = f"{site}{own_link(world, row, 'g-daniel')}?lang={language}"
    poster = poster_link(world.ports, DISTRICT, row).replace(world.ports.base_url, site)
    with open_context(browser, size=size, language=language) as context:
        page = context.new_page()
        page.goto(path)
        clean(page, "invited", size, language)
        days = str(page.locator("a[href*='/scheduling/days/']").get_attribute("href"))
        page.goto(f"{site}{days}?lang={language}")
        clean(page, "days", size, language)
        at(world, row.start_at)
        page.goto(path)
        clean(page, "doors", size, language)
        page.goto(poster)
        clean(page, "poster", size, language)
        page.locator("#contact").fill("g-meera@example.org")
        page.locator("main button").click()
        clean(page, "poster_done", size, language)
        assert [each.guardian_id for each in world.rows(ATTENDANCE)] == ["g-meera"]


@pytest.mark.parametrize(("size", "language"), LOOKS)
def test_the_offices_pages_have_no_barrier(
    browser: Browser, site: str, world: World, identity: Identity, size: ViewportSize, language: str
):
    workshop = published(world, date(2026, 10, 14), capacity=30, interpreters=("es",), venue="Library")
    fair = draft(world, date(2026, 11, 8), title="Fair")
    friday = fridays(world)[date(2026, 10, 2)]
    at(world, friday.start_at)
    with open_context(browser, size=size, language=language) as context:
        context.add_cookies([staff_cookie(identity, world, site, "s-office", "office")])
        page = context.new_page()
        pages = {
            "list": "", "clash": f"/{fair}", "one": f"/{workshop.occasion_id}", "sheet": f"/{friday.occasion_id}/sheet",
            "paper": f"/{friday.occasion_id}/paper",
        }  # fmt: skip
        for name, part in pages.items():
            query = "&q=rivera" if name == "paper" else ""
            page.goto(f"{site}/scheduling/occasions{part}?lang={language}{query}")
            clean(page, name, size, language)
        page.locator("input[value=g-ana]").check()
        page.locator("main form[method=post] button").click()
        assert [(each.guardian_id, each.via) for each in world.rows(ATTENDANCE)] == [("g-ana", "paper")]


@pytest.mark.parametrize(("size", "language"), LOOKS)
def test_a_teachers_reminder_has_no_barrier_and_goes_when_it_is_done(
    browser: Browser, site: str, world: World, identity: Identity, size: ViewportSize, language: str
):
    at(world, datetime(2026, 11, 5, 12, 30, tzinfo=UTC))  # Friday is free this year: Thursday is the last day of school
    with world.unit() as uow:
        observances.greetings(uow, [GREENVIEW])
    with open_context(browser, size=size, language=language) as context:
        context.add_cookies([staff_cookie(identity, world, site, "t-alvarez", "teacher")])
        page = context.new_page()
        page.goto(f"{site}/scheduling/occasions?lang={language}")
        clean(page, "greeting", size, language)
        page.locator("form[action$='/greetings'] button").click()
        page.goto(f"{site}/scheduling/occasions?lang={language}")
        assert page.locator("form[action$='/greetings']").count() == 0
