"""Where times are chosen for a batch of families: what all of it needs, read in a handful of queries."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain.bookings import Kind
from services.scheduling.domain.choice import Choice, Preference, choose
from services.scheduling.domain.windows import Slot, slots
from services.scheduling.handlers.availability import rules_of
from services.scheduling.store import availability, bookings, people
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

NOTICE = timedelta(hours=2)  # nobody is asked to a meeting sooner than that
HORIZON = timedelta(days=35)


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody should be offered times. `offer_id` is derived from what caused it, so that a repeat meets itself.

    Times begin after `after` and before `until`; they last `minutes`, else as long as the member of staff has set.
    """

    offer_id: str
    kind: str
    guardian_id: str
    student_id: str
    staff_id: str
    school_id: str
    again: bool = False
    moves: str | None = None
    after: datetime | None = None
    cause: Event | None = None
    until: datetime | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class Desk:
    """Everything that choosing times for a batch of wishes needs, read in a handful of queries."""

    schools: dict[str, people.School]
    hours: dict[str, Any]
    preferences: dict[str, Any]
    guardians: dict[str, Any]
    staff_busy: dict[str, Any]
    guardian_busy: dict[str, Any]
    free: dict[tuple[str, str, int | None], list[Slot]]

    @classmethod
    def of(cls, uow: UnitOfWork, wishes: Sequence[Wish]) -> Desk:
        connection = uow.connection
        staff_ids = {wish.staff_id for wish in wishes}
        guardian_ids = {wish.guardian_id for wish in wishes}
        taken = bookings.busy(connection, {Kind.STAFF: staff_ids, Kind.GUARDIAN: guardian_ids}, since=uow.now)
        return cls(
            schools=people.schools(connection, (wish.school_id for wish in wishes)),
            hours=availability.office_hours(connection, staff_ids),
            preferences=availability.preferences(connection, guardian_ids),
            guardians=people.guardians(connection, guardian_ids),
            staff_busy={each: taken.get((Kind.STAFF, each), []) for each in staff_ids},
            guardian_busy={each: taken.get((Kind.GUARDIAN, each), []) for each in guardian_ids},
            free={},
        )

    def language(self, guardian_id: str) -> str:
        found = self.guardians.get(guardian_id)
        return found.language if found is not None else "en"

    def choose(self, wish: Wish, now: datetime) -> Choice:
        school = self.schools[wish.school_id]
        key = (wish.staff_id, wish.school_id, wish.minutes)
        if key not in self.free:
            rules = rules_of(self.hours.get(wish.staff_id), school)
            self.free[key] = slots(
                rules if wish.minutes is None else replace(rules, length=timedelta(minutes=wish.minutes)),
                self.staff_busy.get(wish.staff_id, ()),
                zone=school.zone,
                start=now + NOTICE,
                until=now + HORIZON,
            )
        own = self.guardian_busy.get(wish.guardian_id, ())
        free = [
            slot
            for slot in self.free[key]
            if not any(slot.interval.overlaps(busy) for busy in own)
            and (wish.after is None or slot.start > wish.after)
            and (wish.until is None or slot.start < wish.until)
        ]
        return choose(free, self.preference(wish.guardian_id, school), zone=self.zone(wish.guardian_id, school))

    def zone(self, guardian_id: str, school: people.School) -> ZoneInfo:
        """Where the guardian lives, as far as is known."""
        row = self.preferences.get(guardian_id)
        return ZoneInfo(row.timezone) if row is not None and row.timezone else school.zone

    def preference(self, guardian_id: str, school: people.School) -> Preference:
        """The guardian's own; for quiet hours the school's default where nothing was said."""
        row = self.preferences.get(guardian_id)
        start, end = school.settings.get("quiet_start"), school.settings.get("quiet_end")
        if row is None:
            return Preference(quiet_start=_clock(start), quiet_end=_clock(end))
        return Preference(
            row.live_mode,
            _clock(row.available_after),
            _clock(row.quiet_start or start),
            _clock(row.quiet_end or end),
        )


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None
