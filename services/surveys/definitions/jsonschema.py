"""The published JSON Schema (draft 2020-12) of a survey's file and of an overlay: generated, never written by hand.

`python -m services.surveys.definitions.jsonschema` writes both beside the shipped definitions; a test compares them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from marshmallow import Schema, fields, validate

from services.surveys.definitions.overlay import OverlaySchema
from services.surveys.definitions.schema import SurveySchema

DRAFT = "https://json-schema.org/draft/2020-12/schema"
_SOMETHING = ("array", "boolean", "number", "object", "string")  # a raw field takes anything but null
FOLDER = Path(__file__).parent
FILES = {
    "survey.schema.json": ("Homeroom survey", SurveySchema),
    "overlay.schema.json": ("Homeroom overlay", OverlaySchema),
}


def json_schema(name: str) -> dict[str, Any]:
    """The document of that file name; each nested part once, under `$defs`."""
    title, schema = FILES[name]
    defs: dict[str, Any] = {}
    described = _object(schema(), defs)
    return {"$schema": DRAFT, "title": title, **described, "$defs": dict(sorted(defs.items()))}


def _object(schema: Schema, defs: dict[str, Any]) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field(field, defs) for name, field in sorted(schema.fields.items())},
    }
    if schema.__doc__ and type(schema).__doc__ != Schema.__doc__:
        described["description"] = " ".join(schema.__doc__.split())
    if required := sorted(name for name, field in schema.fields.items() if field.required):
        described["required"] = required
    return described


def _field(field: fields.Field[Any], defs: dict[str, Any]) -> dict[str, Any]:
    if isinstance(field, fields.Nested):
        return _nested(field.schema, defs)
    described = _plain(field, defs)
    for check in field.validators:
        described |= _limits(check, described["type"])
    described |= {key: value for key, value in field.metadata.items() if key in ("pattern", "contains")}
    if field.allow_none:
        described["type"] = [described["type"], "null"]
    return described


def _nested(schema: Schema, defs: dict[str, Any]) -> dict[str, Any]:
    name = type(schema).__name__.removesuffix("Schema").lower()
    if name not in defs:
        defs[name] = {}
        defs[name] = _object(schema, defs)
    return {"$ref": f"#/$defs/{name}"}


def _plain(field: fields.Field[Any], defs: dict[str, Any]) -> dict[str, Any]:
    if isinstance(field, fields.List):
        return {"type": "array", "items": _field(field.inner, defs)}
    if isinstance(field, fields.Dict):
        described: dict[str, Any] = {"type": "object"}
        if field.key_field is not None:
            described["propertyNames"] = _field(field.key_field, defs)
        if field.value_field is not None:
            described["additionalProperties"] = _field(field.value_field, defs)
        return described
    if isinstance(field, fields.Boolean):
        return {"type": "boolean"}
    if isinstance(field, fields.Integer):
        return {"type": "integer"}
    if isinstance(field, fields.Float):
        return {"type": "number"}
    return {"type": "string"} if isinstance(field, fields.String) else {"type": [*_SOMETHING]}


def _limits(check: Any, kind: str) -> dict[str, Any]:
    if isinstance(check, validate.OneOf):
        return {"enum": list(check.choices)}
    if isinstance(check, validate.Range):
        return {"minimum": check.min, "maximum": check.max}
    if isinstance(check, validate.Length):
        low, high = ("minItems", "maxItems") if kind == "array" else ("minLength", "maxLength")
        named = ((low, check.min), (high, check.max))
        return {key: value for key, value in named if value is not None}
    return {}


def written(name: str) -> str:
    """The file as it is committed."""
    return json.dumps(json_schema(name), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    for each in FILES:
        (FOLDER / each).write_text(written(each), encoding="utf-8")
