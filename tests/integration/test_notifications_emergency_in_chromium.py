"""Announce, look, confirm, watch and recall in a real browser without JavaScript: a phone and a desk, both directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifications.channels.port import ChannelError
from services.notifications.domain.audience import Audience
from services.notifications.domain.blast import Fault
from services.notifications.handlers import alarms
from services.notifications.tables import METADATA
from services.notifications.tables.emergency import APPROVAL
from services.translation.catalogue import load
from shared.identity import Kind
from shared.identity.sessions import COOKIE
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.notifications import world
from tests.unit.services.notifications.emergency.alerts import FIRE, House
from tests.unit.services.notifications.test_notifications_web import Site


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[House]:
    """Twelve families beside Mateo's; more than ten are many here. The browser's threads share the file."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'n.sqlite'}", connect_args={"check_same_thread": False})
    METADATA.create_all(engine)
    monkeypatch.setitem(world.CATALOGUE, "announcement.correction", load().wordings["en"]["announcement.correction"].text)
    district = world.District(tmp_path, engine)
    district.populate()
    made = House(district)
    made.fill(12)
    made.settings(alerts={"unusual_over": 10})
    yield made
    engine.dispose()


def signed_in(context: Any, url: str, site: Site, language: str) -> None:
    session = site.identity.sessions.start(
        Kind.STAFF, site.now(), district="riverside", person_id="o-office", role="office", schools=("greenview",),
        language=language,
    )
    context.add_cookies([{"name": COOKIE, "value": site.identity.sessions.token(session), "url": url}])


@pytest.mark.parametrize(("size", "language"), [(PHONE, "en"), (DESK, "en"), (PHONE, "ar"), (DESK, "ar")])
def test_the_office_announces_watches_and_takes_back(house: House, tmp_path: Path, size: Any, language: str) -> None:
    site = Site(house.district)
    house.district.sms.refuses["+13125551003"] = ChannelError("sms_30006", permanent=True)
    with serve(site.app) as url, chromium() as browser, open_context(
        browser, size=size, language=language, javascript=True
    ) as context:
        context.route("**/*.js", lambda route: route.abort())  # axe needs scripts to run; our pages bring none
        signed_in(context, url, site, language)
        page = context.new_page()

        def look(name: str) -> None:
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
            assert_axe_clean(page)
            assert_fits(page)
            page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)

        page.goto(f"{url}/notifications/announce?lang={language}")
        look("announce")
        page.fill("#title", "School closed")
        page.fill("#text", "Greenview is closed today. Please keep your children at home.")
        page.click("button[formaction$=preview]")
        assert page.locator("#confirm").count() == 1
        look("preview")
        page.fill("#confirm", "14")
        page.click("main form button:not([formaction])")
        assert "/notifications/emergency/" in page.url
        look("undo")
        house.later(minutes=2)
        signed_in(context, url, site, language)
        page.reload()
        assert page.locator("tbody tr").count() >= 2
        look("progress")
        page.fill("#text", "School is open after all.")
        page.click("form[action$='/recall'] button")
        house.district.settle()
        page.reload()
        assert page.get_by_role("status").count() == 1
        look("recalled")
        assert sum("School is open after all." in letter.body for letter in house.district.sms.took) == 12


@pytest.mark.parametrize(("size", "language"), [(PHONE, "en"), (DESK, "ar")])
def test_what_waits_for_a_decision_and_what_was_raised(house: House, tmp_path: Path, size: Any, language: str) -> None:
    site = Site(house.district)
    message_id = house.send(replace(FIRE, audience=Audience(students=("s-001",))))
    house.district.settle()
    with house.district.transaction() as uow:
        alarms.raise_alarm(
            uow, message_id, Fault.FEW, school_id="greenview", school_ids=["greenview"], channels=["voice"], planned=40, accepted=3
        )
    with serve(site.app) as url, chromium() as browser, open_context(browser, size=size, language=language) as context:
        signed_in(context, url, site, language)
        page = context.new_page()
        page.goto(f"{url}/notifications/announce?lang={language}")
        page.fill("#title", "Trip")
        page.fill("#text", "The trip is on Friday.")
        page.click("button[formaction$=preview]")
        page.click("button[formaction$=ask]")
        assert page.get_by_role("status").count() == 1
        assert len(house.district.rows(APPROVAL)) == 1
        assert page.locator("button[value=approve]").count() == 0  # not one's own
        page.goto(f"{url}/notifications/emergency?lang={language}")
        assert_axe_clean(page)
        assert_fits(page)
        page.screenshot(path=str(tmp_path / "alerts.png"), full_page=True)
        page.click("form[action*='/alarms/'] button")
        assert page.locator("form[action*='/alarms/']").count() == 0
