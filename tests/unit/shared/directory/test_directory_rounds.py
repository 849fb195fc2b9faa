"""Conference rounds in a school's file: what is taken, and what is refused by its place."""

from __future__ import annotations

from typing import Any

import pytest
from marshmallow import ValidationError

from shared.directory.config.jsonschema import settings_json_schema
from shared.directory.config.schemas import SchoolSchema

ROUND: dict[str, Any] = {
    "key": "fall-2026",
    "title": "Fall conferences",
    "evenings": [{"on": "2026-10-26", "start": "17:00", "end": "20:00"}],
    "answer_by": "2026-10-19T17:00",
    "interpreters": [{"language": "so", "count": 1}],
    "preset": "parent",
}


def test_a_school_s_file_may_define_its_rounds():
    (loaded,) = SchoolSchema().load({"rounds": [ROUND]})["rounds"]
    assert loaded["evenings"][0]["start"] == "17:00"
    assert loaded["interpreters"] == [{"language": "so", "count": 1}]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("key", "Fall 2026"),
        ("evenings", []),
        ("evenings", [{"on": "2026-10-26", "start": "20:00", "end": "17:00"}]),
        ("answer_by", "next Monday"),
        ("minutes", 4),
        ("interpreters", [{"language": "so", "count": 0}]),
        ("preset", "children"),
        ("tittle", "Fall"),
    ],
)
def test_what_makes_no_round_is_refused_by_its_field(field: str, value: Any):
    with pytest.raises(ValidationError) as refused:
        SchoolSchema().load({"rounds": [ROUND | {field: value}]})
    assert field in str(refused.value.messages)


def test_editors_know_the_fields_of_a_round():
    described = settings_json_schema()["$defs"]["school"]["properties"]["rounds"]["items"]
    assert {"key", "title", "evenings", "answer_by"} <= set(described["required"])
