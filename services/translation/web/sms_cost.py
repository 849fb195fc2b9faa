"""What a text costs as a text message, for whoever writes it or pays for it."""

from __future__ import annotations

from dataclasses import asdict

from marshmallow import Schema, fields, validate

from services.translation.domain import sms_tables
from services.translation.domain.sms_cost import Cost, advice, cost
from services.translation.web.routes import api
from shared.web import Request, Response, json_response, staff

WRITERS = staff("teacher", "aide", "counselor", "principal", "office", "administrator", "interpreter")


class SmsCostIn(Schema):
    """A text in `language`. `tables`: languages whose national tables the provider takes; none unless it says so."""

    text = fields.Str(required=True, validate=validate.Length(max=10_000))
    language = fields.Str(required=True, validate=validate.Length(min=2, max=35))
    tables = fields.List(fields.Str(validate=validate.OneOf(sorted(sms_tables.national()))), load_default=list)
    price = fields.Decimal(load_default=None, validate=validate.Range(min=0, max=1000), allow_nan=False)
    readers = fields.Int(load_default=1, validate=validate.Range(min=1, max=10_000_000))


class CostOut(Schema):
    """Of one text to one telephone."""

    encoding = fields.Str()
    units = fields.Int(metadata={"description": "septets, or UTF-16 code units"})
    messages = fields.Int()
    room = fields.Int(metadata={"description": "units left in the last message"})
    locking = fields.Str(allow_none=True)
    single = fields.Str(allow_none=True)


class SmsCostOut(Schema):
    """As it would be sent, and what would make it cheaper."""

    now = fields.Nested(CostOut)
    with_tables = fields.Nested(CostOut, metadata={"description": "with the national tables of its language"})
    without_accents = fields.Nested(CostOut)
    accents = fields.List(fields.Str(), metadata={"description": "the characters that make it dear"})
    price = fields.Decimal(
        allow_none=True, as_string=True, metadata={"description": "for all readers, as it would be sent"}
    )


@api.post("/sms-cost", access=WRITERS, body=SmsCostIn(), response=SmsCostOut())
def sms_cost(request: Request) -> Response:
    """Messages, alphabet and price of a text; nothing is kept."""
    data = request.data
    found = advice(data["text"], language=data["language"])
    now = cost(data["text"], tables=data["tables"])
    price = data["price"]
    return json_response(
        {
            "now": _out(now),
            "with_tables": _out(found.with_tables),
            "without_accents": _out(found.without_accents),
            "accents": list(found.accents),
            "price": None if price is None else str(now.price(price, readers=data["readers"])),
        }
    )


def _out(found: Cost) -> dict[str, object]:
    return asdict(found) | {"encoding": str(found.encoding)}
