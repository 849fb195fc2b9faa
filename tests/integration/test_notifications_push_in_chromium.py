"""A family's browser: the offer appears where it works, and a real service worker shows what was pushed."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from services.notifications.channels.push import WebPush
from services.notifications.handlers import writing
from services.notifications.handlers.writing import Author, Note
from services.notifications.tables import METADATA
from services.notifications.tables.points import CONTACT_POINT
from tests.browser import PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve
from tests.unit.services.notifications import world
from tests.unit.services.notifications.paper.pushservice import Browser, PushService, new_key, push_service
from tests.unit.services.notifications.test_notifications_web import Site

# a browser subscribes at its maker's service, which is not here: the page is given a subscription of ours instead
SUBSCRIBED = """subscription => {
  let current = null;
  const made = { endpoint: subscription.endpoint, toJSON: () => subscription, unsubscribe: async () => { current = null; return true; } };
  PushManager.prototype.subscribe = async options => {
    window.asked = { visible: options.userVisibleOnly, key: options.applicationServerKey.length };
    return (current = made);
  };
  PushManager.prototype.getSubscription = async () => current;
}"""


@pytest.fixture
def district(tmp_path: Path) -> Iterator[world.District]:
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'n.sqlite'}", connect_args={"check_same_thread": False})
    METADATA.create_all(engine)
    made = world.District(tmp_path, engine)
    made.populate()
    yield made
    engine.dispose()


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


def inbox(district: world.District, language: str) -> str:
    with district.transaction() as uow:
        link = district.ports.link("/notifications/inbox", "riverside", "g-ana", purpose="inbox", now=uow.now)
    return f"{link.removeprefix(district.ports.base_url)}?lang={language}"


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_guardian_switches_a_phone_on_hears_and_switches_it_off(
    district: world.District, service: PushService, language: str
) -> None:
    account = WebPush(
        {"name": "vapid", "private_key": new_key(), "subject": "mailto:it@example.org", "allow_plain": True},
        base_url="https://homeroom.example.org",
    )
    service.public_key = account.public_key
    district.ports = replace(district.ports, accounts={**district.ports.accounts, "push": {"vapid": account}})
    phone: Browser = service.browser("phone")
    with serve(Site(district).app) as url, chromium() as browser, open_context(
        browser, size=PHONE, language=language
    ) as context:
        context.grant_permissions(["notifications"], origin=url)
        context.add_init_script(f"({SUBSCRIBED})({json.dumps(phone.subscription)})")
        page = context.new_page()
        page.goto(url + inbox(district, language))
        offer = page.locator("#push-offer")
        offer.wait_for(state="visible")
        assert_axe_clean(page)
        assert_fits(page)

        page.locator("#push-offer button").click()
        page.locator("#push-offer [role=status]:not(:empty)").wait_for()
        assert page.evaluate("window.asked") == {"visible": True, "key": 65}
        (point,) = district.rows(CONTACT_POINT)
        assert (point["guardian_id"], point["active"]) == ("g-ana", True)
        assert_axe_clean(page)

        shown = pushed(context, page, url, {"title": "Greenview", "body": "New", "lang": language, "tag": "t", "url": f"{url}/x"})
        assert shown == [{"title": "Greenview", "body": "New", "tag": "t"}]

        page.locator("#push-offer button").click()
        page.locator("#push-offer button:not(.quiet)").wait_for()
        assert [row["active"] for row in district.rows(CONTACT_POINT)] == [False]


def pushed(context: Any, page: Any, url: str, notice: dict[str, str]) -> list[dict[str, str]]:
    """Hand the service worker a push as the browser would, and look at the notice it shows."""
    devtools = context.new_cdp_session(page)
    found: list[dict[str, Any]] = []
    devtools.on("ServiceWorker.workerRegistrationUpdated", lambda event: found.extend(event["registrations"]))
    devtools.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    while not found:
        page.evaluate("1")
    registration = next(one for one in found if one["scopeURL"].endswith("/notifications/"))
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {"origin": url, "registrationId": registration["registrationId"], "data": json.dumps(notice)},
    )
    look = """async () => (await (await navigator.serviceWorker.ready).getNotifications())
        .map(one => ({title: one.title, body: one.body, tag: one.tag}))"""
    shown: list[dict[str, str]] = []
    while not shown:
        shown = page.evaluate(look)
    return shown


def test_without_javascript_the_page_is_the_same_without_the_offer(district: world.District) -> None:
    account = WebPush({"name": "v", "private_key": new_key(), "subject": "mailto:it@example.org"}, base_url="")
    district.ports = replace(district.ports, accounts={**district.ports.accounts, "push": {"vapid": account}})
    with serve(Site(district).app) as url, chromium() as browser, open_context(
        browser, size=PHONE, javascript=False
    ) as context:
        page = context.new_page()
        page.goto(url + inbox(district, "en"))
        assert page.locator("h1").is_visible() and page.locator("#push-offer").is_hidden()


def test_a_page_that_stays_on_the_screen_is_read(district: world.District) -> None:
    with district.transaction() as uow:
        writing.write(uow, district.ports, Author("t-alvarez", "teacher", ("greenview",)), Note("concern", "Mateo was late.", "s-mateo"))
    district.settle()
    with serve(Site(district).app) as url, chromium() as browser, open_context(browser, size=PHONE) as context:
        page = context.new_page()
        page.goto(url + inbox(district, "en"))
        assert_axe_clean(page)
        page.locator("#read").wait_for(state="detached")
    district.settle()
    row = district.delivery_to("g-ana")
    assert (row["state"], row["opened_how"]) == ("delivered", "read")
