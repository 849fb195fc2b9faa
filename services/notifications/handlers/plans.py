"""Plans: a version goes to every home in its language and is answered by a digit; agreed, looked at again, celebrated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any

from services.notifications.domain import wording
from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import Names, names
from services.notifications.handlers.rendering import school_zone
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger, threads
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

KIND = "plan"  # of the open question; its ref is "<plan>:<version>"
END_OF_DAY = time(16, 0)


def plan_asked(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A guardian asks for a plan: on the teacher's list, in the words it was asked in."""
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                derived_id("plan_asked", event.data["plan_id"]),
                staff_id=event.data["staff_id"],
                kind="plan_asked",
                school_id=event.data["school_id"],
                student_id=event.data["student_id"],
                guardian_id=event.data["guardian_id"],
                note=event.data["text"],
            )
            for event in events
        ],
    )


def plan_proposed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Goal and steps with whose each one is; 1 accepts, the page is for everything else."""
    known = _names(uow, events)
    former = [f"{event.data['plan_id']}:{version}" for event in events for version in range(1, event.data["version"])]
    threads.close(uow.connection, KIND, former)
    drafts = []
    for event in events:
        data = event.data
        params = _who(data, known) | worded(data) | {
            "text": _plan_text(data["words"], data["owners"]),
            "due": wording.day(data["checkin_on"]),
            "link": data["link"],
        }
        key = "plan.proposed"
        if data["priority"]:
            key, params["priority"] = "plan.proposed_priority", data["priority"]
        opens = {"kind": KIND, "ref": _ref(data), "expires_at": data["answer_by"].isoformat()}
        drafts.append(_draft(event, data, key, params, kind="ask", weight=Weight.IMPORTANT, opens=opens))
    compose(uow, ports, drafts)
    ledger.close_tasks(uow.connection, [derived_id("plan_asked", event.data["plan_id"]) for event in events], uow.now)


def plan_accepted(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """This home's yes has come; nothing is said of any other."""
    known = _names(uow, events)
    _answered(uow, [(event.data["guardian_id"], event) for event in events])
    compose(uow, ports, [_draft(e, e.data, "plan.accepted", _who(e.data, known), solicited=True) for e in events])


def plan_agreed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """It begins: each home that said yes hears it for itself, and so does its keeper."""
    known = _names(uow, events)
    _answered(uow, [(guardian, event) for event in events for guardian in event.data["agreed_by"]])
    drafts = []
    for event in events:
        params = _who(event.data, known) | {"due": wording.day(event.data["checkin_on"])}
        for guardian in event.data["agreed_by"]:
            drafts.append(_draft(event, event.data, "plan.agreed", params, guardian=guardian, solicited=True))
        staff = Recipient(event.data["staff_id"], (event.data["student_id"],), params, kind="staff")
        drafts.append(
            Draft(
                message_id=derived_id("plan-keeper", event.id),
                kind="info",
                weight=Weight.ANSWER,
                school_id=event.data["school_id"],
                recipients=[staff],
                catalogue_key="plan.agreed_staff",
                cause=event,
            )
        )
    compose(uow, ports, drafts)


def plan_checkin_due(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """On the keeper's Today page; to each home that takes part, a question with its page."""
    known = _names(uow, events)
    keepers = [event for event in events if event.data["guardian_id"] is None]
    ledger.save_tasks(uow.connection, [_task(uow, event, known) for event in keepers])
    homes = [event for event in events if event.data["guardian_id"] is not None]
    compose(
        uow,
        ports,
        [_draft(e, e.data, "plan.checkin", _who(e.data, known) | {"link": e.data["link"]}, kind="ask") for e in homes],
    )


def plan_reviewed(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The keeper has looked at it: the task is done; of a plan that has ended nothing is asked any more."""
    threads.close(uow.connection, KIND, [_ref(event.data) for event in events if event.data["outcome"] == "ended"])
    ledger.close_tasks(uow.connection, [_task_id(event.data) for event in events], uow.now)


def plan_goal_met(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Good news, and what this home did for it."""
    known = _names(uow, events)
    drafts = []
    for event in events:
        data = event.data
        text = "; ".join(data["words"])
        params = _who(data, known) | worded(data) | {"score": f"{data['score']:g}", "text": text}
        drafts.append(_draft(event, data, "plan.goal_met", params, kind="positive", weight=Weight.IMPORTANT, personal=True))
    compose(uow, ports, drafts)
    threads.close(uow.connection, KIND, [_ref(event.data) for event in events])
    ledger.close_tasks(uow.connection, [_task_id(event.data) for event in events], uow.now)


def worded(data: Mapping[str, Any]) -> dict[str, str]:
    """What a delivery needs to know of words that came translated: whether they carry a label."""
    return {"words_label": data["label"]} if data.get("label") else {}


def _plan_text(words: Sequence[str], owners: Sequence[str]) -> str:
    goal, *steps = words
    lines = [
        f"{number}) {owner}: {step}" if owner else f"{number}) {step}"
        for number, (step, owner) in enumerate(zip(steps, owners, strict=True), 1)
    ]
    return "\n".join([goal, *lines])


def _draft(
    event: Event,
    data: Mapping[str, Any],
    key: str,
    params: Mapping[str, Any],
    *,
    guardian: str | None = None,
    kind: str = "info",
    weight: Weight = Weight.ANSWER,
    opens: Mapping[str, str] | None = None,
    solicited: bool = False,
    personal: bool = False,
) -> Draft:
    person = guardian or data["guardian_id"]
    recipient = Recipient(
        person, (data["student_id"],), params, opens=opens, solicited=solicited, language=data.get("language")
    )
    return Draft(
        message_id=derived_id("plan", event.id, person),
        kind=kind,
        weight=weight,
        school_id=data["school_id"],
        recipients=[recipient],
        catalogue_key=key,
        sender_id=data["staff_id"],
        personal=personal,
        cause=event,
    )


def _ref(data: Mapping[str, Any]) -> str:
    """One question per plan: a new version takes the old one's place."""
    return f"{data['plan_id']}:{data['version']}"


def _answered(uow: UnitOfWork, by: Sequence[tuple[str, Event]]) -> None:
    """What these guardians were asked is answered: their next digit means something else. Other homes' questions stay open."""
    threads.close_of(uow.connection, KIND, [(guardian, _ref(event.data)) for guardian, event in by])


def _task_id(data: Mapping[str, Any]) -> str:
    return derived_id("plan_checkin", data["plan_id"], str(data["version"]))


def _task(uow: UnitOfWork, event: Event, known: Names) -> dict[str, Any]:
    data = event.data
    zone = school_zone(known.schools.get(data["school_id"]))
    today = uow.now.astimezone(zone).date()
    return task(
        uow,
        _task_id(data),
        staff_id=data["staff_id"],
        kind="plan_checkin",
        school_id=data["school_id"],
        student_id=data["student_id"],
        due_at=datetime.combine(today, END_OF_DAY, tzinfo=zone).astimezone(UTC),
    )


def _who(data: Mapping[str, Any], known: Names) -> dict[str, Any]:
    return {"teacher": known.teacher(data["staff_id"]), "student": known.student(data["student_id"])}


def _names(uow: UnitOfWork, events: Sequence[Event]) -> Names:
    return names(
        uow,
        students={event.data["student_id"] for event in events},
        staff={event.data["staff_id"] for event in events},
        schools={event.data["school_id"] for event in events},
    )
