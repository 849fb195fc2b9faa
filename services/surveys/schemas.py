"""What comes in over HTTP, and what goes out."""

from __future__ import annotations

from marshmallow import INCLUDE, Schema, ValidationError, fields, validate, validates_schema

from services.surveys.domain.effects import Scope
from services.surveys.domain.preferences import CHANNELS, LIVE_MODES, MOST_PER_MONTH
from services.surveys.handlers.responses import Wish

SAVE, NEXT, BACK = "save", "next", "back"
_CLOCK = validate.Regexp(r"^([01]\d|2[0-3]):[0-5]\d$", error="HH:MM")


class AnswerIn(Schema):
    """One answer; parts that the question does not ask for are dropped."""

    values = fields.List(fields.Str(validate=validate.Length(max=60)), load_default=list)
    text = fields.Str(load_default=None, allow_none=True)
    time = fields.Str(load_default=None, allow_none=True)
    about = fields.Str(load_default=None, allow_none=True)
    declined = fields.Bool(load_default=False)
    number = fields.Float(load_default=None, allow_none=True, allow_nan=False)
    cells = fields.Dict(
        keys=fields.Str(), values=fields.List(fields.Str(validate=validate.Length(max=60))), load_default=dict
    )
    children = fields.Dict(
        keys=fields.Str(), values=fields.Nested(lambda: AnswerIn(exclude=("children",))), load_default=dict
    )
    media = fields.Str(load_default=None, allow_none=True, validate=validate.Length(max=60))


class AnswersIn(Schema):
    """JSON: `answers` by question id. A form's fields are named after the survey's questions, so they pass unread."""

    class Meta:
        unknown = INCLUDE

    answers = fields.Dict(keys=fields.Str(), values=fields.Nested(AnswerIn), load_default=dict)
    wish = fields.Str(load_default=Wish.SEND, validate=validate.OneOf([*Wish, SAVE, NEXT, BACK]))
    call_after = fields.Str(load_default=None, allow_none=True, validate=_CLOCK)


class StaffAnswersIn(AnswersIn):
    """Answers that came on paper or by telephone."""

    via = fields.Str(required=True, validate=validate.OneOf(("paper", "phone")))


class ReceiptLine(Schema):
    effect = fields.Str()
    value = fields.Str()


class ReceiptOut(Schema):
    """The same for a repeat as for the first."""

    assignment_id = fields.Str()
    state = fields.Str()
    late = fields.Bool()
    receipt = fields.List(fields.Nested(ReceiptLine))


class PreferencesIn(Schema):
    """JSON: what is left out stays; null goes back to the school's default. A form says everything."""

    channel_order = fields.List(fields.Str(validate=validate.OneOf(CHANNELS)))
    first_channel = fields.Str(validate=validate.OneOf(CHANNELS))
    contacts_per_month = fields.Int(allow_none=True, validate=validate.Range(0, MOST_PER_MONTH))
    live_mode = fields.Str(allow_none=True, validate=validate.OneOf(LIVE_MODES))
    available_after = fields.Str(allow_none=True, validate=_CLOCK)
    quiet_start = fields.Str(allow_none=True, validate=_CLOCK)
    quiet_end = fields.Str(allow_none=True, validate=_CLOCK)
    boundaries = fields.List(fields.Str(validate=validate.OneOf(list(Scope))))


class PreferencesOut(Schema):
    version = fields.Int()
    channel_order = fields.List(fields.Str())
    contacts_per_month = fields.Int(allow_none=True)
    live_mode = fields.Str(allow_none=True)
    available_after = fields.Str(allow_none=True)
    quiet_start = fields.Str(allow_none=True)
    quiet_end = fields.Str(allow_none=True)
    boundaries = fields.List(fields.Str())


class CampaignIn(Schema):
    """`due_at` without an offset is the school's own clock. Either a class, or the whole school (the caller's, or `?school=`)."""

    survey = fields.Str(required=True, validate=validate.Length(1, 60))
    class_id = fields.Str(validate=validate.Length(1, 255))
    whole_school = fields.Bool(validate=validate.Equal(True))
    due_at = fields.DateTime(format="iso", required=True)

    @validates_schema
    def _one_audience(self, data: dict[str, object], **_: object) -> None:
        if ("class_id" in data) == ("whole_school" in data):
            raise ValidationError("Name a class_id, or say whole_school.", "class_id")


class CampaignOut(Schema):
    campaign_id = fields.Str()
    survey = fields.Str()
    school = fields.Str()
    class_id = fields.Str(allow_none=True)
    due_at = fields.AwareDateTime(format="iso")


class SchoolQuery(Schema):
    school = fields.Str(validate=validate.Length(1, 255))


class ResultsQuery(Schema):
    """`as_of`: the figures as they were told then."""

    school = fields.Str(validate=validate.Length(max=255))
    as_of = fields.AwareDateTime(format="iso")
