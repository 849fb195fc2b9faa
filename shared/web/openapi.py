"""OpenAPI 3.1 from the declared routes, so that the description cannot differ from what is served."""

from __future__ import annotations

import re
from typing import Any

from apispec import APISpec
from apispec.ext.marshmallow import MarshmallowPlugin
from marshmallow import Schema

from shared.web.access import AnyOf, Guardian, Link, Provider, Public, Rule, Staff
from shared.web.api import Api, Route
from shared.web.body import FORM

_PARAMETER = re.compile(r"{(\w+)(?::[^}]*)?}")
_PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "Stable; documented beside the route or in docs/security.md."},
        "detail": {"type": "string"},
        "remedy": {"type": "string"},
        "errors": {"type": "object", "additionalProperties": {"type": "array", "items": {"type": "string"}}},
    },
}


def openapi_document(api: Api) -> dict[str, Any]:
    """The document as JSON types."""
    spec = APISpec(
        title=f"Homeroom {api.name}",
        version="1",
        openapi_version="3.1.0",
        plugins=[MarshmallowPlugin(schema_name_resolver=_schema_name)],
    )
    spec.components.schema("Problem", _PROBLEM)
    spec.components.security_scheme("session", {"type": "apiKey", "in": "cookie", "name": "homeroom_session"})
    for route in api.routes:
        spec.path(_PARAMETER.sub(r"{\1}", route.path), operations={route.method.lower(): _operation(route)})
    document: dict[str, Any] = spec.to_dict()
    return document


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": route.name,
        "summary": route.summary,
        "x-access": describe(route.access),
        "security": [{"session": []}] if _needs_session(route.access) else [],
        "parameters": [
            {"in": "path", "name": name, "required": True, "schema": {"type": "string"}}
            for name in _PARAMETER.findall(route.path)
        ],
        "responses": {
            str(route.status): _success(route),
            "default": {
                "description": "A problem (RFC 9457)",
                "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
            },
        },
    }
    if route.query is not None:
        operation["parameters"].append({"in": "query", "schema": route.query})
    if route.idempotent:
        operation["parameters"].append(
            {
                "in": "header",
                "name": "Idempotency-Key",
                "required": False,
                "schema": {"type": "string", "maxLength": 255},
            }
        )
    if route.body is not None:
        content = {kind: {"schema": route.body} for kind in ("application/json", FORM)}
        operation["requestBody"] = {"required": True, "content": content}
    return operation


def _success(route: Route) -> dict[str, Any]:
    if route.page:
        return {"description": "A page", "content": {"text/html": {"schema": {"type": "string"}}}}
    if route.response is None:
        return {"description": "Done"}
    return {"description": "Done", "content": {"application/json": {"schema": route.response}}}


def describe(rule: Rule) -> str:
    """An access rule in words, for the document and for the fitness test's report."""
    match rule:
        case Public(reason):
            return f"public: {reason}"
        case Staff(roles):
            return f"staff: {', '.join(sorted(roles))}"
        case Guardian():
            return "guardian"
        case Link(purpose, single_use):
            return f"link: {purpose}{', once' if single_use else ''}"
        case Provider():
            return "provider: signed call"
        case AnyOf(rules):
            return " or ".join(describe(inner) for inner in rules)


def _needs_session(rule: Rule) -> bool:
    return isinstance(rule, (Staff, Guardian)) or (isinstance(rule, AnyOf) and any(map(_needs_session, rule.rules)))


def _schema_name(schema: type[Schema] | Schema | str) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    return schema if isinstance(schema, str) else kind.__name__.removesuffix("Schema")
