"""The office's and the engagement lead's pages in a real browser, by keyboard, in four languages."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.surveys.handlers.life import code_for
from services.surveys.tables import ANSWER, RESPONSE
from shared.identity import Kind
from shared.identity.sessions import COOKIE
from tests.browser import (
    DESK,
    PHONE,
    assert_axe_clean,
    assert_fits,
    assert_focused,
    chromium,
    open_context,
    open_page,
    serve,
)
from tests.unit.services.surveys.surveyhouse import DISTRICT, GREEN, SENT, House, provisioned, settled
from tests.unit.services.surveys.surveykinds import put_to

SHOTS = os.environ.get("SURVEY_SHOTS")
LANGUAGES = ("en", "es", "so", "ar")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = settled(House.at(provisioned(tmp_path)))
    house.advance(SENT)
    yield house
    house.runtime.databases.dispose()


def look(page: Any, name: str) -> None:
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    assert_axe_clean(page)
    assert_fits(page)


def signed_in(house: House, context: Any, url: str) -> None:
    """The office of Greenview, as the sign-in page would leave it."""
    session = house.identity.sessions.start(
        Kind.STAFF, house.clock.now(), district=DISTRICT, person_id="o-chen", role="office", schools=(GREEN,), language="en"
    )
    context.add_cookies([{"name": COOKIE, "value": house.identity.sessions.token(session), "url": url}])


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_pages_of_office_and_lead_are_accessible_in_four_languages(house: House, size: Any) -> None:
    put_to(house)
    kept = "phone" if size is PHONE else "desk"
    with serve(house.app) as url, chromium() as browser:
        for language in LANGUAGES:
            with open_context(browser, size=size, language=language) as context:
                signed_in(house, context, url)
                page = context.new_page()
                for name, path in (
                    ("list", "/surveys/assignments?"),
                    ("desk", "/surveys/enter?"),
                    ("enter", "/surveys/assignments/a-g-ana-all_kinds-r1/answers?"),
                    ("start", "/surveys/start?"),
                    ("preview", "/surveys/start/intake?"),
                    ("texts", "/surveys/start/intake?mode=sms&language=ar&"),
                ):
                    page.goto(f"{url}{path}lang={language}")
                    look(page, f"staff-{name}-{language}-{kept}")


def test_a_paper_form_is_typed_in_with_the_keyboard_alone_and_the_next_one_follows(house: House) -> None:
    row = house.assignment("g-meera")
    with house.unit() as uow:
        code = code_for(uow, house.ports, row)
    with serve(house.app) as url, chromium() as browser, open_context(browser, size=DESK) as context:
        signed_in(house, context, url)
        page = context.new_page()
        page.goto(f"{url}/surveys/enter")
        assert_focused(page, "#code")
        page.keyboard.type(f"{code.code.lower()}{code.pin}")
        page.keyboard.press("Enter")
        page.wait_for_selector("#q-mode")
        page.focus("#via-1")
        page.keyboard.press("Tab")
        page.keyboard.press("Space")  # the first choice of the first question
        page.keyboard.press("ArrowDown")  # no, the second
        page.focus("#anything_else-text")
        page.keyboard.type("She sings")
        page.focus("button[name=wish]")
        page.keyboard.press("Enter")
        page.wait_for_selector("[role=status]")
        assert_focused(page, "#code")
        assert "Meera" in page.inner_text("[role=status]")
        assert "She sings" not in page.content()
    kept = {answer.question_id: answer.content for answer in house.rows(ANSWER)}
    assert (kept["contact_frequency"]["values"], kept["anything_else"]["text"]) == (["weekly"], "She sings")
    assert (house.rows(RESPONSE)[0].via, house.rows(RESPONSE)[0].entered_by) == ("paper", "o-chen")


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_rest_of_a_guardians_pages_are_accessible(house: House, language: str) -> None:
    link = put_to(house)
    with serve(house.app) as url, open_page(f"{url}/surveys/code/{DISTRICT}?lang={language}", size=PHONE, language=language) as page:
        look(page, f"code-{language}")
        page.goto(f"{url}/surveys/offline?lang={language}")
        look(page, f"offline-{language}")
        page.goto(f"{url}{link}?lang={language}")
        page.check("#way-1")
        page.select_option("#order-1", "1")
        page.select_option("#order-2", "1")
        page.click("button[value=next]")
        page.wait_for_selector("#faults")
        assert_focused(page, "#faults")
        look_at_faults(page, f"faults-{language}")
        page.goto(f"{url}{link}?lang={language}&page=2")
        page.fill("#story-text", "x" * 300)
        page.click("button[value=send]")
        page.wait_for_selector("#sent")
        page.click("main a >> nth=-1")
        look(page, f"before-{language}")
        page.click("main a >> nth=-1")
        look(page, f"preferences-{language}")


def look_at_faults(page: Any, name: str) -> None:
    """The summary leads to each place that is wrong."""
    page.evaluate("document.querySelectorAll('[hidden]').forEach(e => e.remove())")
    look(page, name)
    page.click("#faults a")
    assert_focused(page, "#q-order")
