"""What comes in and goes out of the review queue over HTTP."""

from __future__ import annotations

from marshmallow import Schema, fields, validate


class QueueQuery(Schema):
    """`all`: also what others read."""

    all = fields.Bool(load_default=False)
    said = fields.Str(load_default=None, validate=validate.OneOf(("done", "second")))


class WaitingOut(Schema):
    text_id = fields.Str()
    content_version = fields.Int()
    language = fields.Str()
    source_language = fields.Str()
    text = fields.Str()
    risk = fields.Str()
    ground = fields.Str()
    topics = fields.List(fields.Str())
    waits = fields.Bool()
    opened_at = fields.AwareDateTime(format="iso")
    due_at = fields.AwareDateTime(format="iso")
    claimed_by = fields.Str(allow_none=True)


class UnreadOut(Schema):
    """A language that nobody of the district reads, or too few."""

    language = fields.Str()
    guardians = fields.Int()
    readers = fields.Int()
    phone = fields.Str(allow_none=True)


class QueueOut(Schema):
    waiting = fields.List(fields.Nested(WaitingOut))
    unread = fields.List(fields.Nested(UnreadOut))


class DoneIn(Schema):
    """The text as it is to go out. `sure`: it lacks a name, number, date or link of the source on purpose."""

    text = fields.Str(required=True, validate=validate.Length(min=1, max=10_000))
    sure = fields.Bool(load_default=False)


class DoneOut(Schema):
    """`second`: another person reads it before it goes."""

    decision = fields.Str()
    edited = fields.Bool()
    second = fields.Bool()
    remembered = fields.Bool()


class StepOut(Schema):
    """What was done to a translation: `by` is staff or a guardian; none: the rules."""

    language = fields.Str()
    at = fields.AwareDateTime(format="iso")
    what = fields.Str()
    by = fields.Str(allow_none=True)
    before = fields.Str(allow_none=True)
    after = fields.Str(allow_none=True)


class NearOut(Schema):
    percent = fields.Int()
    source = fields.Str()
    target = fields.Str()
    approved_by = fields.Str()


class SpotOut(Schema):
    code = fields.Str()
    text = fields.Str()
    grave = fields.Bool()


class WordOut(Schema):
    term = fields.Str()
    translation = fields.Str()
    said = fields.Bool()
    note = fields.Str()


class SourceOut(Schema):
    text = fields.Str()
    source_language = fields.Str()


class ReviewOut(Schema):
    """One text to be read, and what helps."""

    review = fields.Nested(WaitingOut)
    source = fields.Nested(SourceOut)
    text = fields.Str()
    before = fields.Str()
    went = fields.Str(allow_none=True)
    pieces_kept = fields.List(fields.Str())
    near = fields.List(fields.Nested(NearOut))
    terms = fields.List(fields.Nested(WordOut))
    spots = fields.List(fields.Nested(SpotOut))
    steps = fields.List(fields.Nested(StepOut))
    readers = fields.List(fields.Str())
