"""The shell in a real browser: reachable by keyboard, readable by screen readers, on a phone, in Arabic, without script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from marshmallow import Schema, fields
from playwright.sync_api import Browser

from shared.clock import SystemClock
from shared.identity import Identity, Kind
from shared.identity.demo import SamplePerson
from shared.web import Api, Request, Response, build_app, guardian, json_response, mount, page, redirect, web_tables
from shared.web.nav import nav_of
from shared.web.signin import signin_api
from tests.browser import DESK, PHONE, assert_axe_clean, assert_fits, assert_focused, chromium, open_context, serve

PEOPLE = [
    SamplePerson(Kind.GUARDIAN, "guardian", "g-1", "riverside", (), "Ana Rivera", "es", "/forms"),
    SamplePerson(Kind.STAFF, "teacher", "t-1", "riverside", ("green",), "Ms Alvarez, teacher", "en", "/forms"),
]
FORM = """{% extends "shell.html" %}{% block content %}
<form method="post">{{ forms.hidden() }}
{{ forms.field("name", "Name", hint="As you write it.", errors=errors.name|default(()), required=true) }}
{{ forms.textarea("note", "Note", lang="ar", value="مرحبا") }}
{{ forms.select("mode", "How", [("phone", "By phone"), ("visit", "In person")]) }}
{{ forms.choices("day", "Which day", [("mon", "Monday"), ("tue", "Tuesday")], values=("mon",)) }}
{{ forms.button(t("form.send")) }} {{ forms.button(t("form.decline"), name="declined", value="1", quiet=true) }}
</form><p>{{ forms.foreign("Hola", "es") }}</p>{% endblock %}"""


class FormIn(Schema):
    name = fields.Str(required=True)
    note = fields.Str(load_default="")
    mode = fields.Str(load_default=None)
    day = fields.Str(load_default=None)
    declined = fields.Str(load_default=None)


class Runtime:
    """Transactions on SQLite, and nothing to send."""

    def __init__(self) -> None:
        self.engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool, connect_args={"check_same_thread": False})
        metadata = sa.MetaData()
        web_tables(metadata)
        metadata.create_all(self.engine)

    @contextmanager
    def unit_of_work(self, service: str, district: str) -> Iterator[Any]:
        with self.engine.begin() as connection:
            yield type("Unit", (), {"connection": connection})()


@pytest.fixture(scope="module")
def identity() -> Identity:
    return Identity.build("k" * 40, mode="demo", secure=False, demo_people=lambda: PEOPLE)


@pytest.fixture(scope="module")
def site(identity: Identity, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    templates = tmp_path_factory.mktemp("templates")
    (templates / "form.html").write_text(FORM)
    api = Api("forms", prefix="/forms", templates=templates)

    def again(request: Request, errors: dict[str, list[str]]) -> Response:
        return page("forms/form.html", request, title="A form", errors=errors)

    @api.get("/", access=guardian(), page=True, nav="Form")
    def form(request: Request) -> Response:
        return again(request, {})

    @api.post("/", access=guardian(), body=FormIn(), idempotent=True, invalid=again)
    def send(request: Request) -> Response:
        with request.unit_of_work():
            return json_response({}, then="/forms/done")

    @api.get("/done", access=guardian(), page=True)
    def done(request: Request) -> Response:
        return page("enter.html", request, title="Done")

    @api.get("/away", access=guardian())
    def away(request: Request) -> Response:
        return redirect("/forms")

    apis = [signin_api(service="forms"), api]
    runtime = Runtime()
    apps = {
        each.prefix: build_app(
            each,
            runtime=runtime,
            ports=None,
            clock=SystemClock(),
            identity=identity,
            mode="demo",
            nav=nav_of(apis),
        )
        for each in apis
    }
    with serve(mount(apps)) as url:
        yield url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as opened:
        yield opened


VIEWS = [
    pytest.param(size, language, dark, id=f"{name}-{language}-{'dark' if dark else 'light'}")
    for name, size, language, dark in [
        ("phone", PHONE, "en", False),
        ("phone", PHONE, "ar", True),
        ("desk", DESK, "en", True),
        ("desk", DESK, "ar", False),
    ]
]


@pytest.mark.parametrize(("size", "language", "dark"), VIEWS)
def test_every_page_of_the_shell_is_clean_and_fits(
    browser: Browser, site: str, size: Any, language: str, dark: bool, tmp_path: Path
) -> None:
    with open_context(browser, size=size, language=language, dark=dark) as context:
        page = context.new_page()
        for path in ("/identity/sign-in", "/identity/nowhere", "/identity/enter/nonsense"):
            page.goto(site + path)
            assert page.locator("html").get_attribute("dir") == ("rtl" if language == "ar" else "ltr")
            assert_axe_clean(page)
            assert_fits(page)
        page.goto(f"{site}/identity/sign-in")
        page.get_by_role("button", name="Ana Rivera").click()
        page.goto(f"{site}/forms?lang={language}")
        assert page.locator("html").get_attribute("lang") == language
        assert_axe_clean(page)
        assert_fits(page)
        page.screenshot(path=tmp_path / "form.png", full_page=True)


def test_a_guardian_signs_in_answers_and_signs_out_without_javascript(browser: Browser, site: str) -> None:
    with open_context(browser, size=PHONE, javascript=False) as context:
        page = context.new_page()
        page.goto(f"{site}/forms")
        assert "/identity/sign-in" in page.url
        page.get_by_role("button", name="Ana Rivera").click()
        assert page.url == f"{site}/forms"
        assert page.locator("html").get_attribute("lang") == "es"
        page.get_by_label("Name").fill("Ana")
        page.get_by_role("button", name="Enviar").click()
        assert page.url == f"{site}/forms/done"
        page.get_by_role("button", name="Cerrar sesión").click()
        page.goto(f"{site}/forms")
        assert "/identity/sign-in" in page.url


def test_a_form_with_a_gap_comes_back_saying_which_field(browser: Browser, site: str) -> None:
    with open_context(browser, size=PHONE) as context:
        page = context.new_page()
        page.goto(f"{site}/identity/sign-in")
        page.get_by_role("button", name="Ana Rivera").click()
        page.locator("form[method=post]").last.evaluate("form => form.noValidate = true")
        page.get_by_role("button", name="Enviar").click()
        field = page.get_by_label("Name")
        assert field.get_attribute("aria-invalid") == "true"
        assert page.locator(f"#{(field.get_attribute('aria-describedby') or '').split()[-1]}").is_visible()
        assert "Por favor, complete este campo." in page.content()
        assert_axe_clean(page)


def test_the_keyboard_reaches_the_page_past_the_menu_first(browser: Browser, site: str) -> None:
    with open_context(browser) as context:
        page = context.new_page()
        page.goto(f"{site}/identity/sign-in")
        page.keyboard.press("Tab")
        assert_focused(page, ".skip")
        page.keyboard.press("Enter")
        assert_focused(page, "#main")


def test_a_link_in_the_browser_shows_a_button_and_works_once(browser: Browser, site: str, identity: Identity) -> None:
    token = identity.links.issue(
        "riverside",
        "g-1",
        purpose="enter",
        resource="/forms",
        expires_at=SystemClock().now() + timedelta(minutes=15),
        language="vi",
    )
    with open_context(browser, size=PHONE, javascript=False) as context:
        page = context.new_page()
        page.goto(f"{site}/identity/enter/{token}")
        assert page.locator("html").get_attribute("lang") == "vi"
        page.locator("main button").click()
        assert page.url == f"{site}/forms"
    with open_context(browser, size=PHONE) as context:
        page = context.new_page()
        answer = page.goto(f"{site}/identity/enter/{token}")
        assert answer is not None
        assert answer.status == 410
        assert_axe_clean(page)


def test_no_page_asks_anybody_else_for_anything(browser: Browser, site: str) -> None:
    with open_context(browser) as context:
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        problems: list[str] = []
        page.on("console", lambda message: problems.append(message.text))
        page.goto(f"{site}/identity/sign-in")
        assert all(url.startswith(site) for url in asked)
        assert not problems
