"""Claim, hand over outside any transaction, record. What a crash leaves in doubt is looked up, never blindly repeated."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from services.notifications.channels.port import ChannelError, Doubtful, Outcome, Outgoing, Receipt
from services.notifications.channels.sms import NO_ANSWER, STOPPED
from services.notifications.domain.sending import Verdict, decide
from services.notifications.handlers import planning
from services.notifications.ports import Ports
from services.notifications.store import ledger, messages, people, threads
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork
from shared.observability.metrics import DELIVERY_OUTCOME, district_label

Transaction = Callable[[], AbstractContextManager[UnitOfWork]]
BATCH = 100
LEASE = timedelta(minutes=5)
BACKOFF = tuple(timedelta(seconds=s) for s in (30, 120, 600, 3600))  # then the next channel


def deliver(transaction: Transaction, ports: Ports) -> int:
    """One batch; returns how many were claimed, so that the pump comes back until there are none."""
    with transaction() as uow:
        claimed, batches = _claim(uow, ports)
        district = uow.district
    for channel, batch in batches.items():
        outcomes = dict(zip((letter.delivery_id for letter in batch), ports.carry(channel, batch), strict=True))
        with transaction() as uow:  # each channel's outcome is written before the next is tried
            record(uow, ports, [row for row in claimed if row["delivery_id"] in outcomes], outcomes)
        for outcome in outcomes.values():
            word = "sent" if isinstance(outcome, Receipt) else "failed"
            DELIVERY_OUTCOME.labels(channel, word, district_label(district)).inc()
    return len(claimed)


def _claim(uow: UnitOfWork, ports: Ports) -> tuple[list[Mapping[str, Any]], dict[str, list[Outgoing]]]:
    """What may still go, by channel; a restriction or a STOP that came meanwhile ends it here."""
    until = uow.now + LEASE
    rows = messages.claim(uow.connection, uow.now, until, limit=BATCH)
    if not rows:
        return [], {}
    uow.schedule("delivery_due", "lease", until)  # wakes the pump should this worker die with its claim
    facts = planning.ground(uow, rows)
    files = messages.calendar_files(uow.connection, (row["attachment_id"] for row in rows))
    batches: dict[str, list[Outgoing]] = defaultdict(list)
    again: list[Mapping[str, Any]] = []
    for row in rows:
        decision = decide(replace(planning.situation(uow, row, facts, digest=row["reason"] == "digest"), cap=None))
        if decision.verdict is not Verdict.SEND or decision.channel != row["channel"]:
            again.append(row)
            continue
        batches[row["channel"]].append(_outgoing(uow, ports, row, facts, files))
    for digest in (False, True):
        planning.place(uow, ports, [r for r in again if (r["reason"] == "digest") is digest], digest=digest)
    return rows, batches


def _outgoing(
    uow: UnitOfWork,
    ports: Ports,
    row: Mapping[str, Any],
    facts: planning.Ground,
    files: Mapping[str, people.Row],
) -> Outgoing:
    person = (facts.guardians if row["recipient_kind"] == "guardian" else facts.staff)[row["recipient_id"]]
    school = facts.schools.get(row["school_id"] or "")
    name = school["name"] if school else "Homeroom"
    file = files.get(row["attachment_id"] or "")
    mail = row["channel"] == "email"
    guardian = row["recipient_kind"] == "guardian"
    return Outgoing(
        delivery_id=row["delivery_id"],
        district=uow.district,
        at=uow.now,
        sender=ports.email_sender if mail else "",
        to=person[row["channel"]],
        subject=name,  # a mail's subject is read by whoever looks at the screen: never a child's name
        body=row["body"],
        language=row["language"],
        unsubscribe=_unsubscribe(uow, ports, row) if mail and guardian else None,
        ics=file["ics"] if file else None,
        ics_method=file["method"] if file else "REQUEST",
        again=row["state"] == "sending",  # claimed before, and nobody wrote down what came of it
    )


def _unsubscribe(uow: UnitOfWork, ports: Ports, row: Mapping[str, Any]) -> str:
    return ports.link(
        "/notifications/stop",
        uow.district,
        row["recipient_id"],
        purpose="stop",
        resource="email",
        now=uow.now,
        language=row["language"],
    )


def record(
    uow: UnitOfWork, ports: Ports, rows: Sequence[Mapping[str, Any]], outcomes: Mapping[str, Outcome]
) -> None:
    """What the providers said, in one transaction."""
    sent = [row for row in rows if isinstance(outcomes[row["delivery_id"]], Receipt)]
    _record_sent(uow, sent, outcomes)
    said = [(row, outcomes[row["delivery_id"]]) for row in rows]
    record_failed(uow, ports, [(row, error) for row, error in said if isinstance(error, ChannelError)])


def _record_sent(uow: UnitOfWork, rows: Sequence[Mapping[str, Any]], outcomes: Mapping[str, Outcome]) -> None:
    if not rows:
        return
    about = messages.messages(uow.connection, (row["message_id"] for row in rows))
    homes = {
        (link["guardian_id"], link["student_id"]): link["household_id"]
        for link in people.families(uow.connection, {student for row in rows for student in row["students"]})
    }
    changes, contacts, questions, entries = [], [], [], []
    for row in rows:
        message, outcome = about[row["message_id"]], outcomes[row["delivery_id"]]
        ref = outcome.ref if isinstance(outcome, Receipt) else None
        home = next(filter(None, (homes.get((row["recipient_id"], s)) for s in row["students"])), None)
        changes.append(
            {"b_id": row["delivery_id"], "state": "sent", "sent_at": uow.now, "due_at": None, "provider_ref": ref,
             "household_id": home}
        )  # fmt: skip
        entries.append((row["delivery_id"], "sent", f"the {row['channel']} provider has accepted it"))
        if row["recipient_kind"] == "staff":
            continue
        _say_sent(uow, row, message, home)
        contacts += [_contact(uow, row, message, student) for student in row["students"]]
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


def _contact(uow: UnitOfWork, row: Mapping[str, Any], message: people.Row, student: str) -> dict[str, Any]:
    contact = {
        "contact_id": derived_id("contact", row["delivery_id"], student),
        "student_id": student,
        "guardian_id": row["recipient_id"],
        "mode": row["channel"],
        "kind": message["kind"],
        "personal": message["personal"],
        "live": False,
        "at": uow.now,
    }
    uow.emit("notifications.contact_logged", contact, school=row["school_id"], subject=student)
    return contact


def record_failed(
    uow: UnitOfWork, ports: Ports, failures: Sequence[tuple[Mapping[str, Any], ChannelError]]
) -> None:
    """Later on the same channel, else the next one, else paper."""
    waits: list[dict[str, Any]] = []
    doubts: list[dict[str, Any]] = []
    onwards: list[Mapping[str, Any]] = []
    entries: list[tuple[str, str, str]] = []
    for row, error in failures:
        entries.append((row["delivery_id"], "failed", f"{row['channel']}: {error.code}"))
        if error.code == STOPPED:
            people.suppress(
                uow.connection,
                [{"guardian_id": row["recipient_id"], "channel": "sms", "source": "carrier", "since": uow.now}],
            )
        if isinstance(error, Doubtful):
            doubts.append({"b_id": row["delivery_id"], "state": "unknown", "due_at": None})
            entries.append((row["delivery_id"], "unknown", "may have gone; never sent again by itself"))
        elif not error.permanent and row["attempts"] < len(BACKOFF):
            due_at = uow.now + BACKOFF[row["attempts"]]
            state = "sending" if error.code == NO_ANSWER else "due"  # the next claim then looks it up first
            waits.append({"b_id": row["delivery_id"], "state": state, "due_at": due_at})
            uow.schedule("delivery_due", f"again:{row['delivery_id']}", due_at)
            entries.append((row["delivery_id"], "waits", f"tried again at {due_at.isoformat(timespec='minutes')}"))
            continue
        else:
            onwards.append({**row, "tried": [*row["tried"], row["channel"]]})
        if row["recipient_kind"] == "guardian":
            _say_failed(uow, row, error)
    messages.change(uow.connection, waits)
    messages.change(uow.connection, doubts)
    messages.change(uow.connection, [{"b_id": row["delivery_id"], "tried": row["tried"]} for row in onwards])
    messages.trace(uow.connection, entries, uow.now)
    planning.place(uow, ports, [row for row in onwards if row["reason"] != "digest"])
    planning.place(uow, ports, [row for row in onwards if row["reason"] == "digest"], digest=True)


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
