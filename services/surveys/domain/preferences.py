"""How, how often and when a guardian wants to hear from school. Every change has a number; a repeat is no change."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

CHANNELS = ("email", "sms", "phone", "letter")
LIVE_MODES = ("phone", "video", "in_person")
MOST_PER_MONTH = 31
_CLOCK = re.compile(r"([01]\d|2[0-3]):[0-5]\d")
_TIMES = ("available_after", "quiet_start", "quiet_end")


@dataclass(frozen=True, slots=True)
class Preference:
    """Times are HH:MM where the guardian lives; None means the school's default."""

    version: int = 0
    channel_order: tuple[str, ...] = ()
    contacts_per_month: int | None = None
    live_mode: str | None = None
    available_after: str | None = None
    quiet_start: str | None = None
    quiet_end: str | None = None
    timezone: str | None = None
    language: str | None = None

    def plain(self) -> dict[str, Any]:
        return {**asdict(self), "channel_order": list(self.channel_order)}


FIELDS = tuple(name for name in Preference().plain() if name != "version")


def refused(changes: Mapping[str, Any]) -> dict[str, str]:
    """Fields whose value cannot be, with what is expected."""
    found: dict[str, str] = {}
    for name, value in changes.items():
        if name not in FIELDS:
            found[name] = f"one of {', '.join(FIELDS)}"
        elif name == "channel_order" and not (set(value) <= set(CHANNELS) and len(set(value)) == len(value)):
            found[name] = f"each at most once: {', '.join(CHANNELS)}"
        elif name == "live_mode" and value is not None and value not in LIVE_MODES:
            found[name] = f"one of {', '.join(LIVE_MODES)}"
        elif name == "contacts_per_month" and value is not None and not 0 <= int(value) <= MOST_PER_MONTH:
            found[name] = f"0 to {MOST_PER_MONTH}"
        elif name in _TIMES and value is not None and not _CLOCK.fullmatch(value):
            found[name] = "HH:MM"
    ends = {changes.get(name) is None for name in ("quiet_start", "quiet_end") if name in changes}
    if len(ends) == 2:
        found["quiet_end"] = "both a start and an end, or neither"
    return found


def changed(preference: Preference, changes: Mapping[str, Any]) -> Preference:
    """The next version, or the same object where nothing differs (ValueError for a value that cannot be)."""
    wrong = refused(changes)
    if wrong:
        raise ValueError(f"cannot set {', '.join(sorted(wrong))}")
    values: dict[str, Any] = {name: tuple(value) if name == "channel_order" else value for name, value in changes.items()}
    proposed = replace(preference, **values)
    return preference if proposed == preference else replace(proposed, version=preference.version + 1)
