"""What a district says about translation: its engines and what they may cost, its readers and their time."""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, validate, validates_schema

from shared.directory.config.shapes import LANGUAGE, PHONE, Strict, number, text, whole

ENGINES = ("apertium", "ctranslate2", "libretranslate", "deepl", "google", "azure", "amazon")


def _engines(**more: Any) -> fields.Field[Any]:
    known = validate.OneOf(ENGINES, error=f"expected one of {', '.join(ENGINES)}")
    return fields.List(fields.String(validate=known), validate=validate.Length(1, len(ENGINES)), **more)


class Engines(Strict):
    """Which engines may translate for the district, the best first, and what they may cost. Without it: only those
    that keep every text on the district's own machines. `pairs`: "en-so", "*-so" or "en-*" instead of `use`."""

    use = _engines(required=True)
    pairs = fields.Dict(
        keys=text(
            r"^(\*|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)-(\*|[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*)$", "a pair like en-so"
        ),
        values=_engines(),
    )
    monthly_dollars = number(0, 1_000_000)
    monthly_characters = whole(0, 10_000_000_000)


class Review(Strict):
    """Who reads translations: staff by language, two of them where it counts; by when, and what families hear meanwhile."""

    readers = fields.Dict(
        keys=text(LANGUAGE, "a language tag, like so"),
        values=fields.List(
            fields.String(validate=validate.Length(1, 255)), required=True, validate=validate.Length(1, 100)
        ),
    )
    two_readers = fields.List(text(LANGUAGE, "a language tag, like so"), validate=validate.Length(max=60))
    hours = whole(1, 168)
    warn_hours = whole(1, 168)
    notice = fields.Boolean()
    phone = text(PHONE, "a phone number like +13125550100")
    read_sensitive = fields.Boolean()

    @validates_schema
    def _warned_before(self, data: dict[str, int], **_: object) -> None:
        hours, warn = data.get("hours", 24), data.get("warn_hours")
        if warn is not None and warn >= hours:
            raise ValidationError(f"expected fewer than the {hours} hours a reader has", "warn_hours")
