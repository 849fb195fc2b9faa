"""The wording coach beside the compose form, in a real browser: clean for axe, without JavaScript, never in the way."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from services.translation.web import api as translation_api
from shared.identity import Kind
from shared.identity.sessions import COOKIE
from shared.web import build_app
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.integration.test_translation_pages import Runtime
from tests.unit.services.notifications.conftest import district, empty  # noqa: F401 - fixtures
from tests.unit.services.notifications.test_notifications_web import Site

DRAFT = "Mateo isn't listening and his formative assessment shows a deficit."


@pytest.fixture
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def site(district, tmp_path):  # noqa: F811 - the fixture above
    """Compose of notifications and the coach of translation on one site, as the launcher mounts them."""
    made = Site(district)
    folder = tmp_path / "coach"
    folder.mkdir()
    runtime = Runtime(folder)
    coach = build_app(translation_api, runtime=runtime, ports=None, clock=made, identity=made.identity, mode="demo")

    def both(environ, start_response):
        app = coach if environ["PATH_INFO"].startswith("/translation") else made.app
        return app(environ, start_response)

    session = made.identity.sessions.start(
        Kind.STAFF, made.now(), district="riverside", person_id="t-alvarez", role="teacher", schools=("greenview",)
    )
    yield both, made.identity.sessions.token(session)
    runtime.engine.dispose()


@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (DESK, True)])
def test_the_coachs_page_is_clean_for_axe_and_fits(browser, site, size, dark):
    app, token = site
    with serve(app) as url, open_context(browser, size=size, dark=dark) as context:
        context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
        page = context.new_page()
        page.goto(f"{url}/notifications/compose?student_id=s-mateo&kind=concern")
        page.locator("textarea").fill(DRAFT)
        page.get_by_role("button", name="Look over my words").click()
        page.get_by_role("heading", name="What was marked").wait_for()
        assert_axe_clean(page)
        assert_fits(page)


def test_a_draft_is_looked_over_and_sent_all_the_same_without_javascript(browser, site):
    app, token = site
    with serve(app) as url, open_context(browser, size=PHONE, javascript=False) as context:
        context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
        page = context.new_page()
        page.goto(f"{url}/notifications/compose?student_id=s-mateo&kind=concern")
        page.locator("textarea").fill(DRAFT)
        page.get_by_role("button", name="Look over my words").click()
        assert page.locator("mark").all_inner_texts() == ["isn't listening", "formative assessment", "deficit"]
        assert page.get_by_text("I saw Mateo").is_visible()
        page.get_by_role("button", name="Use these words").click()
        assert "quick check of learning" in page.locator("textarea").input_value()
        page.get_by_role("button", name="Send it all the same").click()
        page.wait_for_url("**/notifications/**")
