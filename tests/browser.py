"""A real browser for tests: Debian's Chromium, driven by Playwright, and axe for WCAG.

from tests.browser import PHONE, assert_axe_clean, open_page, serve

def test_…(…):
    with serve(app) as url, open_page(url + "/surveys/…", size=PHONE, language="ar") as page:
        assert_axe_clean(page)

One Chromium serves every test of a process: a start costs 1.5 s of processor, a fresh profile nearly nothing.
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import wraps
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Error,
    Locator,
    Page,
    Playwright,
    TimeoutError,
    ViewportSize,
    sync_playwright,
)

CHROMIUM = "/usr/bin/chromium"
# No sandbox: tests may run as root. The rest keeps the browser from calling home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--disable-extensions",
    "--disable-gpu",  # there is none; to pretend one costs more than to draw
)
PATIENCE = 60_000  # milliseconds: a busy machine is slow, not wrong; pytest's timeout ends a hang
PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1280, height=900)
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@contextmanager
def chromium() -> Iterator[Browser]:
    """The browser of this process; what a test opened in it is closed afterwards."""
    browser = _RUNNING.browser()
    try:
        yield browser
    except BaseException:
        _RUNNING.stop()  # whatever went wrong, the next test gets a fresh one
        raise
    else:
        for context in list(browser.contexts):
            context.close()


def _then_whole(kind: type[Page] | type[Locator], name: str) -> None:
    """What a click or a key leads to is there before the test looks.

    Playwright returns as soon as the next page begins to come; `count()` or `is_visible()` would look at half of it.
    """
    act = getattr(kind, name)

    @wraps(act)
    def acted(self: Page | Locator, *given: Any, **named: Any) -> Any:
        answer = act(self, *given, **named)
        page = self.page if isinstance(self, Locator) else self
        if not page.is_closed():
            page.wait_for_load_state("domcontentloaded")
        return answer

    setattr(kind, name, acted)


for _kind in (Page, Locator):
    for _name in ("click", "press"):
        _then_whole(_kind, _name)


class _Running:
    """Playwright and Chromium, from the first test that asks to the end of the session (`tests/conftest.py`)."""

    def __init__(self) -> None:
        self._driver: Playwright | None = None
        self._browser: Browser | None = None

    def browser(self) -> Browser:
        if self._browser is not None and not self._browser.is_connected():
            self.stop()
        if self._browser is None:
            self._driver = sync_playwright().start()
            self._browser = self._driver.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        return self._browser

    def stop(self) -> None:
        browser, self._browser = self._browser, None
        driver, self._driver = self._driver, None
        if browser:
            with suppress(Error):  # it may be gone
                browser.close()
        if driver:
            driver.stop()


_RUNNING = _Running()


def close() -> None:
    """End the browser of this process, if one runs."""
    _RUNNING.stop()


@contextmanager
def open_context(
    browser: Browser, *, size: ViewportSize = DESK, language: str = "en", javascript: bool = True, dark: bool = False
) -> Iterator[BrowserContext]:
    """A fresh profile: no cookies, the given screen, language and colour scheme."""
    context = browser.new_context(
        viewport=size,
        locale=language,
        java_script_enabled=javascript,
        color_scheme="dark" if dark else "light",
    )
    context.set_default_timeout(PATIENCE)
    try:
        yield context
    finally:
        context.close()


@contextmanager
def open_page(url: str, **options: Any) -> Iterator[Page]:
    """One page in a browser of its own; options as for `open_context`."""
    with chromium() as browser, open_context(browser, **options) as context:
        page = context.new_page()
        page.goto(url)
        yield page


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing: pytest shows what matters."""


class _Threads(socketserver.ThreadingMixIn, WSGIServer):
    """Browsers open several connections at once and hold them."""

    daemon_threads = True


@contextmanager
def serve(app: Any) -> Iterator[str]:
    """The WSGI app on a free port of 127.0.0.1; yields its base URL."""
    server = make_server("127.0.0.1", 0, app, server_class=_Threads, handler_class=_Quiet)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(timeout=5)


def assert_axe_clean(page: Page) -> None:
    """No WCAG 2.2 A or AA violation; the message names rule and element."""
    results = Axe().run(page, options={"runOnly": {"type": "tag", "values": list(WCAG)}})
    found = [
        f"{violation['id']} ({violation['impact']}): {violation['help']}: {node['html']}"
        for violation in results.response["violations"]
        for node in violation["nodes"]
    ]
    assert not found, "\n".join(found)


def assert_fits(page: Page) -> None:
    """Nothing scrolls sideways (WCAG 1.4.10) and everything to press is 44 pixels high (WCAG 2.5.5)."""
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"the page is {overflow} px too wide"
    small = page.evaluate(
        """[...document.querySelectorAll('button, nav a, select, textarea, input:not([type=hidden]):not([type=radio]):not([type=checkbox])')]
            .filter(e => e.getBoundingClientRect().height < 43.5).map(e => e.outerHTML)"""
    )
    assert not small, "\n".join(small)


def assert_focused(page: Page, selector: str) -> None:
    """The focus is there, or comes there soon: `autofocus` is heeded only after a page has been drawn."""
    try:
        page.wait_for_function("chosen => document.activeElement?.matches(chosen)", arg=selector)
    except TimeoutError:
        focused = page.evaluate("document.activeElement?.cloneNode(false).outerHTML")
        raise AssertionError(f"{selector} has not the focus, but {focused}") from None
