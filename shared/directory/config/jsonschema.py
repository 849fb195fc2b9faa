"""The published JSON Schema (draft 2020-12) of the settings files, for editors; generated, never written by hand."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields

from shared.directory.config.schemas import DEFAULTS, DistrictSchema, SchoolSchema


def settings_json_schema() -> dict[str, Any]:
    """One document: `#/$defs/district` for district.yaml, `#/$defs/school` for schools/<id>.yaml."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Homeroom district folder",
        "oneOf": [{"$ref": "#/$defs/district"}, {"$ref": "#/$defs/school"}],
        "$defs": {"district": _object(DistrictSchema()), "school": _object(SchoolSchema())},
    }


def _object(schema: Schema) -> dict[str, Any]:
    described: dict[str, Any] = {
        "type": "object",
        "additionalProperties": False,
        "properties": {name: _field(field, name) for name, field in sorted(schema.fields.items())},
    }
    required = sorted(name for name, field in schema.fields.items() if field.required)
    if required:
        described["required"] = required
    return described


def _field(field: fields.Field[Any], name: str = "") -> dict[str, Any]:
    described: dict[str, Any]
    if isinstance(field, fields.Nested):
        described = _object(field.schema)
    elif isinstance(field, fields.List):
        described = {"type": "array", "items": _field(field.inner)}
    elif isinstance(field, fields.Dict):
        described = {"type": "object"}
        if field.key_field is not None:
            described["propertyNames"] = _field(field.key_field)
        if field.value_field is not None:
            described["additionalProperties"] = _field(field.value_field)
    elif isinstance(field, fields.Boolean):
        described = {"type": "boolean"}
    elif isinstance(field, fields.Integer):
        described = {"type": "integer"}
    elif isinstance(field, fields.Float):
        described = {"type": "number"}
    elif isinstance(field, fields.NaiveDateTime):
        described = {"type": "string", "pattern": r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$"}
    elif isinstance(field, fields.Date):
        described = {"type": "string", "format": "date"}
    else:
        described = {"type": "string"}
    for check in field.validators:
        described |= _limits(check)
    if "pattern" in field.metadata:
        described["pattern"] = field.metadata["pattern"]
    if field.allow_none:
        described["type"] = [described["type"], "null"]
    if name in DEFAULTS:
        described["default"] = DEFAULTS[name]
    return described


def _limits(check: Any) -> dict[str, Any]:
    if hasattr(check, "choices"):
        return {"enum": list(check.choices)}
    if hasattr(check, "min_inclusive"):
        return {"minimum": check.min, "maximum": check.max}
    return {}
