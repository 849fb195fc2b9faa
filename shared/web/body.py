"""What comes in: JSON or a form, checked against the route's schema, with nothing unknown let through."""

from __future__ import annotations

import base64
import difflib
import io
import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs

import falcon
from falcon.media.multipart import MultipartFormHandler
from marshmallow import Schema, ValidationError, fields

from shared.web.problems import Problem, invalid

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"
CSRF_FIELD = "_csrf"
ONCE_FIELD = "_once"
_OURS = (CSRF_FIELD, ONCE_FIELD)
MAX_FIELDS = 500
MAX_DEEP = 32
_HALF = re.compile("[\ud800-\udfff]")

Form = Mapping[str, list[str]]


def parse_form(raw: bytes) -> Form:
    """Fields of an urlencoded form; raises Problem 400 when it cannot be read."""
    try:
        return parse_qs(raw.decode("utf-8"), keep_blank_values=True, strict_parsing=False, max_num_fields=MAX_FIELDS)
    except ValueError:
        raise Problem(400, "FORM_UNREADABLE", "The form could not be read.", remedy="Send it as UTF-8.") from None


def parse_multipart(raw: bytes, content_type: str) -> Form:
    """Fields of a form with files (RFC 7578), a file as base64; raises Problem 400 when it cannot be read."""
    found: dict[str, list[str]] = {}
    try:
        for part in MultipartFormHandler().deserialize(io.BytesIO(raw), content_type, len(raw)):
            content = part.stream.read()
            text = base64.b64encode(content).decode() if part.filename is not None else content.decode("utf-8")
            found.setdefault(part.name or "", []).append(text)
    except (ValueError, falcon.HTTPError):
        raise Problem(400, "FORM_UNREADABLE", "The form could not be read.", remedy="Send it as RFC 7578 says.") from None
    return found


def parse_json(raw: bytes) -> Any:
    try:
        return json.loads(raw or b"{}", parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise Problem(
            400, "JSON_UNREADABLE", "The body is not valid JSON.", remedy="Send one JSON object, UTF-8."
        ) from None


def form_values(form: Form, schema: Schema) -> dict[str, Any]:
    """A form as a schema wants it: lists where it has list fields, blank fields left out, our hidden fields gone."""
    known = {field.data_key or name: field for name, field in schema.fields.items()}
    values: dict[str, Any] = {}
    for name, given in form.items():
        if name in _OURS:
            continue
        filled = [text for text in given if text.strip()]
        if isinstance(known.get(name), fields.List):
            values[name] = filled
        elif filled:
            values[name] = filled[-1]
    return values


def load(schema: Schema, values: Any) -> dict[str, Any]:
    """Validated values; raises Problem 422 that names fields (with a suggestion for a misspelt one), never values."""
    if not isinstance(values, Mapping):
        raise Problem(400, "JSON_NOT_OBJECT", "The body is not a JSON object.", remedy="Send an object: {…}.")
    if errors := _unkeepable(values):
        raise invalid(errors)
    try:
        loaded: dict[str, Any] = schema.load(values)
    except ValidationError as error:
        known = [field.data_key or name for name, field in schema.fields.items()]
        raise invalid(flatten(error.messages, known)) from None
    return loaded


def kept(text: str) -> bool:
    """Whether a database keeps a text: PostgreSQL takes no NUL, and half a pair (`\\ud83d` in JSON) is no character."""
    return "\0" not in text and (text.isascii() or _HALF.search(text) is None)


def _unkeepable(value: Any, path: str = "", deep: int = 0) -> dict[str, list[str]]:
    if deep > MAX_DEEP:
        return {path: ["Is nested too deep."]}
    if isinstance(value, str):
        return {} if kept(value) else {path: ["Holds a NUL or half a character; send the text as UTF-8 without it."]}
    if isinstance(value, Mapping):
        inner = [(str(name), each) for name, each in value.items() if not isinstance(name, str) or kept(name)]
    else:
        inner = [(str(place), each) for place, each in enumerate(value)] if isinstance(value, list) else []
    found: dict[str, list[str]] = {}
    for name, each in inner:
        found |= _unkeepable(each, f"{path}.{name}" if path else name, deep + 1)
    return found


def flatten(messages: Any, known: list[str], path: str = "") -> dict[str, list[str]]:
    """marshmallow's nested messages as `{"slots.0.start": [texts]}`."""
    if isinstance(messages, Mapping):
        found: dict[str, list[str]] = {}
        for name, inner in messages.items():
            found |= flatten(inner, known, f"{path}.{name}" if path else str(name))
        return found
    return {path: [_suggest(path, str(text), known) for text in messages]}


def _suggest(name: str, text: str, known: list[str]) -> str:
    if text != "Unknown field.":
        return text
    close = difflib.get_close_matches(name, known, n=1)
    return (
        f"Unknown field; did you mean {close[0]}?" if close else f"Unknown field; known are {', '.join(sorted(known))}."
    )


def _refuse_constant(name: str) -> None:
    """NaN and Infinity are not JSON (RFC 8259 §6)."""
    raise ValueError(name)
