"""Names and notations that writing and reading share."""

from __future__ import annotations

import re
from datetime import UTC, datetime

NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
MEDIA_TYPE = "application/cap+xml"
# CAP 1.2, 3.3.2: an offset in digits, never Z; UTC is -00:00
INSTANT = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[-+]\d\d:\d\d$")
TOKEN = re.compile(r"^[^\s,<&]+$")  # 3.2.1: identifier and sender
# what XML 1.0 can hold
_UNWRITABLE = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def written(moment: datetime) -> str:
    """As CAP writes an instant: whole seconds, UTC as -00:00."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S-00:00")


def instant(text: str) -> datetime | None:
    """Aware UTC; None for what is not CAP's notation or no date."""
    if not INSTANT.match(text):
        return None
    try:
        return datetime.fromisoformat(text.replace("-00:00", "+00:00") if text.endswith("-00:00") else text).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def clean(text: str) -> str:
    """Without characters that no XML document can hold."""
    return _UNWRITABLE.sub("", text)
