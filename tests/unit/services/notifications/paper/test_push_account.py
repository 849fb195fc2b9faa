"""Web push: sealed for one browser, signed by us, to known services only; and browsers that come and go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from falcon import testing
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.channels.port import ChannelError, Content, Outgoing, Receipt
from services.notifications.channels.push import WebPush, allowed, subscriptions, topic
from services.notifications.tables import SUPPRESSION
from services.notifications.tables.points import CONTACT_POINT
from shared.errors import HomeroomError
from tests.unit.services.notifications.paper.papermill import LAN, Mill
from tests.unit.services.notifications.paper.pushservice import Browser, PushService, new_key, push_service
from tests.unit.services.notifications.test_notifications_web import Site
from tests.unit.services.notifications.world import MORNING


@pytest.fixture
def service() -> Iterator[PushService]:
    with push_service() as running:
        yield running


@pytest.fixture
def account(service: PushService) -> WebPush:
    settings = {"name": "vapid", "private_key": new_key(), "subject": "mailto:it@example.org", "allow_plain": True}
    made = WebPush(settings, base_url="https://homeroom.example.org")
    service.public_key = made.public_key
    return made


def notice(*browsers: Browser, **changes: Any) -> Outgoing:
    given: dict[str, Any] = {
        "delivery_id": "d-1", "district": "riverside", "at": MORNING, "from_name": "Greenview",
        "to": json.dumps([browser.subscription for browser in browsers]), "link": "https://homeroom.example.org/i/x",
        "content": Content.plain("d-1", "Bao has missed reading twice.", title="Greenview", language="vi"),
    }  # fmt: skip
    return Outgoing(**given | changes)


def code_of(outcome: Any) -> tuple[str, bool, bool]:
    assert isinstance(outcome, ChannelError)
    return outcome.code, outcome.permanent, outcome.account


def test_the_browser_opens_a_notice_that_names_the_school_and_no_child(service, account):
    browser = service.browser("a")
    (outcome,) = account.carry([notice(browser)])
    assert isinstance(outcome, Receipt) and outcome.ref == f"{service.origin}/m/1"
    (knock,) = service.knocks
    said = browser.read(knock.body)
    assert said["title"] == "Greenview" and said["lang"] == "vi" and said["url"].endswith("/i/x")
    assert "Bao" not in json.dumps(said, ensure_ascii=False) and b"Greenview" not in knock.body
    assert knock.claims["sub"] == "mailto:it@example.org"
    assert MORNING.timestamp() < knock.claims["exp"] <= (MORNING + timedelta(hours=24)).timestamp()


@pytest.mark.parametrize(
    ("changes", "ttl", "urgency"),
    [
        ({}, 3 * 86400, "normal"),
        ({"expires_at": MORNING + timedelta(hours=2), "urgent": True}, 7200, "high"),
        ({"expires_at": MORNING + timedelta(days=90)}, 28 * 86400, "normal"),
        ({"expires_at": MORNING - timedelta(hours=1)}, 0, "normal"),
    ],
)
def test_it_is_kept_no_longer_than_it_holds(service, account, changes, ttl, urgency):
    account.carry([notice(service.browser("a"), **changes)])
    headers = service.knocks[0].headers
    assert (headers["TTL"], headers["Urgency"], headers["Content-Encoding"]) == (str(ttl), urgency, "aes128gcm")


def test_a_notice_handed_over_twice_replaces_itself(service, account):
    browser = service.browser("a")
    account.carry([notice(browser), replace(notice(browser), again=True)])
    first, second = service.knocks
    assert first.headers["Topic"] == second.headers["Topic"] and account.keeps_keys
    assert browser.read(first.body)["tag"] == browser.read(second.body)["tag"]


@given(st.text(min_size=1))
def test_a_topic_is_what_the_standard_allows(delivery_id: str) -> None:
    assert len(topic(delivery_id)) <= 32 and set(topic(delivery_id)) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


@pytest.mark.parametrize(
    ("status", "said"),
    [(404, ("push_gone", True, False)), (410, ("push_gone", True, False)), (429, ("push_http_429", False, True)),
     (503, ("push_http_503", False, True)), (413, ("push_http_413", True, False)), (403, ("push_http_403", False, True))],
)  # fmt: skip
def test_an_answer_says_whether_trying_again_helps(service, account, status, said):
    service.answers["/a"] = status
    assert code_of(account.carry([notice(service.browser("a"))])[0]) == said


def test_one_browser_that_took_it_is_enough_and_the_gone_one_is_remembered(service, account):
    service.answers["/old"] = 410
    old, new = service.browser("old"), service.browser("new")
    (outcome,) = account.carry([notice(old, new)])
    assert isinstance(outcome, Receipt) and account.knows_gone
    assert [json.loads(address)["endpoint"] for address in account.take_gone("riverside")] == [old.endpoint]
    assert not account.knows_gone


def test_a_redirect_is_not_followed(service, account):
    service.answers["/a"] = 307
    assert code_of(account.carry([notice(service.browser("a"))])[0])[0] == "push_http_307"
    assert service.knocks == []


@pytest.mark.parametrize("to", ["", "null", "[]", "{}", '[{"endpoint": 5}]', '{"endpoint": "http://x", "keys": {"p256dh": "!", "auth": "!"}}'])
def test_what_is_no_subscription_is_refused_for_good(account, to):
    code, permanent, _ = code_of(account.carry([notice(to=to)])[0])
    assert permanent and code in ("push_unreadable", "push_endpoint", "push_keys")


@pytest.mark.parametrize(
    ("endpoint", "known"),
    [
        ("https://fcm.googleapis.com/fcm/send/abc", True),
        ("https://updates.push.services.mozilla.com/wpush/v2/abc", True),
        ("https://wns2-by3p.notify.windows.com/w/?token=x", True),
        ("https://web.push.apple.com/QGuQ", True),
        ("http://fcm.googleapis.com/fcm/send/abc", False),
        ("https://fcm.googleapis.com.evil.example/x", False),
        ("https://evil.example/fcm.googleapis.com", False),
        ("https://fcm.googleapis.com@evil.example/x", False),
        ("https://user:pw@fcm.googleapis.com/x", False),
        ("https://fcm.googleapis.com:8443/x", False),
        ("https://127.0.0.1/x", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://[::1]/x", False),
        ("https://evilnotify.windows.com/x", False),
        ("file:///etc/passwd", False),
        ("https://fcm.googleapis.com:port/x", False),
    ],
)
def test_only_push_services_are_ever_called(endpoint, known):
    assert allowed(endpoint) is known


@given(st.text(max_size=60))
def test_no_address_breaks_the_guard(text: str) -> None:
    assert isinstance(allowed(text), bool) and isinstance(subscriptions(text), list)


@pytest.mark.parametrize("key", ["", "abc", "secret-that-must-not-be-told", "A" * 43])
def test_a_key_that_is_none_is_named_when_the_process_starts_and_never_quoted(key):
    with pytest.raises(HomeroomError) as refused:
        WebPush({"name": "vapid", "private_key": key, "subject": "mailto:it@example.org"}, base_url="")
    assert refused.value.where == "channels.push" and (not key or key not in str(refused.value))


# browsers that a family switches on and off


@pytest.fixture
def site(mill: Mill, account: WebPush) -> Site:
    mill.district.ports = replace(
        mill.district.ports, accounts={**mill.district.ports.accounts, "push": {"vapid": account}}
    )
    return Site(mill.district)


def token(mill: Mill) -> str:
    with mill.district.transaction() as uow:
        link = mill.district.ports.link("/x", "riverside", LAN, purpose="inbox", now=uow.now)
    return link.rpartition("/")[2]


def switch(site: Site, mill: Mill, body: Any, path: str = "") -> int:
    client = testing.TestClient(site.app)
    return client.simulate_post(f"/notifications/push/subscriptions/{token(mill)}{path}", json=body).status_code


def test_a_browser_is_switched_on_pushed_to_and_switched_off(site, mill, service, account):
    browser = service.browser("phone")
    assert switch(site, mill, browser.subscription | {"expirationTime": None}) == 200
    (point,) = mill.district.rows(CONTACT_POINT)
    assert (point["guardian_id"], point["channel"], point["active"]) == (LAN, "push", True)
    (outcome,) = account.carry([notice(to=point["address"])])
    assert isinstance(outcome, Receipt) and browser.read(service.knocks[0].body)
    assert switch(site, mill, {"endpoint": browser.endpoint}, "/off") == 200
    assert not mill.district.rows(CONTACT_POINT)[0]["active"]


def test_switching_the_same_browser_on_twice_keeps_one(site, mill, service):
    for _ in range(2):
        assert switch(site, mill, service.browser("phone").subscription) == 200
    assert len({row["point_id"] for row in mill.district.rows(CONTACT_POINT)}) == 1


def test_only_so_many_browsers_of_one_guardian_are_kept(site, mill, service):
    for number in range(12):
        mill.district.now += timedelta(minutes=1)
        switch(site, mill, service.browser(f"b{number}").subscription)
    active = [row for row in mill.district.rows(CONTACT_POINT) if row["active"]]
    assert len(active) == 10 and not any("/b0" in row["address"] for row in active)


def test_a_strange_address_is_refused_and_not_kept(site, mill, service, account):
    account.allow_plain = False
    assert switch(site, mill, service.browser("phone").subscription) == 422
    assert switch(site, mill, {"endpoint": "https://fcm.googleapis.com/x"}) == 422
    assert mill.district.rows(CONTACT_POINT) == []


def test_a_browser_that_is_gone_is_forgotten_and_with_the_last_one_push_is_closed(site, mill, service, account):
    old, new = service.browser("old"), service.browser("new")
    for browser in (old, new):
        switch(site, mill, browser.subscription)
    service.answers |= {"/old": 410}
    account.carry([notice(old, new)])
    mill.district.settle()
    assert {json.loads(row["address"])["endpoint"]: row["active"] for row in mill.district.rows(CONTACT_POINT)} == {
        old.endpoint: False, new.endpoint: True,
    }  # fmt: skip
    assert mill.district.rows(SUPPRESSION) == []
    service.answers |= {"/new": 410}
    account.carry([notice(new)])
    mill.district.settle()
    (closed,) = mill.district.rows(SUPPRESSION)
    assert (closed["guardian_id"], closed["channel"], closed["source"], closed["detail"]) == (LAN, "push", "invalid", "push_gone")
    switch(site, mill, service.browser("another").subscription)
    assert mill.district.rows(SUPPRESSION) == [], "a new browser opens the way again"


def test_the_inbox_offers_it_without_needing_it(site, mill, account):
    client = testing.TestClient(site.app)
    page = client.simulate_get(f"/notifications/inbox/{token(mill)}").text
    assert f'data-key="{account.public_key}"' in page and "hidden" in page.split('id="push-offer"')[1].split(">")[0]
    worker = client.simulate_get("/notifications/push/worker.js")
    assert worker.headers["service-worker-allowed"] == "/notifications/" and "showNotification" in worker.text


def test_a_cell_without_push_offers_none(mill):
    client = testing.TestClient(Site(mill.district).app)
    assert "push-offer" not in client.simulate_get(f"/notifications/inbox/{token(mill)}").text
