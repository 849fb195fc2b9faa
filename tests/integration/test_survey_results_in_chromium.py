"""Results in a real browser, on a desk and on a telephone, left to right and right to left."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.identity import Kind
from shared.identity.sessions import COOKIE
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.surveys.results.resultsworld import ROUND, town
from tests.unit.services.surveys.surveyhouse import DISTRICT, DUE, House, provisioned


@pytest.mark.parametrize("language", ["en", "ar", "es"])
@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_the_lead_reads_results_with_charts_and_tables(tmp_path: Path, language: str, size) -> None:
    house = House.at(provisioned(tmp_path))
    town(house)
    house.clock.advance_to(DUE)
    path = f"/surveys/results/belonging/{ROUND}"
    session = house.identity.sessions.start(
        Kind.STAFF,
        house.clock.now(),
        district=DISTRICT,
        person_id="d-lead",
        role="administrator",
        schools=(),
        language=language,
    )
    with serve(house.app) as url, chromium() as browser, open_context(browser, size=size, language=language) as context:
        context.add_cookies([{"name": COOKIE, "value": house.identity.sessions.token(session), "url": url}])
        page = context.new_page()
        page.goto(f"{url}/surveys/results?lang={language}")
        assert_axe_clean(page)
        assert_fits(page)
        page.click("main .card a")
        assert page.url.split("?")[0].endswith(path)
        for summary in page.locator("main summary").all():
            summary.click()
        if shots := os.environ.get("HOMEROOM_SHOTS"):
            page.screenshot(path=f"{shots}/results-{language}-{size['width']}.png", full_page=True)
        assert page.locator("svg[role=img] title").count() > 10
        assert_axe_clean(page)
        assert_fits(page)
    house.runtime.databases.dispose()
