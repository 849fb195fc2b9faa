"""Calls that a person makes: whom, in which language, when it suits, what about; and what came of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from services.notifications.domain.consent import Source
from services.notifications.domain.ladder import CallOutcome, End, LetterState, after_call
from services.notifications.domain.sending import GUARDED
from services.notifications.handlers import contacts, paper, rendering
from services.notifications.handlers.composing import SCHOOL_LANGUAGE
from services.notifications.ports import Ports
from services.notifications.store import ladder as climb
from services.notifications.store import messages, people
from services.notifications.store import paper as store
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Purpose, Resource, Subject, about_whom

Row = Mapping[str, Any]

SHORT = 280  # characters of what to say
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Call:
    """One line of the call list. `after`, `quiet`: the guardian's wishes, "HH:MM"; `say`: in the school's language."""

    task_id: str
    kind: str
    guardian_id: str
    guardian: str = field(repr=False)
    student: str = field(repr=False)
    number: str = field(repr=False)
    language: str
    interpreter: bool
    due_at: datetime | None
    tries: int
    outcome: str | None
    after: str = ""
    quiet: str = ""
    say: str = field(default="", repr=False)


def listed(uow: UnitOfWork, ports: Ports, school_ids: Sequence[str], *, limit: int = 25) -> list[Call]:
    """Open calls to guardians who may be called today; a fixed number of queries."""
    rows = [row for row in climb.calls(uow.connection, school_ids, limit=limit) if row["guardian_id"]]
    may = allowed(uow, rows)
    rows = [row for row in rows if row["task_id"] in may]
    guardians = people.guardians(uow.connection, (row["guardian_id"] for row in rows))
    wishes = people.preferences(uow.connection, guardians)
    students = people.students(uow.connection, (row["student_id"] for row in rows))
    said = _said(uow, ports, rows)
    calls = []
    for row in rows:
        guardian, wish = guardians.get(row["guardian_id"]), wishes.get(row["guardian_id"])
        if guardian is None:
            continue
        child = students.get(row["student_id"] or "")
        language = (wish["language"] if wish else None) or guardian["language"]
        quiet = f"{wish['quiet_start']}–{wish['quiet_end']}" if wish and wish["quiet_start"] and wish["quiet_end"] else ""
        calls.append(
            Call(
                task_id=row["task_id"],
                kind=row["kind"],
                guardian_id=row["guardian_id"],
                guardian=_name(guardian),
                student=_name(child) if child else "",
                number=guardian["phone"] or guardian["sms"] or "",
                language=language,
                interpreter=language.split("-")[0] != SCHOOL_LANGUAGE,
                due_at=row["due_at"],
                tries=row["tries"],
                outcome=row["outcome"],
                after=(wish["available_after"] if wish else None) or "",
                quiet=quiet,
                say=_short(said.get(row["delivery_id"] or "", row["note"])),
            )
        )
    return calls


def _name(row: Row) -> str:
    return " ".join(filter(None, (row["given_name"], row["family_name"])))


def _short(text: str) -> str:
    return text if len(text) <= SHORT else text[: SHORT - 1].rsplit(" ", 1)[0] + "…"


def _said(uow: UnitOfWork, ports: Ports, rows: Sequence[Row]) -> dict[str, str]:
    """What the messages say, in the school's language, by delivery."""
    found = messages.deliveries(uow.connection, (row["delivery_id"] for row in rows if row["delivery_id"]))
    about = messages.messages(uow.connection, (row["message_id"] for row in found))
    readable = [row for row in found if about[row["message_id"]]["category"] != GUARDED]
    english = [{**row, "language": SCHOOL_LANGUAGE} for row in readable]
    schools = people.schools(uow.connection, (row["school_id"] for row in found))
    written = rendering.bodies(uow, ports, english, about=about, preferences={}, schools=schools)
    return {delivery: body.text for delivery, body in written.items()}


def allowed(uow: UnitOfWork, rows: Sequence[Row]) -> set[str]:
    """Calls that policy allows now: a restriction entered since the task was made wins here too."""
    persons = {row["guardian_id"] for row in rows}
    theirs: dict[str, tuple[str, ...]] = {}
    for guardian, student in people.children_of(uow.connection, persons):
        theirs[guardian] = (*theirs.get(guardian, ()), student)
    circle = people.circle(uow.connection, persons, {student for each in theirs.values() for student in each})
    schools = people.schools(uow.connection, (row["school_id"] for row in rows))
    system = Subject.system("notifications", uow.district)
    found = set()
    for row in rows:
        guardian = row["guardian_id"]
        about = (row["student_id"],) if row["student_id"] else theirs.get(guardian, ())
        on = uow.now.astimezone(rendering.school_zone(schools.get(row["school_id"] or ""))).date()
        resource = Resource.guardian(guardian, uow.district, students=about)
        if about_whom(system, Action.CONTACT, resource, circle.facts(guardian, on, purpose=Purpose.CONCERN)):
            found.add(row["task_id"])
    return found


def record(
    uow: UnitOfWork, task_id: str, outcome: CallOutcome, *, staff_id: str, schools: Sequence[str] | None
) -> bool:
    """What came of a call; False where there is no such open call at these schools (None: any school)."""
    row = climb.call(uow.connection, task_id)
    if row is None or (schools is not None and row["school_id"] not in schools):
        return False
    tries = row["tries"] + 1
    end = after_call(outcome, tries)
    again = None if end else _next_school_morning(uow.now)
    if row["delivery_id"]:
        kept = {
            "task_id": task_id, "delivery_id": row["delivery_id"], "tries": tries, "outcome": outcome.value,
            "outcome_at": uow.now, "outcome_by": staff_id,
        }  # fmt: skip
        climb.called(uow.connection, kept, due_at=again, now=uow.now)
        _tell(uow, row["delivery_id"], outcome, end)
    else:
        climb.put_off(uow.connection, task_id, due_at=again, now=uow.now)
    if outcome is CallOutcome.WRONG_NUMBER:
        _close_number(uow, row["guardian_id"])
    if outcome is CallOutcome.REACHED and row["student_id"]:
        contacts.log_live(
            uow,
            staff_id=staff_id,
            student_id=row["student_id"],
            guardian_id=row["guardian_id"],
            mode="phone",
            kind=_kind(uow, row["delivery_id"]),
        )
    return True


def _next_school_morning(now: datetime) -> datetime:
    """A day later, and never on a weekend."""
    later = now + DAY
    while later.weekday() >= 5:
        later += DAY
    return later


def _kind(uow: UnitOfWork, delivery_id: str | None) -> str:
    row = messages.delivery(uow.connection, delivery_id) if delivery_id else None
    return str(messages.messages(uow.connection, [row["message_id"]])[row["message_id"]]["kind"]) if row else "info"


def _tell(uow: UnitOfWork, delivery_id: str, outcome: CallOutcome, end: End | None) -> None:
    """The delivery's trace, and where it ends there: who was spoken with has had the message."""
    row = messages.delivery(uow.connection, delivery_id)
    if row is None:
        return
    messages.trace(uow.connection, [(delivery_id, "called", outcome.value.replace("_", " "))], uow.now)
    if end is not None:
        paper.leave(uow, [delivery_id], end)
    if end is not End.REACHED:
        return
    change = {"b_id": delivery_id, "state": "delivered", "opened_at": row["opened_at"] or uow.now}
    change |= {"delivered_at": row["delivered_at"] or uow.now, "opened_how": row["opened_how"] or "answered"}
    messages.change(uow.connection, [change | {"channel": "phone" if row["state"] == "letter" else row["channel"]}])
    waiting = [one["letter_id"] for one in store.letters(uow.connection, [delivery_id]) if one["state"] == LetterState.WAITING]
    store.settle_letters(uow.connection, waiting, LetterState.PULLED, now=uow.now, by=None, settled=True)
    uow.emit(
        "notifications.message_opened",
        {
            "delivery_id": delivery_id,
            "message_id": row["message_id"],
            "guardian_id": row["recipient_id"],
            "channel": "phone",
            "how": "answered",
            "at": uow.now,
        },
        school=row["school_id"],
        subject=row["message_id"],
    )


def _close_number(uow: UnitOfWork, guardian_id: str) -> None:
    """The number that was dialled is not theirs: nothing goes there by itself any more; contact repair takes it up."""
    guardian = people.guardians(uow.connection, [guardian_id]).get(guardian_id)
    if guardian is None:
        return
    number = guardian["phone"] or guardian["sms"]
    ways = ["voice"] + (["sms"] if number and number == guardian["sms"] else [])
    people.suppress(
        uow.connection,
        [
            {"guardian_id": guardian_id, "channel": way, "source": Source.INVALID.value, "detail": "wrong_number",
             "since": uow.now}
            for way in ways
        ],
    )  # fmt: skip
