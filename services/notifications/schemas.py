"""What comes in and goes out over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
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
    nudge = fields.Str(load_default=None, validate=validate.Length(max=64))
    seen = fields.Bool(load_default=False, metadata={"description": "the warning about balance has been read"})

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
    kind = fields.Str(load_default=None, validate=validate.OneOf(KINDS))
    nudge = fields.Str(load_default=None, validate=validate.Length(max=64))


class ContactIn(Schema):
    """A conversation that took place: with whom and how."""

    guardian_id = fields.Str(required=True, validate=validate.Length(min=1, max=255))
    mode = fields.Str(required=True, validate=validate.OneOf(("phone", "video", "in_person")))


class Example(Schema):
    at = fields.AwareDateTime(required=True)
    text = fields.Str(required=True)
    source = fields.Str(required=True)


class StrengthsOut(Schema):
    """What was noticed about a student by kind, the newest first, and the kinds nobody has noticed yet."""

    student_id = fields.Str(required=True)
    examples = fields.Dict(keys=fields.Str(), values=fields.List(fields.Nested(Example)), required=True)
    unnoticed = fields.List(fields.Str(), required=True)


class StrengthsQuery(Schema):
    fragment = fields.Bool(load_default=False)


class BriefQuery(Schema):
    class_id = fields.Str(load_default=None, validate=validate.Length(max=255))


class BriefIn(Schema):
    """A text of any length is kept; `ready` sends it on its day, if it fits."""

    class_id = fields.Str(load_default=None, validate=validate.Length(min=1, max=255))
    text = fields.Str(load_default="", validate=validate.Length(max=20_000))
    ready = fields.Str(load_default=None)


class GuideAnswerIn(Schema):
    answer = fields.Str(required=True, validate=validate.OneOf(("tried", "too_hard")))


class MediaIn(Schema):
    """A picture (base64 in JSON, a file in a form), what it shows and who is on it."""

    kind = fields.Str(required=True, validate=validate.OneOf(("photo", "work")))
    class_id = fields.Str(required=True, validate=validate.Length(min=1, max=255))
    caption = fields.Str(load_default="", validate=validate.Length(max=300))
    content = fields.Str(required=True, validate=validate.Length(min=1))
    tagged = fields.List(fields.Str(validate=validate.Length(min=1, max=255)), load_default=list)


class TagIn(Schema):
    student_id = fields.Str(required=True, validate=validate.Length(min=1, max=255))


class MediaOut(Schema):
    """`blocked`: tagged children without consent; then nothing went."""

    media_id = fields.Str(required=True)
    blocked = fields.List(fields.Str(), required=True)
    homes = fields.Int(required=True)


class ReachQuery(Schema):
    """Which school of one's own, as of which count."""

    school = fields.Str(load_default=None, validate=validate.Length(max=255))
    as_of = fields.AwareDateTime(load_default=None, default_timezone=UTC)


class ReachRowsQuery(ReachQuery):
    """The rows behind one figure."""

    figure = fields.Str(
        required=True,
        validate=validate.OneOf(
            (
                "reach",
                "reply",
                "answer_hours",
                "cadence",
                "balance",
                "promises",
                "alert_lead",
                "letters",
                "unreached",
            )
        ),
    )
    language = fields.Str(load_default=None, validate=validate.Length(max=35))
    only = fields.Str(load_default=None, validate=validate.OneOf(("unreached", "reached", "replied")))


class RepairQuery(Schema):
    reason = fields.Str(load_default=None, validate=validate.Length(max=40))
    said = fields.Str(load_default=None, validate=validate.OneOf(("saved", "done", "not_usable", "same")))


class AddressIn(Schema):
    """A number or address that the office was given."""

    channel = fields.Str(required=True, validate=validate.OneOf(("sms", "email", "voice")))
    address = fields.Str(required=True, validate=validate.Length(min=3, max=320))
