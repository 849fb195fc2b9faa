"""Who may read translations, by when, and how many of them: what a district sets under `review`."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.translation.domain.languages import base, normal
from services.translation.domain.risk import Tier

HOURS, WARN_HOURS, AFTER_HOURS = 24, 20, 72
IN_AN_EMERGENCY, WARN_IN_AN_EMERGENCY = timedelta(hours=1), timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Deadline:
    """When the office is warned, and when it should be done."""

    warn_at: datetime
    due_at: datetime


@dataclass(frozen=True, slots=True)
class Reading:
    """`readers`: staff by language; none given: every interpreter reads every language. `two`: languages whose essential
    texts two people read. `notice`: families are told meanwhile, with `phone`. `after`: sensitive texts are read after."""

    readers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    two: frozenset[str] = frozenset()
    hours: int = HOURS
    warn_hours: int = WARN_HOURS
    notice: bool = False
    phone: str | None = None
    after: bool = True

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Reading:
        """From a school's settings as they came."""
        given = settings.get("review") or {}
        hours = given.get("hours", HOURS)
        return cls(
            readers={normal(tag): tuple(staff) for tag, staff in (given.get("readers") or {}).items()},
            two=frozenset(normal(tag) for tag in given.get("two_readers") or ()),
            hours=hours,
            warn_hours=min(given.get("warn_hours", hours * WARN_HOURS // HOURS), hours),
            notice=bool(given.get("notice", False)),
            phone=given.get("phone") or (settings.get("interpreting") or {}).get("phone_line"),
            after=bool(given.get("read_sensitive", True)),
        )

    def may_read(self, language: str, interpreters: Collection[str]) -> tuple[str, ...]:
        """Who of the active `interpreters` (ids; others whom the settings name too) reads this language."""
        if not self.readers:
            return tuple(sorted(interpreters))
        wanted = normal(language)
        return self.readers.get(wanted) or self.readers.get(base(wanted)) or ()

    def needs_two(self, language: str, tier: str) -> bool:
        wanted = normal(language)
        return tier == Tier.ESSENTIAL and (wanted in self.two or base(wanted) in self.two)

    def deadline(self, now: datetime, *, urgent: bool = False, after: bool = False) -> Deadline:
        """`urgent`: it went out untranslated because it could not wait. `after`: it has gone out, checked by machine."""
        if urgent:
            return Deadline(now + WARN_IN_AN_EMERGENCY, now + IN_AN_EMERGENCY)
        if after:
            warn = timedelta(hours=AFTER_HOURS - (self.hours - self.warn_hours))
            return Deadline(now + warn, now + timedelta(hours=AFTER_HOURS))
        return Deadline(now + timedelta(hours=self.warn_hours), now + timedelta(hours=self.hours))
