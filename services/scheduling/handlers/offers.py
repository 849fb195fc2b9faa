"""Offers: three times that suit a family, and what becomes of offers nobody answers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.domain.choice import Choice, Preference, choose, mode_for
from services.scheduling.domain.windows import Slot, slots
from services.scheduling.handlers.availability import MODES, rules_of
from services.scheduling.handlers.permission import may_invite
from services.scheduling.ports import Ports
from services.scheduling.store import availability, meetings, offers, people
from shared.errors import HomeroomError
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

NOTICE = timedelta(hours=2)  # nobody is asked to a meeting sooner than that
LAST_CALL = timedelta(hours=1)  # before the last slot of an offer: then it is over
HORIZON = timedelta(days=35)
LINK_OUTLIVES = timedelta(days=1)  # the last slot: what was chosen can be seen, moved and called off by the same link


@dataclass(frozen=True, slots=True)
class Wish:
    """Somebody should be offered times. `offer_id` is derived from what caused it, so that a repeat meets itself."""

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


def early_alert_raised(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Every guardian who may be invited is offered times with the teacher, unless they meet already."""
    student_ids = {event.data["student_id"] for event in events}
    students = people.students(uow.connection, student_ids)
    schools = people.schools(uow.connection, (event.data["school_id"] for event in events))
    if student_ids - students.keys() or {event.data["school_id"] for event in events} - schools.keys():
        raise HomeroomError(
            "ROSTER_BEHIND", "an alert came before its student", "it is tried again by itself", "early_alert_raised"
        )
    known = people.known(uow.connection, student_ids)
    met = {
        (row.guardian_id, row.student_id, row.staff_id)
        for row in meetings.of_students(uow.connection, student_ids, uow.now)
    }
    wishes = []
    for event in events:
        student, school = event.data["student_id"], schools[event.data["school_id"]]
        staff = event.data["teacher_id"] or next(iter(students[student].teacher_ids), None)
        if staff is None:
            continue  # nobody teaches the child: the alert itself has gone to the family
        for guardian, child in known.links:
            decision = may_invite(known, guardian, student, district=uow.district, on=school.today(uow.now))
            if child == student and decision.allowed and (guardian, student, staff) not in met:
                offer_id = derived_id("offer", event.data["alert_id"], guardian)
                wishes.append(Wish(offer_id, "alert", guardian, student, staff, school.school_id, cause=event))
    offer(uow, ports, wishes)


def offer(uow: UnitOfWork, ports: Ports, wishes: Sequence[Wish]) -> dict[str, dict[str, Any]]:
    """Offer times for each wish; returns the offer rows by id. Where no time is free the offer waits for one.

    Nothing is held for anybody: the first to answer has the time, the others are offered the next.
    """
    if not wishes:
        return {}
    desk = _Desk.of(uow, wishes)
    rows, slot_rows = [], []
    for wish in wishes:
        choice = desk.choose(wish, uow.now)
        rows.append(_offer_row(uow, ports, wish, desk, choice))
        slot_rows += [
            {"offer_id": wish.offer_id, "n": n, "start_at": slot.start, "end_at": slot.end}
            for n, slot in enumerate(choice.slots, 1)
        ]
    _replace_older(uow, wishes)
    offers.add(uow.connection, rows, slot_rows)
    for wish, row in zip(wishes, rows, strict=True):
        if row["state"] == offers.OPEN:
            mine = [each for each in slot_rows if each["offer_id"] == wish.offer_id]
            _announce(uow, ports, wish, row=row, slots=mine, language=desk.language(wish.guardian_id))
    return {row["offer_id"]: row for row in rows}


def offer_expired(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """Nobody answered in time."""
    offers.close(uow.connection, [item.key for item in items], "expired")


def serve_waiting(uow: UnitOfWork, ports: Ports, staff_id: str) -> None:
    """After a teacher has opened more hours: offer times to the families for whom there were none."""
    waiting = offers.of_staff(uow.connection, staff_id, [offers.UNSERVED])
    offer(uow, ports, [wish_again(row, row.offer_id, again=row.again) for row in waiting])


def wish_again(
    row: Any, offer_id: str, *, again: bool = True, after: datetime | None = None, cause: Event | None = None
) -> Wish:
    """The wish behind an offer, once more."""
    people_of_it = (row.guardian_id, row.student_id, row.staff_id, row.school_id)
    return Wish(offer_id, row.kind, *people_of_it, again=again, moves=row.meeting_id, after=after, cause=cause)


def link_of(uow: UnitOfWork, ports: Ports, row: Mapping[str, Any], *, language: str) -> str:
    """The page of an offer row, for its guardian."""
    return ports.offer_link(
        uow.district,
        row["guardian_id"],
        row["offer_id"],
        expires_at=row["expires_at"] + LAST_CALL + LINK_OUTLIVES,
        language=language,
        school=row["school_id"],
    )


@dataclass(frozen=True)
class _Desk:
    """Everything that choosing times for a batch of wishes needs, read in a handful of queries."""

    schools: dict[str, people.School]
    hours: dict[str, Any]
    preferences: dict[str, Any]
    guardians: dict[str, Any]
    staff_busy: dict[str, Any]
    guardian_busy: dict[str, Any]
    free: dict[tuple[str, str], list[Slot]]

    @classmethod
    def of(cls, uow: UnitOfWork, wishes: Sequence[Wish]) -> _Desk:
        connection = uow.connection
        staff_ids = {wish.staff_id for wish in wishes}
        guardian_ids = {wish.guardian_id for wish in wishes}
        staff_busy, guardian_busy = availability.busy(
            connection, staff_ids=staff_ids, guardian_ids=guardian_ids, since=uow.now
        )
        return cls(
            schools=people.schools(connection, (wish.school_id for wish in wishes)),
            hours=availability.office_hours(connection, staff_ids),
            preferences=availability.preferences(connection, guardian_ids),
            guardians=people.guardians(connection, guardian_ids),
            staff_busy=staff_busy,
            guardian_busy=guardian_busy,
            free={},
        )

    def language(self, guardian_id: str) -> str:
        found = self.guardians.get(guardian_id)
        return found.language if found is not None else "en"

    def choose(self, wish: Wish, now: datetime) -> Choice:
        school = self.schools[wish.school_id]
        key = (wish.staff_id, wish.school_id)
        if key not in self.free:
            self.free[key] = slots(
                rules_of(self.hours.get(wish.staff_id), school),
                self.staff_busy.get(wish.staff_id, ()),
                zone=school.zone,
                start=now + NOTICE,
                until=now + HORIZON,
            )
        own = self.guardian_busy.get(wish.guardian_id, ())
        free = [
            slot
            for slot in self.free[key]
            if not any(slot.interval.overlaps(busy) for busy in own) and (wish.after is None or slot.start > wish.after)
        ]
        row = self.preferences.get(wish.guardian_id)
        zone = ZoneInfo(row.timezone) if row is not None and row.timezone else school.zone
        return choose(free, self.preference(wish.guardian_id, school), zone=zone)

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


def _offer_row(uow: UnitOfWork, ports: Ports, wish: Wish, desk: _Desk, choice: Choice) -> dict[str, Any]:
    hours, school = desk.hours.get(wish.staff_id), desk.schools[wish.school_id]
    possible = ports.modes(list(hours.modes if hours is not None else MODES))
    last = choice.slots[-1].start if choice.slots else uow.now + HORIZON
    return {
        "offer_id": wish.offer_id,
        "kind": wish.kind,
        "guardian_id": wish.guardian_id,
        "student_id": wish.student_id,
        "staff_id": wish.staff_id,
        "school_id": wish.school_id,
        "modes": list(mode_for(desk.preference(wish.guardian_id, school), possible)),
        "fit": choice.fit.value,
        "state": offers.OPEN if choice.slots else offers.UNSERVED,
        "again": wish.again,
        "unclear": 0,
        "created_at": uow.now,
        "expires_at": last - LAST_CALL,
        "meeting_id": wish.moves,
    }


def _replace_older(uow: UnitOfWork, wishes: Iterable[Wish]) -> None:
    """A family has one open offer per child and teacher: the newest."""
    wanted = {(wish.guardian_id, wish.student_id, wish.staff_id) for wish in wishes}
    ids = {wish.offer_id for wish in wishes}
    older = [
        row.offer_id
        for row in offers.of_pairs(uow.connection, {student for _, student, _ in wanted}, [offers.OPEN])
        if (row.guardian_id, row.student_id, row.staff_id) in wanted and row.offer_id not in ids
    ]
    if older:
        offers.close(uow.connection, older, "replaced")
        uow.cancel("offer_expired", *older)


def _announce(
    uow: UnitOfWork, ports: Ports, wish: Wish, *, row: dict[str, Any], slots: Sequence[dict[str, Any]], language: str
) -> None:
    told = ("offer_id", "kind", "again", "guardian_id", "student_id", "staff_id", "school_id", "modes", "expires_at")
    uow.emit(
        "scheduling.meeting_offered",
        {
            **{name: row[name] for name in told},
            "slots": [{"n": each["n"], "start": each["start_at"], "end": each["end_at"]} for each in slots],
            "link": link_of(uow, ports, row, language=language),
        },
        school=wish.school_id,
        subject=wish.student_id,
        cause=wish.cause,
    )
    uow.schedule("offer_expired", wish.offer_id, row["expires_at"])
