"""SurveyJS JSON, in and out."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings

from services.surveys.definitions.filling import filled
from services.surveys.definitions.library import SHIPPED
from services.surveys.definitions.load import check
from services.surveys.exchange.imported import Imported
from services.surveys.exchange.place import Weight
from services.surveys.exchange.surveyjs_export import export_surveyjs
from services.surveys.exchange.surveyjs_import import import_surveyjs
from shared.errors import HomeroomError
from tests.unit.services.surveys.definitions_random import contents
from tests.unit.services.surveys.exchange.exchangeforms import refused

NAMES = sorted(path.stem for path in SHIPPED.glob("*.yaml"))
# What SurveyJS has no property for, and the export says so.
UNSAID = {
    "sms", "voice", "declinable", "tag", "protected", "prefill", "detail", "detail_label", "effects", "unit_label", "per_child",
}  # fmt: skip


def taken_in(form: dict[str, Any]) -> Imported:
    return import_surveyjs(json.dumps(form).encode(), stem="form")


def of(*elements: dict[str, Any], **more: Any) -> Imported:
    return taken_in({"title": "Hello", "description": "Two questions.", "elements": list(elements), **more})


WAY = {
    "type": "radiogroup",
    "name": "way",
    "title": "How?",
    "description": "Why.",
    "choices": ["bus", {"value": 3, "text": "By car"}],
}


def test_a_small_form_comes_in() -> None:
    imported = of(WAY, {"type": "comment", "name": "More words", "visibleIf": "{way} = 3", "isRequired": True})
    assert refused(imported) == []
    way, more = imported.content["questions"]
    assert [option["value"] for option in way["options"]] == ["bus", "c3"]
    assert way["why"] == {"en": "Why."}
    assert (more["id"], more["type"], more["visible_if"], more["required_if"]) == (
        "more_words",
        "long_text",
        "{way} = 'c3'",
        "true",
    )


@pytest.mark.parametrize(
    ("element", "kind"),
    [
        ({"type": "checkbox", "choices": ["a", "b"]}, "multi"),
        ({"type": "ranking", "choices": ["a", "b"]}, "ranking"),
        ({"type": "boolean"}, "yes_no"),
        ({"type": "boolean", "renderAs": "checkbox"}, "consent"),
        ({"type": "rating"}, "scale"),
        ({"type": "rating", "rateType": "stars"}, "rating"),
        ({"type": "text"}, "text"),
        ({"type": "text", "inputType": "number", "min": 1, "max": 9}, "number"),
        ({"type": "text", "inputType": "email"}, "email"),
        ({"type": "text", "inputType": "tel"}, "phone"),
        ({"type": "text", "inputType": "date"}, "date"),
        ({"type": "matrix", "columns": ["good", "bad"], "rows": ["mon", "tue"]}, "matrix_single"),
        ({"type": "html", "html": "Hello &amp; welcome"}, "note"),
        ({"type": "file", "acceptedTypes": "audio/*"}, "voice"),
    ],
)  # fmt: skip
def test_each_type_has_its_kind(element: dict[str, Any], kind: str) -> None:
    imported = of({"name": "q", "title": "Q?", **element} if element["type"] != "html" else {"name": "q", **element})
    assert refused(imported) == []
    assert imported.content["questions"][0]["type"] == kind


@pytest.mark.parametrize(
    ("element", "place", "code"),
    [
        ({"type": "signaturepad", "name": "q"}, "elements[0].type", "surveyjs.unknown_type"),
        ({"type": "file", "name": "q"}, "elements[0].type", "surveyjs.unknown_type"),
        ({"type": "text", "name": "q", "inputType": "color"}, "elements[0].type", "surveyjs.unknown_type"),
        ({"type": "text", "name": "q", "defaultValue": "x"}, "elements[0].defaultValue", "surveyjs.unknown"),
        ({"type": "text", "name": "q", "visibleIf": "{nobody} = 1"}, "elements[0].visibleIf", "surveyjs.expression"),
        ({"type": "text", "name": "q", "visibleIf": "{q} ="}, "elements[0].visibleIf", "surveyjs.expression"),
        ({"type": "text", "name": "q", "visibleIf": "isContainerReady('p')"}, "elements[0].visibleIf", "surveyjs.expression"),
        ({"type": "html", "name": "q", "html": "<b>x</b>"}, "elements[0].html", "surveyjs.html"),
        ({"type": "text", "name": "q", "title": "Hello {way}"}, "elements[0].title", "surveyjs.answer_in_text"),
        ({"type": "paneldynamic", "name": "cars", "templateElements": []}, "elements[0].type", "surveyjs.repeat"),
        ({"type": "radiogroup", "name": "q", "choicesByUrl": {"url": "x"}}, "elements[0].choicesByUrl", "surveyjs.unknown"),
        ({"type": "radiogroup", "name": "q", "choices": [{"value": "a", "visibleIf": "{b}"}]}, "elements[0].choices[0].visibleIf", "surveyjs.unknown"),
        ({"type": "text", "name": "q", "validators": [{"type": "regex", "regex": "x"}]}, "elements[0].validators[0].type", "surveyjs.validator"),
        ({"type": "text", "title": "No name"}, "elements[0].name", "surveyjs.no_name"),
    ],
)  # fmt: skip
def test_what_cannot_be_done_here_is_refused_with_its_path(element: dict[str, Any], place: str, code: str) -> None:
    assert (place, code) in refused(of(element, WAY))


def test_a_trigger_is_refused_and_a_colour_is_noted() -> None:
    imported = of(WAY, triggers=[{"type": "complete"}], showProgressBar=True)
    assert refused(imported) == [("triggers", "surveyjs.unknown")]
    assert [
        str(each.place) for each in imported.remarks if each.weight is Weight.NOTE and each.code == "surveyjs.unused"
    ] == ["showProgressBar"]


def test_a_panel_gives_its_condition_to_its_questions() -> None:
    panel = {"type": "panel", "name": "p", "visibleIf": "{way} = 'bus'", "elements": [{"type": "text", "name": "stop"}]}
    assert of(WAY, panel).content["questions"][1]["visible_if"] == "{way} = 'bus'"


def test_pages_and_their_conditions_come_along() -> None:
    pages = [
        {"name": "one", "elements": [WAY]},
        {"name": "two", "title": "Stops", "visibleIf": "{way} = 'bus'", "elements": [{"type": "text", "name": "stop"}]},
    ]
    imported = taken_in({"title": "t", "description": "d", "pages": pages})
    assert imported.content["pages"] == [{"id": "two", "title": {"en": "Stops"}}]
    assert imported.content["questions"][1]["group"] == "two"
    assert imported.content["questions"][1]["visible_if"] == "{way} = 'bus'"


def test_a_missing_translation_is_to_be_completed() -> None:
    imported = of({"type": "text", "name": "q", "title": {"default": "Where?", "es": "¿Dónde?"}, "description": "Why."})
    assert imported.content["languages"] == ["en", "es"]
    assert ("elements[0].description", "survey.untranslated") in [
        (str(each.place), each.code) for each in imported.remarks
    ]


@pytest.mark.parametrize("raw", [b"", b"[]", b"3", b"{", b"\xff", b'{"a":' * 100_000])
def test_what_is_no_object_is_said_to_be_none(raw: bytes) -> None:
    with pytest.raises(HomeroomError) as refusal:
        import_surveyjs(raw, stem="form")
    assert refusal.value.code == "SURVEY_FILE_UNREADABLE"


@pytest.mark.parametrize("name", NAMES)
def test_a_shipped_survey_comes_back_but_for_what_was_said_to_be_left_out(name: str) -> None:
    definition, _ = check(SHIPPED / f"{name}.yaml", name)
    assert definition is not None
    form, remarks = export_surveyjs(definition.content)
    imported = taken_in(form)
    assert refused(imported) == []
    told = " ".join(remark.message for remark in remarks)
    for before, after in zip(definition.content["questions"], filled(imported.content)["questions"], strict=True):
        assert (after["id"], after["text"], after.get("why")) == (before["id"], before["text"], before.get("why"))
        assert after.get("visible_if") == before.get("visible_if")
        assert after["type"] == before["type"]
        assert [option["label"] for option in after.get("options", ())] == [
            option["label"] for option in before.get("options", ())
        ]
        for key in UNSAID & before.keys() - after.keys():
            assert key in told


@given(contents())
@settings(max_examples=60, deadline=None)
def test_any_definition_comes_back_with_the_same_questions(content: dict[str, Any]) -> None:
    imported = taken_in(export_surveyjs(content)[0])
    assert refused(imported) == []
    kinds = [(question["id"], question["type"]) for question in imported.content["questions"]]
    assert kinds == [(question["id"], _known_as(question["type"])) for question in content["questions"]]


def _known_as(kind: str) -> str:
    """Two kinds that SurveyJS draws alike; the export says that the difference is lost."""
    return {"availability": "matrix_multi", "language": "language"}.get(kind, kind)
