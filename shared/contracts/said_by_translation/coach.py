"""Said by translation: words of a draft that could be plainer or kinder."""

from __future__ import annotations

from marshmallow import fields

from shared.contracts.base import Contract, event, flag, ident, word

EVENTS: list[Contract] = [
    event(
        "translation.wording_flagged",
        "A",
        {
            "text_id": ident(),
            "note_kind": word(),
            "flags": fields.List(fields.Dict(), required=True),
            "reading_grade": fields.Float(required=True),
            "kept": flag(),
        },
        sample={
            "text_id": "0198c0de-0000-7000-8000-000000000001",
            "note_kind": "concern",
            "flags": [{"start": 5, "end": 20, "kind": "blame"}, {"start": 0, "end": 21, "kind": "no_example"}],
            "reading_grade": 4.2,
            "kept": False,
        },
        purpose="What the coach marked in a draft: places and kinds, never words. `kept`: its writer sends it all the same.",
    ),
]
