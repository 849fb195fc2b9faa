"""Reach, its rows and contact repair in a real browser: a phone and a desk, left to right and right to left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifications.tables import METADATA
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.notifications.reach.reachhouse import ReachHouse
from tests.unit.services.notifications.reach.reachsite import ReachSite


@pytest.fixture
def house(tmp_path: Path) -> Iterator[ReachHouse]:
    """Three schools, four languages, one of them a small group; some guardians who cannot be reached."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'n.sqlite'}", connect_args={"check_same_thread": False})
    METADATA.create_all(engine)
    made = ReachHouse(engine, tmp_path)
    for school, name in (
        ("greenview", "Greenview Elementary"),
        ("northgate", "Northgate Middle"),
        ("lakeside", "Lakeside High"),
    ):
        made.school(school, name)
    for school in ("greenview", "northgate", "lakeside"):
        for n in range(40):
            guardian = f"g-{school}{n}"
            made.family(
                guardian, school=school, language="en" if n < 20 else "es" if n < 30 else "so" if n < 38 else "vi"
            )
            made.send(guardian, school=school, state="sent" if n % 7 else "failed")
            if n >= 30:
                made.send(guardian, school=school, channel="voice", state="delivered")
    made.pass_time(hours=2)
    for school in ("greenview", "northgate"):
        for n in (*range(12), *range(20, 26), 30, 31, 32):
            made.reply(f"g-{school}{n}")
        made.note(f"s-g-{school}1-{school}", "positive")
    made.family("g-lan", email=None)
    made.family("g-bo", email="bo@example.org", phone="+13125550123")
    made.put(
        "suppressed",
        {"guardian_id": "g-bo", "channel": "email", "source": "bounced", "detail": "5.1.1", "since": made.now},
    )
    made.count()
    yield made
    engine.dispose()


@pytest.mark.parametrize(("size", "language"), [(PHONE, "en"), (DESK, "en"), (PHONE, "ar"), (DESK, "ar")])
def test_the_figures_their_rows_and_the_repairs_can_be_read_by_everybody(
    house: ReachHouse, tmp_path: Path, size: Any, language: str
) -> None:
    site = ReachSite(house)
    with (
        serve(site.app) as url,
        chromium() as browser,
        open_context(browser, size=size, language=language) as context,
    ):
        site.sign_in(context, url, "administrator")
        page = context.new_page()

        def look(path: str, name: str) -> None:
            page.goto(f"{url}{path}{'&' if '?' in path else '?'}lang={language}")
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
            page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)
            assert_axe_clean(page)
            assert_fits(page)

        look("/notifications/reach", "reach")
        assert page.locator("svg title").first.text_content()
        look("/notifications/reach?school=greenview", "school")
        look("/notifications/reach/rows?figure=reach&school=greenview", "rows")
        assert page.locator("tbody tr").count() > 3
        look("/notifications/repair", "repair")
        page.locator("details summary").first.click()
        assert_axe_clean(page)


def test_the_office_corrects_an_address_without_javascript(house: ReachHouse) -> None:
    site = ReachSite(house)
    with (
        serve(site.app) as url,
        chromium() as browser,
        open_context(browser, size=PHONE, javascript=False) as context,
    ):
        site.sign_in(context, url, "office", "greenview")
        page = context.new_page()
        page.goto(f"{url}/notifications/repair?reason=bounced")
        card = page.locator("li.card", has_text="bo@example.org")
        card.locator("summary").click()
        card.locator("select[name=channel]").select_option("email")
        card.locator("input[name=address]").fill("bo.new@example.org")
        card.locator("form[action$='/address'] button").click()
        assert page.locator("[role=status]").text_content()
        assert page.locator("text=bo@example.org").count() == 0
