"""Booking: the first to answer has the time; who loses is offered the next three. Moving, cancelling, calling off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from services.scheduling.domain.allocation import Ask, allocate
from services.scheduling.domain.answer import chosen_number
from services.scheduling.domain.windows import Interval
from services.scheduling.handlers import announce
from services.scheduling.handlers.offers import offer, wish_again
from services.scheduling.handlers.permission import may_book
from services.scheduling.ports import Ports
from services.scheduling.store import availability, meetings, offers, people
from shared.errors import HomeroomError
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

ATTEMPTS = 5  # races lost in a row before the whole batch is tried again later
ANSWERABLE = frozenset({"open", "accepted", "expired"})  # a replaced offer has a newer one beside it


@dataclass(frozen=True, slots=True)
class Answer:
    """A guardian has chosen slot `n` of an offer. `key` is the reply's id, or names the page's request."""

    key: str
    offer_id: str
    n: int
    guardian_id: str
    at: datetime
    mode: str | None = None
    cause: Event | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of an answer: `booked` (a meeting), `again` (a new offer), `waiting` (no time free), `refused`."""

    outcome: str
    ref: str | None = None


@dataclass(frozen=True, slots=True)
class _Claim:
    answer: Answer
    offer: Any
    slot: Any
    ask: Ask


def reply_received(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Replies to offers; the others belong to surveys or to the thread."""
    ours = [event for event in events if event.data["open_kind"] == "meeting_offer" and event.data["open_ref"]]
    answers, unclear = [], []
    for event in ours:
        n = chosen_number(event.data["text"])
        if n is None:
            unclear.append(event.data["open_ref"])
            continue
        data = event.data
        answers.append(
            Answer(
                data["reply_id"], data["open_ref"], n, data["guardian_id"], data["received_at"], cause=event
            )
        )
    if unclear:
        offers.count_unclear(uow.connection, unclear)
    book(uow, ports, answers)


def book(uow: UnitOfWork, ports: Ports, answers: Sequence[Answer]) -> dict[str, Result]:
    """Book what each answer chose, in the order they came; results by the answers' keys."""
    if not answers:
        return {}
    ids = {answer.offer_id for answer in answers}
    before = offers.by_id(uow.connection, ids)
    meetings.lock_people(
        uow.connection,
        {f"staff:{row.staff_id}" for row in before.values()} | {f"guardian:{row.guardian_id}" for row in before.values()},
    )
    results: dict[str, Result] = {}
    claims = _last_word(_claims(uow, answers, results))
    won, lost = _contend(uow, ports, claims, results)
    _accept(uow, won, results)
    _offer_next(uow, ports, lost, results)
    settled = {claim.offer.offer_id: results[claim.answer.key] for claim in claims}
    return {answer.key: results.get(answer.key) or settled[answer.offer_id] for answer in answers}


def cancel(uow: UnitOfWork, meeting_ids: Collection[str], *, by: str, cause: Event | None = None) -> int:
    """Call meetings off and tell both sides; returns how many were still on."""
    rows = meetings.cancel(uow.connection, meeting_ids, by=by) if meeting_ids else []
    announce.cancelled(uow, rows, by=by, cause=cause)
    return len(rows)


def withdraw(uow: UnitOfWork, student_ids: Collection[str]) -> None:
    """After the roster or a restriction changed: take back what policy would not allow any more (fails closed)."""
    open_offers = offers.of_pairs(uow.connection, student_ids, [offers.OPEN, offers.UNSERVED])
    booked = meetings.of_students(uow.connection, student_ids, uow.now)
    if not open_offers and not booked:
        return
    known = people.known(uow.connection, student_ids)
    schools = people.schools(uow.connection, {row.school_id for row in [*open_offers, *booked]})

    def stays(row: Any, *moments: datetime) -> bool:
        days = {schools[row.school_id].today(moment) for moment in moments}
        return _allowed(known, row, days, district=uow.district)

    gone = [row.offer_id for row in open_offers if not stays(row, uow.now)]
    if gone:
        for state in (offers.OPEN, offers.UNSERVED):
            offers.close(uow.connection, gone, "withdrawn", only=state)
        uow.cancel("offer_expired", *gone)
    off = [row.meeting_id for row in booked if not stays(row, uow.now, row.start_at)]
    cancel(uow, off, by="staff")


def _allowed(known: people.Known, row: Any, days: set[date], *, district: str) -> bool:
    """On every one of these days: the day of the answer and the day of the meeting."""
    return all(may_book(known, row.guardian_id, row.student_id, district=district, on=on).allowed for on in days)


def _claims(uow: UnitOfWork, answers: Sequence[Answer], results: dict[str, Result]) -> list[_Claim]:
    """Answers that name a slot of an offer made to that guardian; the rest is settled in `results`."""
    found = offers.by_id(uow.connection, {answer.offer_id for answer in answers})
    slots = offers.slots_of(uow.connection, found)
    known = people.known(uow.connection, {row.student_id for row in found.values()})
    schools = people.schools(uow.connection, {row.school_id for row in found.values()})
    hours = availability.office_hours(uow.connection, {row.staff_id for row in found.values()})
    claims, unclear, withdrawn = [], [], []
    for answer in answers:
        row = found.get(answer.offer_id)
        if row is None or row.guardian_id != answer.guardian_id or row.state not in ANSWERABLE:
            results[answer.key] = Result("refused")
            continue
        slot = slots[answer.offer_id].get(answer.n)
        if slot is None:
            unclear.append(answer.offer_id)
            results[answer.key] = Result("refused")
            continue
        days = {schools[row.school_id].today(moment) for moment in (uow.now, slot.start_at)}
        if not _allowed(known, row, days, district=uow.district):
            withdrawn.append(answer.offer_id)
            results[answer.key] = Result("refused")
            continue
        buffer = timedelta(minutes=hours[row.staff_id].buffer_minutes if row.staff_id in hours else 0)
        wanted = Interval(slot.start_at, slot.end_at)
        blocks = Interval(slot.start_at, slot.end_at + buffer)
        ask = Ask(answer.key, row.staff_id, row.guardian_id, wanted, blocks, answer.at, moves=row.meeting_id)
        claims.append(_Claim(answer, row, slot, ask))
    if unclear:
        offers.count_unclear(uow.connection, unclear)
    if withdrawn:
        offers.close(uow.connection, withdrawn, "withdrawn")
    return claims


def _contend(
    uow: UnitOfWork, ports: Ports, claims: Sequence[_Claim], results: dict[str, Result]
) -> tuple[list[tuple[_Claim, dict[str, Any]]], list[_Claim]]:
    """Who has a time and who has lost it, written into the tables; a lost race is run again on what is left."""
    by_key = {claim.answer.key: claim for claim in claims}
    current = meetings.by_id(uow.connection, {claim.offer.meeting_id for claim in claims if claim.offer.meeting_id})
    schools = people.schools(uow.connection, {claim.offer.school_id for claim in claims})
    late = [claim for claim in claims if claim.slot.start_at <= uow.now]
    fresh = [claim for claim in claims if claim.slot.start_at > uow.now and not _said_already(claim, current, results)]
    asks = [claim.ask for claim in fresh]
    for _ in range(ATTEMPTS):
        staff_busy, guardian_busy = availability.busy(
            uow.connection,
            staff_ids={ask.staff_id for ask in asks},
            guardian_ids={ask.guardian_id for ask in asks},
            since=uow.now,
            but={ask.moves for ask in asks if ask.moves},
        )
        won, lost = allocate(asks, staff_busy=staff_busy, guardian_busy=guardian_busy)
        pairs = [(by_key[ask.key], _row(ports, by_key[ask.key], current, schools, now=uow.now)) for ask in won]
        try:
            meetings.write(uow.connection, [row for _, row in pairs])
        except meetings.Collision:
            continue
        return pairs, [by_key[ask.key] for ask in lost] + late
    raise HomeroomError("BOOKING_RACE", "a time could not be booked for others booking it", "it is tried again", "book")


def _said_already(claim: _Claim, current: dict[str, Any], results: dict[str, Result]) -> bool:
    """The same digit once more: the meeting is as it was."""
    booked = current.get(claim.offer.meeting_id)
    same = booked is not None and booked.state == meetings.BOOKED and booked.start_at == claim.slot.start_at
    if same and booked is not None:
        results[claim.answer.key] = Result("booked", booked.meeting_id)
    return same


def _last_word(claims: Sequence[_Claim]) -> list[_Claim]:
    """Two answers to one offer in one batch: the last one counts."""
    last: dict[str, _Claim] = {}
    for claim in sorted(claims, key=lambda claim: (claim.answer.at, claim.answer.key)):
        last[claim.offer.offer_id] = claim
    return list(last.values())


def _row(
    ports: Ports, claim: _Claim, current: dict[str, Any], schools: dict[str, people.School], *, now: datetime
) -> dict[str, Any]:
    row, before = claim.offer, current.get(claim.offer.meeting_id)
    meeting_id = row.meeting_id or derived_id("meeting", row.offer_id)
    mode = str(claim.answer.mode if claim.answer.mode in row.modes else row.modes[0])
    phone = schools[row.school_id].settings.get("office_phone")
    return {
        "meeting_id": meeting_id,
        "offer_id": row.offer_id,
        "kind": row.kind,
        "guardian_id": row.guardian_id,
        "student_id": row.student_id,
        "staff_id": row.staff_id,
        "school_id": row.school_id,
        "start_at": claim.slot.start_at,
        "end_at": claim.slot.end_at,
        "blocked_until": claim.ask.blocks.end,
        "mode": mode,
        "dial_in": ports.dial_in(mode, meeting_id, office_phone=phone),
        "sequence": before.sequence + 1 if before is not None else 0,
        "state": meetings.BOOKED,
        "booked_at": now,
        "cancelled_by": None,
    }


def _accept(uow: UnitOfWork, won: Sequence[tuple[_Claim, dict[str, Any]]], results: dict[str, Result]) -> None:
    if not won:
        return
    offers.accept(uow.connection, [(claim.answer.offer_id, row["meeting_id"]) for claim, row in won])
    uow.cancel("offer_expired", *[claim.answer.offer_id for claim, _ in won])
    for claim, row in won:
        results[claim.answer.key] = Result("booked", row["meeting_id"])
    announce.booked(uow, [(row, claim.answer.cause) for claim, row in won])


def _offer_next(uow: UnitOfWork, ports: Ports, lost: Sequence[_Claim], results: dict[str, Result]) -> None:
    """The next three free times for who came too late."""
    wishes = {
        claim.answer.key: wish_again(
            claim.offer, derived_id("again", claim.answer.offer_id, claim.answer.key), cause=claim.answer.cause
        )
        for claim in lost
    }
    one_each = {(w.guardian_id, w.student_id, w.staff_id): key for key, w in wishes.items()}
    made = offer(uow, ports, [wishes[key] for key in one_each.values()])
    for key, wish in wishes.items():
        row = made.get(wish.offer_id)
        state = "again" if row is not None and row["state"] == offers.OPEN else "waiting"
        results[key] = Result(state, wish.offer_id)
