"""Calendar feeds, CalDAV accounts and what was last said to each reader of an invitation."""

from __future__ import annotations
