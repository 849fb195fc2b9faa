"""The intake in a real browser on a phone, in four languages, left to right and right to left."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.browser import PHONE, assert_axe_clean, assert_fits, open_page, serve
from tests.unit.services.surveys.surveyhouse import SENT, House, provisioned, settled


@pytest.mark.parametrize("language", ["en", "es", "so", "ar"])
def test_a_guardian_answers_on_a_phone_and_every_page_is_accessible(tmp_path: Path, language: str) -> None:
    house = settled(House.at(provisioned(tmp_path)))
    house.advance(SENT)
    link = f"{house.link('g-ana')}?lang={language}"
    with serve(house.app) as url, open_page(url + link, size=PHONE, language=language) as page:
        assert_axe_clean(page)
        assert_fits(page)
        page.check("#mode-2")
        page.fill("#mode-time", "18:00")
        page.check("#anything_else-no")
        page.click("button[value=send]")
        assert page.locator("main li").count() == 4
        assert_axe_clean(page)
        page.click("main a")
        assert page.input_value("#available_after") == "18:00"
        assert_axe_clean(page)
    preference = house.said("surveys.preference_changed")[0].data
    assert (preference["live_mode"], preference["available_after"]) == ("phone", "18:00")
    house.runtime.databases.dispose()
