"""The short catalogue texts that stand around a message; each is a text like any other, asked for once per language."""

from __future__ import annotations

from shared.ids import derived_id

MACHINE = "message.label_machine"
SOURCE = "message.label_source"
EXTRA = "message.label_extra"
ORIGINAL = "message.original_link"
CREDIT = "positive.credit_line"
DIGEST = "digest.intro"
NOTE = "message.voice_note"
HOURS = "message.hours_line"
PHRASES = {key: derived_id("phrase", key) for key in (MACHINE, SOURCE, EXTRA, ORIGINAL, CREDIT, DIGEST, NOTE, HOURS)}
PHRASE_IDS = tuple(PHRASES.values())
