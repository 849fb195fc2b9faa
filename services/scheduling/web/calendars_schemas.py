"""What the calendar pages take in."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, pre_load, validate, validates_schema

from services.scheduling.elsewhere.http import Failed, split


class CalendarIn(Schema):
    """A calendar elsewhere. Only an account has a user and a password."""

    kind = fields.Str(required=True, validate=validate.OneOf(("caldav", "ics")))
    url = fields.Str(required=True, validate=validate.Length(8, 2000))
    user = fields.Str(load_default="", validate=validate.Length(max=320))
    password = fields.Str(load_default="", validate=validate.Length(max=1000))

    @pre_load
    def _webcal(self, data: Any, **_: object) -> Any:
        """Programs hand out `webcal:`, which means https."""
        url = data.get("url") if isinstance(data, dict) else None
        if isinstance(url, str) and url.strip().lower().startswith("webcal://"):
            return {**data, "url": "https://" + url.strip()[len("webcal://") :]}
        return {**data, "url": url.strip()} if isinstance(url, str) else data

    @validates_schema
    def _address(self, data: dict[str, Any], **_: object) -> None:
        try:
            split(data["url"])
        except Failed:
            raise ValidationError("calendars.bad_url", "url") from None


class ToldQuery(Schema):
    """What has just happened, for the page to say."""

    told = fields.Str(
        load_default=None, validate=validate.OneOf(("booked", "taken", "gone", "refused", "declined", "many"))
    )
