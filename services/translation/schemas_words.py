"""What comes in and goes out over HTTP about the memory and the glossary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, fields, pre_load, validate

from services.translation.domain.glossary import PartOfSpeech
from services.translation.exchange.glossary_csv import listed
from services.translation.schemas import _LANGUAGE

_WORDS = validate.Length(max=500)
_LISTS = ("forms", "translation_forms", "forbidden", "near")


class SearchQuery(Schema):
    """`q`: words, or a whole text. `target`: only this language."""

    q = fields.Str(load_default="", validate=validate.Length(max=10_000))
    source = fields.Str(load_default="en", validate=_LANGUAGE)
    target = fields.Str(load_default="")

    @pre_load
    def without_empty(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        return {name: value for name, value in data.items() if value != ""}


class EntryOut(Schema):
    key = fields.Str()
    source_language = fields.Str()
    target_language = fields.Str()
    source_text = fields.Str()
    target_text = fields.Str()
    context = fields.Str()
    approved_by = fields.Str()
    approved_at = fields.AwareDateTime(format="iso")
    origin = fields.Str()


class MatchOut(EntryOut):
    score = fields.Float(metadata={"description": "0 to 100; 100: the same letters"})


class SearchOut(Schema):
    near = fields.List(fields.Nested(MatchOut), metadata={"description": "texts like the one asked for, best first"})
    containing = fields.List(fields.Nested(EntryOut), metadata={"description": "texts in which the words stand"})


class ForgottenOut(Schema):
    key = fields.Str()


class TermIn(Schema):
    """A term and what it is called; lists as lists, or in one field separated by |."""

    term = fields.Str(required=True, validate=validate.Length(min=1, max=500))
    translation = fields.Str(required=True, validate=validate.Length(min=1, max=500))
    source = fields.Str(load_default="en", validate=_LANGUAGE)
    target = fields.Str(required=True, validate=_LANGUAGE)
    part_of_speech = fields.Str(load_default="", validate=validate.OneOf([str(each) for each in PartOfSpeech]))
    forms = fields.List(fields.Str(validate=_WORDS), load_default=list, validate=validate.Length(max=50))
    translation_forms = fields.List(fields.Str(validate=_WORDS), load_default=list, validate=validate.Length(max=50))
    forbidden = fields.List(fields.Str(validate=_WORDS), load_default=list, validate=validate.Length(max=50))
    near = fields.List(fields.Str(validate=_WORDS), load_default=list, validate=validate.Length(max=50))
    case_sensitive = fields.Bool(load_default=False)
    note = fields.Str(load_default="", validate=_WORDS)

    @pre_load
    def split_lists(self, data: Mapping[str, Any], **_: Any) -> dict[str, Any]:
        """A form sends each list in one field; spaces around words mean nothing."""
        found = dict(data)
        for name in _LISTS:
            given = [found[name]] if isinstance(found.get(name), str) else found.get(name)
            if isinstance(given, list) and all(isinstance(each, str) for each in given):
                found[name] = [part for each in given for part in listed(each)]
        for name in ("term", "translation", "target", "note"):
            if isinstance(found.get(name), str):
                found[name] = " ".join(found[name].split())
        return found


class TermOut(Schema):
    term_id = fields.Str()
    term = fields.Str()
    translation = fields.Str()
    source_language = fields.Str()
    target_language = fields.Str()
    part_of_speech = fields.Str()
    forms = fields.List(fields.Str())
    translation_forms = fields.List(fields.Str())
    forbidden = fields.List(fields.Str())
    near = fields.List(fields.Str())
    case_sensitive = fields.Bool()
    note = fields.Str()
    origin = fields.Str()
    changed_by = fields.Str()
    changed_at = fields.AwareDateTime(format="iso")


class ConflictOut(Schema):
    kind = fields.Str()
    terms = fields.List(fields.Str())


class GlossaryQuery(Schema):
    target = fields.Str(load_default="")


class GlossaryOut(Schema):
    terms = fields.List(fields.Nested(TermOut))
    conflicts = fields.List(fields.Nested(ConflictOut))


class SavedOut(Schema):
    term_id = fields.Str()
