"""Pages of interpreters and places in a real browser: WCAG-clean on phone and desk, in both directions, without JavaScript."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from services.scheduling.handlers import roster, seats
from services.scheduling.store import bookings_interpreters as store
from services.scheduling.web import api
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.web import build_app
from tests.browser import DESK, PHONE, assert_axe_clean, chromium, open_context, serve
from tests.unit.services.scheduling.scene import DISTRICT, KEY, NOW, World, alert, on_sqlite, reply, teacher

SHOTS = os.environ.get("HOMEROOM_SHOTS")  # a folder to keep pictures in, for whoever wants to look


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    """A meeting that waits for an interpreter; a workshop with one place, offered to Daniel."""
    made = on_sqlite(tmp_path).move_in()
    start = NOW + timedelta(days=10)
    with made.unit() as uow:
        roster.staff_listed(uow, made.ports, [teacher("i-abdi", name="Yusuf Abdi")])
        store.set_speaks(uow.connection, "i-abdi", "es", interprets=True)
        seats.open_pool(uow, made.ports, seats.Pool("pool", "org-greenview", 1, start, start + timedelta(hours=1)))
        wanted = [seats.SignUp("pool", who, "s-mateo") for who in ("g-ana", "g-daniel")]
        seats.sign_up(uow, made.ports, wanted)
        seats.leave(uow, made.ports, [wanted[0].sign_up_id])
    made.alert(alert())
    made.reply(reply(made.offer_of("g-ana").data["offer_id"], "1", "g-ana"))
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


def is_fine(page: Page, name: str) -> None:
    assert page.locator("h1").count() == 1
    wide = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    assert not wide, "nothing is wider than the screen"
    assert_axe_clean(page)
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_an_interpreter_accepts_on_a_phone(browser: Browser, site: str, world: World, language: str):
    link = world.events("interpreter_requested")[0].data["links"][0].removeprefix(world.ports.base_url)
    with open_context(browser, size=PHONE, language=language) as context:
        page = context.new_page()
        page.goto(f"{site}{link}?lang={language}")
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        is_fine(page, f"interpret-{language}")
        page.locator("main form button").click()
        assert page.get_by_role("status").count() == 1
        is_fine(page, f"interpret-accepted-{language}")


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_family_takes_its_place_without_javascript(browser: Browser, site: str, world: World, language: str):
    link = world.events("place_changed")[-1].data["link"].removeprefix(world.ports.base_url)
    with open_context(browser, size=PHONE, language=language) as context:
        page = context.new_page()
        page.goto(f"{site}{link}?lang={language}")
        is_fine(page, f"place-offered-{language}")
    with open_context(browser, size=PHONE, language=language, javascript=False) as context:
        page = context.new_page()
        page.goto(f"{site}{link}?lang={language}")
        page.locator("form[action$='/take'] button").click()
        page.locator("form[action$='/leave'] button").click()
        assert page.locator("main form").count() == 0, "nothing is left to do"


@pytest.mark.parametrize(("person", "role", "part"), [("i-abdi", "interpreter", "interpreting"), ("o-1", "office", "languages")])
@pytest.mark.parametrize("language", ["en", "ar"])
def test_staff_pages_have_no_barrier(
    browser: Browser, site: str, world: World, identity: Identity, person: str, role: str, part: str, language: str
):
    session = identity.sessions.start(
        Kind.STAFF, world.clock.now(), district=DISTRICT, person_id=person, role=role, schools=("org-greenview",)
    )
    for size, name in ((PHONE, "phone"), (DESK, "desk")):
        with open_context(browser, size=size, language=language) as context:
            context.add_cookies([{"name": COOKIE, "value": identity.sessions.token(session), "url": site}])
            page = context.new_page()
            page.goto(f"{site}/scheduling/{part}?lang={language}")
            is_fine(page, f"{part}-{name}-{language}")
