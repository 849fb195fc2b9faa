"""Closed sets that several of its events use."""

from __future__ import annotations

CHANNELS = ("email", "sms", "whatsapp", "push", "voice", "phone", "letter", "page")
KINDS = ("positive", "concern", "info", "ask", "emergency")
