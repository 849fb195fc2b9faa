"""Claim, hand over outside any transaction, record. What a crash leaves in doubt is looked up, never blindly repeated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import structlog

from services.notifications.channels.port import ChannelError, Content, Doubtful, Outcome, Outgoing, Receipt
from services.notifications.channels.twilio import NO_ANSWER
from services.notifications.domain.audience import address_of
from services.notifications.domain.receipts import closed_by
from services.notifications.domain.sending import Channel as Way
from services.notifications.domain.sending import Decision, Verdict, Weight, decide
from services.notifications.handlers import dressing, failover, grounds, planning, rendering
from services.notifications.handlers.reached import VOICE, contact
from services.notifications.ports import Ports
from services.notifications.store import ledger, messages, outgoing, people, threads
from shared.messaging.uow import UnitOfWork
from shared.observability.metrics import DELIVERY_OUTCOME, district_label

Transaction = Callable[[], AbstractContextManager[UnitOfWork]]
BATCH = 500  # a STOP, a recall or a restriction that comes meanwhile holds from the next batch on
LEASE = timedelta(minutes=5)
AT_RISK = 64  # hand-overs at a time to a provider that knows none of them again
BACKOFF = tuple(timedelta(seconds=s) for s in (30, 120, 600, 3600))  # then the next channel

PATIENCE = 26  # tries through an account that is down, ten minutes apart: some four hours
NEVER_TWICE = frozenset({"sms", "voice", "whatsapp"})  # cannot be taken back, and no reader can tell a copy from a second message
IN_DOUBT = "may have gone; never sent again by itself"
NO_ACCOUNT = ""

log = structlog.get_logger(__name__)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Going:
    """What one transaction claimed: rows by account, and each as its channel wants it."""

    claimed: int
    batches: Mapping[tuple[str, str], Sequence[tuple[Row, Outgoing]]]


def deliver(transaction: Transaction, ports: Ports) -> int:
    """One batch; returns how many were claimed, so that the pump comes back until there are none."""
    with transaction() as uow:
        going = _claim(uow, ports)
        district = uow.district
    for (channel, account), batch in going.batches.items():
        outcomes = _carry(ports, channel, account, [letter for _, letter in batch])
        with transaction() as uow:  # each account's outcome is written before the next is tried
            said = {row["delivery_id"]: outcome for (row, _), outcome in zip(batch, outcomes, strict=True)}
            record(uow, ports, [{**row, "channel": channel, "provider": account} for row, _ in batch], said)
            sent = sum(isinstance(outcome, Receipt) for outcome in outcomes)
            faults = sum(isinstance(outcome, ChannelError) and outcome.account for outcome in outcomes)
            if account in ports.accounts.get(channel, {}):
                failover.note(uow, channel, account, ok=len(outcomes) - faults, failed=faults, slow=0)
        DELIVERY_OUTCOME.labels(channel, "sent", district_label(district)).inc(sent)
        DELIVERY_OUTCOME.labels(channel, "failed", district_label(district)).inc(len(outcomes) - sent)
    return going.claimed


def _carry(ports: Ports, channel: str, account: str, batch: Sequence[Outgoing]) -> list[Outcome]:
    """The page is reached by being written; a channel without an account that may be used carries nothing now."""
    if channel == Way.PAGE:
        return [Receipt(None) for _ in batch]
    if account == NO_ACCOUNT:
        nowhere = not ports.accounts.get(channel)
        return [ChannelError(f"{channel}_unavailable", permanent=nowhere, account=True) for _ in batch]
    return ports.carry(channel, account, batch)


def _claim(uow: UnitOfWork, ports: Ports) -> Going:
    """What may still go, by account; a restriction, a STOP or a recall that came meanwhile ends it here."""
    until = uow.now + LEASE
    rows = outgoing.claimable(uow.connection, uow.now, limit=BATCH)
    if not rows:
        return Going(0, {})
    uow.schedule("delivery_due", "lease", until)  # wakes the pump should this worker die with its claim
    facts = grounds.ground(uow, rows)
    files = messages.calendar_files(uow.connection, (row["attachment_id"] for row in rows))
    announced = planning.announced(uow, ports, facts)
    going: dict[str, list[tuple[Row, Decision]]] = defaultdict(list)
    again: list[Row] = []
    doubtful: list[Row] = []
    for row in rows:
        where = grounds.situation(uow, row, facts, digest=row["reason"] == "digest")
        fresh = row["lane"] != messages.PERSONAL and row["channel"] is None
        decision = decide(where if fresh else replace(where, cap=None))
        if decision.verdict is Verdict.SEND and (fresh or decision.channel == row["channel"]):
            going[decision.channel or ""].append((row, decision))
        elif row["state"] == "sending" and row["channel"] in NEVER_TWICE:
            doubtful.append(row)  # may have gone before its worker died: it is not decided anew as if it had not
        else:
            again.append(row)
    batches: dict[tuple[str, str], list[tuple[Row, Outgoing]]] = {}
    for channel, members in going.items():
        if channel == Way.LETTER:
            again += [row for row, _ in members]
            continue
        batch = [
            (row, letter)
            for row, decision in members
            if (letter := _written(uow, ports, row, decision, facts=facts, files=files, announced=announced)) is not None
        ]
        batch = dressing.dressed(uow, ports, channel, batch, facts)
        for account, whole in _by_account(uow, ports, channel, batch).items():
            risked = any(not _keeps_keys(ports, *known) for known in batches)
            part = whole if _keeps_keys(ports, channel, account) else _at_risk(whole, risked=risked)
            if part:
                _mark(uow, members, part, channel=channel, account=account, until=until)
                batches[channel, account] = part
    _leave_in_doubt(uow, doubtful)
    for digest in (False, True):
        planning.place(uow, ports, [r for r in again if (r["reason"] == "digest") is digest], digest=digest, facts=facts)
    # first what nobody could be asked about, should writing down the others' outcome fail
    return Going(len(rows), dict(sorted(batches.items(), key=lambda one: _keeps_keys(ports, *one[0]))))


def _keeps_keys(ports: Ports, channel: str, account: str) -> bool:
    """Whether a hand-over that was not written down can be told from one that never was."""
    known = ports.accounts.get(channel, {}).get(account)
    return known is None or known.keeps_keys


def _at_risk(batch: Sequence[tuple[Row, Outgoing]], *, risked: bool) -> list[tuple[Row, Outgoing]]:
    """As many as a worker that dies may leave in doubt: a few new ones, of one account at a time; the rest stay due."""
    again = [one for one in batch if one[1].again]
    return again if risked else [*again, *(one for one in batch if not one[1].again)][: max(AT_RISK, len(again))]


def _leave_in_doubt(uow: UnitOfWork, rows: Sequence[Row]) -> None:
    messages.change(uow.connection, [{"b_id": row["delivery_id"], "state": "unknown", "due_at": None} for row in rows])
    messages.trace(uow.connection, [(row["delivery_id"], "unknown", IN_DOUBT) for row in rows], uow.now)


def _written(uow: UnitOfWork, ports: Ports, row: Row, decision: Decision, **known: Any) -> Outgoing | None:
    """The delivery as its channel wants it; one that cannot be written is set aside and does not hold up the others."""
    try:
        return _outgoing(uow, ports, row, decision, **known)
    except (LookupError, TypeError, ValueError) as error:
        log.error("delivery_unwritable", delivery=row["delivery_id"], error=type(error).__name__)
        messages.change(
            uow.connection, [{"b_id": row["delivery_id"], "state": "failed", "reason": "unwritable", "due_at": None}]
        )
        messages.trace(uow.connection, [(row["delivery_id"], "failed", "its text cannot be written out")], uow.now)
        return None


def _by_account(
    uow: UnitOfWork, ports: Ports, channel: str, batch: Sequence[tuple[Row, Outgoing]]
) -> dict[str, list[tuple[Row, Outgoing]]]:
    """One account for what is new; what may have been handed over before goes back to the account that had it."""
    if channel == Way.PAGE:
        return {Way.PAGE: list(batch)}
    parts: dict[str, list[tuple[Row, Outgoing]]] = defaultdict(list)
    chosen = failover.choose(uow, ports, channel) or NO_ACCOUNT
    for row, letter in batch:
        before = row["provider"] if letter.again and row["provider"] in ports.accounts.get(channel, {}) else None
        parts[before or chosen].append((row, letter))
    return parts


def _mark(
    uow: UnitOfWork,
    members: Sequence[tuple[Row, Decision]],
    part: Sequence[tuple[Row, Outgoing]],
    *,
    channel: str,
    account: str,
    until: datetime,
) -> None:
    basis = {row["delivery_id"]: decision.basis for row, decision in members}
    by_basis: dict[str | None, list[str]] = defaultdict(list)
    for row, _ in part:
        by_basis[basis[row["delivery_id"]]].append(row["delivery_id"])
    for ground, ids in by_basis.items():
        outgoing.mark_sending(uow.connection, ids, channel=channel, provider=account, basis=ground, until=until)


def _outgoing(
    uow: UnitOfWork,
    ports: Ports,
    row: Row,
    decision: Decision,
    *,
    facts: grounds.Ground,
    files: Mapping[str, people.Row],
    announced: rendering.Announced,
) -> Outgoing:
    channel, guardian = decision.channel or "", row["recipient_kind"] == "guardian"
    school = facts.schools.get(row["school_id"] or "")
    name = str(school["name"]) if school else "Homeroom"
    values: Mapping[str, str] = {}
    if row["lane"] != messages.PERSONAL and row["reason"] != "digest":  # also what waited: told anew of those it may tell of
        content, values = announced.of(row, over_cap=decision.over_cap or row["over_cap"])
    else:  # a mail's subject is read by whoever looks at the screen: never a child's name
        content = Content.plain(row["delivery_id"], row["body"], title=name, language=row["language"])
    file = files.get(row["attachment_id"] or "")
    extras: dict[str, Any] = {"ics": file["ics"], "ics_method": file["method"]} if file else {}
    return Outgoing(
        delivery_id=row["delivery_id"],
        district=uow.district,
        at=uow.now,
        content=content,
        values=values,
        to=_address(row, channel, facts),
        from_name=name,
        unsubscribe=_unsubscribe(uow, ports, row) if channel == "email" and guardian else None,
        expires_at=row["expires_at"],
        urgent=grounds.weight_of(row, facts) is Weight.SAFETY,
        again=row["state"] == "sending",  # claimed before, and nobody wrote down what came of it
        extras=extras,
    )


def _address(row: Row, channel: str, facts: grounds.Ground) -> str:
    if row["recipient_kind"] == "staff":
        return str(facts.staff[row["recipient_id"]][channel])
    points = facts.points.get(row["recipient_id"], {})
    return address_of(row["way"] or channel, points) or ""


def _unsubscribe(uow: UnitOfWork, ports: Ports, row: Row) -> str:
    return ports.link(
        "/notifications/stop",
        uow.district,
        row["recipient_id"],
        purpose="stop",
        resource="email",
        now=uow.now,
        language=row["language"],
    )


def record(uow: UnitOfWork, ports: Ports, rows: Sequence[Row], outcomes: Mapping[str, Outcome]) -> None:
    """What the providers said, in one transaction."""
    sent = [row for row in rows if isinstance(outcomes[row["delivery_id"]], Receipt)]
    _record_sent(uow, sent, outcomes)
    said = [(row, outcomes[row["delivery_id"]]) for row in rows]
    record_failed(uow, ports, [(row, error) for row, error in said if isinstance(error, ChannelError)])


def _record_sent(uow: UnitOfWork, rows: Sequence[Row], outcomes: Mapping[str, Outcome]) -> None:
    """Refs first, then the state: a callback that was quicker than we are keeps its word."""
    if not rows:
        return
    refs = [(row["delivery_id"], outcome.ref) for row in rows if isinstance(outcome := outcomes[row["delivery_id"]], Receipt)]
    messages.change(uow.connection, [{"b_id": known, "provider_ref": ref} for known, ref in refs if ref is not None])
    outgoing.mark_sent(uow.connection, (row["delivery_id"] for row in rows), now=uow.now)
    _sent_personal(uow, [row for row in rows if row["lane"] == messages.PERSONAL])
    _sent_announced(uow, [row for row in rows if row["lane"] != messages.PERSONAL])


def _sent_announced(uow: UnitOfWork, rows: Sequence[Row]) -> None:
    """One event for all that one message sent by one channel in this batch; a broadcast is no personal contact."""
    if not rows:
        return
    about = messages.messages(uow.connection, (row["message_id"] for row in rows))
    together: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        together[row["message_id"], row["channel"]].append(row)
    for (message_id, channel), members in together.items():
        uow.emit(
            "notifications.messages_sent",
            {
                "message_id": message_id,
                "content_version": members[0]["content_version"],
                "kind": about[message_id]["kind"],
                "channel": channel,
                "delivery_ids": [row["delivery_id"] for row in members],
                "guardian_ids": [row["recipient_id"] for row in members],
            },
            school=about[message_id]["school_id"],
            subject=message_id,
        )


def _sent_personal(uow: UnitOfWork, rows: Sequence[Row]) -> None:
    if not rows:
        return
    about = messages.messages(uow.connection, (row["message_id"] for row in rows))
    homes = {
        (link["guardian_id"], link["student_id"]): link["household_id"]
        for link in people.families(uow.connection, {student for row in rows for student in row["students"]})
    }
    changes, contacts, questions, entries = [], [], [], []
    for row in rows:
        message = about[row["message_id"]]
        home = next(filter(None, (homes.get((row["recipient_id"], s)) for s in row["students"])), None)
        changes.append({"b_id": row["delivery_id"], "household_id": home})
        entries.append((row["delivery_id"], "sent", f"the {row['channel']} provider has accepted it"))
        if row["recipient_kind"] == "staff":
            continue
        if row["channel"] != VOICE or row["sent_at"] is None:  # a telephone that rings again is the same message
            _say_sent(uow, row, message, home)
        if row["channel"] != VOICE:  # ringing is no contact: see `reached.heard`
            contacts += [contact(uow, row, message, student) for student in row["students"]]
        if row["opens"]:
            questions.append(
                {"guardian_id": row["recipient_id"], "kind": row["opens"]["kind"], "ref": row["opens"]["ref"],
                 "asked_at": uow.now, "expires_at": datetime.fromisoformat(row["opens"]["expires_at"])}
            )  # fmt: skip
    messages.change(uow.connection, changes)
    messages.trace(uow.connection, entries, uow.now)
    ledger.log_contacts(uow.connection, contacts)
    threads.ask(uow.connection, questions)


def _say_sent(uow: UnitOfWork, row: Mapping[str, Any], message: people.Row, home: str | None) -> None:
    uow.emit(
        "notifications.message_sent",
        {
            "delivery_id": row["delivery_id"],
            "message_id": row["message_id"],
            "guardian_id": row["recipient_id"],
            "household_id": home,
            "channel": row["channel"],
            "language": row["language"],
            "content_version": row["content_version"],
            "kind": message["kind"],
        },
        school=row["school_id"],
        subject=row["message_id"],
    )


def record_failed(
    uow: UnitOfWork, ports: Ports, failures: Sequence[tuple[Mapping[str, Any], ChannelError]]
) -> None:
    """Later on the same channel, else the next one, else paper."""
    waits: list[dict[str, Any]] = []
    doubts: list[dict[str, Any]] = []
    onwards: list[Mapping[str, Any]] = []
    closed: list[dict[str, Any]] = []
    entries: list[tuple[str, str, str]] = []
    for row, error in failures:
        entries.append((row["delivery_id"], "failed", f"{row['channel']}: {error.code}"))
        if row["recipient_kind"] == "guardian" and (found := closed_by(error.code)) is not None:
            closed.append(
                {"guardian_id": row["recipient_id"], "channel": row["channel"], "source": found[0].value, "detail": found[1],
                 "since": uow.now}
            )  # fmt: skip
        if isinstance(error, Doubtful):
            doubts.append({"b_id": row["delivery_id"], "state": "unknown", "due_at": None})
            entries.append((row["delivery_id"], "unknown", IN_DOUBT))
        elif (delay := _delay(row, error)) is not None:
            due_at = uow.now + delay
            state = "sending" if error.code.endswith(f"_{NO_ANSWER}") else "due"  # the next claim then looks it up first
            waits.append({"b_id": row["delivery_id"], "state": state, "due_at": due_at})
            uow.schedule("delivery_due", f"again:{due_at:%Y%m%d%H%M}", due_at)  # one bell for all of that minute
            entries.append((row["delivery_id"], "waits", f"tried again at {due_at.isoformat(timespec='minutes')}"))
            continue
        else:
            onwards.append({**row, "tried": [*row["tried"], row["channel"]]})
        if row["recipient_kind"] == "guardian":
            _say_failed(uow, row, error)
    people.suppress(uow.connection, closed)
    messages.change(uow.connection, waits)
    messages.change(uow.connection, doubts)
    messages.change(uow.connection, [{"b_id": row["delivery_id"], "tried": row["tried"]} for row in onwards])
    messages.trace(uow.connection, entries, uow.now)
    planning.place(uow, ports, [row for row in onwards if row["reason"] != "digest"])
    planning.place(uow, ports, [row for row in onwards if row["reason"] == "digest"], digest=True)


def _delay(row: Row, error: ChannelError) -> timedelta | None:
    """How long to wait before the next try; None: try another way. An account's fault says nothing about the person."""
    tries = int(row["attempts"])
    if error.permanent or tries >= (PATIENCE if error.account else len(BACKOFF)):
        return None
    return BACKOFF[min(tries, 2) if error.account else tries]


def _say_failed(uow: UnitOfWork, row: Mapping[str, Any], error: ChannelError) -> None:
    uow.emit(
        "notifications.delivery_failed",
        {
            "delivery_id": row["delivery_id"],
            "message_id": row["message_id"],
            "guardian_id": row["recipient_id"],
            "channel": row["channel"],
            "error": error.code,
            "permanent": error.permanent,
        },
        school=row["school_id"],
        subject=row["message_id"],
    )
