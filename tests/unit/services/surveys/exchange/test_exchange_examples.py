"""The pyxform project's own example forms: every one is imported, or refused with its place; none is a crash."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.surveys.definitions.load import check
from services.surveys.exchange.verbs import INCOMPLETE, REFUSED, import_file
from tests.unit.services.surveys.exchange.exchangeforms import EXAMPLES

FILES = sorted(path for path in EXAMPLES.rglob("*") if path.suffix in (".xls", ".xlsx", ".xlsm", ".csv"))
# What the forms themselves lack: why each question is asked, an introduction, a translation, a short text.
LACKING = {
    "config.missing_key",
    "survey.untranslated",
    "survey.sms_too_long",
    "config.invalid_value",
    "survey.too_long",
    "survey.ambiguous",
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}/{path.name}")
def test_every_example_is_imported_or_refused_with_its_place(path: Path, tmp_path: Path) -> None:
    told = import_file(path)
    if told.code == REFUSED:
        errors = [finding for finding in told.payload["findings"] if finding["severity"] == "error"]
        assert errors
        assert all(
            finding["message"] and finding["remedy"] and finding["file"].startswith(path.name) for finding in errors
        )
        assert all(_placed(finding["file"]) or finding["code"] == "xlsform.no_survey" for finding in errors)
        assert told.made == b""
        return
    out = tmp_path / "imported.yaml"
    out.write_bytes(told.made)
    _, findings = check(out, out.name)
    assert {finding.code for finding in findings} <= LACKING
    assert told.code == INCOMPLETE


def test_there_are_as_many_examples_as_were_taken_over() -> None:
    assert len(FILES) == 66
    assert sum(import_file(path).code != REFUSED for path in FILES) == 22


def test_a_form_of_plain_questions_comes_in_whole() -> None:
    told = import_file(EXAMPLES / "example_xls" / "text_and_integer.xls")
    assert told.payload["questions"] == 2
    assert b"What is your name?" in told.made or b"name" in told.made


def test_a_macro_workbook_is_read_and_never_run() -> None:
    told = import_file(EXAMPLES / "bug_example_xls" / "excel_with_macros.xlsm")
    assert told.code == INCOMPLETE
    assert told.payload["questions"] > 0


def _placed(file: str) -> bool:
    """`form.xlsx:survey!C7`, a row (`survey!7`), or the sheet."""
    return ":" in file and file.partition(":")[2] != ""
