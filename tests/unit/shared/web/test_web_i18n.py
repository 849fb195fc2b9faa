"""The shell speaks every shipped language whole, and chooses the reader's."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.web import problems
from shared.web.i18n import SHELL_LOCALE, Translator, accepted, catalogue, direction, negotiate, spoken_by_shell

SHIPPED = {"en", "es", "so", "vi", "ar", "gu"}
PLACEHOLDER = re.compile(r"{\w+}")


def test_the_shipped_languages_are_there() -> None:
    assert set(spoken_by_shell()) == SHIPPED


@pytest.mark.parametrize("language", sorted(SHIPPED - {"en"}))
def test_a_language_says_everything_with_the_same_placeholders(language: str) -> None:
    english, theirs = catalogue(SHELL_LOCALE)["en"], catalogue(SHELL_LOCALE)[language]
    assert set(theirs) == set(english)
    for key, text in english.items():
        assert sorted(PLACEHOLDER.findall(text)) == sorted(PLACEHOLDER.findall(theirs[key])), key
    same = [key for key in english if english[key] == theirs[key] and key not in {"shell.product", "form.no"}]
    assert not same, f"left in English: {same}"


def test_every_key_that_a_template_names_exists() -> None:
    english = catalogue(SHELL_LOCALE)["en"]
    for template in (SHELL_LOCALE.parent / "templates").glob("*.html"):
        for key in re.findall(r"""\bt\(["']([\w.]+)["'][,)]""", template.read_text("utf-8")):
            assert key in english, f"{template.name}: {key}"


def test_every_problem_a_guardian_can_meet_is_translated() -> None:
    english = catalogue(SHELL_LOCALE)["en"]
    met = [
        problems.not_found(),
        problems.link_refused(),
        problems.form_refused(),
        problems.invalid({}),
        problems.unavailable(),
        problems.unexpected(),
        problems.unauthenticated(),
        problems.forbidden("x"),
    ]
    for problem in met:
        assert problem.title in english
        assert problem.remedy in english


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("ar", "rtl"),
        ("ar-EG", "rtl"),
        ("ur", "rtl"),
        ("pa-Arab", "rtl"),
        ("uz-Latn", "ltr"),
        ("en", "ltr"),
        ("gu", "ltr"),
    ],
)
def test_a_language_knows_its_direction(language: str, expected: str) -> None:
    assert direction(language) == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        (["es-MX"], "es"),
        (["zh-Hans", "vi"], "vi"),
        ([None, "so"], "so"),
        (["xx"], "en"),
        ([], "en"),
        (["AR"], "ar"),
    ],
)
def test_the_first_language_that_is_spoken_wins(wanted: list[str | None], expected: str) -> None:
    assert negotiate(wanted, spoken_by_shell()) == expected


def test_accept_language_is_read_by_weight() -> None:
    assert accepted("en;q=0.3, es-MX, *;q=0.1, vi;q=0, so;q=0.9") == ["es-MX", "so", "en"]
    assert accepted(None) == []


@given(st.text(max_size=200))
def test_any_header_is_survived(header: str) -> None:
    assert negotiate(accepted(header), spoken_by_shell()) in SHIPPED


def test_a_services_texts_come_before_the_shells_and_english_before_nothing(tmp_path: Path) -> None:
    (tmp_path / "es.json").write_text('{"form.send": "Mandar", "own": "Hola {name}"}', "utf-8")
    (tmp_path / "en.json").write_text('{"only.english": "Only"}', "utf-8")
    translator = Translator.of("es", (tmp_path, SHELL_LOCALE))
    assert translator.text("form.send") == "Mandar"
    assert translator.text("form.save") == "Guardar"
    assert translator.text("own", name="Ana") == "Hola Ana"
    assert translator.text("only.english") == "Only"
    assert translator.text("nowhere {}") == "nowhere {}"
