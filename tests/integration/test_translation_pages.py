"""The interpreters' pages in Chromium: clean for axe, usable on a phone, right in both directions."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from services.translation.catalogue import load
from services.translation.handlers import texts as handlers
from services.translation.ports import Ports
from services.translation.tables import METADATA
from services.translation.translator import Translator
from services.translation.web import api
from shared.clock import SystemClock
from shared.identity import Identity, Kind
from shared.identity.sessions import COOKIE
from shared.messaging.envelope import new_event
from shared.messaging.uow import UnitOfWork
from shared.privacy.keyring import Keyring, new_master_key
from shared.tenancy.database import sqlite_engine
from shared.web import build_app
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, chromium, open_context, serve

NOW = datetime(2026, 9, 29, 15, 0, tzinfo=UTC)


class Runtime:
    def __init__(self, folder: Path) -> None:
        self.engine = sqlite_engine(folder / "translation.sqlite")
        self.keyring = Keyring.create(folder / "keys.json", new_master_key())
        METADATA.create_all(self.engine)

    @contextmanager
    def unit_of_work(self, service: str, district: str) -> Iterator[UnitOfWork]:
        with self.engine.begin() as connection:
            uow = UnitOfWork(connection, service=service, district=district, now=NOW, vault=self.keyring)
            yield uow
            uow.flush()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Base URL and an interpreter's session token; one message waits for a person."""
    runtime = Runtime(tmp_path_factory.mktemp("pages"))
    data = {
        "message_id": "m-1", "content_version": 1, "kind": "concern", "risk": "high", "source_language": "en",
        "targets": ["ar", "so"], "text": "Riya missed 3 days.", "catalogue_key": None, "protected": ["Riya"],
    }  # fmt: skip
    composed = new_event("notifications.message_composed", data, district="riverside", source="notifications", now=NOW)
    with runtime.unit_of_work("translation", "riverside") as uow:
        handlers.message_composed(uow, Ports(Translator(load())), [composed])
    clock = SystemClock()
    identity = Identity.build("k" * 40, mode="demo", secure=False)
    session = identity.sessions.start(
        Kind.STAFF, clock.now(), district="riverside", person_id="t-abdi", role="interpreter", schools=(), language="en"
    )
    app = build_app(api, runtime=runtime, ports=None, clock=clock, identity=identity, mode="demo")
    with serve(app) as url:
        yield url, identity.sessions.token(session)
    runtime.engine.dispose()


@contextmanager
def page_of(browser: Browser, site: tuple[str, str], **options: Any) -> Iterator[Any]:
    url, token = site
    with open_context(browser, **options) as context:
        context.add_cookies([{"name": COOKIE, "value": token, "url": url}])
        yield context.new_page()


@pytest.mark.parametrize(("size", "dark"), [(PHONE, False), (DESK, True)])
@pytest.mark.parametrize("path", ["/translation/memory", "/translation/texts/m-1", "/translation/catalogue/ar"])
def test_every_page_is_clean_for_axe_and_fits(browser, site, path, size, dark, tmp_path):
    with page_of(browser, site, size=size, dark=dark) as page:
        answer = page.goto(site[0] + path)
        assert answer.status == 200
        assert_axe_clean(page)
        assert_fits(page)
        page.screenshot(path=tmp_path / "page.png", full_page=True)


def test_an_interpreter_approves_and_signs_without_javascript(browser, site):
    with page_of(browser, site, size=PHONE, javascript=False) as page:
        page.goto(f"{site[0]}/translation/memory")
        page.get_by_label("Language (such as es or so)").fill("so")
        page.get_by_label("Text in English").fill("Riya has 2 books.")
        page.get_by_label("Translation", exact=True).fill("Riya 2 buug ayay haysataa.")
        page.get_by_label("Names in it").fill("Riya")
        page.get_by_role("button", name="Save").click()
        assert page.get_by_text("⟦0⟧ ⟦1⟧ buug ayay haysataa.").is_visible()
        page.goto(f"{site[0]}/translation/catalogue/so")
        page.get_by_label(load().find("survey.receipt", "so").text).check()
        page.get_by_role("button", name="Sign the marked texts").click()
        assert page.get_by_text("Approved by t-abdi").is_visible()
