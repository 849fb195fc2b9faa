"""Conversations in a real browser, without JavaScript: staff's threads at a desk, the family's pages on a phone, both directions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, expect

from services.notifications.handlers import planning, wishes, writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import CONCERN, METADATA, REPLY, SUPPRESSION
from services.notifications.tables.conversation import THREAD
from shared.identity import Kind
from shared.identity.sessions import COOKIE
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.notifications.conversation.talk import concern, says
from tests.unit.services.notifications.test_notifications_web import Site
from tests.unit.services.notifications.world import District

QUESTION = "هل يمكن أن يجلس أحمد في المقدمة؟ لا يرى اللوح جيداً."
ENGLISH = "Could Ahmed sit in front? He does not see the board well."


@pytest.fixture
def district(tmp_path: Path) -> Iterator[District]:
    engine = sa.create_engine(f"sqlite:///{tmp_path}/notifications.sqlite")
    METADATA.create_all(engine)
    made = District(tmp_path, engine)
    made.populate()
    made.link("g-huda", "s-mateo", language="ar", sms="+13125550333", email="huda@example.org", home="hh-c")
    with made.transaction() as uow:
        writing.write(uow, made.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("info", "Trip on Friday at 9.", "s-mateo"))
    made.settle()
    says(made, QUESTION, sender="+13125550333", files=("image/jpeg",))
    reply = made.rows(REPLY)[-1]
    made.hear(planning.text_translated, made.event(
        "translation.text_translated", text_id=reply["reply_id"], content_version=1, source="ar", target="en", text=ENGLISH,
        engine="x", machine=True, labelled=False, approved_by=None, glossary_hits=0, checks={},
    ))  # fmt: skip
    says(made, "W" * 90 + " and a very long word", key="2", channel="email", sender="daniel@example.org")
    concern(made, due_at=datetime(2026, 9, 30, 21, 0, tzinfo=UTC))
    says(made, "Soy la tía de Mateo", key="3", sender="+13125559999")
    with made.transaction() as uow:
        wishes.correct(uow, "g-ana", "sms", "+13125550199")
    made.settle()
    yield made
    engine.dispose()


@contextmanager
def browsing(district: District, person: str, role: str, **options: Any) -> Iterator[tuple[Page, str]]:
    """A browser in which that member of staff has signed in; and where the site is."""
    site = Site(district)
    session = site.identity.sessions.start(
        Kind.STAFF, site.now(), district="riverside", person_id=person, role=role, schools=("greenview",)
    )
    with serve(site.app) as url, chromium() as browser, open_context(browser, **options) as context:
        context.add_cookies([{"name": COOKIE, "value": site.identity.sessions.token(session), "url": url}])
        yield context.new_page(), url


@pytest.mark.parametrize(("size", "language", "dark"), [(PHONE, "en", False), (DESK, "en", True), (DESK, "ar", False)])
def test_a_teacher_finds_who_waits_and_answers(district, size, language, dark, tmp_path):
    with browsing(district, "t-alvarez", "teacher", size=size, language=language, dark=dark) as (page, url):
        page.goto(f"{url}/notifications/threads?lang={language}")
        page.screenshot(path=str(tmp_path / "threads.png"), full_page=True)
        assert_axe_clean(page)
        assert_fits(page)
        page.click("a[href='/notifications/threads/g-huda']")
        expect(page.get_by_text(ENGLISH)).to_be_visible(timeout=30_000)
        page.screenshot(path=str(tmp_path / "thread.png"), full_page=True)
        assert page.locator("[lang=ar][dir=rtl]").count() >= 1
        assert page.get_by_text(ENGLISH).is_visible() and page.get_by_text(QUESTION).is_visible()
        assert_axe_clean(page)
        assert_fits(page)
        page.fill("#text", "Of course. He sits in front from Monday.")
        page.click("main form button >> nth=0")
        expect(page.locator("[role=status]")).to_have_count(1, timeout=30_000)
        assert page.get_by_text("He sits in front from Monday.").first.is_visible()
        assert_axe_clean(page)
        page.goto(f"{url}/notifications/threads/g-ana")
        page.check("#concern-1")
        page.fill("#text", "I sit with him now.")
        page.click("main form button >> nth=0")
        expect(page.locator("[role=status]")).to_have_count(1, timeout=30_000)
        assert_axe_clean(page)
    answered = {row["guardian_id"] for row in district.rows(THREAD) if row["answered_at"]}
    assert answered == {"g-huda"}, "a concern is no thread: only the guardian closes it"
    assert district.rows(CONCERN)[0]["closed_at"] is None


@pytest.mark.parametrize(("size", "language", "dark"), [(PHONE, "ar", False), (PHONE, "es", True), (DESK, "gu", False)])
def test_a_family_writes_corrects_and_chooses_on_its_own_pages(district, size, language, dark, tmp_path):
    link = district.ports.link("/notifications/inbox", "riverside", "g-huda", purpose="inbox", now=district.now, language=language)
    path = link.removeprefix(district.ports.base_url)
    site = Site(district)
    with serve(site.app) as url, chromium() as browser, open_context(browser, size=size, language=language, dark=dark) as context:
        page = context.new_page()
        page.goto(f"{url}{path}")
        page.screenshot(path=str(tmp_path / "inbox.png"), full_page=True)
        assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
        assert page.locator("html").get_attribute("lang") == language
        assert_axe_clean(page)
        assert_fits(page)
        page.fill("#text", "Gracias / شكرا")
        page.check("#call_back")
        page.click("main form button >> nth=0")
        expect(page.locator("[role=status]")).to_have_count(1, timeout=30_000)
        assert page.get_by_text("Gracias / شكرا").is_visible()
        page.click("main form button >> nth=0")  # nothing to send is said kindly
        expect(page.locator(".error")).to_have_count(1, timeout=30_000)
        assert_axe_clean(page)
        page.click("a[href*='/notifications/preferences/']")
        expect(page.locator("#open-sms")).to_be_checked(timeout=30_000)
        page.screenshot(path=str(tmp_path / "preferences.png"), full_page=True)
        assert_axe_clean(page)
        assert_fits(page)
        page.uncheck("#open-sms")
        page.click("main form button >> nth=0")
        expect(page.locator("[role=status]")).to_have_count(1, timeout=30_000)
        assert not page.is_checked("#open-sms") and page.is_checked("#open-email")
        page.fill("#address", "nobody")
        page.click("main form:nth-of-type(2) button >> nth=0")
        expect(page.locator(".error")).to_have_count(1, timeout=30_000)
        assert page.input_value("#address") == "nobody"
        page.screenshot(path=str(tmp_path / "preferences_after.png"), full_page=True)
        assert_axe_clean(page)
    assert ("g-huda", "sms", "stop") in {(s["guardian_id"], s["channel"], s["source"]) for s in district.rows(SUPPRESSION)}


def test_the_office_sees_strangers_and_new_numbers(district, tmp_path):
    with browsing(district, "o-office", "office", size=PHONE, language="en", dark=False) as (page, url):
        page.goto(f"{url}/notifications/unknown")
        page.screenshot(path=str(tmp_path / "unknown.png"), full_page=True)
        assert_axe_clean(page)
        assert_fits(page)
        page.get_by_role("button", name="Looked after").click()
        expect(page.locator("main .card")).to_have_count(1, timeout=30_000)
        page.get_by_role("button", name="It is theirs").click()
        expect(page.locator("main .card")).to_have_count(0, timeout=30_000)
        assert_axe_clean(page)
