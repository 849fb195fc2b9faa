"""What comes in and goes out over HTTP about voice notes."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

LARGEST = 3 * 2**20  # a minute of 16 kHz WAV is 1.9 MB; Opus and MP3 are a thirtieth of it


class RecordingIn(Schema):
    """A person's voice: the file of a form, base64 in JSON."""

    recording = fields.Str(required=True, validate=validate.Length(min=4, max=LARGEST * 4 // 3 + 4))
    transcript = fields.Str(
        load_default="",
        validate=validate.Length(max=10_000),
        metadata={"description": "what is said, where it is not the text word for word"},
    )
    asked_at = fields.AwareDateTime(
        load_default=None, metadata={"description": "of the text that was read aloud: 409 where it has changed since"}
    )


class RecordingOut(Schema):
    seconds = fields.Int()


class NoteOut(Schema):
    """A text that waits for a person's recording."""

    text_id = fields.Str()
    content_version = fields.Int()
    language = fields.Str()
    text = fields.Str()
    labelled = fields.Bool(metadata={"description": "the text is the source, not translated"})
    source_language = fields.Str()
    state = fields.Str()
    reason = fields.Str(
        allow_none=True, metadata={"description": "untranslated, no_voice, unfit_voice, or what failed"}
    )
    transcript = fields.Str(allow_none=True, metadata={"description": "what is said in the recording, once there is one"})
    seconds = fields.Int(allow_none=True)
    heard = fields.Str(allow_none=True, metadata={"description": "a machine's gist of it; nobody acts on it"})
    asked_at = fields.AwareDateTime(format="iso")
