"""Print queue, a run and the call list in a real browser: a phone and a desk, left to right and right to left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifications.channels.port import ChannelError
from services.notifications.handlers import ladder
from services.notifications.handlers.lettering import KEYS
from services.notifications.tables import METADATA
from services.translation.catalogue import load
from shared.identity import Kind
from shared.identity.sessions import COOKIE
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.notifications import world
from tests.unit.services.notifications.paper.papermill import LANS_NUMBER, Mill
from tests.unit.services.notifications.test_notifications_web import Site


@pytest.fixture
def mill(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mill]:
    """Greenview, with a letter for Lan waiting; the browser's threads share the file."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'n.sqlite'}", connect_args={"check_same_thread": False})
    METADATA.create_all(engine)
    english = load().wordings["en"]
    for key in KEYS:
        monkeypatch.setitem(world.CATALOGUE, key, english[key].text)
    district = world.District(tmp_path, engine)
    district.populate()
    made = Mill.at(district)
    with district.transaction() as uow:
        ladder.plan_beats(uow, ["greenview"])
    district.sms.refuses[LANS_NUMBER] = ChannelError("sms_30005", permanent=True)
    made.write()
    yield made
    engine.dispose()


def signed_in(context: Any, url: str, site: Site) -> None:
    session = site.identity.sessions.start(
        Kind.STAFF, site.now(), district="riverside", person_id="o-office", role="office", schools=("greenview",)
    )
    context.add_cookies([{"name": COOKIE, "value": site.identity.sessions.token(session), "url": url}])


@pytest.mark.parametrize(("size", "language"), [(PHONE, "en"), (DESK, "en"), (PHONE, "ar"), (DESK, "ar")])
def test_the_office_prints_marks_and_calls_without_javascript(mill: Mill, tmp_path: Path, size: Any, language: str) -> None:
    site = Site(mill.district)
    with serve(site.app) as url, chromium() as browser, open_context(
        browser, size=size, language=language, javascript=True
    ) as context:
        signed_in(context, url, site)
        page = context.new_page()

        def look(path: str, name: str) -> None:
            page.goto(f"{url}{path}{'&' if '?' in path else '?'}lang={language}")
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
            assert_axe_clean(page)
            assert_fits(page)
            page.screenshot(path=str(tmp_path / f"{name}.png"), full_page=True)

        look("/notifications/print", "queue")
        page.click("form[action$='/greenview/runs'] button")
        mill.make()
        run = page.url.removeprefix(url).partition("?")[0]
        look(run, "run")
        with page.expect_download() as download:
            page.click("a.button[href$='/1']")
        assert Path(download.value.path()).read_bytes().startswith(b"%PDF-")
        page.check("#l-1")
        page.click("button[value=posted]")
        assert page.get_by_role("status").count() == 1
        mill.later(days=4, hours=5)
        signed_in(context, url, site)
        look("/notifications/calls", "calls")
        assert page.locator("li.card").count() == 1
        page.click("button[value=left_message]")
        assert page.get_by_role("status").count() == 1
        assert_axe_clean(page)
