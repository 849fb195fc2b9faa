"""What a district or school may say about when staff can be met: `availability`, beside `office_hours`."""

from __future__ import annotations

from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate, validates_schema

from shared.contracts.weekly_hours import WEEKDAYS, Fault, faults

CLOCK = r"^([01][0-9]|2[0-3]):[0-5][05]$"
_DAY = validate.OneOf(WEEKDAYS, error="expected mon, tue, … or sun")


def _clock(**more: Any) -> fields.String:
    return fields.String(
        validate=validate.Regexp(CLOCK, error="expected HH:MM on five minutes, like 15:30"),
        metadata={"pattern": CLOCK},
        **more,
    )


def _whole(low: int, high: int, **more: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(low, high, error=f"expected {low} to {high}"), **more)


def _word(**more: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, 40), **more)


class Strict(Schema):
    """Unknown keys are refused."""

    class Meta:
        unknown = RAISE


class Break(Strict):
    weekday = fields.String(required=True, validate=_DAY)
    start = _clock(required=True)
    end = _clock(required=True)


class Bell(Strict):
    """A block of the bell schedule; without weekdays it is on every school day."""

    name = _word(required=True)
    start = _clock(required=True)
    end = _clock(required=True)
    weekdays = fields.List(fields.String(validate=_DAY), validate=validate.Length(1, 7))


class Blackout(Strict):
    """Exams, a staff day: no meetings from one day to another, or between two times on each of them."""

    first = fields.Date(required=True)
    last = fields.Date()
    name = _word(required=True)
    start = _clock()
    end = _clock()


class Way(Strict):
    """Minutes from one wing or building to another, either way round."""

    one = _word(required=True)
    other = _word(required=True)
    minutes = _whole(0, 240, required=True)


class Travel(Strict):
    default_minutes = _whole(0, 120)
    between = fields.List(fields.Nested(Way), validate=validate.Length(max=200))


class Availability(Strict):
    """Limits of a school's own; a member of staff's beat them. What is left out has the default in scheduling's README."""

    slot_minutes = _whole(5, 240)
    before_minutes = _whole(0, 60)
    buffer_minutes = _whole(0, 60)
    notice_minutes = _whole(0, 60 * 24 * 30)
    call_me_minutes = _whole(0, 240)
    days_ahead = _whole(1, 365)
    per_day = _whole(1, 100)
    per_week = _whole(1, 300)
    in_a_row = _whole(1, 50)
    rest_minutes = _whole(5, 120)
    breaks = fields.List(fields.Nested(Break), validate=validate.Length(max=100))
    evening_hours = fields.List(fields.Nested(Break), validate=validate.Length(max=50))
    bell_schedule = fields.List(fields.Nested(Bell), validate=validate.Length(max=100))
    blackouts = fields.List(fields.Nested(Blackout), validate=validate.Length(max=100))
    travel = fields.Nested(Travel)

    @validates_schema
    def _possible(self, data: dict[str, Any], **_: object) -> None:
        found = [fault for fault in faults(data) if fault.path[0] != "windows"]
        found += [
            Fault(("evening_hours", *fault.path[1:]), fault.text)
            for fault in faults({"windows": data.get("evening_hours")})
        ]
        if found:
            raise ValidationError(tree(found))


def impossible_hours(windows: list[Any] | None, availability: dict[str, Any] | None) -> dict[Any, Any]:
    """What is wrong with `office_hours`, by itself and under the limits beside it, as marshmallow nests it."""
    rules = {**(availability or {}), "windows": windows or []}
    found = [fault for fault in faults(rules) if fault not in faults(availability or {})]
    named = [Fault(("office_hours", *fault.path[1:]), fault.text) for fault in found if fault.path[0] == "windows"]
    limits = [Fault(("availability", *fault.path), fault.text) for fault in found if fault.path[0] != "windows"]
    return tree([*named, *limits])


def tree(found: list[Fault]) -> dict[Any, Any]:
    """Faults as marshmallow nests them: by key, by position, by key."""
    root: dict[Any, Any] = {}
    for fault in found:
        at = root
        for part in fault.path[:-1]:
            at = at.setdefault(part, {})
        at.setdefault(fault.path[-1], []).append(fault.text)
    return root
