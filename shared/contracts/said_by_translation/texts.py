"""Said by translation: one text, once per language, however many it is for."""

from __future__ import annotations

from marshmallow import fields

from shared.contracts.base import Sealed, event, flag, ident, integer, word

EVENTS = [
    event(
        "translation.text_translated",
        "N S V",
        {
            "text_id": ident(),
            "content_version": integer(),
            "source": word(),
            "target": word(),
            "text": Sealed(),
            "engine": word(),
            "machine": flag(),
            "labelled": flag(),
            "approved_by": word(allow_none=True),
            "glossary_hits": integer(),
            "checks": fields.Dict(required=True),
        },
        sample={
            "text_id": "0198c0de-0000-7000-8000-000000000001",
            "content_version": 1,
            "source": "en",
            "target": "es",
            "text": "Riya ayudó hoy a otra persona.",
            "engine": "apertium:eng-spa",
            "machine": True,
            "labelled": False,
            "approved_by": None,
            "glossary_hits": 0,
            "checks": {"numbers": "ok", "placeholders": "ok", "names": "ok"},
        },
        purpose="The text in one language. `machine`: no person has approved it. `labelled`: it is the source text, said to be so.",
    ),
    event(
        "translation.translation_failed",
        "N S A",
        {
            "text_id": ident(),
            "content_version": integer(),
            "target": word(),
            "reason": word(),
            "attempts": integer(),
        },
        sample={
            "text_id": "0198c0de-0000-7000-8000-000000000001",
            "content_version": 1,
            "target": "so",
            "reason": "unknown_catalogue_key",
            "attempts": 1,
        },
        purpose="No text for that language can be had; nothing goes out that is not understood.",
    ),
    event(
        "translation.voice_rendered",
        "N",
        {
            "text_id": ident(),
            "content_version": integer(),
            "language": word(),
            "audio": Sealed(),
            "seconds": integer(),
        },
        sample={
            "text_id": "0198c0de-0000-7000-8000-000000000001",
            "content_version": 1,
            "language": "so",
            "audio": "/translation/audio/eyJhbGciOiJIUzI1NiJ9",
            "seconds": 41,
        },
        purpose="The text can be heard: by a person's voice, or an engine's that has the language. "
        "`audio`: a path on the district's site, signed by translation, that needs no sign-in.",
    ),
]
