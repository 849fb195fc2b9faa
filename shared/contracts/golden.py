"""JSON Schema and sample of every event version, as files that only a deliberate act changes.

`python -m shared.contracts.golden` writes them; a test compares. A difference means that a published event has changed:
add a field with a default (and write the files anew), or make it a new version.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from marshmallow import fields, missing, validate

from shared.contracts.base import Contract, Sealed
from shared.contracts.registry import all_contracts

FOLDER = Path(__file__).parent / "golden"
_PLAIN: Mapping[type, dict[str, Any]] = {
    fields.Str: {"type": "string"},
    fields.Int: {"type": "integer"},
    fields.Float: {"type": "number"},
    fields.Bool: {"type": "boolean"},
    fields.AwareDateTime: {"type": "string", "format": "date-time"},
    fields.Date: {"type": "string", "format": "date"},
}


def documents() -> Iterator[tuple[str, dict[str, Any]]]:
    """File name and content, one per event version."""
    for declared in all_contracts():
        yield f"{declared.type}.v{declared.version}.json", document(declared)


def document(declared: Contract) -> dict[str, Any]:
    """What others need to read or make this event."""
    return {
        "type": declared.type,
        "version": declared.version,
        "purpose": declared.purpose,
        "producer": declared.producer,
        "consumers": list(declared.consumers),
        "lane": declared.lane.value,
        "schema": schema(declared.fields),
        "sample": declared.dump(declared.load(declared.sample)),
    }


def schema(declared: Mapping[str, fields.Field[Any]]) -> dict[str, Any]:
    """JSON Schema 2020-12 of the data; `x-sealed` marks what travels encrypted, described as it is before sealing."""
    return {
        "type": "object",
        "properties": {name: _field(field) for name, field in declared.items()},
        "required": sorted(name for name, field in declared.items() if field.required),
        "additionalProperties": True,
    }


def text(content: Mapping[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, sort_keys=True) + "\n"


def _field(field: fields.Field[Any]) -> dict[str, Any]:
    if isinstance(field, Sealed):
        described = _field(field.inner) | {"x-sealed": True}
    elif isinstance(field, fields.List):
        described = {"type": "array", "items": _field(field.inner)}
    elif isinstance(field, fields.Nested):
        described = schema(field.schema.fields)
    elif isinstance(field, fields.Dict):
        values = _field(field.value_field) if field.value_field else True
        described = {"type": "object", "additionalProperties": values}
    else:
        described = dict(_PLAIN.get(type(field), {}))
    for check in field.validators:
        described |= _check(check)
    if field.load_default is not missing and not callable(field.load_default):
        described["default"] = field.load_default
    if field.allow_none and "type" in described:
        described["type"] = [described["type"], "null"]
        if "enum" in described:
            described["enum"] = [*described["enum"], None]
    return described


def _check(check: Any) -> dict[str, Any]:
    if isinstance(check, validate.OneOf):
        return {"enum": list(check.choices)}
    if isinstance(check, validate.Length):
        return {key: value for key, value in (("minLength", check.min), ("maxLength", check.max)) if value is not None}
    if isinstance(check, validate.Range):
        return {key: value for key, value in (("minimum", check.min), ("maximum", check.max)) if value is not None}
    if isinstance(check, validate.Regexp):
        return {"pattern": check.regex.pattern}
    return {}


if __name__ == "__main__":
    FOLDER.mkdir(exist_ok=True)
    for name, content in documents():
        (FOLDER / name).write_text(text(content), encoding="utf-8")
