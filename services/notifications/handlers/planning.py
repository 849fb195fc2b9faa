"""Texts arrive; every delivery that waited for one is decided: now, later, or not at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.notifications.domain.audience import address_of, channel_of
from services.notifications.domain.consent import HARD, Consent, Purpose, Source
from services.notifications.domain.quiet import QuietHours, month_begins_at
from services.notifications.domain.sending import NOTHING, Decision, Situation, Verdict, Weight, decide, in_order
from services.notifications.domain.sending import Channel as Way
from services.notifications.handlers import beats, rendering
from services.notifications.handlers.phrases import PHRASE_IDS
from services.notifications.ports import Ports
from services.notifications.store import messages, people, threads
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, Subject, about_whom
from shared.policy import decide as policy

CONVERSATION = timedelta(minutes=30)  # a guardian who has just written may be answered, whatever the hour
INVITATIONS = frozenset({"survey.invitation", "survey.reminder"})  # a boundary set since they were written holds for them
STOP_ANSWER = "stop.confirmed"  # the one message that a STOP itself calls for (47 CFR 64.1200(a)(12))


def text_translated(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Messages' texts to their deliveries, replies' texts to their threads."""
    messages.tell_texts(
        uow.connection,
        [
            {
                "b_message": e.data["text_id"],
                "b_version": e.data["content_version"],
                "b_language": e.data["target"],
                "b_text": e.data["text"],
                "b_failed": False,
                "b_machine": e.data["machine"],
                "b_labelled": e.data["labelled"],
                "b_engine": e.data["engine"],
                "b_told_at": uow.now,
            }
            for e in events
        ],
    )
    threads.tell_english(uow.connection, [{"b_id": e.data["text_id"], "b_text": e.data["text"]} for e in events])
    plan_ready(uow, ports, {e.data["text_id"] for e in events})


def translation_failed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """No text in that language: at low risk the source goes, said to be so; at high risk it waits for a person."""
    messages.tell_texts(
        uow.connection,
        [
            {
                "b_message": e.data["text_id"],
                "b_version": e.data["content_version"],
                "b_language": e.data["target"],
                "b_text": None,
                "b_failed": True,
                "b_machine": False,
                "b_labelled": False,
                "b_engine": None,
                "b_told_at": uow.now,
            }
            for e in events
        ],
    )
    plan_ready(uow, ports, {e.data["text_id"] for e in events})


def plan_ready(uow: UnitOfWork, ports: Ports, told: Collection[str] | None = None) -> None:
    """Decide all whose text is there, a thousand at a time; `told`: the texts that have just come.

    A label (a phrase that many messages carry) may release any message that waits for it.
    """
    of = None if told is None or not set(told).isdisjoint(PHRASE_IDS) else told
    if told is not None and of is None:  # what another transaction plans at this moment is not seen by this one
        beats.at(uow, uow.now + beats.SOON, step=beats.SOON)
    release(uow, ports, of)
    while rows := messages.ready(uow.connection, PHRASE_IDS, of=of):
        if not place(uow, ports, rows):
            return


def release(uow: UnitOfWork, ports: Ports, of: Collection[str] | None) -> None:
    """Announcements whose text is there may go: one statement, however many people; decided when they are claimed.

    The message is locked, so that a page of deliveries that is being written is not missed.
    """
    if of is not None:
        messages.lock(uow.connection, of)
    if messages.release_announced(uow.connection, PHRASE_IDS, uow.now, of=of):
        uow.wake()


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

    def zone(self, row: Mapping[str, Any]) -> ZoneInfo:
        return rendering.zone_of(row, self.preferences, self.schools)


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
    rows = messages.routine_this_month(uow.connection, capped, uow.now - timedelta(days=32))
    return [(row["recipient_id"], row["delivery_id"], row["at"]) for row in rows]


def place(
    uow: UnitOfWork, ports: Ports, rows: Sequence[Mapping[str, Any]], *, digest: bool = False
) -> int:
    """Decide each row and write what follows; returns how many were decided."""
    if not rows:
        return 0
    facts = ground(uow, rows)
    written = _bodies(uow, ports, rows, facts)
    changes: list[dict[str, Any]] = []
    entries: list[tuple[str, str, str]] = []
    letters: list[dict[str, Any]] = []
    for row in rows:
        body = rendering.Body(row["body"], "") if digest else written.get(row["delivery_id"])
        if body is None:  # no text, not even the source's: it waits for a person, or for the source to arrive
            if facts.messages[row["message_id"]]["risk"] == "high":
                changes.append(_change(row, "held", reason="needs_person"))
                entries.append((row["delivery_id"], "held", "waits for a person's translation"))
            continue
        where = situation(uow, row, facts, digest=digest)
        decision = decide(where)
        _note_count(facts, row, decision, uow.now)
        changes.append(_after(row, decision, body.finished(over_cap=decision.over_cap), uow.now, digest=digest))
        entries.append((row["delivery_id"], *_told(decision, where.zone)))
        if decision.verdict is Verdict.HOLD and decision.until is not None:
            uow.schedule("delivery_due", row["delivery_id"], decision.until)
        if decision.verdict is Verdict.SEND:
            uow.wake()
        if decision.reason and row["recipient_kind"] == "guardian":
            rendering.say_held(uow, row, decision.reason, decision.until)
        if on_paper(decision, row):
            letters.append(_letter(row, uow.now))
            entries.append((row["delivery_id"], "letter queued", "no other way reaches this person"))
    messages.change(uow.connection, changes)
    messages.queue_letters(uow.connection, letters)
    if letters:
        uow.schedule("letters", letters[0]["letter_id"], uow.now)  # `ladder.letters_due` takes them from here
    messages.trace(uow.connection, entries, uow.now)
    return len(changes)


def _bodies(
    uow: UnitOfWork, ports: Ports, rows: Sequence[Mapping[str, Any]], facts: Ground
) -> dict[str, rendering.Body]:
    """By delivery; what no text may go for is not in it."""
    own = [row for row in rows if row["lane"] == messages.PERSONAL]
    found = rendering.bodies(
        uow, ports, own, about=facts.messages, preferences=facts.preferences, schools=facts.schools
    )
    if len(own) < len(rows):
        texts = announced(uow, ports, facts)
        for row in rows:
            if row["lane"] != messages.PERSONAL:
                with suppress(LookupError):
                    content, values = texts.of(row, over_cap=False)
                    found[row["delivery_id"]] = rendering.Body(content.written(values), texts.extra(row))
    return found


def announced_anew(
    uow: UnitOfWork, ports: Ports, rows: Sequence[Mapping[str, Any]], facts: Ground
) -> dict[str, tuple[str, tuple[str, ...]]]:
    """Text and children of announcements that have waited, as they may be told now."""
    written = _bodies(uow, ports, rows, facts) if rows else {}
    return {
        row["delivery_id"]: (written[row["delivery_id"]].text, tellable(uow, row, facts))
        for row in rows
        if row["delivery_id"] in written
    }


def announced(uow: UnitOfWork, ports: Ports, facts: Ground) -> rendering.Announced:
    """The writer of announcements, for one batch."""
    return rendering.Announced(
        uow,
        ports,
        about=facts.messages,
        guardians=facts.guardians,
        schools=facts.schools,
        tellable=lambda row: tellable(uow, row, facts),
    )


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
    return Situation(
        now=uow.now,
        zone=zone,
        weight=weight,
        channels=_channels(row, facts.points.get(person, {}), wish),
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


def tellable(uow: UnitOfWork, row: Mapping[str, Any], facts: Ground) -> tuple[str, ...]:
    """Of an announcement's children, those whom this guardian may be told of now."""
    known = facts.told.get(row["delivery_id"])
    if known is None:
        on = uow.now.astimezone(rendering.zone_of(row, {}, facts.schools)).date()
        known = facts.told[row["delivery_id"]] = about_whom(
            Subject.system("notifications", uow.district),
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
    on = uow.now.astimezone(rendering.zone_of(row, {}, facts.schools)).date()
    asks = facts.messages[row["message_id"]]["catalogue_key"] in INVITATIONS
    decision = policy(
        Subject.system("notifications", uow.district),
        Action.SURVEY if asks else Action.CONTACT,
        Resource.guardian(row["recipient_id"], uow.district, students=tuple(row["students"])),
        facts.circle.facts(row["recipient_id"], on, purpose=weight.purpose),
    )
    return None if decision.allowed else decision.rule


def _note_count(facts: Ground, row: Mapping[str, Any], decision: Decision, now: datetime) -> None:
    """What this batch decided counts for the rest of the batch."""
    goes = decision.verdict is Verdict.SEND or decision.reason == "quiet_hours"
    if goes and facts.messages[row["message_id"]]["weight"] == Weight.ROUTINE:
        facts.counted.append((row["recipient_id"], row["delivery_id"], decision.until or now))


def _after(
    row: Mapping[str, Any], decision: Decision, body: str, now: datetime, *, digest: bool
) -> dict[str, Any]:
    due_at = decision.until if decision.verdict is Verdict.HOLD else now if decision.verdict is Verdict.SEND else None
    reason = "digest" if digest and decision.verdict is Verdict.SEND else decision.reason
    return _change(
        row,
        state_after(decision, row),
        reason=reason,
        channel=decision.channel,
        body=body,
        over_cap=decision.over_cap,
        due_at=due_at,
        basis=decision.basis,
    )


TO_PAPER = frozenset({"no_channel", "suppressed"})  # no way that needs no paper: the ladder's end comes at once


def on_paper(decision: Decision, row: Mapping[str, Any]) -> bool:
    """Whether a letter is what is left; an emergency's copy for one channel is not missed: the others go."""
    wished = decision.verdict is Verdict.SEND and decision.channel == Way.LETTER
    return wished or (decision.reason in TO_PAPER and not row["way"])


def state_after(decision: Decision, row: Mapping[str, Any]) -> str:
    """The ledger's word."""
    if decision.verdict is Verdict.SEND:
        return "letter" if decision.channel == Way.LETTER else "due"
    if decision.verdict is Verdict.HOLD:
        return "held"
    if on_paper(decision, row):
        return "letter"
    if decision.reason in ("expired", "recalled"):
        return decision.reason
    return "failed" if row["way"] and row["tried"] else "refused"


def _change(row: Mapping[str, Any], state: str, **values: Any) -> dict[str, Any]:
    defaults = {"reason": None, "channel": None, "body": None, "over_cap": False, "due_at": None, "basis": None}
    return {"b_id": row["delivery_id"], "state": state, "attempts": 0, **defaults, **values}


def _told(decision: Decision, zone: ZoneInfo) -> tuple[str, str]:
    """For whoever asks why, with times on the recipient's wall clock."""
    if decision.verdict is Verdict.SEND:
        return "decided", f"goes now by {decision.channel}" + (", beyond the monthly limit" if decision.over_cap else "")
    if decision.verdict is Verdict.HOLD and decision.until is not None:
        return "held", f"{(decision.reason or '').replace('_', ' ')}, to {decision.until.astimezone(zone):%a %d %b %H:%M}"
    return "refused", decision.reason or ""


def _letter(row: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return {
        "letter_id": row["delivery_id"],
        "guardian_id": row["recipient_id"],
        "school_id": row["school_id"],
        "language": row["language"],
        "queued_at": now,
        "printed_at": None,
    }
