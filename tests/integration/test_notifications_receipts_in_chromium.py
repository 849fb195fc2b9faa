"""The operations page in a real browser, without JavaScript: a phone and a desk, left to right and right to left."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifications.channels.port import Doubtful
from services.notifications.handlers import failover, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import METADATA
from shared.identity import Kind
from shared.identity.sessions import COOKIE
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.notifications.test_notifications_web import Site
from tests.unit.services.notifications.world import District


@pytest.fixture
def district(tmp_path: Path) -> Iterator[District]:
    """A day after a text without a receipt: mail switched off, texts down, a text in doubt; threads share the file."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'n.sqlite'}", connect_args={"check_same_thread": False})
    METADATA.create_all(engine)
    made = District(tmp_path, engine)
    made.populate()
    _note(made, "Trip.")
    made.at(made.now + timedelta(hours=26))
    made.sms.refuses["+13125550111"] = Doubtful()
    _note(made, "Bus.")
    with made.transaction() as uow:
        failover.count(uow, "email", "post", ok=2000, bounced=300)
        failover.count(uow, "sms", "texts", failed=9)
    made.at(made.now + timedelta(minutes=1))
    yield made
    engine.dispose()


def _note(district: District, text: str) -> None:
    with district.transaction() as uow:
        author = Author("t-alvarez", "teacher", ("greenview",))
        writing.write(uow, district.ports, author, Note("info", text, "s-mateo"))
    district.settle()


@pytest.mark.parametrize(("size", "language"), [(PHONE, "en"), (DESK, "en"), (PHONE, "ar"), (DESK, "ar")])
def test_an_administrator_sees_what_is_wrong_and_switches_mail_on_again(
    district: District, tmp_path: Path, size: Any, language: str
) -> None:
    site = Site(district)
    session = site.identity.sessions.start(
        Kind.STAFF, site.now(), district="riverside", person_id="a-admin", role="administrator", schools=("greenview",)
    )
    with serve(site.app) as url, chromium() as browser, open_context(
        browser, size=size, language=language, javascript=True
    ) as context:
        context.add_cookies([{"name": COOKIE, "value": site.identity.sessions.token(session), "url": url}])
        page = context.new_page()
        page.goto(f"{url}/notifications/providers?lang={language}")
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        page.screenshot(path=str(tmp_path / f"providers-{size['width']}-{language}.png"), full_page=True)
        assert_axe_clean(page)
        assert_fits(page)
        assert page.get_by_role("alert").count() == 1 and page.locator("main a[href*='/deliveries/']").count() == 2
        page.click("form[action$='/providers/reset'] button")
        assert page.get_by_role("alert").count() == 0 and page.locator("li.card").count() == 2
        assert_axe_clean(page)
