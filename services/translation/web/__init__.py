"""Pages and JSON of translation."""

from services.translation.web import coach, glossary, memory, review, sms_cost, texts, voice
from services.translation.web.routes import api

__all__ = ["api", "coach", "glossary", "memory", "review", "sms_cost", "texts", "voice"]
