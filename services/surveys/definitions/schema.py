"""What a survey's file may say; unknown keys are refused."""

from __future__ import annotations

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from services.surveys.domain.definition import FALLBACK, Detail, QuestionType, Rule

NAME = r"^[a-z][a-z0-9_]{0,40}$"
LANGUAGE = r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$"


def _name(**kwargs: bool) -> fields.String:
    return fields.String(validate=validate.Regexp(NAME, error="expected a-z, 0-9 and _"), **kwargs)  # type: ignore[arg-type]


def _one_of(choices: type[QuestionType] | type[Detail] | type[Rule], **kwargs: bool) -> fields.String:
    words = [str(choice) for choice in choices]
    return fields.String(validate=validate.OneOf(words, error=f"expected {', '.join(words)}"), **kwargs)  # type: ignore[arg-type]


def _texts(**kwargs: bool) -> fields.Dict:
    tag = fields.String(validate=validate.Regexp(LANGUAGE, error="expected a language tag, like es"))
    return fields.Dict(keys=tag, values=fields.String(validate=validate.Length(1, 600)), **kwargs)  # type: ignore[arg-type]


def _speaks_english(languages: list[str]) -> None:
    """English is what a reader of any other language falls back to."""
    if FALLBACK not in languages:
        raise ValidationError("expected en among the languages")


class Strict(Schema):
    class Meta:
        unknown = RAISE


class OptionSchema(Strict):
    value = _name(required=True)
    digit = fields.Integer(strict=True, required=True, validate=validate.Range(1, 9, error="expected 1 to 9 (0 declines)"))
    label = _texts(required=True)
    short = _texts()
    synonyms = fields.Dict(keys=fields.String(), values=fields.List(fields.String(validate=validate.Length(1, 60))))
    free = fields.Boolean()


class EffectSchema(Strict):
    rule = _one_of(Rule, required=True)
    field = fields.String()
    values = fields.Dict(keys=fields.String(), values=fields.Raw())


class QuestionSchema(Strict):
    id = _name(required=True)
    type = _one_of(QuestionType, required=True)
    text = _texts(required=True)
    sms = _texts(required=True)
    why = _texts(required=True)
    declinable = fields.Boolean()
    tag = _name()
    detail = _one_of(Detail)
    detail_label = _texts()
    options = fields.List(fields.Nested(OptionSchema), validate=validate.Length(2, 9))
    effects = fields.List(fields.Nested(EffectSchema))


class SurveySchema(Strict):
    survey = _name(required=True)
    kind = _name(required=True)
    languages = fields.List(
        fields.String(validate=validate.Regexp(LANGUAGE, error="expected a language tag, like es")),
        required=True,
        validate=[validate.Length(1, 60), _speaks_english],
    )
    title = _texts(required=True)
    intro = _texts(required=True)
    questions = fields.List(fields.Nested(QuestionSchema), required=True, validate=validate.Length(1, 40))
