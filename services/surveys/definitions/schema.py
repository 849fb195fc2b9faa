"""What a survey's file may say; unknown keys are refused."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from services.surveys.domain.definition import FALLBACK
from services.surveys.domain.kinds import PROTECTED, Detail, Mode, Privacy, QuestionType, Rule

NAME = r"^[a-z][a-z0-9_]{0,40}$(?!\n)"
VALUE = r"^[a-z][A-Za-z0-9_-]{0,40}$(?!\n)"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"
WALL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$(?!\n)"
FAR = 1e12
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$(?!\n)"  # no trailing newline, in Python as in a browser


def _text(pattern: str, expected: str, **kwargs: Any) -> fields.String:
    checks = [validate.Regexp(pattern, error=f"expected {expected}")]
    if (also := kwargs.pop("validate_also", None)) is not None:
        checks.append(also)
    return fields.String(validate=checks, metadata={"pattern": pattern}, **kwargs)


def _name(**kwargs: Any) -> fields.String:
    return _text(NAME, "a-z, 0-9 and _", **kwargs)


def _tag() -> fields.String:
    return _text(LANGUAGE, "a language tag, like es")


def _closed(words: Sequence[str], **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(words, error=f"expected {', '.join(words)}"), **kwargs)


def _one_of(choices: type[StrEnum], **kwargs: Any) -> fields.String:
    return _closed([str(choice) for choice in choices], **kwargs)


def _texts(**kwargs: Any) -> fields.Dict:
    return fields.Dict(keys=_tag(), values=fields.String(validate=validate.Length(1, 600)), **kwargs)


def _expression(**kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, 1_000), **kwargs)


def _whole(low: int, high: int, **kwargs: Any) -> fields.Integer:
    return fields.Integer(strict=True, validate=validate.Range(low, high, error=f"expected {low} to {high}"), **kwargs)


def _number() -> fields.Float:
    return Number(validate=validate.Range(-FAR, FAR, error=f"expected a number up to {FAR:g}"))


class Number(fields.Float):
    """A number, not the words for one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("expected a number")
        return float(super()._deserialize(value, attr, data, **kwargs))


def _exists(text: str) -> None:
    """A day of the calendar, and an hour of it."""
    try:
        datetime.fromisoformat(text)
    except ValueError as error:
        raise ValidationError("expected a date that exists") from error


def _speaks_english(languages: list[str]) -> None:
    """English is what a reader of any other language falls back to."""
    if FALLBACK not in languages:
        raise ValidationError("expected en among the languages")


class Strict(Schema):
    class Meta:
        unknown = RAISE


class OptionSchema(Strict):
    value = _text(VALUE, "a-z, 0-9 and _ (a language question: its tag)", required=True)
    digit = _whole(1, 99)
    label = _texts(required=True)
    short = _texts()
    synonyms = fields.Dict(keys=_tag(), values=fields.List(fields.String(validate=validate.Length(1, 60))))
    free = fields.Boolean()
    score = _number()


class RowSchema(Strict):
    value = _name(required=True)
    label = _texts(required=True)
    short = _texts()


class EffectSchema(Strict):
    rule = _one_of(Rule, required=True)
    field = fields.String(validate=validate.Length(1, 60))
    values = fields.Dict(keys=fields.String(), values=fields.Raw())
    condition = _expression()
    route = _name()
    consent = _name()


class QuestionSchema(Strict):
    id = _name(required=True)
    type = _one_of(QuestionType, required=True)
    text = _texts(required=True)
    sms = _texts()
    voice = _texts()
    why = _texts()
    declinable = fields.Boolean()
    tag = _name()
    detail = _one_of(Detail)
    detail_label = _texts()
    options = fields.List(fields.Nested(OptionSchema), validate=validate.Length(1, 99))
    rows = fields.List(fields.Nested(RowSchema), validate=validate.Length(1, 40))
    effects = fields.List(fields.Nested(EffectSchema))
    visible_if = _expression()
    required_if = _expression()
    constraint = _expression()
    constraint_text = _texts()
    per_child = fields.Boolean()
    min = _number()
    max = _number()
    step = _number()
    most = _whole(1, 99)
    length = _whole(1, 2_000)
    unit_label = _texts()
    group = _name()
    protected = _closed(PROTECTED)
    prefill = fields.Boolean()


class CalculationSchema(Strict):
    name = _name(required=True)
    expression = _expression(required=True)


class QuotaSchema(Strict):
    id = _name(required=True)
    condition = _expression(required=True)
    most = _whole(0, 1_000_000, required=True)


class PageSchema(Strict):
    id = _name(required=True)
    title = _texts(required=True)


class CarrySchema(Strict):
    """Where the drafts of an older version go: `null` drops an answer, and is then said out loud by `survey lint`."""

    questions = fields.Dict(keys=_name(), values=_name(allow_none=True))
    values = fields.Dict(
        keys=_name(), values=fields.Dict(keys=_text(VALUE, "a value"), values=_text(VALUE, "a value", allow_none=True))
    )


class SurveySchema(Strict):
    survey = _name(required=True)
    kind = _name(required=True)
    languages = fields.List(_tag(), required=True, validate=[validate.Length(1, 60), _speaks_english])
    title = _texts(required=True)
    intro = _texts(required=True)
    identified = _one_of(Privacy)
    modes = fields.List(_one_of(Mode), validate=validate.Length(1, len(Mode)))
    send_on = _text(DATE, "a date, like 2026-09-01", validate_also=_exists)
    deadline = _text(WALL, "a time on the school's clock, like 2026-09-11T17:00", validate_also=_exists)
    grace_days = _whole(0, 60)
    pages = fields.List(fields.Nested(PageSchema), validate=validate.Length(1, 20))
    calculations = fields.List(fields.Nested(CalculationSchema), validate=validate.Length(0, 40))
    quotas = fields.List(fields.Nested(QuotaSchema), validate=validate.Length(0, 40))
    carry = fields.Nested(CarrySchema)
    questions = fields.List(fields.Nested(QuestionSchema), required=True, validate=validate.Length(1, 200))
