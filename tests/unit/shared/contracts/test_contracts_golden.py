"""The published face of every event: schema and sample files, and the AsyncAPI document."""

from __future__ import annotations

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from shared.contracts import all_contracts
from shared.contracts.asyncapi import build
from shared.contracts.golden import FOLDER, document, documents, text

DOCUMENTS = dict(documents())


@pytest.mark.parametrize("name", sorted(DOCUMENTS))
def test_an_event_is_as_it_was_published(name: str) -> None:
    path = FOLDER / name
    assert path.exists(), "a new event: python -m shared.contracts.golden"
    assert path.read_text(encoding="utf-8") == text(DOCUMENTS[name]), "add a field with a default, or a new version"


def test_no_published_event_is_gone() -> None:
    assert {path.name for path in FOLDER.glob("*.json")} == set(DOCUMENTS)


@pytest.mark.parametrize("declared", all_contracts(), ids=lambda declared: declared.type)
def test_a_schema_is_valid_and_takes_its_sample(declared: Any) -> None:
    content = document(declared)
    Draft202012Validator.check_schema(content["schema"])
    Draft202012Validator(content["schema"]).validate(content["sample"])


def test_asyncapi_names_every_event_its_producer_and_its_consumers() -> None:
    api = json.loads(json.dumps(build()))
    assert api["asyncapi"] == "3.0.0"
    for declared in all_contracts():
        assert f"{declared.type}.v{declared.version}" in api["components"]["messages"]
        assert f"{declared.producer}.send.{declared.type}" in api["operations"]
        for consumer in declared.consumers:
            assert f"{consumer}.receive.{declared.type}" in api["operations"]


def test_every_reference_in_the_asyncapi_document_leads_somewhere() -> None:
    api = json.loads(json.dumps(build()))
    references = [value["channel"]["$ref"] for value in api["operations"].values()]
    references += [m["$ref"] for channel in api["channels"].values() for m in channel["messages"].values()]
    for reference in references:
        kind, _, name = reference.removeprefix("#/").rpartition("/")
        place = api
        for part in kind.split("/"):
            place = place[part]
        assert name in place
