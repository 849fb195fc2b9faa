"""What people touch: verbs, routes, commands in the docs."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from shared.backing.state import REPOSITORY
from shared.cli.app import VERBS, Verb, load
from shared.cli.deploy_rules.commands import misunderstood

SERVICES = ("notifications", "scheduling", "surveys", "translation")
PAGES = sorted(
    path
    for pattern in ("*.md", "docs/**/*.md", "deploy/**/*.md", "services/*/README.md")
    for path in REPOSITORY.glob(pattern)
)
COMMAND = re.compile(r"(?:^|\./|\s)homeroom +([a-z][a-z-]*[^\n|;&#)…]*)", re.MULTILINE)


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: verb.name)
def test_a_verb_exists_and_speaks_json(verb: Verb) -> None:
    command = load(verb)
    leaves = getattr(command, "commands", {"": command}).values()
    for leaf in leaves:
        options = {flag for parameter in leaf.params for flag in parameter.opts}
        long_running = verb.name in {"serve", "web", "relay", "up"}
        assert long_running or "--json" in options, f"homeroom {verb.name} {leaf.name} has no --json"
        assert leaf.help, f"homeroom {verb.name} {leaf.name} does not say what it does"


def test_help_does_not_import_what_the_verbs_need() -> None:
    heavy = "{'sqlalchemy', 'nameko', 'eventlet', 'pika', 'falcon', 'marshmallow', 'psycopg'}"
    program = f"import sys, shared.cli.__main__ as m; m.main(['--help']); sys.exit(bool({heavy} & set(sys.modules)))"
    outcome = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert outcome.returncode == 0, outcome.stderr
    assert all(verb.name in outcome.stdout for verb in VERBS)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_a_page_names_only_commands_that_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```.*?\n(.*?)```|`([^`\n]+)`", text, re.DOTALL)
    commands = {match.strip() for block in blocks for part in block for match in COMMAND.findall(part)}
    wrong = [f"`homeroom {command}`: {why}" for command in sorted(commands) if (why := misunderstood(command.split()))]
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("service", SERVICES)
def test_every_route_declares_who_may_use_it(service: str) -> None:
    from shared.web.access import AnyOf, Guardian, Link, Provider, Public, Staff

    api = importlib.import_module(f"services.{service}.web").api
    assert api.routes, f"{service} serves nothing"
    rules = (Public, Staff, Guardian, Link, Provider, AnyOf)
    open_to_all = [route.path for route in api.routes if not isinstance(route.access, rules)]
    assert not open_to_all, ", ".join(open_to_all)


@pytest.mark.parametrize("service", SERVICES)
def test_every_service_has_its_parts(service: str) -> None:
    folder = REPOSITORY / "services" / service
    missing = [
        name
        for name in (
            "README.md",
            "service.py",
            "handlers.py",
            "store.py",
            "tables.py",
            "web.py",
            "domain",
            "migrations",
        )
        if not (folder / name).exists() and not (folder / name.removesuffix(".py")).is_dir()
    ]
    assert not missing, f"services/{service} lacks {', '.join(missing)}"


@pytest.mark.parametrize("service", SERVICES)
def test_no_body_says_whose_district_or_school_it_is(service: str) -> None:
    """They come from the session, the link or the envelope (docs/architecture.md); a school may be chosen in the address."""
    api = importlib.import_module(f"services.{service}.web").api
    named = {"district", "district_id", "districtid", "school", "school_id", "schoolid"}
    wrong = [
        f"{route.method} {route.path}: {field}"
        for route in api.routes
        if route.body is not None
        for field in sorted(named & set(route.body.fields))
    ]
    assert not wrong, "\n".join(wrong)


def test_every_menu_entry_has_words_in_its_own_services_catalogue() -> None:
    from shared.launcher.site import WITH_PAGES
    from shared.web.i18n import SHELL_LOCALE, Translator
    from shared.web.nav import nav_of

    items = nav_of(component.load(component.api or "") for component in WITH_PAGES)
    assert items
    for item in items:
        words = Translator.of("en", (item.locale, SHELL_LOCALE)).text(item.label)
        assert words != item.label or " " in words or words.istitle(), f"{item.path}: the menu would show {item.label}"
