"""A conference round in a real browser: families on a phone without JavaScript, the office at a desk; WCAG-clean in two scripts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext

from services.scheduling.handlers import rounds_publishing
from services.scheduling.store import rounds as store
from services.scheduling.store import rounds_plans as plans
from services.scheduling.tables import MEETING
from services.scheduling.web import api
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.web import build_app
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.scheduling.rounds.rounds_scene import (
    ROUND,
    SCHOOL,
    computed,
    everybody_answers,
    home,
    opened,
    planned,
    settle_in,
)
from tests.unit.services.scheduling.scene import DISTRICT, KEY, World, on_sqlite


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = settle_in(on_sqlite(tmp_path).move_in())
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


def sign_in(context: BrowserContext, identity: Identity, world: World, site: str, *, person: str, role: str) -> None:
    session = identity.sessions.start(
        Kind.STAFF, world.clock.now(), district=DISTRICT, person_id=person, role=role, schools=(SCHOOL,)
    )
    context.add_cookies([{"name": COOKIE, "value": identity.sessions.token(session), "url": site}])


def link(world: World, guardian_id: str, type_: str = "round_invited") -> str:
    found = [event.data["link"] for event in world.events(type_) if event.data["guardian_id"] == guardian_id]
    return str(found[-1]).removeprefix(world.ports.base_url)


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_family_sends_its_wishes_from_a_phone_without_javascript(browser: Browser, site: str, world: World, language: str):
    opened(world)
    with open_context(browser, size=PHONE, language=language, javascript=False) as context:
        page = context.new_page()
        page.goto(f"{site}{link(world, 'g-ana')}?lang={language}")
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        page.locator("select[name=wish]").first.select_option(index=1)
        page.locator("#evening-1").uncheck()
        page.locator("#mode-video").check()
        page.locator("main form button").first.click()
        assert page.locator("[role=status]").is_visible()
    assert home(world, "g-ana")["state"] == "answered"
    assert home(world, "g-ana")["mode"] == "video"


def test_a_family_s_pages_of_a_round_have_no_barrier(browser: Browser, site: str, world: World):
    opened(world)
    with open_context(browser, size=PHONE, language="ar") as context:
        page = context.new_page()
        for language in ("en", "ar"):
            page.goto(f"{site}{link(world, 'g-ana')}?lang={language}")
            assert_axe_clean(page)
            assert_fits(page)
    everybody_answers(world)
    publish(world)
    with open_context(browser, size=PHONE, language="en") as context:
        page = context.new_page()
        for guardian_id, type_ in (("g-ana", "round_told"), ("g-4", "round_invited")):
            for language in ("en", "ar"):
                page.goto(f"{site}{link(world, guardian_id, type_)}?lang={language}")
                assert_axe_clean(page)
                assert_fits(page)
        page.locator("button[name=slot]").first.click()
        assert "again" not in page.url
    assert [row for row in world.rows(MEETING) if row.guardian_id == "g-4"]


@pytest.mark.parametrize(("language", "size"), [("en", DESK), ("ar", DESK), ("en", PHONE)])
def test_the_office_s_pages_of_a_round_have_no_barrier(
    browser: Browser, site: str, world: World, identity: Identity, language: str, size: Any
):
    opened(world, interpreters={"es": 1})
    everybody_answers(world)
    planned(world)
    with open_context(browser, size=size, language=language) as context:
        sign_in(context, identity, world, site, person="o-reyes", role="office")
        page = context.new_page()
        sheets = [f"/{ROUND}/{each}?plan={newest(world)}" for each in ("teachers", "door")]
        for part in ("", f"/{ROUND}", f"/{ROUND}/plan", f"/{ROUND}/homes/g-4", *sheets):
            page.goto(f"{site}/scheduling/rounds{part}{'&' if '?' in part else '?'}lang={language}")
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
            assert page.locator("h1").count() == 1
            assert_axe_clean(page)
            overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert overflow <= 0, part


def test_a_teacher_s_pages_of_a_round_have_no_barrier(browser: Browser, site: str, world: World, identity: Identity):
    opened(world)
    everybody_answers(world)
    with open_context(browser, size=PHONE, language="en") as context:
        sign_in(context, identity, world, site, person="t-alvarez", role="teacher")
        page = context.new_page()
        page.goto(f"{site}/scheduling/my-rounds")
        assert_axe_clean(page)
        page.locator("main h2 a").first.click()
        page.locator("input[name=student_id]").first.check()
        page.locator("form[action$='/musts'] button").click()
        assert page.locator("input[name=student_id]").first.is_checked()
        assert_axe_clean(page)
        publish(world)
        page.reload()
        assert page.locator("table").count() == 1
        assert_axe_clean(page)


def test_the_office_plans_and_publishes_by_mouse_and_the_page_finds_the_plan_by_itself(
    browser: Browser, site: str, world: World, identity: Identity
):
    opened(world)
    everybody_answers(world)
    with open_context(browser, size=DESK, language="en") as context:
        sign_in(context, identity, world, site, person="o-reyes", role="office")
        page = context.new_page()
        page.goto(f"{site}/scheduling/rounds/{ROUND}/plan")
        page.get_by_role("button", name="Make the plan").click()
        assert page.locator("#progress progress").is_visible()
        assert_axe_clean(page)
        computed(world, newest(world))
        page.locator("ul.tiles").wait_for()  # the page looks every two seconds
        page.get_by_role("button", name="Book this and tell").click()
        assert page.get_by_text("This plan is published.").is_visible()
        assert_axe_clean(page)
    assert [row for row in world.rows(MEETING) if row.kind == "conference"]


def newest(world: World) -> str:
    with world.unit() as uow:
        return str(plans.of_round(uow.connection, ROUND)[0]["plan_id"])


def publish(world: World) -> None:
    made = planned(world)
    with world.unit() as uow:
        row = store.by_id(uow.connection, [ROUND])[ROUND]
        plan = plans.by_id(uow.connection, made)
        assert plan is not None
        rounds_publishing.publish(uow, world.ports, row, plan, by="o-reyes")
