"""The ladder: what no screen brought across goes on paper, and then a person calls (F17).

Two looks a day per school, before and after noon, see all its messages in a few queries; nothing is timed per person.
It stops where the family has read, answered or was spoken with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any

from services.notifications.domain.ladder import End, LetterState, Reason, Rules, Seen, begins, call_at, read
from services.notifications.domain.sending import GUARDED
from services.notifications.handlers import guarded, lettering, paper
from services.notifications.handlers.grounds import INVITATIONS
from services.notifications.handlers.rendering import school_zone
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ladder as climb
from services.notifications.store import ledger, messages, people
from services.notifications.store import paper as store
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork

Row = Mapping[str, Any]

BEAT, LETTERS = "ladder", "letters"  # kinds of due work
LOOKS = (time(7), time(13))  # where the school is: before its office prints and calls
LOOK_BACK = timedelta(days=21)  # a message older than this is too old to be put on paper
BATCH = 500
_REASON = {"no_channel": Reason.NO_CHANNEL, "suppressed": Reason.NO_CHANNEL}


def plan_beats(uow: UnitOfWork, school_ids: Iterable[str]) -> None:
    """Each school's next look; planning it twice moves nothing."""
    for school_id, school in people.schools(uow.connection, school_ids).items():
        zone = school_zone(school)
        today = uow.now.astimezone(zone).date()
        looks = [datetime.combine(today + timedelta(days=n), look, tzinfo=zone).astimezone(UTC) for n in (0, 1) for look in LOOKS]
        uow.schedule(BEAT, school_id, next(look for look in looks if look > uow.now))


def letters_due(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """Letters that planning has queued: on the ladder, said aloud, and their words asked for."""
    while rows := store.unqueued(uow.connection, limit=BATCH):
        _take_up(uow, rows)


def _take_up(uow: UnitOfWork, rows: Sequence[Row]) -> None:
    rules = _rules(uow, {row["school_id"] for row in rows})
    homes = _schools_of(uow, [row for row in rows if row["school_id"] is None])
    steps = []
    for row in rows:
        school = row["school_id"] or homes.get(row["guardian_id"])
        if row["category"] == GUARDED:
            steps.append(_step(uow, {**row, "delivery_id": row["letter_id"]}, school, _why(row), None))
            continue
        followed = call_at(row["kind"], row["created_at"], rules.get(school or "", Rules()))
        steps.append(_step(uow, {**row, "delivery_id": row["letter_id"]}, school, _why(row), followed))
    store.adopt(uow.connection, {row["letter_id"]: homes.get(row["guardian_id"]) for row in rows if row["school_id"] is None})
    pairs = list(zip(rows, steps, strict=True))
    store.queue(uow.connection, [], [_state(step, row["category"]) for row, step in pairs], steps)
    for row, step in pairs:
        _say(uow, row, step)
    guarded.call_instead(uow, [(row, step) for row, step in pairs if row["category"] == GUARDED])
    lettering.ask(uow, {row["language"] for row in rows if row["category"] != GUARDED})


def _why(row: Row) -> Reason:
    if row["tried"]:
        return Reason.FAILED
    return _REASON.get(row["reason"] or "", Reason.PREFERRED)


def _schools_of(uow: UnitOfWork, rows: Sequence[Row]) -> dict[str, str]:
    """A school whose office may print for these guardians: that of a child of theirs."""
    if not rows:
        return {}
    pairs = people.children_of(uow.connection, {row["guardian_id"] for row in rows})
    enrolled = people.students(uow.connection, {student for _, student in pairs})
    return {guardian: enrolled[student]["school_id"] for guardian, student in pairs if student in enrolled}


def _step(uow: UnitOfWork, row: Row, school_id: str | None, why: Reason, calls_at: datetime | None) -> dict[str, Any]:
    return {
        "delivery_id": row["delivery_id"],
        "guardian_id": row["guardian_id"],
        "school_id": school_id,
        "reason": why.value,
        "began_at": uow.now,
        "call_at": calls_at,
        "called": False,
        "ended_at": None,
        "ended_by": None,
    }


def _state(step: Row, category: str | None) -> dict[str, Any]:
    return {
        "letter_id": step["delivery_id"],
        "school_id": step["school_id"],
        "state": (LetterState.WITHHELD if category == GUARDED else LetterState.WAITING).value,
        "why": step["reason"],
        "run_id": None,
        "part": None,
        "place": None,
        "settled_at": None,
        "settled_by": None,
    }


def _say(uow: UnitOfWork, row: Row, step: Row) -> None:
    """That screens are exhausted, and that a letter waits: not of what no office may print."""
    used = dict.fromkeys([*row["tried"], *([row["channel"]] if row.get("channel") else [])])
    uow.emit(
        "notifications.channel_exhausted",
        {
            "delivery_id": step["delivery_id"],
            "message_id": row["message_id"],
            "guardian_id": step["guardian_id"],
            "tried": list(used),
            "reason": step["reason"],
        },
        school=step["school_id"],
        subject=row["message_id"],
    )
    if row["category"] == GUARDED:
        return
    uow.emit(
        "notifications.letter_queued",
        {
            "letter_id": step["delivery_id"],
            "guardian_id": step["guardian_id"],
            "school_id": step["school_id"],
            "languages": list(dict.fromkeys([row["language"], "en"])),
        },
        school=step["school_id"],
        subject=row["message_id"],
    )


def _rules(uow: UnitOfWork, school_ids: Iterable[str | None]) -> dict[str, Rules]:
    return {known: Rules.of(school["settings"]) for known, school in people.schools(uow.connection, school_ids).items()}


def beat(uow: UnitOfWork, ports: Ports, items: Sequence[DueItem]) -> None:
    """One hour's look at each school."""
    rules = _rules(uow, {item.key for item in items})
    for school_id, own in rules.items():
        _stop(uow, school_id, own)
        _begin(uow, school_id, own)
        _call(uow, school_id)
    plan_beats(uow, rules)


def _begin(uow: UnitOfWork, school_id: str, rules: Rules) -> None:
    """What was opened by nobody for two days goes on paper as well."""
    since, until, after = uow.now - LOOK_BACK, uow.now - rules.unopened_after, ""
    while rows := climb.silent(
        uow.connection, school_id, rules.kinds, but=INVITATIONS, since=since, until=until, after=after, limit=BATCH
    ):
        _put_on_paper(uow, school_id, rules, [row for row in rows if begins(_seen(row), rules, uow.now)])
        after = rows[-1]["delivery_id"]


def _put_on_paper(uow: UnitOfWork, school_id: str, rules: Rules, silent: Sequence[Row]) -> None:
    if not silent:
        return
    refused = paper.refusals(uow, [row["delivery_id"] for row in silent])
    going = [{**row, "guardian_id": row["recipient_id"]} for row in silent if row["delivery_id"] not in refused]
    steps = [
        _step(
            uow, row, school_id, Reason.UNOPENED,
            None if row["category"] == GUARDED else call_at(row["kind"], row["sent_at"], rules),
        )
        for row in going
    ]  # fmt: skip
    pairs = list(zip(going, steps, strict=True))
    letters = [
        {
            "letter_id": row["delivery_id"],
            "guardian_id": row["recipient_id"],
            "school_id": school_id,
            "language": row["language"],
            "queued_at": uow.now,
            "printed_at": None,
        }
        for row in going
    ]
    store.queue(uow.connection, letters, [_state(step, row["category"]) for row, step in pairs], steps)
    guarded.call_instead(uow, [(row, step) for row, step in pairs if row["category"] == GUARDED])
    hours = round(rules.unopened_after / timedelta(hours=1))
    printed = [row for row in going if row["category"] != GUARDED]
    words = [(row["delivery_id"], "letter queued", f"not opened in {hours} hours") for row in printed]
    messages.trace(uow.connection, words, uow.now)
    for row, step in pairs:
        _say(uow, row, step)
    lettering.ask(uow, {row["language"] for row in printed})


def _seen(row: Row) -> Seen:
    on_screen = row.get("reason", Reason.UNOPENED) == Reason.UNOPENED
    return Seen(
        kind=row["kind"],
        handed_at=row["sent_at"] if on_screen else row["created_at"],
        delivered_at=row["delivered_at"],
        opened_at=row["opened_at"],
        answered_at=row["answered_at"],
    )


def _stop(uow: UnitOfWork, school_id: str, rules: Rules) -> None:
    """Who has read or answered meanwhile needs no letter and no call."""
    ended: dict[End, list[str]] = {}
    for row in climb.climbing(uow.connection, school_id):
        if (how := read(_seen(row), rules)) is not None:
            ended.setdefault(how, []).append(row["delivery_id"])
    for how, ids in ended.items():
        paper.leave(uow, ids, how)
        unsent = (LetterState.WAITING, LetterState.WITHHELD)
        waiting = [row["letter_id"] for row in store.letters(uow.connection, ids) if row["state"] in unsent]
        store.settle_letters(uow.connection, waiting, LetterState.PULLED, now=uow.now, by=None, settled=True)
        words = [(known, "ladder ends", f"{how.value}, no letter is needed" if known in waiting else how.value) for known in ids]
        messages.trace(uow.connection, words, uow.now)


def _call(uow: UnitOfWork, school_id: str) -> None:
    """Paper brought no answer either: a person calls, with an interpreter where the language asks for one."""
    rows = [
        row for row in climb.climbing(uow.connection, school_id)
        if row["call_at"] is not None and row["call_at"] <= uow.now and not row["called"]
    ]  # fmt: skip
    if not rows:
        return
    office = people.offices(uow.connection, [school_id]).get(school_id)
    refused = paper.refusals(uow, [row["delivery_id"] for row in rows])
    paper.pull(uow, refused)
    going = [row for row in rows if row["delivery_id"] not in refused]
    if office is None:
        return  # nobody is listed who could: looked at again when the roster names somebody
    tasks = [
        task(
            uow,
            derived_id("call-home", row["delivery_id"]),
            staff_id=office,
            kind="call_home",
            school_id=school_id,
            student_id=next(iter(row["students"]), None),
            guardian_id=row["guardian_id"],
            due_at=uow.now,
        )
        for row in going
    ]
    ledger.save_tasks(uow.connection, tasks)
    climb.save_calls(
        uow.connection,
        [
            {"task_id": made["task_id"], "delivery_id": row["delivery_id"], "tries": 0, "outcome": None, "outcome_at": None,
             "outcome_by": None}
            for row, made in zip(going, tasks, strict=True)
        ],
    )  # fmt: skip
    messages.trace(uow.connection, [(row["delivery_id"], "call asked", "a person calls") for row in going], uow.now)
