"""What goes out as SurveyJS is SurveyJS: by its own JSON Schema, and loaded by survey-core without an error."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from services.surveys.definitions.library import SHIPPED
from services.surveys.definitions.load import check
from services.surveys.exchange.surveyjs_export import export_surveyjs
from shared.benches.calendars import packages
from tests.unit.services.surveys.phonesurvey import KINDS, question, texts

LOADER = """
const { Model } = require("survey-core");
const lines = require("fs").readFileSync(0, "utf8").trim().split("\\n");
for (const line of lines) {
  const { json, data, locale } = JSON.parse(line);
  const model = new Model(json);
  model.locale = locale;
  model.data = data;
  console.log(JSON.stringify({
    errors: (model.jsonErrors || []).map((error) => error.message || String(error)),
    questions: model.getAllQuestions(false, true, true).map((each) => each.name),
    visible: model.getAllQuestions(true).map((each) => each.name),
    title: model.locTitle.renderedHtml,
  }));
}
"""


@pytest.fixture(scope="module")
def survey_core() -> Path:
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.fail("Node.js is needed for this test; `homeroom doctor` says how to install it")
    return packages()


@pytest.fixture(scope="module")
def forms() -> dict[str, dict[str, Any]]:
    every = {
        "survey": "every", "kind": "other", "languages": ["en", "es"], "title": texts("t"), "intro": texts("i"),
        "calculations": [{"name": "twice", "expression": "{number} * 2"}],
        "questions": [
            *KINDS,
            question("text", name="why", visible_if="{single} = 'red' and {twice} > 4", required_if="true"),
            question("date", name="since", constraint="{since} <= today()", constraint_text=texts("not later")),
            question("text", name="each", per_child=True),
        ],
    }  # fmt: skip
    found = {"every": export_surveyjs(every)[0]}
    for path in sorted(SHIPPED.glob("*.yaml")):
        definition, _ = check(path, path.name)
        assert definition is not None
        found[path.stem] = export_surveyjs(definition.content)[0]
    return found


def loaded(folder: Path, *asked: dict[str, Any]) -> Iterator[dict[str, Any]]:
    stdin = "\n".join(json.dumps(each) for each in asked)
    done = subprocess.run(["node", "-e", LOADER], cwd=folder, input=stdin, capture_output=True, text=True, check=True, timeout=60)
    return (json.loads(line) for line in done.stdout.splitlines())


def test_every_form_is_valid_by_surveyjs_own_schema(survey_core: Path, forms: dict[str, dict[str, Any]]) -> None:
    schema = json.loads((survey_core / "node_modules/survey-core/surveyjs_definition.json").read_text())
    validator = jsonschema.Draft7Validator(schema)
    assert [(name, error.message) for name, form in forms.items() for error in validator.iter_errors(form)] == []
    assert list(validator.iter_errors({"pages": [{"elements": [{"type": "text", "name": 3}]}]}))


def test_survey_core_loads_every_form_without_an_error(survey_core: Path, forms: dict[str, dict[str, Any]]) -> None:
    answers = loaded(survey_core, *({"json": form, "data": {}, "locale": "es"} for form in forms.values()))
    for (name, form), told in zip(forms.items(), answers, strict=True):
        assert told["errors"] == [], name
        assert told["title"] == form["title"]["es"]
        assert len(told["questions"]) >= sum(len(page["elements"]) for page in form["pages"])


def test_its_conditions_show_there_what_they_show_here(survey_core: Path, forms: dict[str, dict[str, Any]]) -> None:
    def asked(data: dict[str, Any]) -> dict[str, Any]:
        return {"json": forms["needs"], "data": data, "locale": "en"}

    nothing, some, agreed = loaded(
        survey_core, asked({"help_with": ["none"]}), asked({"help_with": ["food"]}), asked({"help_with": ["food"], "may_refer": True})
    )
    assert nothing["visible"] == ["help_with"]
    assert some["visible"] == ["help_with", "may_refer"]
    assert agreed["visible"] == ["help_with", "may_refer", "call_from"]
