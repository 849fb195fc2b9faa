"""A marked document against its schema: findings with line, column and, for a misspelt key, a suggestion."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from marshmallow import Schema, ValidationError, fields

from shared.directory.config.yamlmarks import Marked, PathKey
from shared.directory.finding import Finding

_UNKNOWN = "Unknown field."
_MISSING = "Missing data for required field."


def check_document(marked: Marked, schema: Schema, name: str) -> tuple[dict[str, Any] | None, list[Finding]]:
    """The loaded settings, or the findings that keep them from being loaded."""
    if not isinstance(marked.value, dict):
        return None, [Finding("config.not_a_mapping", name, 1, None, "key: value lines", "something else",
                              "The file must be a mapping of keys to values.", "Write key: value lines.", 1)]  # fmt: skip
    try:
        loaded: dict[str, Any] = schema.load(marked.value)
    except ValidationError as error:
        messages = error.messages if isinstance(error.messages, Mapping) else {"_schema": error.messages}
        found = [_finding(path, text, marked, schema, name) for path, text in _flatten(messages, ())]
        return None, sorted(found, key=lambda item: (item.row or 0, item.column or 0))
    return loaded, []


def _flatten(messages: Any, path: PathKey) -> Iterator[tuple[PathKey, str]]:
    if isinstance(messages, Mapping):
        for key, inner in messages.items():
            yield from _flatten(inner, path if key == "_schema" else (*path, key))
    else:
        for text in messages:
            yield path, str(text)


def _finding(path: PathKey, text: str, marked: Marked, schema: Schema, name: str) -> Finding:
    line, column = marked.place(path)
    key = ".".join(str(part) for part in path)
    if text == _UNKNOWN:
        near = get_close_matches(str(path[-1]), _known_keys(schema, path[:-1]), n=1)
        return Finding("config.unknown_key", name, line, key, near[0] if near else "a known key", "unknown",
                       f"unknown key {path[-1]}" + (f"; did you mean {near[0]}?" if near else ""),
                       f"Write {near[0]}." if near else "Remove the key; `homeroom validate --schema` lists the known ones.",
                       column)  # fmt: skip
    if text == _MISSING:
        return Finding("config.missing_key", name, line, key, str(path[-1]), "absent",
                       f"the key {key} is missing", f"Add {path[-1]}: … here.", column)  # fmt: skip
    expected = text.removeprefix("expected ").rstrip(".")
    return Finding("config.invalid_value", name, line, key, expected, "invalid value", f"{key}: {text}",
                   f"Write {expected} for {key}." if text.startswith("expected ") else f"Correct {key}.", column)  # fmt: skip


def _known_keys(schema: Schema, path: PathKey) -> list[str]:
    current = schema
    for part in path:
        if isinstance(part, int):
            continue
        field = current.fields.get(part)
        if isinstance(field, fields.List):
            field = field.inner
        if not isinstance(field, fields.Nested):
            return []
        current = field.schema
    return sorted(current.fields)
