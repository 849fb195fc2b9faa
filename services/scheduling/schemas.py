"""What comes in over HTTP, and what goes out."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.scheduling.domain.windows import WEEKDAYS

_ON_GRID = validate.Regexp(r"^([01]\d|2[0-3]):[0-5][05]$", error="expected HH:MM on five minutes, like 15:30")
_ID = validate.Length(min=1, max=255)
MODES = ("phone", "video", "in_person")


class WindowIn(Schema):
    """Wall time on a weekday, in the school's zone."""

    weekday = fields.Str(required=True, validate=validate.OneOf(WEEKDAYS, error="expected mon, tue, … or sun"))
    start = fields.Str(required=True, validate=_ON_GRID)
    end = fields.Str(required=True, validate=_ON_GRID)
    evening = fields.Bool(load_default=False)

    @validates_schema
    def _ordered(self, data: dict[str, Any], **_: object) -> None:
        if data["end"] <= data["start"]:
            raise ValidationError("expected an end after the start", "end")


class OverrideIn(Schema):
    """What holds on one day instead; no windows: not there."""

    on = fields.Date(required=True)
    windows = fields.List(fields.Nested(WindowIn), load_default=list)


class OfficeHoursIn(Schema):
    """Programs send `windows`; the page sends `hours`, one window a line: "wed 15:30-16:30", "thu 18:00-19:00 evening"."""

    windows = fields.List(fields.Nested(WindowIn), load_default=None, allow_none=True)
    hours = fields.Str(load_default=None, validate=validate.Length(max=2000))
    overrides = fields.List(fields.Nested(OverrideIn), load_default=None, allow_none=True)
    modes = fields.List(fields.Str(validate=validate.OneOf(MODES)), load_default=None, validate=validate.Length(min=1))
    slot_minutes = fields.Int(load_default=None, validate=validate.OneOf((5, 10, 15, 20, 25, 30, 40, 45, 60)))
    buffer_minutes = fields.Int(load_default=None, validate=validate.OneOf((0, 5, 10, 15, 20, 30)))
    reply_within_school_days = fields.Int(load_default=None, validate=validate.Range(1, 10))

    @validates_schema
    def _one_of_two(self, data: dict[str, Any], **_: object) -> None:
        if (data["windows"] is None) == (data["hours"] is None):
            raise ValidationError("give windows, or hours as text, and not both", "windows")


class OfferIn(Schema):
    """A teacher offers times about a student; without `guardian_id` to every guardian who may be invited."""

    student_id = fields.Str(required=True, validate=_ID)
    guardian_id = fields.Str(load_default=None, validate=_ID)
    kind = fields.Str(load_default="asked", validate=validate.OneOf(("welcome", "office_hours", "checkin", "conference", "asked")))


class OfferedOut(Schema):
    """`state`: open, or unserved when no time is free."""

    offer_id = fields.Str()
    state = fields.Str()
    fit = fields.Str()
    expires_at = fields.AwareDateTime()


class OffersOut(Schema):
    """`refused`: how many guardians may not be invited; never who, nor why."""

    offers = fields.List(fields.Nested(OfferedOut))
    refused = fields.Int()


class ChoiceIn(Schema):
    """The number of the slot; the way to meet where there is a choice."""

    n = fields.Int(required=True, validate=validate.Range(1, 9))
    mode = fields.Str(load_default=None, validate=validate.OneOf(MODES))


class CommitmentIn(Schema):
    """A promise to one guardian about one student; `owner`: whose it is, one's own or (as agreed in a talk) the guardian's."""

    owner = fields.Str(load_default="staff", validate=validate.OneOf(("staff", "guardian")))

    student_id = fields.Str(required=True, validate=_ID)
    guardian_id = fields.Str(required=True, validate=_ID)
    text = fields.Str(required=True, validate=validate.Length(min=3, max=300))
    due_on = fields.Date(required=True)


class CommitmentOut(Schema):
    commitment_id = fields.Str()


class PromiseRateOut(Schema):
    """`share` is null until a promise's day has come."""

    school_id = fields.Str()
    settled = fields.Int()
    kept = fields.Int()
    share = fields.Float(allow_none=True)


class PromisesQuery(Schema):
    school = fields.Str(load_default=None, validate=_ID)
