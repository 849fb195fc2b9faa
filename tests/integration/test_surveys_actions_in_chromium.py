"""Deciding together and the family's card in a real browser: two sizes, left to right and right to left."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

from shared.identity import Kind
from shared.identity.sessions import COOKIE
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.surveys.actions.test_actions_answers import answer, failed, put
from tests.unit.services.surveys.actions.test_actions_pages import CLOSE, card_link, contact, votes
from tests.unit.services.surveys.surveyhouse import DISTRICT, GREEN, SENT, House, provisioned, settled


def scene(folder: Path) -> House:
    """Thirty families in two languages, a card with something on it."""
    house = settled(House.at(provisioned(folder)))
    for language, number in (("en", 14), ("es", 13)):
        for each in range(number):
            house.guardian(f"g-{language}{each}", "s-riya", language=language)
    house.advance(SENT)
    put(house, "welcome")
    answer(house, "g-meera", name_said={"children": {"s-riya": {"text": "REE-ya"}}})
    for number in range(3):
        contact(house, number, "g-meera", "s-riya")
    failed(house, "g-meera", "m-1")
    failed(house, "g-meera", "m-2")
    return house


def looked_at(page: Any, name: str) -> None:
    if shots := os.environ.get("HOMEROOM_SHOTS"):
        page.screenshot(path=f"{shots}/{name}.png", full_page=True)
    assert_axe_clean(page)
    assert_fits(page)


@pytest.mark.parametrize("language", ["en", "ar"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_a_teacher_asks_reads_the_count_decides_and_opens_a_card(tmp_path: Path, language: str, size: Any) -> None:
    house = scene(tmp_path)
    session = house.identity.sessions.start(
        Kind.STAFF, house.clock.now(), district=DISTRICT, person_id="t-alvarez", role="teacher", schools=(GREEN,), language=language
    )
    named = f"{language}-{size['width']}"
    with (
        serve(house.app) as url,
        chromium() as browser,
        open_context(browser, size=size, language=language) as context,
    ):
        context.add_cookies([{"name": COOKIE, "value": house.identity.sessions.token(session), "url": url}])
        page = context.new_page()
        page.goto(f"{url}/surveys/polls")
        looked_at(page, f"polls-{named}")
        page.fill("#question", "Where shall the class go in May?")
        page.fill("#options", "Museum\nFarm")
        page.fill("#closes_at", "2026-09-25T17:00")
        page.click("main form button")
        looked_at(page, f"poll-running-{named}")
        running = page.url
        house.advance(house.clock.now())
        house.advance(house.clock.now().replace(hour=house.clock.now().hour + 1))
        votes(house, 14, option="o2")
        votes(house, 13, language="es", option="o2")
        house.advance(CLOSE)
        context.clear_cookies()
        session = house.identity.sessions.start(
            Kind.STAFF, house.clock.now(), district=DISTRICT, person_id="t-alvarez", role="teacher", schools=(GREEN,), language=language
        )
        context.add_cookies([{"name": COOKIE, "value": house.identity.sessions.token(session), "url": url}])
        page.goto(running)
        looked_at(page, f"poll-closed-{named}")
        page.fill("#decision", "the farm")
        page.fill("#reason", "most of you chose it")
        page.click("main form button")
        assert "the farm" in page.locator("main").inner_text()
        looked_at(page, f"poll-decided-{named}")
        page.goto(f"{url}/surveys/students/s-riya/card")
        assert "REE-ya" in page.locator("main").inner_text()
        looked_at(page, f"card-{named}")
    house.runtime.databases.dispose()


@pytest.mark.parametrize("language", ["en", "es", "ar"])
def test_a_guardian_reads_the_own_card_on_a_phone_and_lifts_what_no_longer_holds(tmp_path: Path, language: str) -> None:
    house = scene(tmp_path)
    with (
        serve(house.app) as url,
        chromium() as browser,
        open_context(browser, size=PHONE, language=language) as context,
    ):
        page = context.new_page()
        page.goto(f"{url}{card_link(house, 'g-meera', language)}?lang={language}")
        looked_at(page, f"own-card-{language}")
        page.click("button[name=lift]")
        assert page.locator("button[name=lift]").count() == 0
        looked_at(page, f"own-card-lifted-{language}")
    assert house.said("surveys.barrier_identified")[-1].data["source"] == "guardian"
    house.runtime.databases.dispose()
