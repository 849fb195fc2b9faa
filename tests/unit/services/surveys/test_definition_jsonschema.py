"""The JSON Schema that editors use and the reader that decides are of one opinion about every document."""

from __future__ import annotations

import copy
import json
from typing import Any

import jsonschema
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from marshmallow import Schema, ValidationError

from services.surveys.definitions import checked
from services.surveys.definitions.jsonschema import FILES, FOLDER, json_schema, written
from services.surveys.definitions.library import SHIPPED
from services.surveys.definitions.overlay import OverlaySchema
from services.surveys.definitions.schema import SurveySchema
from shared.directory.config.yamlmarks import Marked, load_marked
from tests.unit.services.surveys.definitions_made import asked, content, option, options, rows, said

WHOLE = content(
    asked(
        "a", "single", options=[option("x", digit=1, free=True, synonyms={"en": ["ex"]}), option("y", score=2.5)], detail="text",
        detail_label=said("More"), declinable=True, tag="about_parent",
        effects=[{"rule": "preference", "field": "live_mode", "values": {"x": "phone"}, "consent": "c"}],
    ),
    asked("b", "matrix_multi", options=options("x", "y"), rows=rows("r"), most=1, per_child=True, protected="income"),
    asked("n", "number", min=0, max=9.5, step=0.5, unit_label=said("km"), visible_if="{a} = 'x'", required_if="true",
          constraint="{n} < 9", constraint_text=said("Less."), group="p", prefill=False, length=5, voice=said("N?"), sms=said("N")),
    identified="confidential", modes=["web", "sms"], send_on="2026-09-01", deadline="2026-09-11T17:00", grace_days=3,
    pages=[{"id": "p", "title": said("One")}], calculations=[{"name": "z", "expression": "{n} + 1"}],
    quotas=[{"id": "q", "condition": "{n} > 1", "most": 3}],
    carry={"questions": {"o": "a", "gone": None}, "values": {"a": {"v": "x", "w": None}}},
)  # fmt: skip
OVERLAY = {
    "overlay": "made",
    "because": "our own words",
    "changes": {
        "title": said("T"), "languages": ["es"], "deadline": "2026-09-18T17:00", "grace_days": 2, "pages": {"p": {"title": said("P")}},
        "questions": {"a": {"text": said("A?"), "reword": {"x": {"label": said("X")}}, "remove": ["y"], "add": [option("z")]}},
    },
}  # fmt: skip
SCALARS: list[Any] = [
    None, True, False, 0, 1, 3, 9, 10, 99, 100, -1, 2.0, 2.5, 1e13, "", "a", "A", "a b", "a\n", "en", "es-MX", "single", "web", "income",
    "confidential", "2026-02-30", "2026-09-11T17:00", "2026-9-1", "x" * 41, "x" * 42, "x" * 61, "x" * 601, "x" * 1001, "é", "٣", [], {},
    [1], ["en"], ["a"], {"en": "text"}, {"en": ""}, {"EN": "text"}, {"en": 1}, {"a": None}, [{"id": "a", "title": {"en": "t"}}],
]  # fmt: skip


def accepts(schema: Schema, document: Any) -> bool:
    try:
        schema.load(document)
    except ValidationError:
        return False
    return True


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(each for key, value in inner for each in places(value, (*path, key)))]


@st.composite
def changed(draw: st.DrawFn, whole: dict[str, Any]) -> Any:
    """The document with a few places replaced, removed, renamed or added to."""
    document = copy.deepcopy(whole)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from([each for each in places(document) if each]))
        node = document
        for key in path[:-1]:
            node = node[key]
        match draw(st.sampled_from(["replace", "replace", "remove", "rename", "add"])):
            case "replace":
                node[path[-1]] = copy.deepcopy(draw(st.sampled_from(SCALARS)))
            case "remove":
                del node[path[-1]]
            case "rename" if isinstance(node, dict):
                node[draw(st.sampled_from(["a", "Z", "es", "text", "min", "x\n"]))] = node.pop(path[-1])
            case "add" if isinstance(node[path[-1]], dict):
                node[path[-1]][draw(st.sampled_from(["a", "Z", "es", "tittle"]))] = copy.deepcopy(
                    draw(st.sampled_from(SCALARS))
                )
            case "add" if isinstance(node[path[-1]], list) and node[path[-1]]:
                node[path[-1]] *= draw(st.integers(2, 100))
            case _:
                continue
    return document


@pytest.mark.parametrize("name", FILES)
def test_the_published_file_is_what_the_reader_says(name: str) -> None:
    assert (FOLDER / name).read_text("utf-8") == written(name)
    jsonschema.Draft202012Validator.check_schema(json.loads(written(name)))


@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow])
@given(changed(WHOLE))
def test_editor_and_reader_agree_about_every_survey(document: Any) -> None:
    assert SURVEY.is_valid(document) == accepts(SurveySchema(), document)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(changed(WHOLE))
def test_no_document_that_can_be_read_breaks_the_lint(document: Any) -> None:
    if isinstance(document, dict):
        definition, found = checked(document, "made")
        assert definition is not None or found
        assert all(each.code and each.message and each.remedy for each in found)


@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow])
@given(changed(OVERLAY))
def test_editor_and_reader_agree_about_every_overlay(document: Any) -> None:
    assert LAID.is_valid(document) == accepts(OverlaySchema(), document)


SURVEY = jsonschema.Draft202012Validator(json_schema("survey.schema.json"))
LAID = jsonschema.Draft202012Validator(json_schema("overlay.schema.json"))


def test_both_accept_the_whole_of_what_can_be_said() -> None:
    assert SURVEY.is_valid(WHOLE) and accepts(SurveySchema(), WHOLE)
    assert LAID.is_valid(OVERLAY) and accepts(OverlaySchema(), OVERLAY)


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.yaml")), ids=lambda path: path.stem)
def test_the_shipped_surveys_are_right_for_an_editor(path: Any) -> None:
    marked = load_marked(path, path.name)
    assert isinstance(marked, Marked)
    assert list(SURVEY.iter_errors(marked.value)) == []
