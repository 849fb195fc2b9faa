"""Journeys in a real browser: no barrier on a phone or a desk, in English and Arabic; families without JavaScript."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from services.scheduling.domain.journeys_campaigns import Wanted
from services.scheduling.handlers import campaigns, checkins, offers, roster
from services.scheduling.handlers.desk import Wish
from services.scheduling.tables import MEETING
from services.scheduling.tables.journeys import IEP_ANSWER, LATE_REQUEST
from services.scheduling.web import api
from shared.directory import projection
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.messaging.uow import DueItem
from shared.web import build_app
from shared.web.testing import SignedIn
from tests.browser import DESK, PHONE, assert_axe_clean, chromium, open_context, serve
from tests.unit.services.scheduling.scene import (
    DISTRICT,
    KEY,
    NOW,
    World,
    calendar,
    guardian,
    on_sqlite,
    reply,
    school,
    student,
    teacher,
)

GREENVIEW = "org-greenview"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = on_sqlite(tmp_path).move_in()
    onboarded, published = school(revision=2), calendar(revision=2)
    onboarded.data["checkins"] = {"every": "monthly"}
    published.data["terms"] = [{"id": "fall", "starts_on": "2026-09-01", "ends_on": "2027-06-11"}]
    with made.unit() as uow:
        roster.school_onboarded(uow, made.ports, [onboarded])
        projection.calendar_published(uow, [published])
        roster.staff_listed(uow, made.ports, [teacher("t-lee", GREENVIEW, "Sam Lee")])
        projection.student_enrolled(uow, [student("s-lucia", "t-lee", name="Lucia Rivera")])
        projection.guardian_linked(uow, [guardian("g-ana", "s-lucia", "home-a", "es", "Ana Rivera")])
    yield made
    made.engine.dispose()


@pytest.fixture
def identity() -> Identity:
    return Identity.build(KEY, mode="production", secure=False)


@pytest.fixture
def app(world: World, identity: Identity) -> Any:
    return build_app(api, runtime=world, ports=world.ports, clock=world.clock, identity=identity, mode="production")


@pytest.fixture
def site(app: Any) -> Iterator[str]:
    with serve(app) as url:
        yield url


def session_of(world: World, identity: Identity, person_id: str, role: str) -> Any:
    return identity.sessions.start(
        Kind.STAFF, world.clock.now(), district=DISTRICT, person_id=person_id, role=role, schools=(GREENVIEW,)
    )


def offer(world: World, guardian_id: str, student_id: str, staff_id: str) -> str:
    """Offers times; returns the token of the page."""
    wish = Wish(f"offer-{guardian_id}-{student_id}", "conference", guardian_id, student_id, staff_id, GREENVIEW)
    with world.unit() as uow:
        offers.offer(uow, world.ports, [wish])
    return str(world.offer_of(guardian_id).data["link"]).rpartition("/")[2]


def seen(page: Page, url: str, name: str, shots: Path) -> None:
    """Opens a page, finds no barrier on it, and keeps a picture for whoever looks."""
    page.goto(url)
    assert page.locator("h1").count() == 1
    assert_axe_clean(page)
    page.screenshot(path=str(shots / f"{name}.png"), full_page=True)


def sideways(page: Page) -> bool:
    """Whether the page as a whole has to be moved sideways to be read."""
    return bool(page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth + 1"))


@pytest.mark.parametrize(("language", "size"), [("en", DESK), ("ar", PHONE)])
def test_staff_pages_have_no_barrier(
    browser: Browser, site: str, app: Any, world: World, identity: Identity, tmp_path: Path, language: str, size: Any
):
    session = session_of(world, identity, "t-alvarez", "teacher")
    client = SignedIn(app, identity, session)
    with world.unit() as uow:
        wanted = Wanted("asked", "October talks", GREENVIEW, date(2026, 9, 29), date(2026, 9, 29), date(2026, 10, 16), date(2026, 10, 6))
        campaign_id = campaigns.make(uow, wanted, by="t-alvarez")
        campaigns.campaign_opens(uow, world.ports, [DueItem("campaign_opens", campaign_id, NOW, {}, 0)])
        checkins.checkins(uow, world.ports, [DueItem("checkins", GREENVIEW, NOW, {}, 0)])
    world.reply(reply(world.offer_of("g-meera").data["offer_id"], "1", "g-meera"))
    client.post("/scheduling/series", json={
        "home": "s-riya|g-meera", "starts_on": "2026-10-06", "ends_on": "2026-11-17", "wall_time": "15:00", "every": "two_weeks",
        "mode": "phone",
    })  # fmt: skip
    meeting = client.post("/scheduling/iep", json={
        "student_id": "s-mateo", "purpose": "annual", "on": "2026-10-14", "at": "12:00", "place": "Room 12", "team": ["t-lee"],
    }).json["iep_meeting_id"]  # fmt: skip
    client.post(f"/scheduling/iep/{meeting}/ready", json={"document": "Draft plan", "language": "es", "checked": True})
    client.post(f"/scheduling/iep/{meeting}/notice")
    client.post(f"/scheduling/iep/{meeting}/attempts", json={"guardian_id": "g-ana", "channel": "phone", "result": "no_answer"})
    pages = {
        "campaigns": "campaigns", "campaign": f"campaigns/{campaign_id}", "checkins": "checkins", "series": "series", "late": "late",
        "desk": "desk?q=riy", "desk-times": "desk?student=s-riya&staff=t-alvarez", "iep": "iep", "iep-meeting": f"iep/{meeting}",
        "iep-record": f"iep/{meeting}/record",
    }  # fmt: skip
    with open_context(browser, size=size, language=language) as context:
        context.add_cookies([{"name": COOKIE, "value": identity.sessions.token(session), "url": site}])
        page = context.new_page()
        for name, path in pages.items():
            joint = "&" if "?" in path else "?"
            seen(page, f"{site}/scheduling/{path}{joint}lang={language}", f"{name}-{language}", tmp_path)
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
            assert not sideways(page), f"{name} is wider than the screen"


def test_the_office_books_for_a_family_with_the_keyboard_and_the_form_alone(
    browser: Browser, site: str, world: World, identity: Identity
):
    session = session_of(world, identity, "o-office", "office")
    with open_context(browser, size=DESK, javascript=False) as context:
        context.add_cookies([{"name": COOKIE, "value": identity.sessions.token(session), "url": site}])
        page = context.new_page()
        page.goto(f"{site}/scheduling/desk")
        page.get_by_label("The child's name").fill("riya")
        page.get_by_role("button", name="Find").click()
        page.get_by_role("link", name="Riya Shah").click()
        page.locator("input[name=start]").first.check()
        page.get_by_role("button", name="Book", exact=True).click()
        assert page.get_by_role("status").is_visible()
    assert [(row.guardian_id, row.source) for row in world.rows(MEETING)] == [("g-meera", "staff")]


@pytest.mark.parametrize("language", ["es", "ar"])
def test_a_family_books_one_visit_for_two_children_on_a_phone(browser: Browser, site: str, world: World, tmp_path: Path, language: str):
    offer(world, "g-ana", "s-mateo", "t-alvarez")
    token = offer(world, "g-ana", "s-lucia", "t-lee")
    with open_context(browser, size=PHONE, language=language, javascript=False) as context:
        page = context.new_page()
        page.goto(f"{site}/scheduling/o/{token}?lang={language}")
        page.locator("a[href*='/scheduling/visit/']").click()
        page.screenshot(path=str(tmp_path / f"visit-{language}.png"), full_page=True)
        assert page.locator("button[name=visit]").count() == 3
        page.locator("button[name=visit]").first.click()
        assert page.locator("[role=status]").is_visible()
        page.screenshot(path=str(tmp_path / f"visit-booked-{language}.png"), full_page=True)
    assert len(world.rows(MEETING)) == 2


def test_a_family_s_pages_have_no_barrier(browser: Browser, site: str, app: Any, world: World, identity: Identity, tmp_path: Path):
    offer(world, "g-ana", "s-mateo", "t-alvarez")
    visit = offer(world, "g-ana", "s-lucia", "t-lee")
    late = offer(world, "g-meera", "s-riya", "t-alvarez")
    with world.unit() as uow:
        offers.offer_expired(uow, [DueItem("offer_expired", "offer-g-meera-s-riya", NOW, {}, 0)])
    client = SignedIn(app, identity, session_of(world, identity, "t-alvarez", "teacher"))
    meeting = client.post("/scheduling/iep", json={
        "student_id": "s-riya", "purpose": "annual", "on": "2026-10-14", "at": "12:00", "place": "Room 12", "interpreter": "gu",
    }).json["iep_meeting_id"]  # fmt: skip
    client.post(f"/scheduling/iep/{meeting}/ready", json={"document": "Draft plan", "language": "gu", "checked": True})
    client.post(f"/scheduling/iep/{meeting}/ready", json={"interpreter_ready": True})
    client.post(f"/scheduling/iep/{meeting}/notice")
    notice = str(world.events("iep_notice_given")[0].data["link"]).removeprefix(world.ports.base_url)
    with open_context(browser, size=PHONE, language="ar") as context:
        page = context.new_page()
        for language in ("en", "ar", "gu"):
            seen(page, f"{site}/scheduling/visit/{visit}?lang={language}", f"visit-{language}", tmp_path)
            seen(page, f"{site}/scheduling/ask-late/{late}?lang={language}", f"late-{language}", tmp_path)
            seen(page, f"{site}{notice}?lang={language}", f"notice-{language}", tmp_path)
            assert not sideways(page)
        page.locator("button[name=answer]").nth(3).click()
        assert_axe_clean(page)
        page.goto(f"{site}/scheduling/ask-late/{late}")
        page.locator("button[name=start]").first.click()
        assert_axe_clean(page)
    assert [row.answer for row in world.rows(IEP_ANSWER)] == ["other_time"] and len(world.rows(LATE_REQUEST)) == 1
