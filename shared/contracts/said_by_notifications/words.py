"""Closed sets that several of its events use."""

from __future__ import annotations

CHANNELS = ("email", "sms", "whatsapp", "push", "voice", "phone", "letter", "page")
KINDS = ("positive", "concern", "info", "ask", "emergency")
HELD = (
    "quiet_hours", "cap", "restriction", "boundary", "no_channel", "suppressed", "staff_hours", "no_consent", "expired",
    "recalled",
)  # fmt: skip
