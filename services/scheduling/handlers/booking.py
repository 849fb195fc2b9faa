"""Booking: the first to answer has the time; who loses is offered the next three. Cancelling, calling off.

Meetings that somebody else has decided (a round, a series, staff) are written by `fixing`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from itertools import groupby
from typing import Any

from services.scheduling.domain.answer import chosen_number
from services.scheduling.domain.bookings import Claim
from services.scheduling.handlers import announce, hosting, interpreters, limits, resources
from services.scheduling.handlers.claiming import claims_of
from services.scheduling.handlers.desk import Context
from services.scheduling.handlers.fixing import Fixed, Result, fix, move
from services.scheduling.handlers.offers import offer, wish_again
from services.scheduling.handlers.permission import may_book
from services.scheduling.ports import Ports
from services.scheduling.store import bookings, meetings, offers, people
from services.scheduling.store.bookings_dossier import Caps, Dossier, Slot, read
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

__all__ = ["Answer", "Fixed", "Result", "book", "cancel", "fix", "move", "reply_received", "withdraw"]

ANSWERABLE = frozenset({"open", "accepted", "expired"})  # a replaced offer has a newer one beside it


@dataclass(frozen=True, slots=True)
class Answer:
    """A guardian has chosen slot `n` of an offer. `key` is the reply's id, or names the page's request.

    `once`: a link's answer, which counts once; the same answer again is the same meeting, another one is refused. A reply by
    text message may change its mind.
    """

    key: str
    offer_id: str
    n: int
    guardian_id: str
    at: datetime
    mode: str | None = None
    cause: Event | None = None
    once: bool = False


@dataclass(frozen=True)
class _Try:
    """An answer that may be booked. `hosts`: who could hold the meeting, the one whose turn it is first."""

    answer: Answer
    dossier: Dossier
    slot: Slot
    hosts: tuple[str, ...]

    @property
    def offer(self) -> Any:
        return self.dossier.offer

    @cached_property
    def meeting_id(self) -> str:
        return str(self.offer.meeting_id or derived_id("meeting", self.offer.offer_id))

    @property
    def moves(self) -> bool:
        return self.dossier.meeting is not None and self.dossier.meeting.state == meetings.BOOKED

    def claims(self, host: str) -> list[Claim]:
        return claims_of(
            self.meeting_id,
            staff=(host, *(self.offer.team or ())),
            guardian_id=self.offer.guardian_id,
            start=self.slot.start_at,
            end=self.slot.end_at,
            before=self.dossier.before,
            buffer=self.dossier.buffer,
        )


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
    bookings.lock(uow.connection, (f"guardian:{answer.guardian_id}" for answer in answers))  # one answer at a time per home
    found = read(uow.connection, {each.offer_id for each in answers}, {each.n for each in answers})
    results: dict[str, Result] = {}
    tries = _last_word(_tries(uow, answers, found, results))
    fresh = [each for each in tries if not _said_already(each, results)]
    late = [each for each in fresh if each.slot.start_at <= uow.now]
    won, lost = _contend(uow, ports, [each for each in fresh if each.slot.start_at > uow.now])
    over = [each.offer.offer_id for each, _ in won] + [each.offer.offer_id for each in [*lost, *late]]
    if over:
        uow.cancel("offer_expired", *over)
    _accept(uow, ports, won, results)
    _offer_next(uow, ports, [*lost, *late], results)
    settled = {each.offer.offer_id: results[each.answer.key] for each in tries}
    return {answer.key: results.get(answer.key) or settled[answer.offer_id] for answer in answers}


def cancel(
    uow: UnitOfWork, meeting_ids: Collection[str], *, by: str, cause: Event | None = None, quiet: bool = False
) -> int:
    """Call meetings off, give their time back and tell both sides; returns how many were still on.

    `quiet`: the caller tells the people itself, as of a whole series.
    """
    rows = meetings.cancel(uow.connection, meeting_ids, by=by) if meeting_ids else []
    if rows:
        ids = [row.meeting_id for row in rows]
        resources.release(uow, ids)
        announce.cancelled(uow, rows, by=by, cause=cause, quiet=quiet)
        interpreters.called_off(uow, ids)
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


def _tries(
    uow: UnitOfWork, answers: Sequence[Answer], found: dict[str, Dossier], results: dict[str, Result]
) -> list[_Try]:
    """Answers that name a slot of an offer made to that guardian; the rest is settled in `results`."""
    tries, unclear, withdrawn = [], [], []
    turns = hosting.turns(uow, [dossier.offer for dossier in found.values()])
    for answer in answers:
        dossier = found.get(answer.offer_id)
        if dossier is None or not _theirs(dossier.offer, answer):
            results[answer.key] = Result("refused")
            continue
        row = dossier.offer
        slot = dossier.slots.get(answer.n)
        if slot is None or (answer.once and _answered_otherwise(dossier, slot)):
            if slot is None:
                unclear.append(answer.offer_id)
            results[answer.key] = Result("refused")
            continue
        days = {dossier.school.today(moment) for moment in (uow.now, slot.start_at)}
        if not _allowed(dossier.known, row, days, district=uow.district):
            withdrawn.append(answer.offer_id)
            results[answer.key] = Result("refused")
            continue
        tries.append(_Try(answer, dossier, slot, turns[answer.offer_id]))
    if unclear:
        offers.count_unclear(uow.connection, unclear)
    if withdrawn:
        offers.close(uow.connection, withdrawn, "withdrawn")
    return tries


def _theirs(offer: Any, answer: Answer) -> bool:
    return offer.guardian_id == answer.guardian_id and offer.state in ANSWERABLE


def _answered_otherwise(dossier: Dossier, slot: Slot) -> bool:
    """A link that was used for another time, or whose meeting has moved on since."""
    booked = dossier.meeting
    return dossier.offer.state == offers.ACCEPTED and (booked is None or booked.start_at != slot.start_at)


def _said_already(each: _Try, results: dict[str, Result]) -> bool:
    """The same digit once more: the meeting is as it was."""
    booked = each.dossier.meeting
    same = booked is not None and booked.state == meetings.BOOKED and booked.start_at == each.slot.start_at
    if same and booked is not None:
        results[each.answer.key] = Result("booked", booked.meeting_id)
    return same


def _last_word(tries: Sequence[_Try]) -> list[_Try]:
    """Two answers to one offer in one batch: the last one counts."""
    last: dict[str, _Try] = {}
    for each in sorted(tries, key=lambda each: (each.answer.at, each.answer.key)):
        last[each.offer.offer_id] = each
    return sorted(last.values(), key=lambda each: (each.answer.at, each.answer.key))


def _contend(
    uow: UnitOfWork, ports: Ports, tries: Sequence[_Try]
) -> tuple[list[tuple[_Try, dict[str, Any]]], list[_Try]]:
    """Who has a time, as a row to write, and who has lost it. Who moves is served alone, keeping the old time until then."""
    won: dict[str, str] = {}
    for moves, run in groupby(_within_limits(uow, tries), key=lambda each: each.moves):
        theirs = list(run)
        for part in [[each] for each in theirs] if moves else [theirs]:
            won |= _granted(uow, part, moves=moves)
    rows = [(each, _row(ports, each, won[each.answer.key], now=uow.now)) for each in tries if each.answer.key in won]
    meetings.write(uow.connection, [row for _, row in rows])
    return rows, [each for each in tries if each.answer.key not in won]


def _within_limits(uow: UnitOfWork, tries: Sequence[_Try]) -> list[_Try]:
    """Those whose teacher still has room on that day, and nothing in another calendar by now."""
    if any(each.dossier.caps.any for each in tries):  # so that nobody counts beside us
        bookings.lock(uow.connection, (claim.lock for each in tries for claim in each.claims(each.hosts[0])))
    asked = [
        limits.Asked(
            each.hosts[0],
            each.slot.start_at,
            each.slot.end_at,
            each.dossier.school.zone,
            each.dossier.caps if each.hosts[0] == each.offer.staff_id else Caps(None, None),
            each.meeting_id if each.moves else None,
        )
        for each in tries
    ]
    kept = []
    for each, over in zip(tries, limits.beyond(uow, asked), strict=True):
        if not over:
            kept.append(each)
        elif len(each.hosts) > 1:
            kept.append(replace(each, hosts=each.hosts[1:]))
    return kept


def _granted(uow: UnitOfWork, tries: Sequence[_Try], *, moves: bool) -> dict[str, str]:
    """The host that each answer got; where one is taken, the next whose turn it is."""
    grant = resources.change if moves else resources.take
    won: dict[str, str] = {}
    left = list(tries)
    while left:
        refused = grant(uow, [claim for each in left for claim in each.claims(each.hosts[0])])
        won |= {each.answer.key: each.hosts[0] for each in left if each.meeting_id not in refused}
        left = [
            replace(each, hosts=each.hosts[1:]) for each in left if each.meeting_id in refused and len(each.hosts) > 1
        ]
    return won


def _row(ports: Ports, each: _Try, host: str, *, now: datetime) -> dict[str, Any]:
    row, before = each.offer, each.dossier.meeting
    mode = str(each.answer.mode if each.answer.mode in row.modes else row.modes[0])
    phone = each.dossier.school.settings.get("office_phone")
    return {
        "meeting_id": each.meeting_id,
        "offer_id": row.offer_id,
        "kind": row.kind,
        "guardian_id": row.guardian_id,
        "student_id": row.student_id,
        "staff_id": host,
        "school_id": row.school_id,
        "start_at": each.slot.start_at,
        "end_at": each.slot.end_at,
        "blocked_until": each.slot.end_at + each.dossier.buffer,
        "mode": mode,
        "dial_in": ports.dial_in(mode, each.meeting_id, office_phone=phone),
        "sequence": before.sequence + 1 if before is not None else 0,
        "state": meetings.BOOKED,
        "booked_at": now,
        "cancelled_by": None,
        "source": "answer",
    }


def _accept(uow: UnitOfWork, ports: Ports, won: Sequence[tuple[_Try, dict[str, Any]]], results: dict[str, Result]) -> None:
    if not won:
        return
    offers.accept(uow.connection, [(each.offer.offer_id, row["meeting_id"]) for each, row in won])
    teams = {row["meeting_id"]: tuple(each.offer.team or ()) for each, row in won}
    bookings.set_parties(uow.connection, teams)
    for each, row in won:
        results[each.answer.key] = Result("booked", row["meeting_id"], row)
    rows = [row for _, row in won]
    known = announce.People.of(uow, [(row, each.dossier) for each, row in won])
    announce.booked(uow, [(row, each.answer.cause) for each, row in won], known=known, teams=teams)
    interpreters.needed(uow, ports, rows, languages={row["guardian_id"]: known.language(row) for row in rows})


def _context(tries: Sequence[_Try]) -> Context:
    """Policy's facts and the people of these answers, which were read with their offers."""
    known = [each.dossier.known for each in tries]
    return Context(
        people.Known(
            links={pair: link for each in known for pair, link in each.links.items()},
            schools_of={student: schools for each in known for student, schools in each.schools_of.items()},
            restrictions=tuple(restriction for each in known for restriction in each.restrictions),
            boundaries={guardian: limits for each in known for guardian, limits in each.boundaries.items()},
            taught=frozenset(),
        ),
        {each.dossier.school.school_id: each.dossier.school for each in tries},
        {each.offer.guardian_id: each.dossier.guardian for each in tries if each.dossier.guardian is not None},
        {each.offer.staff_id: each.dossier.hours for each in tries if each.dossier.hours is not None},
        # an answer to an offer that was over leaves another one open, perhaps
        replaces=tuple(each.offer.offer_id for each in tries) if all(each.offer.state == offers.OPEN for each in tries) else None,
    )


def _offer_next(uow: UnitOfWork, ports: Ports, lost: Sequence[_Try], results: dict[str, Result]) -> None:
    """The next three free times for who came too late."""
    wishes = {
        each.answer.key: wish_again(
            each.offer,
            derived_id("again", each.answer.offer_id, each.answer.key),
            cause=each.answer.cause,
            near=each.slot.start_at,
        )
        for each in lost
    }
    one_each = {(w.guardian_id, w.student_id, w.staff_id): key for key, w in wishes.items()}
    made = offer(uow, ports, [wishes[key] for key in one_each.values()], context=_context(lost))
    for key, wish in wishes.items():
        row = made.get(wish.offer_id)
        state = "again" if row is not None and row["state"] == offers.OPEN else "waiting"
        results[key] = Result(state, wish.offer_id, row)
