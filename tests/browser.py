"""A real browser for tests: Debian's Chromium, driven by Playwright, and axe for WCAG.

from tests.browser import PHONE, assert_axe_clean, open_page, serve

def test_…(…):
    with serve(app) as url, open_page(url + "/surveys/…", size=PHONE, language="ar") as page:
        assert_axe_clean(page)
"""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

CHROMIUM = "/usr/bin/chromium"
# No sandbox: tests may run as root. The rest keeps the browser from calling home.
ARGUMENTS = (
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)
PHONE = ViewportSize(width=360, height=740)
DESK = ViewportSize(width=1280, height=900)
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@contextmanager
def chromium() -> Iterator[Browser]:
    """A browser process of one's own, closed afterwards."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


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
