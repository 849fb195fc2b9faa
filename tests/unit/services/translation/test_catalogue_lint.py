"""What a translator hears of a file before anybody signs it, and how a language is added: by a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import yaml

from services.translation.catalogue import CatalogueError, load
from services.translation.catalogue.__main__ import main
from services.translation.catalogue.examples import examples
from services.translation.catalogue.lint import Fault, lint
from services.translation.catalogue.load import FOLDER, Wording
from services.translation.translator import Refusal, Request, Translator

EMERGENCY = "lockdown shelter evacuation closure weather bus early_dismissal all_clear".split()
KEYS = """keys:
  a.b: {audience: guardian, params: [student], purpose: x}
  a.bus: {audience: guardian, params: [minutes], purpose: x}
"""
ENGLISH = """language: en
approved_by: source
entries:
  a.b: "{student} is here and doing well today."
  a.bus: "The bus is {minutes, plural, one {# minute} other {# minutes}} late."
"""


def catalogue_of(folder: Path, language: str, **texts: str) -> Path:
    """A small catalogue: English, and one other language with these texts."""
    given = {"a.b": "{student} est là et va bien.", "a.bus": "{minutes, plural, one {# minute} other {# minutes}}"}
    given |= {key.replace("_", "."): text for key, text in texts.items()}
    (folder / "keys.yaml").write_text(KEYS, "utf-8")
    (folder / "en.yaml").write_text(ENGLISH, "utf-8")
    whole = {"language": language, "approved_by": "draft", "entries": given}
    (folder / f"{language}.yaml").write_text(yaml.safe_dump(whole, allow_unicode=True), "utf-8")
    return folder


def test_the_catalogue_that_ships_has_nothing_to_correct() -> None:
    assert [str(finding) for finding in lint()] == []


def test_twelve_languages_and_more_have_the_core_set_and_every_alarm() -> None:
    catalogue = load()
    assert len(catalogue.languages) >= 12
    assert {f"emergency.{kind}" for kind in EMERGENCY} <= catalogue.core
    for language in catalogue.languages:
        assert catalogue.core <= catalogue.wordings[language].keys(), language


def test_an_alarm_is_a_draft_until_a_person_of_the_district_signs_that_very_wording() -> None:
    wording = load().find("emergency.lockdown", "ht")
    assert wording is not None and wording.approval({}) is None
    assert wording.approval({(wording.key, "ht"): (wording.version, "Mme Pierre")}) == "Mme Pierre"
    assert wording.approval({(wording.key, "ht"): ("another", "Mme Pierre")}) is None


@pytest.mark.parametrize(
    ("language", "key", "text", "fault"),
    [
        (
            "ru",
            "a_bus",
            "Автобус опаздывает на {minutes, plural, one {# минуту} other {# минут}}.",
            Fault.PLURAL_MISSING,
        ),
        ("fr", "a_bus", "{minutes, plural, one {# minute} few {# minutes} other {# minutes}}", Fault.PLURAL_UNKNOWN),
        ("fr", "a_bus", "{minutes, plural, one {une minute} other {plusieurs minutes}}", Fault.NUMBER_LOST),
        ("fr", "a_bus", "L'{minutes, plural, one {# min} other {# min}}{minutes}", None),
        ("fr", "a_b", "{student} est là, à bientôt.}", Fault.BRACE),
        ("fr", "a_b", "{student} est là; привет.", Fault.SCRIPT),
        ("ru", "a_b", "{student} is here.", Fault.SCRIPT),
        ("fr", "a_b", "{student} is here and doing well today.", Fault.ENGLISH),
        ("fr", "a_b", "{student} " + "est là et va bien aujourd’hui. " * 6, Fault.LENGTH),
        ("ar", "a_b", "\u200f{student} هنا اليوم.", Fault.DIRECTION),
        ("fr", "a_b", "{student} est\u200b là.", Fault.INVISIBLE),
        ("fr", "a_b", "{student}  est là.", Fault.SPACES),
        ("fr", "a_b", "{student} e\u0301tait la\u0300.", Fault.NOT_COMPOSED),
    ],
)
def test_a_fault_is_found_by_name_and_says_what_to_do(
    tmp_path: Path, language: str, key: str, text: str, fault: Fault | None
) -> None:
    if fault is None:  # an apostrophe before a brace hides the form, so that a param is missing: refused at loading
        with pytest.raises(CatalogueError, match=r"fr\.yaml:a\.bus"):
            lint(catalogue_of(tmp_path, language, **{key: text.removesuffix("{minutes}")}))
        return
    findings = lint(catalogue_of(tmp_path, language, **{key: text}))
    found = [finding for finding in findings if finding.fault is fault]
    assert found, findings
    assert (
        found[0].where.startswith(f"{language}.yaml:")
        and found[0].where.endswith(key.replace("_", "."))
        and found[0].remedy
    )


def test_a_key_that_is_there_twice_is_found_with_its_line(tmp_path: Path) -> None:
    folder = catalogue_of(tmp_path, "fr")
    (folder / "en.yaml").write_text(ENGLISH + '  a.b: "{student} is well."\n', "utf-8")
    assert [finding.where for finding in lint(folder) if finding.fault is Fault.TWICE] == ["en.yaml:6:a.b"]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{minutes, plural, one {#}}", "MESSAGE_SYNTAX"),
        ("{minutes, plural, other {#}", "MESSAGE_SYNTAX"),
        ("no number", "CATALOGUE_PARAMS"),
        ("", "CATALOGUE_TEXT"),
    ],
)
def test_a_text_that_could_not_be_sent_is_refused_with_its_place(tmp_path: Path, text: str, code: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        load(catalogue_of(tmp_path, "fr", a_bus=text))
    assert refused.value.code == code and refused.value.where.startswith("fr.yaml:a.bus")


@pytest.mark.parametrize("content", ["entries: [1]\n", "", "- a\n", "\x00", "entries: {a.b: 7, a.bus: {text: null}}\n"])
def test_a_file_of_another_shape_is_refused_by_name(tmp_path: Path, content: str) -> None:
    folder = catalogue_of(tmp_path, "fr")
    (folder / "fr.yaml").write_text(content, "utf-8")
    with pytest.raises(CatalogueError) as refused:
        load(folder)
    assert refused.value.where.startswith("fr.yaml") and refused.value.remedy


@pytest.mark.parametrize(
    "content", ["keys: [a]\n", "core: [a]\n", "keys: {a.b: {purpose: x}}\n", "keys: {a.b: {params: []}}\ncore: [a.c]\n"]
)
def test_a_contract_that_declares_nothing_is_refused_by_name(tmp_path: Path, content: str) -> None:
    folder = catalogue_of(tmp_path, "fr")
    (folder / "keys.yaml").write_text(content, "utf-8")
    with pytest.raises(CatalogueError, match=r"keys\.yaml"):
        load(folder)


def test_a_language_is_added_by_a_file_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A copy of the folder, one file more, nothing else: its texts go out, the rest of the order stays as it was."""
    folder = tmp_path / "catalogue"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    texts = {key: wording.text.replace("the ", "det ") for key, wording in load().wordings["en"].items()}
    content = {
        "language": "nb",
        "approved_by": "Fru Berg",
        "covers": "core",
        "entries": {key: texts[key] for key in load().core},
    }
    (folder / "nb.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), "utf-8")
    translator = Translator(load(folder))
    requests = [
        Request("t", 1, "en", "nb-NO", None, catalogue_key="emergency.closure"),
        Request("t", 1, "en", "nb", None, catalogue_key="occasion.thanked"),
        Request("t", 1, "en", "nb", None, catalogue_key="round.list_ready"),
    ]
    alarm, thanks, staff = translator.translate(requests, remembered={}, signed={}, deadline=0)
    assert not isinstance(alarm, Refusal) and (alarm.engine, alarm.approved_by, alarm.machine) == (
        "catalogue",
        "Fru Berg",
        False,
    )
    assert not isinstance(thanks, Refusal) and thanks.labelled, "what the file does not have goes its other ways"
    assert not isinstance(staff, Refusal) and staff.labelled
    assert main([str(folder)]) in (0, 1)
    assert "nb: " in capsys.readouterr().out


def test_a_text_with_forms_never_meets_an_engine() -> None:
    """An engine would translate the words `plural` and `other` too."""
    request = Request("t", 1, "en", "hmn", None, catalogue_key="emergency.bus")
    (outcome,) = Translator(load()).translate([request], remembered={}, signed={}, deadline=0)
    assert not isinstance(outcome, Refusal)
    assert (outcome.labelled, outcome.reasons) == (True, ("message_forms",))


def test_whoever_signs_a_text_with_forms_sees_each_of_them_as_a_family_would() -> None:
    russian = load().find("emergency.bus", "ru")
    assert russian is not None
    assert [text.partition("примерно на ")[2].partition(".")[0] for text in examples(russian)] == [
        "1 минуту",
        "2 минуты",
        "5 минут",
    ]
    select = Wording("k", "en", "{g, select, a {A} other {B}} {n, plural, =0 {none} one {#} other {#}}", None)
    assert examples(select) == ("A none", "B none", "A 1", "B 1", "A 2", "B 2")
    assert examples(Wording("k", "en", "plain {x}", None)) == ()
