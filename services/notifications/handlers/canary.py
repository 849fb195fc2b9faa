"""The hourly canary: a message of each school to a contact of its own, by every way at once; a receipt that is missing is an alarm.

The contact is a guardian in the roster whom the school's `alerts.canary` names, with a telephone and a mailbox that belong
to the district.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import timedelta

from services.notifications.domain.audience import Audience, channel_of
from services.notifications.domain.blast import Fault, Limits
from services.notifications.handlers import alarms, announcing, emergency
from services.notifications.handlers.announcing import Announcement
from services.notifications.handlers.beats import RECEIPTED
from services.notifications.handlers.writing import Author
from services.notifications.ports import Ports
from services.notifications.store import emergency as store
from services.notifications.store import messages, people
from shared.messaging.uow import DueItem, UnitOfWork

BEAT, JUDGE = "canary", "canary_due"  # kinds of due work
EVERY = timedelta(hours=1)
WORDS = "Canary: this shows that messages arrive. No action is needed."


def plan_beats(uow: UnitOfWork, school_ids: Iterable[str]) -> None:
    """The next full hour of each school that has a canary."""
    hour = uow.now.replace(minute=0, second=0, microsecond=0) + EVERY
    for school_id, school in people.schools(uow.connection, school_ids).items():
        if (school["settings"].get("alerts") or {}).get("canary"):
            uow.schedule(BEAT, school_id, hour)
        else:
            uow.cancel(BEAT, school_id)


def beat(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Send each school's canary on its way; it is over before the next one goes."""
    schools = people.schools(uow.connection, (item.key for item in items))
    offices = people.offices(uow.connection, schools)
    for school_id, school in schools.items():
        bird = (school["settings"].get("alerts") or {}).get("canary")
        if bird is None:
            continue
        limits = Limits.of(school["settings"])
        lasts = timedelta(minutes=limits.canary_minutes)
        sent = announcing.announce(
            uow,
            ports,
            Author(offices.get(school_id, ""), "office", (school_id,)),
            Announcement(
                kind=emergency.KIND,
                title="",
                text=WORDS,
                audience=Audience(guardians=(bird,)),
                school_id=school_id,
                expires_at=uow.now + lasts,
            ),
        )
        row = {"message_id": sent.message_id, "school_id": school_id, "sent_at": uow.now, "judged_at": None, "missing": None}
        store.save_canary(uow.connection, row)
        uow.schedule(JUDGE, sent.message_id, uow.now + lasts)
        uow.schedule(emergency.OVER, sent.message_id, uow.now + lasts)
    plan_beats(uow, schools)


def judge(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Which ways have not brought it: those with receipts must have said so, the others must have been accepted."""
    for item in items:
        bird = store.canary(uow.connection, item.key)
        if bird is None or bird["judged_at"] is not None:
            continue
        rows = [row for row in messages.of_message(uow.connection, item.key) if ports.accounts.get(channel_of(row["way"]))]
        missing = sorted({channel_of(row["way"]) for row in rows if not _arrived(row["way"], row["state"])})
        store.judge_canary(uow.connection, item.key, missing=missing, now=uow.now)
        if missing or not rows:
            alarms.raise_alarm(
                uow,
                item.key,
                Fault.CANARY,
                school_id=bird["school_id"],
                school_ids=[bird["school_id"]],
                channels=missing,
                planned=len(rows),
                accepted=sum(_arrived(row["way"], row["state"]) for row in rows),
            )


def _arrived(way: str, state: str) -> bool:
    if state == "merged":  # another copy uses the number
        return True
    return state == "delivered" or (state == "sent" and channel_of(way) not in RECEIPTED)
