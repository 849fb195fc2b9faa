"""Pages of rhythm and balance in a real browser: staff's at a desk and on a phone, a family's in its language and direction."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from services.notifications.handlers import alerting, guides, media, nudges
from services.notifications.store import briefs
from services.notifications.store import rhythm as store
from services.notifications.tables.rhythm import GUIDE, LOAD
from shared.identity import Kind
from shared.identity.sessions import COOKIE
from shared.store import insert_rows
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.notifications.conftest import district, empty  # noqa: F401 - fixtures
from tests.unit.services.notifications.rhythm.test_balance_flow import grade, night, send, signal
from tests.unit.services.notifications.test_notifications_web import Site

SHOTS = os.environ.get("HOMEROOM_SHOTS")  # a folder for pictures to look at
SIZES = {"desk": DESK, "phone": PHONE}


@pytest.fixture
def site(district):  # noqa: F811 - the fixture above
    return Site(district)


@pytest.fixture
def busy(site):
    """A Friday on which Ms Alvarez has something of everything."""
    made = site.district
    for _ in range(3):
        send(made, "concern")
    send(made, "positive", "Carried the blocks without being asked.", "kindness")
    night(made, datetime(2026, 10, 2, 7, 30, tzinfo=UTC))
    made.now = datetime(2026, 10, 2, 15, 0, tzinfo=UTC)
    made.hear(nudges.signal_recorded, signal(made))
    with made.transaction() as uow:
        store.save_live_missing(uow.connection, "greenview", [{
            "student_id": "s-mateo", "term_id": "t1", "school_id": "greenview", "guardian_id": "g-ana", "text_count": 9,
            "since": date(2026, 12, 1),
        }])  # fmt: skip
        insert_rows(uow.connection, LOAD, [{
            "staff_id": "t-alvarez", "school_id": "greenview", "week_on": date(2026, 9, 28), "open_threads": 12, "after_hours": 3, "band": "usual",
        }])  # fmt: skip
    return site


def signed_in(context, site, url, person, role):
    session = site.identity.sessions.start(
        Kind.STAFF, site.now(), district="riverside", person_id=person, role=role, schools=("greenview",)
    )
    context.add_cookies([{"name": COOKIE, "value": site.identity.sessions.token(session), "url": url}])


def look(page, name):
    if SHOTS:
        page.screenshot(path=f"{SHOTS}/{name}.png", full_page=True)


@pytest.mark.parametrize("size", SIZES)
def test_staff_pages_are_accessible_and_fit(busy, size):
    pages = {
        "today": "/notifications/today", "family": "/notifications/family/s-mateo", "brief": "/notifications/brief",
        "compose": "/notifications/compose?student_id=s-mateo&kind=concern", "media": "/notifications/media",
        "welcome": "/notifications/welcome",
    }  # fmt: skip
    with serve(busy.app) as url, chromium() as browser, open_context(browser, size=SIZES[size], javascript=False) as context:
        signed_in(context, busy, url, "t-alvarez", "teacher")
        page = context.new_page()
        for name, path in pages.items():
            page.goto(url + path)
            look(page, f"{name}-{size}")
            assert_fits(page)
        page.goto(url + "/notifications/today")
        assert page.locator("main .card").count() == 4
        page.click("text=Write good news")
        page.check("text=Kindness")
        page.click("text=Send")
        page.goto(url + "/notifications/today")
        assert page.locator("main .card", has_text="Good news").count() == 0
    with serve(busy.app) as url, chromium() as browser, open_context(browser, size=SIZES[size]) as context:
        signed_in(context, busy, url, "t-alvarez", "teacher")
        page = context.new_page()
        for path in pages.values():
            page.goto(url + path)
            assert_axe_clean(page)
    with serve(busy.app) as url, chromium() as browser, open_context(browser, size=SIZES[size]) as context:
        signed_in(context, busy, url, "p-1", "principal")
        page = context.new_page()
        for name in ("load", "newsletter"):
            page.goto(f"{url}/notifications/{name}")
            look(page, f"{name}-{size}")
            assert_axe_clean(page)
            assert_fits(page)


def test_a_brief_that_is_too_long_is_kept_in_the_browser_too(busy):
    with serve(busy.app) as url, chromium() as browser, open_context(browser, size=PHONE) as context:
        signed_in(context, busy, url, "t-alvarez", "teacher")
        page = context.new_page()
        page.goto(f"{url}/notifications/brief")
        page.fill("#text", "word " * 180)
        page.click("text=Ready to go")
        look(page, "brief-over")
        assert "please trim 60" in page.inner_text("main") and page.input_value("#text").count("word") == 180
        assert_axe_clean(page)
        page.fill("#text", "We measured rain.")
        page.click("text=Ready to go")
        assert "Ready: it goes on Fri 2 Oct" in page.inner_text("main")


@pytest.mark.parametrize("language", ["es", "ar", "gu"])
def test_a_family_reads_its_guide_on_a_phone_without_javascript(site, language):
    made = site.district
    made.link("g-ana", "s-mateo", language=language, sms="+13125550111", revision=5)
    made.hear(alerting.grade_recorded, grade(made, 64.0))
    row = next(row for row in made.rows(GUIDE) if row["guardian_id"] == "g-ana")
    link = made.ports.link(
        guides.PAGE, "riverside", "g-ana", purpose="guide", resource=row["guide_id"], now=made.now, language=language
    )
    path = link.removeprefix("https://homeroom.example.org")
    with serve(site.app) as url, chromium() as browser:
        with open_context(browser, size=PHONE, language=language) as context:
            page = context.new_page()
            page.goto(url + path)
            look(page, f"guide-{language}")
            assert_axe_clean(page)
            assert page.get_attribute("html", "dir") == ("rtl" if language == "ar" else "ltr")
        with open_context(browser, size=PHONE, language=language, javascript=False) as context:
            page = context.new_page()
            page.goto(url + path)
            assert_fits(page)
            page.click("button[value=too_hard]")
            assert page.locator("main .good").count() == 1
            look(page, f"guide-{language}-answered")
            assert_fits(page)
    assert next(row["answer"] for row in made.rows(GUIDE) if row["guardian_id"] == "g-ana") == "too_hard"


def test_a_picture_is_chosen_sent_and_seen(busy, tmp_path):
    made = busy.district
    with serve(busy.app) as url, chromium() as browser, open_context(browser, size=DESK, javascript=False) as context:
        signed_in(context, busy, url, "t-alvarez", "teacher")
        page = context.new_page()
        page.goto(f"{url}/notifications/media")
        page.set_input_files("#content", _a_real_png(browser, tmp_path))
        page.fill("#caption", "Rain gauges")
        page.check("text=Mateo Rivera")
        page.click("text=Keep it")
        page.click("text=Send it")
        assert "no photo consent for Mateo Rivera" in page.inner_text("main")
        look(page, "media-blocked")
        made.hear(media.consent_changed, made.event(
            "district.consent_changed", student_id="s-mateo", guardian_id="g-ana", revision=2, kind="photo", value=True
        ))  # fmt: skip
        page.click("text=Send it")
        assert "Sent to 2 guardians" in page.inner_text("main")
    with made.transaction() as uow:
        (kept,) = briefs.media_of(uow.connection, "t-alvarez")
    link = made.ports.link(media.PAGE, "riverside", "g-ana", purpose="picture", resource=kept["media_id"], now=made.now, language="es")
    with serve(busy.app) as url, chromium() as browser, open_context(browser, size=PHONE, language="es") as context:
        page = context.new_page()
        page.goto(url + link.removeprefix("https://homeroom.example.org"))
        assert page.evaluate("document.querySelector('main img').naturalWidth") == 2000, "the picture is drawn"
        look(page, "picture")
        assert_axe_clean(page)
        assert_fits(page)


def _a_real_png(browser, folder) -> Path:
    """Wider than a phone: drawn by the browser itself."""
    with open_context(browser) as context:
        page = context.new_page()
        page.set_viewport_size({"width": 2000, "height": 300})
        page.set_content("<h1>Rain gauges</h1>")
        return Path(page.screenshot(path=folder / "rain.png") and folder / "rain.png")
