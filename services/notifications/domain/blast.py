"""What guards a send to many: whether its audience is unlike the sender's last ones, and whether it arrives at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from statistics import median
from typing import Any


class Unusual(StrEnum):
    """Why a person must confirm the number of families, or a second one approve."""

    DISTRICT = "district"  # everybody
    LARGER = "larger"  # far beyond what this sender has sent to before
    FIRST = "first"  # many, by somebody who has never sent to many


class Fault(StrEnum):
    """Why a send raises the alarm."""

    NOTHING = "nothing"  # no provider has accepted anything
    FEW = "few"
    CANARY = "canary"  # the hourly message did not come back


@dataclass(frozen=True, slots=True)
class Limits:
    """A school's `alerts` settings; the defaults are those of `config.schemas.Alerts`. Hours, minutes and seconds as named."""

    unusual_times: float = 5.0
    unusual_over: int = 200
    approval_minutes: int = 30
    undo_seconds: int = 60
    emergency_undo_seconds: int = 0
    emergency_hours: int = 4
    info_days: int = 7
    alarm_minutes: int = 5
    alarm_from: int = 20
    alarm_share: float = 0.5
    canary_minutes: int = 10

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Limits:
        """From a school's settings; what they do not say stays as it is."""
        given = settings.get("alerts") or {}
        return cls(**{name: given[name] for name in cls.__slots__ if given.get(name) is not None})

    def undo(self, *, emergency: bool) -> timedelta:
        """How long nothing leaves, so that it can still be undone."""
        return timedelta(seconds=self.emergency_undo_seconds if emergency else self.undo_seconds)

    def lasts(self, *, emergency: bool) -> timedelta:
        """After this a message is not true any more and is not sent."""
        return timedelta(hours=self.emergency_hours) if emergency else timedelta(days=self.info_days)


def unusual(
    guardians: int, past: Sequence[int], limits: Limits, *, whole_district: bool = False
) -> Unusual | None:
    """Whether `guardians` is far more than `past`, the sizes of this sender's last sends (the wrong-audience guard).

    Measured: 700 families were told of one child's absence (notification-notes §1).
    """
    if whole_district and guardians > 0:
        return Unusual.DISTRICT
    if guardians <= limits.unusual_over:
        return None
    if not past:
        return Unusual.FIRST
    return Unusual.LARGER if guardians > limits.unusual_times * median(past) else None


def confirmed(typed: str | None, guardians: int) -> bool:
    """Whether what was typed is exactly the number of guardians; spaces and thousands separators are nobody's fault."""
    digits = (typed or "").strip().replace(" ", "").replace(",", "").replace(".", "")
    return digits.isdecimal() and int(digits) == guardians


def fault(planned: int, accepted: int, limits: Limits) -> Fault | None:
    """What is wrong with a send that has had its minutes: `planned` were to go by now, `accepted` did."""
    if planned < limits.alarm_from:
        return None
    if accepted == 0:
        return Fault.NOTHING
    return Fault.FEW if accepted < limits.alarm_share * planned else None
