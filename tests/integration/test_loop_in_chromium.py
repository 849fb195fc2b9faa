"""The loop's pages in a real browser: a family without JavaScript on a phone, staff on a phone and at a desk, WCAG-clean."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from services.scheduling.handlers import plan_course, plans, referrals, summaries
from services.scheduling.tables.loop import DISAGREEMENT, NOTE, PLAN, STEP_REPORT
from services.scheduling.web import api
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.web import build_app
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.scheduling import loop_scene as scene
from tests.unit.services.scheduling.scene import DISTRICT, KEY, World, on_sqlite, said

SHOTS = os.environ.get("HOMEROOM_SHOTS")  # a folder: pictures for whoever wants to look


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = scene.move_in(on_sqlite(tmp_path).move_in())
    scene.propose(made, class_id="class-3a")
    scene.translate(made)
    summary = summaries.Summary(
        "s-amina", "g-halima", "t-okafor", "org-northgate", "Evenings are short", "set 3 came late", "practice on weekends",
        next_on=date(2026, 10, 9),
    )  # fmt: skip
    with made.unit() as uow:
        summaries.share(uow, made.ports, summary)
        plan_course.grade_recorded(uow, [scene.grade(64.0, date(2026, 9, 28), class_id="class-3a")])
    scene.translate(made)
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


def path(world: World, type_: str, guardian_id: str) -> str:
    return str(scene.told(world, type_)[guardian_id].data["link"]).removeprefix(world.ports.base_url)


def look(page: Page, name: str) -> None:
    assert page.locator("h1").count() == 1
    assert_axe_clean(page)
    assert_fits(page)
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


def signed_in(context: BrowserContext, world: World, identity: Identity, site: str, person_id: str, role: str) -> None:
    session = identity.sessions.start(
        Kind.STAFF, world.clock.now(), district=DISTRICT, person_id=person_id, role=role, schools=("org-northgate",)
    )
    context.add_cookies([{"name": COOKIE, "value": identity.sessions.token(session), "url": site}])


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_family_accepts_reports_and_differs_without_javascript(browser: Browser, site: str, world: World, language: str):
    with open_context(browser, size=PHONE, language=language, javascript=False) as context:
        page = context.new_page()
        page.goto(f"{site}{path(world, 'plan_proposed', 'g-halima')}?lang={language}")
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        page.locator("form[action*='plan-accept'] button").click()
        assert [row.state for row in world.rows(PLAN)] == ["active"]
        page.locator("form[action*='plan-report'] button[value=too_hard]").click()
        assert [row.what for row in world.rows(STEP_REPORT)] == ["too_hard"]
        page.locator("details:has(form[action*='plan-differ']) summary").first.click()
        page.locator("textarea").first.fill("Talaadadu way adag tahay")
        page.locator("form[action*='plan-differ'] button").first.click()
        assert [row.n for row in world.rows(DISAGREEMENT)] == [1]
        assert page.get_by_text("Talaadadu way adag tahay").is_visible()


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_family_s_pages_have_no_barrier(browser: Browser, site: str, world: World, language: str, size: Any):
    plan_id = world.rows(PLAN)[0].plan_id
    name = f"{language}-{size['width']}"
    with open_context(browser, size=size, language=language) as context:
        page = context.new_page()
        page.goto(f"{site}{path(world, 'plan_proposed', 'g-halima')}?lang={language}")
        look(page, f"plan-asked-{name}")
        with world.unit() as uow:
            plans.accept(uow, plan_id, 1, "g-halima", via="page")
        page.goto(f"{site}{path(world, 'plan_proposed', 'g-halima')}?lang={language}")
        page.locator("details:has(form[action*='plan-differ']) summary").first.click()
        look(page, f"plan-active-{name}")
        page.goto(f"{site}{path(world, 'summary_shared', 'g-halima')}?lang={language}")
        look(page, f"note-{name}")
        page.locator("form[action*='note-answer'] button").first.click()
        assert [row.state for row in world.rows(NOTE)] == ["confirmed"]
        look(page, f"note-confirmed-{name}")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_school_s_pages_have_no_barrier(browser: Browser, site: str, world: World, identity: Identity, size: Any):
    plan = world.rows(PLAN)[0]
    need = {
        "need_id": "need-1", "guardian_id": "g-halima", "student_id": "s-amina", "school_id": "org-northgate",
        "need": "winter_coats", "consent": True,
    }  # fmt: skip
    with world.unit() as uow:
        plans.accept(uow, plan.plan_id, 1, "g-halima", via="page")
        referrals.need_identified(uow, [said("surveys.need_identified", "surveys", need)])
    name = str(size["width"])
    with open_context(browser, size=size) as context:
        page = context.new_page()
        page.goto(f"{site}{path(world, 'plan_proposed', 'g-yusuf')}")
        page.locator("details:has(form[action*='plan-differ']) summary").first.click()
        page.locator("textarea").first.fill("Tuesdays are my days with her")
        page.locator("form[action*='plan-differ'] button").first.click()
        signed_in(context, world, identity, site, "t-okafor", "teacher")
        for part in ("plans", f"plans/{plan.plan_id}", f"plans/new?plan_id={plan.plan_id}", "notes", "promises"):
            page.goto(f"{site}/scheduling/{part}")
            look(page, f"staff-{part.split('?')[0].replace('/', '-')[:12]}-{name}")
    with open_context(browser, size=size) as context:
        signed_in(context, world, identity, site, "t-chen", "counselor")
        page = context.new_page()
        for part in ("disagreements", "referrals", "plans"):
            page.goto(f"{site}/scheduling/{part}")
            look(page, f"counselor-{part}-{name}")
        page.goto(f"{site}/scheduling/disagreements")
        page.locator("button[value=agreed]").click()
        assert [row.state for row in world.rows(DISAGREEMENT)] == ["agreed"]
