"""What a decision about a delivery stands on: facts of a whole batch, and policy's word for each of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

from services.notifications.domain.audience import address_of, channel_of
from services.notifications.domain.consent import HARD, Consent, Purpose, Source
from services.notifications.domain.quiet import QuietHours, month_begins_at
from services.notifications.domain.sending import NOTHING, Situation, Weight, in_order
from services.notifications.domain.sending import Channel as Way
from services.notifications.handlers import rendering
from services.notifications.store import messages, outgoing, people, providers, threads
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, Subject, about_whom
from shared.policy import decide as policy

CONVERSATION = timedelta(minutes=30)  # a guardian who has just written may be answered, whatever the hour


INVITATIONS = frozenset({"survey.invitation", "survey.reminder"})  # a boundary set since they were written holds for them


STOP_ANSWER = "stop.confirmed"  # the one message that a STOP itself calls for (47 CFR 64.1200(a)(12))


@dataclass(frozen=True)
class Ground:
    """What the decisions of one batch stand on."""

    messages: Mapping[str, people.Row]
    guardians: Mapping[str, people.Row]
    staff: Mapping[str, people.Row]
    preferences: Mapping[str, people.Row]
    schools: Mapping[str, people.Row]
    circle: people.Circle
    points: Mapping[str, Mapping[str, Sequence[str]]]
    consents: Mapping[str, Mapping[tuple[str, str], Consent]]
    suppressed: Mapping[str, Mapping[str, frozenset[str]]]
    heard: set[str]
    counted: list[tuple[str, str, datetime]]  # recipient, delivery, when
    told: dict[str, tuple[str, ...]] = field(default_factory=dict)  # `tellable` of each delivery, once found
    weights: dict[str, Weight] = field(default_factory=dict)
    closed: frozenset[str] = frozenset()  # channels that their breaker has switched off

    days: dict[str | None, date] = field(default_factory=dict)  # today at each school

    def zone(self, row: Mapping[str, Any]) -> ZoneInfo:
        return rendering.zone_of(row, self.preferences, self.schools)

    def today(self, row: Mapping[str, Any], now: datetime) -> date:
        """At the school that it comes from."""
        school = row["school_id"]
        day = self.days.get(school)
        if day is None:
            day = self.days[school] = now.astimezone(rendering.zone_of(row, {}, self.schools)).date()
        return day


def ground(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]]) -> Ground:
    """A fixed number of queries, however many rows; what no row's decision can turn on is not asked for."""
    connection = uow.connection
    persons = {row["recipient_id"] for row in rows if row["recipient_kind"] == "guardian"}
    about = messages.messages(connection, (row["message_id"] for row in rows))
    guardians = people.guardians(connection, persons)
    preferences = people.preferences(connection, persons)
    schools = people.schools(connection, (row["school_id"] for row in rows))
    weights = {message["weight"] for message in about.values()}
    answering = {
        row["recipient_id"]
        for row in rows
        if not row["solicited"] and about[row["message_id"]]["weight"] == Weight.ANSWER
    }
    capped = _capped(persons, preferences, schools) if weights & {Weight.ROUTINE, Weight.IMPORTANT} else set()
    return Ground(
        messages=about,
        guardians=guardians,
        staff=people.staff(connection, (row["recipient_id"] for row in rows if row["recipient_kind"] == "staff")),
        preferences=preferences,
        schools=schools,
        circle=people.circle(connection, persons, {student for row in rows for student in row["students"]}),
        points=people.all_points(connection, guardians),
        consents=people.consents(connection, persons),
        suppressed=people.suppressions(connection, persons),
        heard=threads.last_replies(connection, answering, uow.now - CONVERSATION) if answering else set(),
        counted=_counted(uow, capped),
        closed=providers.closed_channels(connection),
    )


def _capped(
    persons: Collection[str], preferences: Mapping[str, people.Row], schools: Mapping[str, people.Row]
) -> set[str]:
    """Those whom any limit on routine contact holds for."""
    if any(school["settings"].get("monthly_cap") is not None for school in schools.values()):
        return set(persons)
    return {person for person, wish in preferences.items() if wish["contacts_per_month"] is not None}


def _counted(uow: UnitOfWork, capped: Collection[str]) -> list[tuple[str, str, datetime]]:
    if not capped:
        return []
    rows = outgoing.routine_this_month(uow.connection, capped, uow.now - timedelta(days=32))
    return [(row["recipient_id"], row["delivery_id"], row["at"]) for row in rows]


def situation(uow: UnitOfWork, row: Mapping[str, Any], facts: Ground, *, digest: bool = False) -> Situation:
    """Everything that `domain.sending.decide` wants to know about one delivery."""
    message = facts.messages[row["message_id"]]
    weight = Weight.ANSWER if digest else weight_of(row, facts)
    zone = facts.zone(row)
    if row["recipient_kind"] == "staff":
        member = facts.staff.get(row["recipient_id"])
        reachable = ("email",) if member and member["email"] else ()
        return Situation(uow.now, zone, Weight.ANSWER, reachable, tried=frozenset(row["tried"]), solicited=True)
    person = row["recipient_id"]
    wish = facts.preferences.get(person)
    school = facts.schools.get(row["school_id"] or "")
    settings = school["settings"] if school else {}
    suppressed = facts.suppressed.get(person, {})
    cap = wish["contacts_per_month"] if wish else None
    cap = cap if cap is not None else settings.get("monthly_cap")
    stopped = suppressed.get(Source.STOP, NOTHING) | suppressed.get(Source.COMPLAINED, NOTHING)
    ways = _channels(row, facts.points.get(person, {}), wish)
    return Situation(
        now=uow.now,
        zone=zone,
        weight=weight,
        channels=tuple(way for way in ways if way not in facts.closed) or ways,  # with no other way it waits
        refusal=refusal(uow, row, facts, weight),
        over=over(row, message, uow.now),
        purpose=Purpose(message["purpose"]),
        consents=facts.consents.get(person, {}),
        stopped=NOTHING if message["catalogue_key"] == STOP_ANSWER else stopped,
        blocked=NOTHING.union(*(ways for source, ways in suppressed.items() if source in HARD)),
        tried=frozenset(row["tried"]),
        quiet=QuietHours.parse(
            (wish["quiet_start"] if wish else None) or settings.get("quiet_start"),
            (wish["quiet_end"] if wish else None) or settings.get("quiet_end"),
        ),
        cap=cap,
        counted=_count(row, facts, month_begins_at(uow.now, zone)) if cap is not None else 0,
        solicited=row["solicited"] or (weight is Weight.ANSWER and person in facts.heard and not digest),
    )


def _channels(
    row: Mapping[str, Any], points: Mapping[str, Sequence[str]], wish: people.Row | None
) -> tuple[str, ...]:
    """The one way of an emergency's copy; else every way there is a contact point for, in the guardian's order."""
    if row["way"]:
        there = row["way"] == Way.PAGE or address_of(row["way"], points) is not None
        return (channel_of(row["way"]),) if there else ()
    return in_order(tuple(wish["channel_order"]) if wish else (), frozenset(points))


def over(row: Mapping[str, Any], message: people.Row, now: datetime) -> str | None:
    """Why a message no longer holds, whatever else is true of it."""
    if message["recalled_at"] is not None:
        return "recalled"
    expires_at = row["expires_at"] or message["expires_at"]
    return "expired" if expires_at is not None and expires_at <= now else None


def _count(row: Mapping[str, Any], facts: Ground, since: datetime) -> int:
    person, this = row["recipient_id"], row["delivery_id"]
    return sum(1 for who, which, at in facts.counted if who == person and which != this and at >= since)


def weight_of(row: Mapping[str, Any], facts: Ground) -> Weight:
    weight = facts.weights.get(row["message_id"])
    if weight is None:
        weight = facts.weights[row["message_id"]] = Weight(facts.messages[row["message_id"]]["weight"])
    return weight


@cache
def _ourselves(district: str) -> Subject:
    return Subject.system("notifications", district)


def tellable(uow: UnitOfWork, row: Mapping[str, Any], facts: Ground) -> tuple[str, ...]:
    """Of an announcement's children, those whom this guardian may be told of now."""
    known = facts.told.get(row["delivery_id"])
    if known is None:
        on = facts.today(row, uow.now)
        known = facts.told[row["delivery_id"]] = about_whom(
            _ourselves(uow.district),
            Action.CONTACT,
            Resource.guardian(row["recipient_id"], uow.district, students=tuple(row["students"])),
            facts.circle.facts(row["recipient_id"], on, purpose=weight_of(row, facts).purpose),
        )
    return known


def refusal(uow: UnitOfWork, row: Mapping[str, Any], facts: Ground, weight: Weight) -> str | None:
    """Policy's word for why nothing may go to this guardian, asked again at every step up to the hand-over."""
    written_out = row["reason"] == "digest"  # its words are fixed: one child too many, and it does not go
    if row["lane"] != messages.PERSONAL and not written_out and len(row["students"]) > 1 and tellable(uow, row, facts):
        return None  # it then tells of those only
    on = facts.today(row, uow.now)
    asks = facts.messages[row["message_id"]]["catalogue_key"] in INVITATIONS
    decision = policy(
        _ourselves(uow.district),
        Action.SURVEY if asks else Action.CONTACT,
        Resource.guardian(row["recipient_id"], uow.district, students=tuple(row["students"])),
        facts.circle.facts(row["recipient_id"], on, purpose=weight.purpose),
    )
    return None if decision.allowed else decision.rule
