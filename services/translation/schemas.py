"""What comes in and goes out over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from services.translation.schemas_review import StepOut

_LANGUAGE = validate.Regexp(
    r"\A[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8}){0,3}\Z", error="Give a language tag such as es or zh-Hans."
)
_TEXT = validate.Length(min=1, max=10_000)


class ApprovalIn(Schema):
    """A translation that a person stands for. With `text_id`, source text and names are those of that message."""

    source = fields.Str(load_default="en", validate=_LANGUAGE)
    target = fields.Str(required=True, validate=_LANGUAGE)
    text = fields.Str(load_default=None, validate=_TEXT)
    text_id = fields.Str(load_default=None, validate=validate.Length(min=1, max=255))
    translation = fields.Str(required=True, validate=_TEXT)
    names = fields.List(fields.Str(validate=validate.Length(max=200)), load_default=list)

    @pre_load
    def split_names(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """A form sends the names in one field, separated by commas."""
        given = data.get("names", [])
        listed = [given] if isinstance(given, str) else given
        if isinstance(listed, list) and all(isinstance(name, str) for name in listed):
            listed = [part.strip() for name in listed for part in name.split(",") if part.strip()]
        return {**data, "names": listed}


class ApprovalOut(Schema):
    key = fields.Str(metadata={"description": "the memory's key: the same text approved again has the same"})
    approved_by = fields.Str()


class SignaturesIn(Schema):
    """Wordings that were read and found right, each as `key@version` of exactly the text that was shown."""

    wordings = fields.List(
        fields.Str(validate=validate.Regexp(r"\A[a-z_.]+@[0-9a-f]{12}\Z", error="Give key@version.")),
        required=True,
        validate=validate.Length(min=1, max=500),
    )


class SignaturesOut(Schema):
    signed = fields.Int()


class VersionOut(Schema):
    """Where one language's text came from."""

    language = fields.Str()
    text = fields.Str()
    engine = fields.Str()
    machine = fields.Bool()
    labelled = fields.Bool()
    approved_by = fields.Str(allow_none=True)
    checks = fields.Dict()
    reasons = fields.List(fields.Str())
    made_at = fields.AwareDateTime(format="iso")


class ProvenanceOut(Schema):
    text_id = fields.Str()
    content_version = fields.Int()
    source_language = fields.Str()
    text = fields.Str()
    catalogue_key = fields.Str(allow_none=True)
    risk = fields.Str()
    versions = fields.List(fields.Nested(VersionOut))
    steps = fields.List(fields.Nested(StepOut))
