"""The script that a person reads aloud when calling, on a phone and at a desk, with the family's language beside the reader's."""

from __future__ import annotations

from pathlib import Path

import pytest

from shared.identity import Kind
from shared.identity.sessions import COOKIE
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.surveys.surveyhouse import DISTRICT, GREEN, SENT, House, provisioned, settled


@pytest.mark.parametrize("language", ["en", "ar", "es", "gu"])
def test_a_script_for_a_call_is_readable_and_accessible(tmp_path: Path, language: str) -> None:
    house = settled(House.at(provisioned(tmp_path)))
    house.advance(SENT)
    house.reply("g-meera", "હા", "૩")
    session = house.identity.sessions.start(
        Kind.STAFF, house.clock.now(), district=DISTRICT, person_id="o-chen", role="office", schools=(GREEN,), language=language
    )
    mine = house.assignment("g-meera").assignment_id
    with serve(house.app) as url, chromium() as browser:
        for size in (PHONE, DESK):
            with open_context(browser, size=size, language=language) as context:
                context.add_cookies([{"name": COOKIE, "value": house.identity.sessions.token(session), "url": url}])
                page = context.new_page()
                page.goto(f"{url}/surveys/assignments/{mine}/script?lang={language}")
                assert page.locator("main ol > li").count() == 5  # the first was answered by text
                assert page.locator("main ol > li [lang=gu]").first.inner_text().startswith("તમારો સંપર્ક")
                assert_axe_clean(page)
                assert_fits(page)
                page.click("main > p a")
                assert "/answers" in page.url
    house.runtime.databases.dispose()
