"""Every kind of question in a real browser: on a telephone and at a desk, in four languages, with and without scripts."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.surveys.tables import ANSWER, DRAFT, RESPONSE
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, open_page, serve
from tests.unit.services.surveys.surveyhouse import SENT, House, provisioned, settled
from tests.unit.services.surveys.surveykinds import put_to

SHOTS = os.environ.get("SURVEY_SHOTS")  # a folder to look at the pages in


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = settled(House.at(provisioned(tmp_path)))
    house.clock.advance_to(SENT)
    yield house
    house.runtime.databases.dispose()


def look(page: Any, name: str) -> None:
    """Accessible, nothing too wide, everything to press large enough."""
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)
    assert_axe_clean(page)
    page.evaluate("document.querySelectorAll('[hidden]').forEach(e => e.remove())")  # a closed question has no height
    assert_fits(page)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["en", "es", "so", "ar"])
def test_every_kind_of_question_is_answered_without_a_script_and_each_page_is_accessible(
    house: House, language: str, size: Any
) -> None:
    link = put_to(house)
    name = f"{language}-{'phone' if size is PHONE else 'desk'}"
    with serve(house.app) as url, open_page(f"{url}{link}?lang={language}", size=size, language=language, javascript=False) as page:
        assert not page.locator("#q-far").is_visible()
        page.check("#way-2")
        page.check("#helps-1")
        page.check("#internet-1")
        page.check("#speech-1")
        for place, choice in enumerate(("2", "1", "3"), 1):
            page.select_option(f"#order-{place}", choice)
        page.screenshot(path=f"{SHOTS}/{name}-1.png", full_page=True) if SHOTS else None
        page.click("button[value=next]")
        assert page.locator("#q-far").is_visible()  # what these answers have opened comes before the next page
        page.fill("#far-n", "٢٠")
        page.click("button[value=next]")
        page.check("#trust-4")
        page.check("#stars-5")
        page.check("#sure-s-mateo-3")
        page.check("#sure-s-lucia-1")
        page.fill("#call_name-text", "Ana")
        page.fill("#mail-text", "ana@example.org")
        page.fill("#number-text", "+13125550111")
        page.screenshot(path=f"{SHOTS}/{name}-2.png", full_page=True) if SHOTS else None
        page.click("button[value=next]")
        page.fill("#after-time", "18:00")
        page.fill("#start-text", "2026-09-01")
        page.fill("#visit-text", "2026-10-01T09:30")
        page.check("#times-1-3")
        page.check("#times-2-1")
        page.check("#like-1-3")
        page.check("#with-2-2")
        page.fill("#short-text", "drawing")
        page.fill("#story-text", "She sings")
        page.fill("#say-text", "Thank you")
        page.check("#share-1")
        page.screenshot(path=f"{SHOTS}/{name}-3.png", full_page=True) if SHOTS else None
        page.click("button[value=send]")
        assert page.locator("#sent").is_visible()
        page.screenshot(path=f"{SHOTS}/{name}-4.png", full_page=True) if SHOTS else None
    kept = {row.question_id: row.content for row in house.rows(ANSWER)}
    assert len(kept) == 22
    assert kept["far"]["number"] == 20
    assert kept["order"]["values"] == ["afternoon", "morning", "evening"]
    assert kept["sure"]["children"]["s-mateo"]["values"] == ["yes"]
    assert kept["sure"]["children"]["s-lucia"]["values"] == ["no"]
    assert kept["times"]["cells"] == {"mon": ["evening"], "thu": ["morning"]}
    assert kept["like"]["cells"] == {"reading": ["yes"]}
    assert kept["visit"]["text"] == "2026-10-01T09:30"
    assert kept["share"]["values"] == ["yes"]
    assert house.rows(RESPONSE)[0].language == language
    assert house.rows(DRAFT) == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("language", ["en", "es", "so", "ar"])
def test_each_page_of_every_kind_passes_axe_and_fits(house: House, language: str, size: Any) -> None:
    link = put_to(house)
    with serve(house.app) as url, open_page(f"{url}{link}?lang={language}", size=size, language=language) as page:
        for place in range(3):
            page.goto(f"{url}{link}?lang={language}&page={place}")
            look(page, f"axe-{language}-{'phone' if size is PHONE else 'desk'}-{place}")


def test_with_scripts_a_condition_opens_its_question_at_once_and_the_answer_is_the_same(house: House) -> None:
    link = put_to(house)
    with serve(house.app) as url, open_page(f"{url}{link}", size=PHONE) as page:
        assert not page.locator("#q-far").is_visible()
        page.check("#way-2")
        assert page.locator("#q-far").is_visible()
        page.fill("#far-n", "15")
        page.check("#way-1")
        assert not page.locator("#q-far").is_visible()
        page.check("#way-2")
        page.click("button[value=next]")
        assert page.locator("#trust-4").is_visible()  # one round trip: nothing was left unseen
        page.check("#sure-same")
        page.check("#sure-s-lucia-2")
        page.click("button[value=next]")
        page.click("button[value=send]")
        assert page.locator("#sent").is_visible()
    kept = {row.question_id: row.content for row in house.rows(ANSWER)}
    assert (kept["way"]["values"], kept["far"]["number"]) == (["walk"], 15)
    assert {child: given["values"] for child, given in kept["sure"]["children"].items()} == {"s-mateo": ["some"], "s-lucia": ["some"]}


def test_where_the_scripts_do_not_arrive_the_page_goes_its_longer_way_to_the_same_answer(house: House) -> None:
    link = put_to(house)
    with serve(house.app) as url, open_page("about:blank", size=PHONE) as page:
        page.route("**/surveys/browser/*", lambda route: route.abort())
        page.goto(f"{url}{link}")
        page.check("#way-2")
        assert not page.locator("#q-far").is_visible()
        page.click("button[value=next]")
        page.fill("#far-n", "15")
        page.click("button[value=next]")
        page.click("button[value=next]")
        page.click("button[value=send]")
        assert page.locator("#sent").is_visible()
    assert {row.question_id: row.content["number"] for row in house.rows(ANSWER) if row.question_id == "far"} == {"far": 15}


def test_the_language_is_switched_half_way_and_the_answers_stay(house: House) -> None:
    link = put_to(house)
    with serve(house.app) as url, open_page(f"{url}{link}", size=PHONE) as page:
        page.check("#way-3")
        page.click("button[value=next]")
        page.fill("#call_name-text", "Ana")
        page.click("button[value=save]")
        page.click("nav a[hreflang=ar]")
        assert page.input_value("#call_name-text") == "Ana"
        assert page.get_attribute("html", "dir") == "rtl"
        page.click("button[value=back]")
        assert page.is_checked("#way-3")
        page.click("nav a[hreflang=so]")
        assert page.is_checked("#way-3")
