"""Silence after a send to many is an alarm: a metric, an event, a task for those who lead, and the page shows it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from services.notifications.domain import blast
from services.notifications.domain.audience import channel_of
from services.notifications.domain.blast import Fault, Limits
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import broadcasts, ledger, messages, people
from services.notifications.store import emergency as store
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork
from shared.observability.metrics import SEND_ALARMS, district_label

Row = Mapping[str, Any]

# what was to have gone by the time anybody looks; quiet hours, a monthly limit and paper are no fault
TO_GO = frozenset({"planned", "due", "sending", "sent", "delivered", "unknown", "failed", "expired"})
ACCEPTED = frozenset({"sent", "delivered"})


def watch(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Some minutes after a send has begun: has anything left?"""
    for item in items:
        sent = broadcasts.broadcast(uow.connection, item.key)
        message = messages.messages(uow.connection, [item.key]).get(item.key)
        if sent is None or message is None or message["recalled_at"] is not None:
            continue
        rows = _served(ports, broadcasts.tally(uow.connection, item.key))
        planned, accepted = counted(rows)
        if not rows:
            planned = sent["guardians"]  # not even planned: the worst of all
        wrong = blast.fault(planned, accepted, Limits.of(_settings(uow, sent["school_id"])))
        if wrong is not None:
            raise_alarm(
                uow,
                item.key,
                wrong,
                school_id=sent["school_id"],
                school_ids=sent["school_ids"],
                channels=silent(rows),
                planned=planned,
                accepted=accepted,
            )


def _served(ports: Ports, rows: list[Row]) -> list[Row]:
    """Without ways that this site has no account for: an emergency plans them all. Where it has none, all of them."""
    there = {"", *(name for name, accounts in ports.accounts.items() if accounts)}
    return [row for row in rows if (row["channel"] or channel_of(row["way"])) in there] or rows


def counted(rows: Sequence[Row]) -> tuple[int, int]:
    """(to go by now, accepted), of deliveries that leave the house: the page is no proof of a way out."""
    going = [row for row in rows if row["way"] != broadcasts.PAGE and row["channel"] != broadcasts.PAGE]
    planned = sum(row["count"] for row in going if row["state"] in TO_GO)
    return planned, sum(row["count"] for row in going if row["state"] in ACCEPTED)


def silent(rows: Sequence[Row]) -> list[str]:
    """Channels that were to carry something and have had nothing accepted."""
    by_channel: dict[str, int] = {}
    for row in rows:
        channel = row["channel"] or channel_of(row["way"])
        if channel and channel != broadcasts.PAGE and row["state"] in TO_GO:
            by_channel[channel] = by_channel.get(channel, 0) + (row["count"] if row["state"] in ACCEPTED else 0)
    return sorted(channel for channel, accepted in by_channel.items() if accepted == 0)


def raise_alarm(
    uow: UnitOfWork,
    message_id: str,
    wrong: Fault,
    *,
    school_id: str | None,
    school_ids: Sequence[str],
    channels: Sequence[str],
    planned: int,
    accepted: int,
) -> None:
    """Once a message: a metric, an event, a task for each principal and administrator, and the page shows it."""
    alarm_id = derived_id("send_alarm", message_id)
    fresh = store.save_alarm(
        uow.connection,
        {
            "alarm_id": alarm_id,
            "message_id": message_id,
            "school_id": school_id,
            "fault": wrong.value,
            "channels": list(channels),
            "planned": planned,
            "accepted": accepted,
            "raised_at": uow.now,
            "settled_at": None,
            "settled_by": None,
        },
    )
    if not fresh:
        return
    SEND_ALARMS.labels(wrong.value, district_label(uow.district)).inc()
    uow.emit(
        "notifications.send_alarm",
        {
            "alarm_id": alarm_id,
            "message_id": message_id,
            "school_id": school_id,
            "fault": wrong.value,
            "channels": list(channels),
            "planned": planned,
            "accepted": accepted,
        },
        school=school_id,
        subject=message_id,
    )
    told = store.leaders(uow.connection, school_ids)
    if not told:  # nobody leads: the office is better than silence
        told = sorted(set(people.offices(uow.connection, school_ids).values()))
    ledger.save_tasks(
        uow.connection,
        [
            task(uow, derived_id("send_alarm", alarm_id, one), staff_id=one, kind="send_alarm", school_id=school_id, due_at=uow.now)
            for one in told
        ],
    )


def settle_alarm(uow: UnitOfWork, alarm_id: str, *, by: str, schools: Sequence[str] | None) -> bool:
    """Somebody has seen to it: everybody's task is done."""
    if not store.settle_alarm(uow.connection, alarm_id, by=by, now=uow.now, school_ids=schools):
        return False
    ledger.close_tasks(
        uow.connection,
        [derived_id("send_alarm", alarm_id, one) for one in store.heads(uow.connection)],
        uow.now,
    )
    return True


def _settings(uow: UnitOfWork, school_id: str | None) -> Mapping[str, Any]:
    school = people.schools(uow.connection, [school_id]).get(school_id or "")
    settings: Mapping[str, Any] = school["settings"] if school else {}
    return settings
