"""What tests/browser.py promises: one browser, fresh profiles, and a page that is whole before it is looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import browser
from tests.browser import assert_focused, chromium, open_context, open_page, serve

Started = Callable[[str, list[tuple[str, str]]], Any]


class Slow:
    """A site whose second page stops in the middle until what has come of it asks for more."""

    def __init__(self) -> None:
        self.asked = threading.Event()

    def __call__(self, environ: dict[str, Any], start_response: Started) -> Iterator[bytes]:
        start_response("200 OK", [("Content-Type", "text/html; charset=utf-8")])
        if environ["PATH_INFO"] == "/":
            yield b"<!doctype html><title>One</title><a href=/two>on</a><input id=name autofocus><input id=other>"
        elif environ["PATH_INFO"] == "/two":
            yield b"<!doctype html><title>Two</title><script>setTimeout(() => fetch('/go'), 300)</script>" + b" " * 2000
            self.asked.wait(20)
            yield b"<main>whole</main>"
        elif environ["PATH_INFO"] == "/go":
            self.asked.set()


def test_a_page_is_whole_when_the_click_that_leads_to_it_returns() -> None:
    with serve(Slow()) as url, open_page(url) as page:
        page.click("a")
        assert page.locator("main").count() == 1


def test_the_focus_is_waited_for_and_its_absence_is_said() -> None:
    with serve(Slow()) as url, open_page(url) as page:
        assert_focused(page, "#name")
        page.context.set_default_timeout(200)
        with pytest.raises(AssertionError, match="#other has not the focus, but <input id=.name"):
            assert_focused(page, "#other")


def test_one_browser_serves_all_and_keeps_nothing_of_the_last() -> None:
    with serve(Slow()) as url:
        with chromium() as first, open_context(first) as context:
            page = context.new_page()
            page.goto(url)
            page.evaluate("localStorage.setItem('left', 'behind')")
            first.new_context()  # which nobody closes
        with chromium() as second, open_context(second) as context:
            page = context.new_page()
            page.goto(url)
            assert second is first and len(second.contexts) == 1
            assert page.evaluate("localStorage.getItem('left')") is None


def test_after_a_failure_the_next_test_has_a_fresh_browser() -> None:
    with pytest.raises(ZeroDivisionError), chromium() as first:
        _ = 1 / 0
    with chromium() as second:
        assert second is not first
    browser.close()
    assert not second.is_connected()
