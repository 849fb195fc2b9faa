"""Office hours with all that limits them, as they come in."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from services.scheduling.schemas import OfficeHoursIn, OverrideIn, WindowIn

_CLOCK = validate.Regexp(r"^([01]\d|2[0-3]):[0-5][05]$", error="expected HH:MM on five minutes, like 15:30")
_WALL = "%Y-%m-%dT%H:%M"
_NO_WALL: dict[str, str | list[Any] | dict[Any, Any]] = {"invalid": "expected a day and time at school, like 2026-10-05T08:00"}
_MANY = validate.Length(max=100, error="expected no more than 100")
MINUTES_A_MONTH = 60 * 24 * 30


def _whole(low: int, high: int) -> fields.Integer:
    return fields.Int(allow_none=True, validate=validate.Range(low, high, error=f"expected {low} to {high}"))


class HoursWindowIn(WindowIn):
    """A window by its times, or by a block of the school's bell schedule."""

    start = fields.Str(validate=_CLOCK)
    end = fields.Str(validate=_CLOCK)
    block = fields.Str(validate=validate.Length(1, 40))
    place = fields.Str(validate=validate.Length(1, 40))
    seats = fields.Int(validate=validate.Range(1, 60))
    notice_minutes = fields.Int(validate=validate.Range(0, MINUTES_A_MONTH))
    weeks = fields.Str(validate=validate.OneOf(("every", "odd", "even")))
    drop_in = fields.Bool()

    @validates_schema
    def _ordered(self, data: dict[str, Any], **_: object) -> None:
        if "block" in data:
            return
        missing = {name: ["expected HH:MM, or a block"] for name in ("start", "end") if name not in data}
        if missing:
            raise ValidationError(missing)


class BreakIn(WindowIn):
    """Wall time on a weekday in which there are no meetings."""


class DaysOffIn(Schema):
    first = fields.Date(required=True)
    last = fields.Date(required=True)


class HoursIn(OfficeHoursIn):
    """What is left out by a program stays as it is, null is the school's; a form says everything.

    Programs send `windows`, `breaks`, `overrides`, `days_off`; the page sends `hours`, `breaks_text` and `exceptions`.
    """

    windows = fields.List(fields.Nested(HoursWindowIn), load_default=None, allow_none=True, validate=_MANY)
    overrides = fields.List(fields.Nested(OverrideIn), load_default=None, allow_none=True, validate=_MANY)
    breaks = fields.List(fields.Nested(BreakIn), validate=_MANY)
    breaks_text = fields.Str(validate=validate.Length(max=2000))
    exceptions = fields.Str(validate=validate.Length(max=4000))
    days_off = fields.List(fields.Nested(DaysOffIn), validate=_MANY)
    before_minutes = _whole(0, 60)
    step_minutes = fields.Int(allow_none=True, validate=validate.OneOf((5, 10, 15, 20, 30, 45, 60)))
    seats = _whole(1, 60)
    notice_minutes = _whole(0, MINUTES_A_MONTH)
    days_ahead = _whole(1, 365)
    opens_at = fields.NaiveDateTime(allow_none=True, format=_WALL, error_messages=_NO_WALL)
    closes_at = fields.NaiveDateTime(allow_none=True, format=_WALL, error_messages=_NO_WALL)
    per_day = _whole(1, 100)
    per_week = _whole(1, 300)
    in_a_row = _whole(1, 50)
    rest_minutes = _whole(5, 120)


LIMITS = (
    "breaks", "days_off", "before_minutes", "step_minutes", "seats", "notice_minutes", "days_ahead", "opens_at", "closes_at",
    "per_day", "per_week", "in_a_row", "rest_minutes",
)  # fmt: skip
