"""Whose turn it is among several hosts: fair by load, the longest without a meeting first."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

_NEVER = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Load:
    """Meetings of a host that count, and when the last of them was booked."""

    meetings: int = 0
    last_booked_at: datetime | None = None


def fair_order(
    hosts: Iterable[str], loads: Mapping[str, Load], *, weights: Mapping[str, float] | None = None
) -> list[str]:
    """Fewest meetings for one's weight first (a half-time counsellor weighs 0.5), then who has waited longest, then by id."""
    share = weights or {}

    def place(host: str) -> tuple[float, datetime, str]:
        load = loads.get(host, Load())
        return load.meetings / max(share.get(host, 1.0), 0.01), load.last_booked_at or _NEVER, host

    return sorted(dict.fromkeys(hosts), key=place)
