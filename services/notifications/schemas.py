"""What comes in and goes out over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

KINDS = ("positive", "concern", "info", "ask", "emergency")
CATEGORIES = ("academic", "social", "emotional", "creative", "kindness", "leadership")
LONGEST = 4000


class NoteIn(Schema):
    """A message to one student's homes or to a class's."""

    student_id = fields.Str(load_default=None, validate=validate.Length(min=1, max=255))
    class_id = fields.Str(load_default=None, validate=validate.Length(min=1, max=255))
    kind = fields.Str(required=True, validate=validate.OneOf(KINDS))
    category = fields.Str(load_default=None, validate=validate.OneOf(CATEGORIES))
    text = fields.Str(load_default=None, validate=validate.Length(min=1, max=LONGEST))
    source_language = fields.Str(load_default=None, validate=validate.Length(min=2, max=35))
    risk = fields.Str(load_default="low", validate=validate.OneOf(("low", "high")))

    @validates_schema
    def whole(self, data: Mapping[str, Any], **_: Any) -> None:
        """One audience; words, or a strength whose wording the catalogue has."""
        if bool(data.get("student_id")) == bool(data.get("class_id")):
            raise ValidationError("Name either a student or a class.", "student_id")
        if not data.get("text") and not (data["kind"] == "positive" and data.get("category") and data.get("student_id")):
            raise ValidationError("Write a text, or choose a strength of one student.", "text")


class ReachOut(Schema):
    """What became of a message at once: how many it goes to, never why not to all."""

    message_id = fields.Str(required=True)
    planned = fields.Int(required=True)
    guardians = fields.Int(required=True)


class Step(Schema):
    at = fields.AwareDateTime(required=True)
    what = fields.Str(required=True)
    detail = fields.Str(required=True)


class DeliveryOut(Schema):
    """One delivery and why it went, waits or stopped."""

    delivery_id = fields.Str(required=True)
    message_id = fields.Str(required=True)
    state = fields.Str(required=True)
    reason = fields.Str(allow_none=True)
    channel = fields.Str(allow_none=True)
    language = fields.Str(required=True)
    due_at = fields.AwareDateTime(allow_none=True)
    sent_at = fields.AwareDateTime(allow_none=True)
    trace = fields.List(fields.Nested(Step), required=True)


class ComposeQuery(Schema):
    student_id = fields.Str(load_default=None)
    sent = fields.Str(load_default=None)
