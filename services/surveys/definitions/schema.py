"""What a survey's file may say; unknown keys are refused."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from services.surveys.domain.definition import FALLBACK
from services.surveys.domain.kinds import NOT_PROTECTED, PROTECTED, Detail, Mode, Privacy, QuestionType, Rule

NAME = r"^[a-z][a-z0-9_]{0,40}$(?!\n)"
VALUE = r"^[a-z][A-Za-z0-9_-]{0,40}$(?!\n)"
DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$(?!\n)"
WALL = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$(?!\n)"
FAR = 1e12
ENGLISH = {"contains": {"const": FALLBACK}}  # `_speaks_english`, as JSON Schema says it
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$(?!\n)"  # no trailing newline, in Python as in a browser


class ByName(fields.Dict):
    """A mapping whose faults stand at their key, as those of every other part do, not under `key` and `value` of it."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs)  # type: ignore[no-untyped-call]
        except ValidationError as error:
            if not isinstance(error.messages, dict):
                raise
            raise ValidationError({key: _flat(found) for key, found in error.messages.items()}) from error


def _flat(found: Any) -> Any:
    return found.get("key") or found.get("value") if isinstance(found, dict) else found


def text_field(pattern: str, expected: str, **kwargs: Any) -> fields.String:
    return fields.String(
        validate=validate.Regexp(pattern, error=f"expected {expected}"), metadata={"pattern": pattern}, **kwargs
    )


def name_field(**kwargs: Any) -> fields.String:
    return text_field(NAME, "a-z, 0-9 and _", **kwargs)


def tag_field() -> fields.String:
    return text_field(LANGUAGE, "a language tag, like es")


def _closed(words: Sequence[str], **kwargs: Any) -> fields.String:
    return fields.String(validate=validate.OneOf(words, error=f"expected {', '.join(words)}"), **kwargs)


def _one_of(choices: type[StrEnum], **kwargs: Any) -> fields.String:
    return _closed([str(choice) for choice in choices], **kwargs)


def texts_field(**kwargs: Any) -> ByName:
    return ByName(keys=tag_field(), values=fields.String(validate=validate.Length(1, 600)), **kwargs)


def expression_field(**kwargs: Any) -> fields.String:
    return fields.String(validate=validate.Length(1, 1_000), **kwargs)


def value_field(**kwargs: Any) -> fields.String:
    return text_field(VALUE, "a-z, 0-9 and _ (of a language question, a tag)", **kwargs)


def comment_field() -> fields.String:
    """Words for whoever reads the file; nothing reads them here."""
    return fields.String(validate=validate.Length(1, 600))


def whole_field(low: int, high: int, **kwargs: Any) -> Whole:
    return Whole(validate=validate.Range(low, high, error=f"expected {low} to {high}"), **kwargs)


def _number() -> Number:
    return Number(validate=validate.Range(-FAR, FAR, error=f"expected a number up to {FAR:g}"))


class Number(fields.Float):
    """A number, not the words for one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> float:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise ValidationError("expected a number")
        return float(super()._deserialize(value, attr, data, **kwargs))


class Whole(fields.Integer):
    """A whole number, not the words for one, nor a yes."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int | float) or value != int(value):
            raise ValidationError("expected a whole number")
        return int(value)


class Flag(fields.Boolean):
    """true or false, and no word that might mean one."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError("expected true or false")
        return value


def _speaks_english(languages: list[str]) -> None:
    """English is what a reader of any other language falls back to."""
    if FALLBACK not in languages:
        raise ValidationError("expected en among the languages")


class Strict(Schema):
    """Unknown keys are refused."""

    class Meta:
        unknown = RAISE


class OptionSchema(Strict):
    value = value_field(required=True)
    digit = whole_field(1, 99)
    label = texts_field(required=True)
    short = texts_field()
    synonyms = ByName(keys=tag_field(), values=fields.List(fields.String(validate=validate.Length(1, 60))))
    free = Flag()
    score = _number()


class RowSchema(Strict):
    value = name_field(required=True)
    label = texts_field(required=True)
    short = texts_field()


class EffectSchema(Strict):
    rule = _one_of(Rule, required=True)
    field = fields.String(validate=validate.Length(1, 60))
    values = ByName(keys=fields.String(), values=fields.Raw())
    consent = name_field()


class QuestionSchema(Strict):
    id = name_field(required=True)
    type = _one_of(QuestionType, required=True)
    text = texts_field(required=True)
    sms = texts_field()
    voice = texts_field()
    why = texts_field()
    declinable = Flag()
    tag = name_field()
    detail = _one_of(Detail)
    detail_label = texts_field()
    options = fields.List(fields.Nested(OptionSchema), validate=validate.Length(1, 99))
    rows = fields.List(fields.Nested(RowSchema), validate=validate.Length(1, 40))
    effects = fields.List(fields.Nested(EffectSchema))
    visible_if = expression_field()
    required_if = expression_field()
    constraint = expression_field()
    constraint_text = texts_field()
    per_child = Flag()
    min = _number()
    max = _number()
    step = _number()
    most = whole_field(1, 99)
    length = whole_field(1, 2_000)
    unit_label = texts_field()
    group = name_field()
    protected = _closed((*PROTECTED, NOT_PROTECTED))
    prefill = Flag()


class CalculationSchema(Strict):
    name = name_field(required=True)
    expression = expression_field(required=True)


class QuotaSchema(Strict):
    id = name_field(required=True)
    condition = expression_field(required=True)
    most = whole_field(0, 1_000_000, required=True)


class PageSchema(Strict):
    id = name_field(required=True)
    title = texts_field(required=True)


class CarrySchema(Strict):
    """Where the drafts of an older version go: `null` drops an answer, and is then said out loud by `survey lint`."""

    questions = ByName(keys=name_field(), values=name_field(allow_none=True))
    values = ByName(keys=name_field(), values=ByName(keys=value_field(), values=value_field(allow_none=True)))


class SurveySchema(Strict):
    survey = name_field(required=True)
    kind = name_field(required=True)
    languages = fields.List(
        tag_field(), required=True, validate=[validate.Length(1, 60), _speaks_english], metadata=ENGLISH
    )
    title = texts_field(required=True)
    intro = texts_field(required=True)
    identified = _one_of(Privacy)
    modes = fields.List(_one_of(Mode), validate=validate.Length(1, len(Mode)))
    send_on = text_field(DATE, "a date, like 2026-09-01")
    deadline = text_field(WALL, "a time on the school's clock, like 2026-09-11T17:00")
    grace_days = whole_field(0, 60)
    pages = fields.List(fields.Nested(PageSchema), validate=validate.Length(1, 20))
    calculations = fields.List(fields.Nested(CalculationSchema), validate=validate.Length(0, 40))
    quotas = fields.List(fields.Nested(QuotaSchema), validate=validate.Length(0, 40))
    carry = fields.Nested(CarrySchema)
    questions = fields.List(fields.Nested(QuestionSchema), required=True, validate=validate.Length(1, 200))
