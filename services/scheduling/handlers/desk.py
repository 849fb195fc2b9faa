"""Where times are chosen for a batch of families: what all of it needs, read in a handful of queries."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain.bookings import Kind
from services.scheduling.domain.choice import OFFERED, Choice, Fit, Preference, choose
from services.scheduling.domain.gathering import all_free, any_free
from services.scheduling.domain.windows import Interval, Slot
from services.scheduling.handlers.availability import SLOT_MINUTES, free
from services.scheduling.store import availability, bookings, people
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

HORIZON = timedelta(days=35)
# most families find three times in the days ahead, most who lost one find others close to it: only for the rest all of
# them are looked at
SOON, CLOSE = timedelta(days=8), timedelta(days=2)
_Asked = tuple[timedelta | None, str, str | None]  # length, kind, and the meeting that gives up its time


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody should be offered times. `offer_id` is derived from what caused it, so that a repeat meets itself.

    Times begin after `after` and before `until`; they last `minutes`, else as long as the member of staff has set. `near`: the
    time that was lost to somebody else, the next ones come first. `team`: staff who must all be free beside the teacher.
    `hosts`: staff any one of whom will do in the teacher's place.
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
    near: datetime | None = None
    team: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, repr=False)  # names people: kept out of tracebacks
class Context:
    """What policy decides on, schools, guardians and teachers' hours of some wishes, where the caller has read them anyway.

    `replaces`: the offers in whose place these come, where they are known; else they are looked for.
    """

    known: people.Known
    schools: dict[str, people.School]
    guardians: dict[str, Any]
    hours: dict[str, Any]
    replaces: tuple[str, ...] | None = None

    @classmethod
    def read(cls, uow: UnitOfWork, wishes: Sequence[Wish]) -> Context:
        return cls(
            people.known(uow.connection, {wish.student_id for wish in wishes}),
            people.schools(uow.connection, {wish.school_id for wish in wishes}),
            people.guardians(uow.connection, {wish.guardian_id for wish in wishes}),
            availability.office_hours(uow.connection, {wish.staff_id for wish in wishes}),
        )


@dataclass(frozen=True)
class Desk:
    """Everything that choosing times for a batch of wishes needs, read in a handful of queries."""

    schools: dict[str, people.School]
    hours: dict[str, Any]
    preferences: dict[str, Any]
    guardians: dict[str, Any]
    guardian_busy: dict[tuple[Kind, str], list[Interval]]
    longer: dict[str, int] = field(default_factory=dict)
    shown: Counter[tuple[str, datetime]] = field(default_factory=Counter)

    @classmethod
    def of(cls, uow: UnitOfWork, wishes: Sequence[Wish], context: Context) -> Desk:
        connection = uow.connection
        guardian_ids = {wish.guardian_id for wish in wishes}
        moving = {wish.moves for wish in wishes if wish.moves is not None}
        return cls(
            schools=context.schools,
            hours=context.hours,
            preferences=availability.preferences(connection, guardian_ids),
            guardians=context.guardians,
            guardian_busy=bookings.busy(connection, {Kind.GUARDIAN: guardian_ids}, since=uow.now, but=moving),
        )

    def language(self, guardian_id: str) -> str:
        found = self.guardians.get(guardian_id)
        return found.language if found is not None else "en"

    def choices(self, uow: UnitOfWork, wishes: Sequence[Wish]) -> dict[str, Choice]:
        """By offer. First the days ahead (of the time that was lost), then everything, for whom those were not enough."""
        found: dict[str, Choice] = {}
        left = list(wishes)
        for far in (False, True):
            slots = self._slots(uow, left, far=far)
            for wish in left:
                found[wish.offer_id] = self._choose(wish, slots[wish.offer_id])
            left = [wish for wish in left if not _enough(found[wish.offer_id])]
            if not left:
                break
        return found

    def length(self, wish: Wish) -> timedelta | None:
        """Of the wish's slots, where it is not just as the teacher has set; longer where somebody interprets."""
        more = self.longer.get(wish.offer_id)
        if more is None:
            return timedelta(minutes=wish.minutes) if wish.minutes is not None else None
        hours = self.hours.get(wish.staff_id)
        plain = wish.minutes or (hours.slot_minutes if hours is not None else SLOT_MINUTES)
        return timedelta(minutes=-(-plain * (100 + more) // 500) * 5)  # up to the grid of five minutes

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

    def _slots(self, uow: UnitOfWork, wishes: Sequence[Wish], *, far: bool) -> dict[str, list[Slot]]:
        """Slots of each wish's people, by offer: asked for together by those who ask for the same thing."""
        groups: dict[_Asked, list[Wish]] = defaultdict(list)
        for wish in wishes:
            groups[self.length(wish), wish.kind, wish.moves].append(wish)
        found: dict[str, list[Slot]] = {}
        for (length, kind, moves), theirs in groups.items():
            by_staff: dict[str, list[Wish]] = defaultdict(list)
            for wish in theirs:
                for each in (wish.staff_id, *wish.team, *wish.hosts):
                    by_staff[each].append(wish)
            start, until = (uow.now, uow.now + HORIZON) if far else _ahead(uow.now, theirs)
            spans = None if far else {staff: _ahead(uow.now, mine) for staff, mine in by_staff.items()}
            but = [moves] if moves is not None else []
            slots = free(uow, sorted(by_staff), start, until, length=length, kind=kind, but=but, within=spans)
            for wish in theirs:
                own = any_free([slots[host] for host in wish.hosts]) if wish.hosts else slots[wish.staff_id]
                found[wish.offer_id] = all_free(own, [slots[each] for each in wish.team]) if wish.team else own
        return found

    def _choose(self, wish: Wish, slots: Sequence[Slot]) -> Choice:
        school = self.schools[wish.school_id]
        own = self.guardian_busy.get((Kind.GUARDIAN, wish.guardian_id), ())

        def usable(slot: Slot) -> bool:
            return (
                (wish.after is None or slot.start > wish.after)
                and (wish.until is None or slot.start < wish.until)
                and not any(slot.interval.overlaps(busy) for busy in own)
            )

        preference, zone = self.preference(wish.guardian_id, school), self.zone(wish.guardian_id, school)
        ordered = _from(slots, wish.near) if wish.near is not None else slots
        # where many lose one time together, not all of them are shown the same next three
        crowd = (lambda slot: self.shown[wish.staff_id, slot.start]) if wish.again else None
        choice = choose(ordered, preference, zone=zone, usable=usable, crowd=crowd)
        self.shown.update((wish.staff_id, slot.start) for slot in choice.slots)
        return choice


def _ahead(now: datetime, wishes: Sequence[Wish]) -> tuple[datetime, datetime]:
    """Where most of them find three times."""
    starts = [max(now, wish.near or now, wish.after or now) for wish in wishes]
    reach = CLOSE if all(wish.near is not None for wish in wishes) else SOON
    return min(starts), max(starts) + reach


def _enough(choice: Choice) -> bool:
    return choice.fit is Fit.SUITS and len(choice.slots) == OFFERED


def _from(slots: Sequence[Slot], near: datetime) -> list[Slot]:
    """Those after the time that was lost, then those before it, the closest first."""
    later = [slot for slot in slots if slot.start >= near]
    return later + [slot for slot in reversed(slots) if slot.start < near]


def _clock(text: str | None) -> time | None:
    return time.fromisoformat(text) if text else None
