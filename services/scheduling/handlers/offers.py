"""Offers: three times that suit a family, and what becomes of offers nobody answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.scheduling.domain.choice import Choice, mode_for
from services.scheduling.handlers import interpreters
from services.scheduling.handlers.announce import Somewhere
from services.scheduling.handlers.availability import MODES
from services.scheduling.handlers.desk import HORIZON, Context, Desk, Wish
from services.scheduling.handlers.permission import may_invite
from services.scheduling.ports import Ports
from services.scheduling.store import meetings, offers, people
from shared.errors import HomeroomError
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import DueItem, UnitOfWork

LAST_CALL = timedelta(hours=1)  # before the last slot of an offer: then it is over
LINK_OUTLIVES = timedelta(days=1)  # the last slot: what was chosen can be seen, moved and called off by the same link


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


def offer(
    uow: UnitOfWork, ports: Ports, wishes: Sequence[Wish], *, context: Context | None = None
) -> dict[str, dict[str, Any]]:
    """Offer times for each wish; returns the offer rows by id. Where no time is free the offer waits for one.

    Nothing is held for anybody: the first to answer has the time, the others are offered the next. Who may not be invited
    is offered nothing, whoever asks; their rows are not in the answer.
    """
    context = context or Context.read(uow, wishes) if wishes else None
    if context is None:
        return {}
    wishes = _permitted(uow, wishes, context)
    if not wishes:
        return {}
    desk = Desk.of(uow, wishes, context)
    interpreters.lengthen(uow, desk, wishes)
    choices = desk.choices(uow, wishes)
    rows = {wish.offer_id: _offer_row(uow, ports, wish, desk, choices[wish.offer_id]) for wish in wishes}
    slots = {
        wish.offer_id: [
            {"offer_id": wish.offer_id, "n": n, "start_at": slot.start, "end_at": slot.end}
            for n, slot in enumerate(choices[wish.offer_id].slots, 1)
        ]
        for wish in wishes
    }
    _replace_older(uow, wishes, context)
    offers.add(uow.connection, list(rows.values()), [slot for theirs in slots.values() for slot in theirs])
    for wish in wishes:
        row = rows[wish.offer_id]
        if row["state"] == offers.OPEN:
            _announce(uow, ports, wish, row=row, slots=slots[wish.offer_id], language=desk.language(wish.guardian_id))
    return rows


def _permitted(uow: UnitOfWork, wishes: Sequence[Wish], context: Context) -> list[Wish]:
    """Those whose guardian may be invited today: a wish may have waited since before a restriction began."""
    kept: list[Wish] = []
    gone: list[Wish] = []
    for wish in wishes:
        on = context.schools[wish.school_id].today(uow.now)
        decision = may_invite(context.known, wish.guardian_id, wish.student_id, district=uow.district, on=on)
        (kept if decision.allowed else gone).append(wish)
    if gone:
        for state in (offers.OPEN, offers.UNSERVED):
            offers.close(uow.connection, [wish.offer_id for wish in gone], "withdrawn", only=state)
    return kept


def offer_expired(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """Nobody answered in time."""
    offers.close(uow.connection, [item.key for item in items], "expired")


def serve_waiting(uow: UnitOfWork, ports: Ports, staff_id: str) -> None:
    """After a teacher has opened more hours: offer times to the families for whom there were none."""
    waiting = offers.of_staff(uow.connection, staff_id, [offers.UNSERVED])
    offer(uow, ports, [wish_again(row, row.offer_id, again=row.again) for row in waiting])


def wish_again(
    row: Any,
    offer_id: str,
    *,
    again: bool = True,
    after: datetime | None = None,
    cause: Event | None = None,
    near: datetime | None = None,
) -> Wish:
    """The wish behind an offer, once more; `near`: the time that was lost."""
    return Wish(
        offer_id,
        row.kind,
        row.guardian_id,
        row.student_id,
        row.staff_id,
        row.school_id,
        again=again,
        moves=row.meeting_id,
        after=after,
        cause=cause,
        until=row.not_after,
        minutes=row.minutes,
        near=near,
        team=tuple(row.team or ()),
        hosts=tuple(row.hosts or ()),
    )


def link_of(where: Somewhere, ports: Ports, row: Mapping[str, Any], *, language: str) -> str:
    """The page of an offer row, for its guardian."""
    return ports.offer_link(
        where.district,
        row["guardian_id"],
        row["offer_id"],
        expires_at=row["expires_at"] + LAST_CALL + LINK_OUTLIVES,
        language=language,
        school=row["school_id"],
    )


def _offer_row(uow: UnitOfWork, ports: Ports, wish: Wish, desk: Desk, choice: Choice) -> dict[str, Any]:
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
        "not_after": wish.until,
        "minutes": wish.minutes,
        "team": list(wish.team) or None,
        "hosts": list(wish.hosts) or None,
        "interpreted": wish.offer_id in desk.longer,
    }


def _replace_older(uow: UnitOfWork, wishes: Sequence[Wish], context: Context) -> None:
    """A family has one open offer per child and teacher: the newest."""
    if context.replaces is not None:
        offers.close(uow.connection, context.replaces, offers.REPLACED)
        return
    wanted = {(wish.guardian_id, wish.student_id, wish.staff_id) for wish in wishes}
    ids = {wish.offer_id for wish in wishes}
    older = [
        row.offer_id
        for row in offers.of_pairs(uow.connection, {student for _, student, _ in wanted}, [offers.OPEN])
        if (row.guardian_id, row.student_id, row.staff_id) in wanted and row.offer_id not in ids
    ]
    if older:
        offers.close(uow.connection, older, offers.REPLACED)
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
