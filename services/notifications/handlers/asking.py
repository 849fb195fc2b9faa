"""Surveys: invitations, reminders, questions by text message, receipts, and who is called instead."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from services.notifications.channels.twiml import voice_for
from services.notifications.domain import wording
from services.notifications.domain.sending import GUARDED, Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import Names, names
from services.notifications.handlers.tasks import task
from services.notifications.ports import Ports
from services.notifications.store import ledger, people, threads, voice
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.policy import Action

LATE_ANSWERS = timedelta(days=7)  # surveys takes answers this long after the deadline
CALLS_WITHIN = timedelta(hours=3)  # who asked to be called is not called tomorrow
PERSON_CALLS_WITHIN = timedelta(days=1)

_Data = Mapping[str, Any]


def survey_assigned(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """One message per campaign, so that its text is translated once per language for all of them; two teachers may ask
    the same survey until the same hour, and a family with a child in both classes is invited twice."""
    invited = [(event, data) for event in events for data in _each_asked(event)]
    known = _known(uow, [data for _, data in invited])
    rounds: dict[tuple[Any, ...], list[tuple[Event, _Data]]] = defaultdict(list)
    for event, data in invited:
        asked_by = (data["campaign_id"],) if data.get("campaign_id") else ()
        rounds[data["survey_id"], data["school_id"], data["reminder"], data["due_at"], asked_by].append((event, data))
    drafts = []
    for (survey, school, reminder, due_at, asked_by), asked in rounds.items():
        cause, first = asked[0]
        drafts.append(
            Draft(
                message_id=derived_id("survey", survey, school, str(reminder), due_at.isoformat(), *asked_by),
                kind="ask",
                weight=_WEIGHT.get(first["kind"], Weight.IMPORTANT),
                school_id=school,
                recipients=[_invited(data, known) for _, data in asked],
                catalogue_key=_invitation(first),
                action=Action.SURVEY,
                cause=cause,
            )
        )
    compose(uow, ports, drafts)


def _each_asked(event: Event) -> list[_Data]:
    """What each guardian is asked: a page of them has one event. (The first version told of one guardian.)"""
    if event.version == 1:
        return [event.data]
    common = {name: value for name, value in event.data.items() if name != "asked"}
    return [{**common, **each} for each in event.data["asked"]]


_WEIGHT = {"curious": Weight.ROUTINE}  # nobody needs to answer it, so a family's limit on messages holds


def _invitation(data: Any) -> str:
    """The text of an invitation: the question itself, or the way to the questions."""
    if data.get("question") and not data["reminder"]:
        return "survey.question_poll" if data["kind"] == "poll" else "survey.question_curious"
    text = "survey.reminder" if data["reminder"] else "survey.invitation"
    return text if data["kind"] == "intake" else f"{text}_other"


def _invited(data: _Data, known: Names) -> Recipient:
    school = known.schools.get(data["school_id"])
    params = {
        "teacher": known.teacher(known.first_teacher(data["student_ids"])) or known.school(data["school_id"]),
        "student": known.student(*data["student_ids"]),
        "school": known.school(data["school_id"]),
        "due": wording.moment(data["due_at"]),
        "hours": wording.hours(school["settings"].get("office_hours") or []) if school else "",
        "link": data["link"],
        "question": data.get("question") or "",
    }
    return Recipient(data["guardian_id"], tuple(data["student_ids"]), params, opens=_opens(data["assignment_id"], data))


def _opens(assignment_id: str, data: Any) -> dict[str, str]:
    return {"kind": "survey", "ref": assignment_id, "expires_at": (data["due_at"] + LATE_ANSWERS).isoformat()}


def question_asked(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """The next question of a walk by text message, as it is: surveys has worded it in the guardian's language."""
    children = _children(uow, {event.data["guardian_id"] for event in events})
    drafts = []
    for event in events:
        data = event.data
        opens = {
            "kind": "survey",
            "ref": data["assignment_id"],
            "expires_at": (uow.now + LATE_ANSWERS).isoformat(),
        }
        drafts.append(
            Draft(
                message_id=derived_id("question", event.id),
                kind="ask",
                weight=Weight.ANSWER,
                school_id=data["school_id"],
                recipients=[
                    Recipient(
                        data["guardian_id"],
                        children.get(data["guardian_id"], ()),
                        opens=opens,
                        solicited=data.get("solicited", True),
                        language=data["language"],
                    )
                ],
                text=data["text"],
                source_language=data["language"],
                action=Action.SURVEY,
                cause=event,
            )
        )
    compose(uow, ports, drafts)


def call_asked(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A survey by telephone: a call in a voice of the family's language, else their teacher calls. Never in another voice."""
    known = _names(uow, events)
    numbers = voice.telephones(uow.connection, people.guardians(uow.connection, {e.data["guardian_id"] for e in events}))
    spoken, by_person = [], []
    for event in events:
        data = event.data
        can = ports.accounts.get("voice") and numbers.get(data["guardian_id"]) and voice_for(data["language"])
        (spoken if can else by_person).append(event)
    compose(uow, ports, [_call(uow, event, known) for event in spoken])
    offices = people.offices(uow.connection, {event.data["school_id"] for event in by_person})
    rows = [_call_instead(uow, event, known, offices, due_at=uow.now + PERSON_CALLS_WITHIN) for event in by_person]
    ledger.save_tasks(uow.connection, [row for row in rows if row is not None])


def _call(uow: UnitOfWork, event: Event, known: Names) -> Draft:
    """One an hour, however often it is asked for."""
    data = event.data
    params = {
        "school": known.school(data["school_id"]),
        "student": known.student(*data["student_ids"]),
        "menu": data["menu"],  # not in the text: the call goes on there
    }
    opens = _opens(data["assignment_id"], data)
    students = tuple(data["student_ids"])
    return Draft(
        message_id=derived_id("survey_call", data["assignment_id"], uow.now.strftime("%Y%m%d%H")),
        kind="ask",
        weight=Weight.ANSWER,
        school_id=data["school_id"],
        recipients=[Recipient(data["guardian_id"], students, params, opens=opens, solicited=True, way="voice")],
        catalogue_key="survey.call",
        action=Action.SURVEY,
        expires_at=uow.now + CALLS_WITHIN,
        cause=event,
    )


def _call_instead(
    uow: UnitOfWork, event: Event, known: Names, offices: Mapping[str, str], *, due_at: datetime
) -> dict[str, Any] | None:
    """The child's teacher calls, else the school's office; None where the roster names neither."""
    data = event.data
    teacher = known.first_teacher(data["student_ids"]) or offices.get(data["school_id"])
    if teacher is None:
        return None
    return task(
        uow,
        derived_id("call", data["assignment_id"]),
        staff_id=teacher,
        kind="call_instead",
        school_id=data["school_id"],
        student_id=data["student_ids"][0],
        guardian_id=data["guardian_id"],
        due_at=due_at,
    )


def _children(uow: UnitOfWork, guardian_ids: set[str]) -> dict[str, tuple[str, ...]]:
    """All children of these guardians: a survey's question names no child, so it is about all of them."""
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for guardian_id, student_id in people.children_of(uow.connection, guardian_ids):
        found[guardian_id] += (student_id,)
    return found


def response_submitted(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Thanks, and the question is open no longer."""
    threads.close(uow.connection, "survey", (event.data["assignment_id"] for event in events))
    ledger.close_tasks(uow.connection, (derived_id("call", event.data["assignment_id"]) for event in events), uow.now)
    known = _names(uow, events)
    drafts = []
    for event in events:
        data = event.data
        students = tuple(data["student_ids"])
        row = next((known.students[s] for s in students if s in known.students), None)
        school = row["school_id"] if row else None
        params = {
            "student": known.student(*students),
            "teacher": known.teacher(known.first_teacher(students)) or known.school(school),
            "changes": data.get("changes") or "",
        }
        drafts.append(
            Draft(
                message_id=derived_id("receipt", data["assignment_id"], event.id),
                kind="info",
                weight=Weight.ANSWER,
                school_id=school,
                recipients=[Recipient(data["guardian_id"], students, params, solicited=data["via"] in ("web", "sms"))],
                catalogue_key="survey.receipt_changes" if params["changes"] else "survey.receipt",
                category=GUARDED if params["changes"] else None,  # a need, a barrier: not the teacher's to read
                cause=event,
            )
        )
    compose(uow, ports, drafts)


def response_overdue(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """No answer by the deadline: the child's teacher calls instead."""
    known = _names(uow, events)
    offices = people.offices(uow.connection, {event.data["school_id"] for event in events})
    rows = [_call_instead(uow, event, known, offices, due_at=event.data["due_at"] + timedelta(days=3)) for event in events]
    ledger.save_tasks(uow.connection, [row for row in rows if row is not None])


def _names(uow: UnitOfWork, events: Sequence[Event]) -> Names:
    return _known(uow, [event.data for event in events])


def _known(uow: UnitOfWork, told: Sequence[_Data]) -> Names:
    children = {student for data in told for student in data["student_ids"]}
    at = {row["school_id"] for row in people.students(uow.connection, children).values()}
    return names(
        uow,
        students=children,
        schools=at | {data.get("school_id") for data in told},
        guardians={data["guardian_id"] for data in told},
    )
