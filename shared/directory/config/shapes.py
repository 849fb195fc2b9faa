"""Shapes that the settings of districts and schools share."""

from __future__ import annotations

from marshmallow import RAISE, Schema, fields, validate

SLUG = r"^[a-z][a-z0-9_]{0,30}$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
CLOCK = r"^([01][0-9]|2[0-3]):[0-5][0-9]$"
QUIET = r"^([01][0-9]|2[0-3]):[0-5][0-9]-([01][0-9]|2[0-3]):[0-5][0-9]$"
PHONE = r"^\+[0-9]{8,15}$"
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def text(pattern: str, expected: str, **kwargs: object) -> fields.String:
    return fields.String(
        validate=validate.Regexp(pattern, error=f"expected {expected}"),
        metadata={"pattern": pattern},
        **kwargs,  # type: ignore[arg-type]
    )


def whole(low: int, high: int, **kwargs: object) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(low, high, error=f"expected {low} to {high}"), **kwargs)  # type: ignore[arg-type]


def number(low: float, high: float) -> fields.Float:
    return fields.Float(validate=validate.Range(low, high, error=f"expected {low:g} to {high:g}"))


class Strict(Schema):
    """Unknown keys are refused."""

    class Meta:
        unknown = RAISE
