"""Texts to be heard: a voice where one has the language, a person's recording where none has."""

from services.translation.voice.note import MOST_SECONDS, Rendered, Speaker
from services.translation.voice.tools import ToolFailed
from services.translation.voice.voices import Voice, voice_for

__all__ = ["MOST_SECONDS", "Rendered", "Speaker", "ToolFailed", "Voice", "voice_for"]
