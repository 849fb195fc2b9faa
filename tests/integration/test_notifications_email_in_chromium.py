"""Emails that a person must look at, and the way to stop emails, in a real browser: phone and desk, in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from services.notifications.channels.email import inbound
from services.notifications.handlers import mail
from services.notifications.tables import METADATA
from services.notifications.tables.mail import MAIL_IN
from shared.identity import Kind
from shared.identity.sessions import COOKIE
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.notifications.email.mails import KEY, stray
from tests.unit.services.notifications.test_notifications_web import Site
from tests.unit.services.notifications.world import District

LIST = "/notifications/mail/unreadable"


@pytest.fixture
def district(tmp_path: Path) -> Iterator[District]:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/notifications.sqlite")
    METADATA.create_all(engine)
    made = District(tmp_path, engine)
    made.populate()
    for subject in ("Hello?", "مرحبا " + "ا" * 90, "W" * 120):
        arrived = inbound.read(stray(subject), (), keys=[KEY], districts=("riverside",))
        with made.transaction() as uow:
            mail.received(uow, made.ports, arrived)
    yield made
    engine.dispose()


@pytest.mark.parametrize(("size", "language", "dark"), [(PHONE, "en", False), (DESK, "ar", False), (PHONE, "ar", True)])
def test_the_office_works_through_the_list(district, size, language, dark, tmp_path):
    site = Site(district)
    session = site.identity.sessions.start(
        Kind.STAFF, site.now(), district="riverside", person_id="o-office", role="office", schools=("greenview",)
    )
    with serve(site.app) as url, chromium() as browser, open_context(browser, size=size, language=language, dark=dark) as context:
        context.add_cookies([{"name": COOKIE, "value": site.identity.sessions.token(session), "url": url}])
        page = context.new_page()
        page.goto(f"{url}{LIST}?lang={language}")
        page.locator("details summary").first.click()
        page.screenshot(path=str(tmp_path / "list.png"), full_page=True)
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        assert_axe_clean(page)
        assert_fits(page)
        for left in (2, 1, 0):
            page.locator("main li button").first.click()
            assert page.locator("main li").count() == left
        assert_axe_clean(page)
    assert {row["closed_by"] for row in district.rows(MAIL_IN)} == {"o-office"}


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_guardian_stops_emails_with_one_button(district, language):
    site = Site(district)
    link = district.ports.link("/notifications/stop", "riverside", "g-daniel", purpose="stop", resource="email", now=district.now, language=language)
    with serve(site.app) as url, chromium() as browser, open_context(browser, size=PHONE) as context:
        page = context.new_page()
        page.goto(url + link.removeprefix(district.ports.base_url))
        assert_axe_clean(page)
        assert_fits(page)
        page.locator("main button").click()
        assert page.locator("main [role=status]").count() == 1
        assert_axe_clean(page)
