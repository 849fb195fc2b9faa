"""A survey where the network comes and goes: nothing is lost, nothing is sent twice, nothing of others is kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from services.surveys.tables import ANSWER, DRAFT, RESPONSE
from tests.browser import PHONE, assert_axe_clean, chromium, open_context, serve
from tests.unit.services.surveys.surveyhouse import SENT, House, provisioned, settled
from tests.unit.services.surveys.surveykinds import put_to

KEPT = """async () => {
  const found = [];
  for (const name of await caches.keys())
    for (const request of await (await caches.open(name)).keys())
      found.push(new URL(request.url).pathname, await (await (await caches.open(name)).match(request)).text());
  const rows = await new Promise((done) => {
    const open = indexedDB.open("surveys", 1);
    open.onupgradeneeded = () => open.result.createObjectStore("queue", { keyPath: "key" });
    open.onsuccess = () => {
      const all = open.result.transaction("queue").objectStore("queue").getAll();
      all.onsuccess = () => { open.result.close(); done(all.result); };
    };
  });
  return JSON.stringify([found, rows, { ...localStorage }]);
}"""


COPY_KEPT = "Boolean(await (await caches.open('surveys-1')).match(location.pathname))"
LIST_KEPT = "Boolean(await (await caches.open('surveys-1')).match('/surveys/offline'))"


def until(page: Any, condition: str) -> None:
    """Until a condition of the page holds (the page's policy forbids Playwright's own way of asking)."""
    page.evaluate(f"async () => {{ while (!({condition})) await new Promise((next) => setTimeout(next, 20)); }}")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    house = settled(House.at(provisioned(tmp_path)))
    house.clock.advance_to(SENT)
    yield house
    house.runtime.databases.dispose()


@pytest.fixture
def site(house: House) -> Iterator[str]:
    with serve(house.app) as url:
        yield url.replace("127.0.0.1", "localhost")  # a worker needs a secure context


@pytest.fixture
def phone() -> Iterator[Any]:
    with chromium() as browser, open_context(browser, size=PHONE) as context:
        yield context


def open_form(phone: Any, url: str) -> Any:
    """The page, once its worker holds an empty copy of it."""
    page = phone.new_page()
    page.goto(url)
    until(page, "navigator.serviceWorker.controller")
    until(page, f"{COPY_KEPT} && {LIST_KEPT}")
    return page


def test_what_is_sent_without_a_network_waits_survives_a_reload_and_arrives_once(house: House, site: str, phone: Any) -> None:
    link = put_to(house)
    page = open_form(phone, f"{site}{link}")
    page.goto(f"{site}{link}?page=2")
    page.fill("#story-text", "She sings to her brother")
    phone.set_offline(True)
    page.click("button[value=send]")
    page.wait_for_selector("#queue li[data-state=waiting]")
    assert_axe_clean(page)
    assert house.rows(RESPONSE) == []
    page.reload()
    page.wait_for_selector("#queue li[data-state=waiting]")
    phone.set_offline(False)
    page.wait_for_selector("#sent")
    page.wait_for_selector("#queue li[data-state=sent]")
    assert len(house.rows(RESPONSE)) == 1
    assert [row.content["text"] for row in house.rows(ANSWER)] == ["She sings to her brother"]
    assert "She sings" not in page.evaluate(KEPT)


def test_a_form_opens_and_keeps_what_is_typed_without_a_network(house: House, site: str, phone: Any) -> None:
    link = put_to(house)
    page = open_form(phone, f"{site}{link}")
    phone.set_offline(True)
    page.goto(f"{site}{link}")
    page.fill("#story-text", "He counts the stairs")
    page.reload()
    assert page.input_value("#story-text") == "He counts the stairs"
    page.click("button[value=save]")
    page.wait_for_selector("#queue li[data-state=waiting]")
    phone.set_offline(False)
    page.wait_for_selector("[name=_rev]", state="attached")  # the school's own page, not the telephone's copy
    page.wait_for_selector("#queue li[data-state=saved]")
    assert house.rows(DRAFT)[0].answers["story"]["text"] == "He counts the stairs"
    assert house.rows(RESPONSE) == []


def test_a_shared_phone_shows_each_guardian_only_their_own(house: House, site: str, phone: Any) -> None:
    hers, his = put_to(house, "g-ana"), put_to(house, "g-george")
    page = open_form(phone, f"{site}{hers}?page=2")
    page.fill("#story-text", "a word of Ana's")
    phone.set_offline(True)
    page.click("button[value=send]")
    page.wait_for_selector("#queue li[data-state=waiting]")
    phone.set_offline(False)
    page.wait_for_selector("#sent")
    page.close()
    other = open_form(phone, f"{site}{his}?page=2")
    assert other.input_value("#story-text") == ""
    other.fill("#story-text", "a word of George's")
    other.click("button[value=send]")
    other.wait_for_selector("#sent")
    assert not other.locator("#queue li").count()
    until(other, f"!{COPY_KEPT}")
    kept = other.evaluate(KEPT)
    assert "a word of" not in kept
    assert "Mateo" not in kept


def test_a_form_kept_since_before_an_edit_is_still_taken(house: House, site: str, phone: Any) -> None:
    link = put_to(house)
    page = open_form(phone, f"{site}{link}?page=2")
    page.fill("#story-text", "from an old page")
    page.evaluate("document.querySelector('[name=_version]').value = '0123456789abcdef'")
    phone.set_offline(True)
    page.click("button[value=send]")
    page.wait_for_selector("#queue li[data-state=waiting]")
    phone.set_offline(False)
    page.wait_for_selector("#sent")
    assert len(house.rows(RESPONSE)) == 1


class Gate:
    """The site behind something that answers posts to forms in its place: a limit, a fault, a refusal."""

    def __init__(self, app: Any) -> None:
        self.app = app
        self.answers: list[tuple[str, dict[str, str]]] = []
        self.gone = False  # the link opens nothing any more
        self.posts = 0

    def __call__(self, environ: Any, start: Any) -> Any:
        form = environ["PATH_INFO"].startswith("/surveys/s/")
        self.posts += form and environ["REQUEST_METHOD"] == "POST"
        if form and environ["REQUEST_METHOD"] == "POST" and self.answers:
            status, headers = self.answers.pop(0)
            start(status, [("Content-Type", "text/html"), *headers.items()])
            return [b"no"]
        if form and self.gone:
            start("404 Not Found", [("Content-Type", "text/html")])
            return [b"no such page"]
        return self.app(environ, start)


@pytest.fixture
def gate(house: House) -> Iterator[tuple[Gate, str]]:
    gate = Gate(house.app)
    with serve(gate) as url:
        yield gate, url.replace("127.0.0.1", "localhost")


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
def test_a_busy_school_is_asked_again_after_the_time_it_names(house: House, gate: tuple[Gate, str], phone: Any, status: str) -> None:
    behind, site = gate
    link = put_to(house)
    page = open_form(phone, f"{site}{link}?page=2")
    page.fill("#story-text", "She waits her turn")
    behind.answers = [(status, {"Retry-After": "1"}), (status, {"Retry-After": "1"})]
    page.click("button[value=send]")
    page.wait_for_selector("#queue li[data-state=sent]")
    assert behind.posts == 3
    assert [row.content["text"] for row in house.rows(ANSWER)] == ["She waits her turn"]
    assert "She waits" not in page.evaluate(KEPT)


@pytest.mark.parametrize("status", ["403 Forbidden", "404 Not Found", "409 Conflict"])
def test_what_the_school_does_not_take_is_kept_and_shown_until_its_writer_lets_it_go(
    house: House, gate: tuple[Gate, str], phone: Any, status: str
) -> None:
    behind, site = gate
    link = put_to(house)
    page = open_form(phone, f"{site}{link}?page=2")
    page.fill("#story-text", "Words of an hour")
    behind.answers, behind.gone = [(status, {})], status.startswith("404")
    page.click("button[value=send]")
    kept = page.locator("#queue details p", has_text="Words of an hour")
    kept.wait_for()
    if behind.gone:
        assert page.locator("[data-kept=yes]").is_visible()
        assert not page.locator("[data-kept=no]").first.is_visible()
        assert_axe_clean(page)
    page.reload()
    kept.wait_for()
    page.click("#queue details button")
    until(page, "!document.querySelector('#queue details')")
    rows = page.evaluate(KEPT.replace("{ ...localStorage }", "null"))
    assert "Words of an hour" not in rows
    assert house.rows(RESPONSE) == []
