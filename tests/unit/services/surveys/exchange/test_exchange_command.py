"""`homeroom survey` as somebody at a keyboard uses it: files, lines, exit codes, JSON."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from shared.cli.__main__ import main
from tests.unit.services.surveys.exchange.exchangeforms import EXAMPLES, WHY, workbook


@pytest.fixture
def districts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "districts"
    (folder / "lakeside" / "surveys").mkdir(parents=True)
    monkeypatch.setenv("HOMEROOM_DISTRICTS", str(folder))
    return folder


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, dict[str, Any]]:
    code = main(["survey", *arguments, "--json"])
    return code, json.loads(capsys.readouterr().out.splitlines()[-1])


def test_a_survey_goes_out_is_changed_and_comes_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form, back = tmp_path / "needs.xlsx", tmp_path / "needs.yaml"
    code, told = said(capsys, "export", "needs", "--out", str(form))
    assert (code, told["ok"], told["out"]) == (0, True, str(form))
    assert any("effects" in note for note in told["notes"])
    code, told = said(capsys, "import", str(form), "--out", str(back))
    assert (code, told["imported"], told["questions"]) == (0, True, 3)
    assert main(["survey", "lint", str(back)]) == 0
    assert main(["survey", "show", str(back), "--language", "es"]) == 0


@pytest.mark.parametrize("format", ["csv", "surveyjs", "yaml"])
def test_a_text_format_is_printed_or_stands_in_the_json(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, told = said(capsys, "export", "poll", "--format", format)
    assert code == 0
    assert "Which family evening" in told["document"]
    assert main(["survey", "export", "poll", "--format", format]) == 0
    assert "Which family evening" in capsys.readouterr().out


def test_a_form_that_is_refused_writes_nothing_and_ends_with_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "gps.yaml"
    code, told = said(capsys, "import", str(EXAMPLES / "example_xls" / "gps.xls"), "--out", str(out))
    assert (code, told["imported"], out.exists()) == (1, False, False)
    assert told["findings"][0]["file"] == "gps.xls:survey!A2"


def test_a_form_to_be_completed_is_written_and_ends_with_two(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    form, out = tmp_path / "trip.xlsx", tmp_path / "trip.yaml"
    form.write_bytes(workbook(survey=[("type", "name", "label"), ("text", "where", "Where to?")]))
    code, told = said(capsys, "import", str(form), "--out", str(out))
    assert (code, told["imported"], out.exists()) == (2, True, True)
    assert "survey.untranslated" in {finding["code"] for finding in told["findings"]}
    assert main(["survey", "lint", str(out)]) == 1


def test_the_language_of_texts_that_name_none_can_be_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    form = tmp_path / "trip.xlsx"
    form.write_bytes(workbook(survey=[("type", "name", "label", "hint"), ("text", "donde", "¿Dónde?", WHY)]))
    code, told = said(capsys, "import", str(form), "--language-default", "es")
    assert (code, told["languages"]) == (2, ["es"])
    assert any("English" in finding["remedy"] for finding in told["findings"])


def test_a_districts_surveys_are_linted_with_their_overlays(
    districts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = said(capsys, "lint", "--district", "lakeside")
    assert (code, told["errors"]) == (0, 0)
    overlay = districts / "lakeside" / "surveys" / "poll.overlay.yaml"
    overlay.write_text("overlay: poll\nchanges:\n  effects: []\n")
    code, told = said(capsys, "lint", "--district", "lakeside")
    assert code == 1
    assert any(finding["file"].startswith("surveys/poll.overlay.yaml") for finding in told["findings"])


def test_the_list_names_every_survey_and_what_is_wrong_with_one(
    districts: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (districts / "lakeside" / "surveys" / "broken.yaml").write_text("survey: broken\n")
    code, told = said(capsys, "list", "--district", "lakeside")
    assert code == 1
    named = {each["survey"]: each for each in told["surveys"]}
    assert {"intake", "welcome", "conference_feedback", "needs", "trust_pulse", "poll", "barriers"} <= named.keys()
    assert "error" in named["broken"]


def test_show_previews_what_each_answer_would_do(capsys: pytest.CaptureFixture[str]) -> None:
    code, told = said(capsys, "show", "needs")
    assert code == 0
    assert told["questions"][0]["effects"] == [{"rule": "need", "consent": "may_refer"}]
    assert main(["survey", "show", "barriers"]) == 0
    assert "no_internet → no_internet" in capsys.readouterr().out


@pytest.mark.parametrize(
    "arguments",
    [("show", "nothing_of_this_name"), ("import", "no/such/file.xlsx"), ("export", "needs", "--format", "pdf")],
)
def test_what_is_not_there_is_an_error_with_a_remedy(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = said(capsys, *arguments)
    assert code == 1
    assert told["error"]["remedy"]
