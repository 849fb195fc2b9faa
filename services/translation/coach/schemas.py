"""What the coach is sent and what it answers over HTTP."""

from __future__ import annotations

from marshmallow import EXCLUDE, Schema, fields, validate

from services.translation.coach.draft import NoteKind

_ID = validate.Length(max=255)
_NAMES = fields.List(
    fields.Str(validate=validate.Length(max=200)), load_default=list, validate=validate.Length(max=2000)
)


class CoachIn(Schema):
    """A draft. A program gives `names` and `others`; the compose form its fields and `roster`, lines of `id=given name`."""

    text = fields.Str(load_default="", validate=validate.Length(max=10_000))
    kind = fields.Str(load_default="info", validate=validate.OneOf([str(kind) for kind in NoteKind]))
    language = fields.Str(load_default=None, validate=validate.Length(min=2, max=35))
    names = _NAMES
    others = _NAMES
    roster = fields.Str(load_default="", validate=validate.Length(max=100_000))
    student_id = fields.Str(load_default="", validate=_ID)
    category = fields.Str(load_default="", validate=_ID)
    nudge = fields.Str(load_default="", validate=_ID)
    risk = fields.Str(load_default="low", validate=validate.OneOf(("low", "high")))
    seen = fields.Bool(load_default=False)


class KeptIn(Schema):
    """The compose form as it goes on to be sent; what it holds beside the draft is for whoever sends it."""

    class Meta:
        unknown = EXCLUDE

    text = fields.Str(load_default="", validate=validate.Length(max=10_000))
    kind = fields.Str(load_default="info", validate=validate.OneOf([str(kind) for kind in NoteKind]))


class FlagOut(Schema):
    start = fields.Int()
    end = fields.Int()
    kind = fields.Str()
    reason = fields.Str()
    suggestion = fields.Str()


class AdviceOut(Schema):
    """`plain`: a plainer version, when one helps. `lessons`: thirty seconds of why, by kind."""

    text_id = fields.Str()
    flags = fields.List(fields.Nested(FlagOut))
    grade = fields.Float(metadata={"description": "US school years needed to read it"})
    rare_share = fields.Float(metadata={"description": "share of words that are not common"})
    plain = fields.Str(allow_none=True)
    plain_grade = fields.Float(allow_none=True)
    lessons = fields.Dict(keys=fields.Str(), values=fields.Str())
