"""Grades in, early alerts out: to the family that day, weeks before the report."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.notifications.domain.alerts import Judgement, judge
from services.notifications.domain.guides import topic_of_course
from services.notifications.domain.sending import Weight
from services.notifications.handlers import guides
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import names
from services.notifications.handlers.rendering import inbox_link, school_zone
from services.notifications.ports import Ports
from services.notifications.store import ledger, people
from services.notifications.store import rhythm as rhythms
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


@dataclass(frozen=True)
class _Fall:
    """A standing that fell below the threshold, and who teaches the course."""

    event: Event
    alert_id: str
    teacher_id: str | None
    threshold: float
    days_to_midterm: int | None


def grade_recorded(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """Judge each standing against what was told before; tell the new falls."""
    newest = _in_order(events)
    states: dict[tuple[str, str], Any] = dict(
        ledger.alert_states(uow.connection, {event.data["student_id"] for event in newest})
    )
    schools = people.schools(uow.connection, {event.data["school_id"] for event in newest})
    calendars = people.calendars(uow.connection, schools)
    teachers = people.teachers_of_classes(uow.connection, {event.data["class_id"] for event in newest})
    falls, changed, standings = [], {}, []
    for event in newest:
        data, key = event.data, (event.data["student_id"], event.data["course_id"])
        school, known = schools.get(data["school_id"]), states.get(key)
        if school is None or (known is not None and known["revision"] >= data["revision"]):
            continue
        judgement = _judge(uow, data, school, calendars.get(data["school_id"]), known)
        states[key] = changed[key] = {
            "student_id": key[0],
            "course_id": key[1],
            "revision": data["revision"],
            "score": data["score_pct"],
            "alerted": judgement.alerted,
        }
        threshold, teacher = float(school["settings"]["alert_threshold"]), teachers.get(data["class_id"])
        standings.append(_standing(data, threshold, teacher))
        if judgement.raise_now:
            alert_id = derived_id("alert", *key, str(data["revision"]))
            falls.append(_Fall(event, alert_id, teacher, threshold, judgement.days_to_midterm))
    ledger.save_alert_states(uow.connection, list(changed.values()))
    rhythms.save_standings(uow.connection, standings)
    _raise(uow, ports, falls)


def _standing(data: Mapping[str, Any], threshold: float, teacher: str | None) -> dict[str, Any]:
    return {
        "student_id": data["student_id"],
        "course_id": data["course_id"],
        "revision": data["revision"],
        "course_title": data["course_title"],
        "teacher_id": teacher,
        "score": data["score_pct"],
        "failing": data["score_pct"] < threshold,
    }


def _in_order(events: Sequence[Event]) -> list[Event]:
    return sorted(events, key=lambda event: event.data["revision"])


def _judge(
    uow: UnitOfWork, data: Mapping[str, Any], school: people.Row, calendar: people.Row | None, known: Any
) -> Judgement:
    return judge(
        alerted=bool(known and known["alerted"]),
        score=data["score_pct"],
        threshold=float(school["settings"]["alert_threshold"]),
        recovery=float(school["settings"]["alert_recovery"]),
        today=uow.now.astimezone(school_zone(school)).date(),
        midterm_on=calendar["midterm_release_on"] if calendar else None,
    )


def _raise(uow: UnitOfWork, ports: Ports, falls: Sequence[_Fall]) -> None:
    """The event, and the message to every guardian of the child."""
    if not falls:
        return
    children = {fall.event.data["student_id"] for fall in falls}
    known = names(
        uow,
        students=children,
        staff={fall.teacher_id for fall in falls},
        schools={fall.event.data["school_id"] for fall in falls},
    )
    families: dict[str, list[people.Row]] = defaultdict(list)
    for link in people.families(uow.connection, children):
        families[link["student_id"]].append(link)
    drafts = []
    for fall in falls:
        data = fall.event.data
        teacher = fall.teacher_id or known.first_teacher([data["student_id"]])
        uow.emit(
            "notifications.early_alert_raised",
            {
                "alert_id": fall.alert_id,
                "student_id": data["student_id"],
                "school_id": data["school_id"],
                "course_id": data["course_id"],
                "class_id": data["class_id"],
                "teacher_id": teacher,
                "score": data["score_pct"],
                "threshold": fall.threshold,
                "days_to_midterm": fall.days_to_midterm,
            },
            school=data["school_id"],
            subject=data["student_id"],
            cause=fall.event,
        )
        params = {
            "student": known.student(data["student_id"]),
            "course": data["course_title"],
            "score": f"{data['score_pct']:g}",
            "teacher": known.teacher(teacher) or known.school(data["school_id"]),
        }
        message_id = derived_id("alert-message", fall.alert_id)
        drafts.append(
            Draft(
                message_id=message_id,
                kind="concern",
                weight=Weight.IMPORTANT,
                school_id=data["school_id"],
                recipients=[
                    Recipient(
                        link["guardian_id"],
                        (data["student_id"],),
                        params | {"link": inbox_link(uow, ports, link["guardian_id"], link["language"])},
                    )
                    for link in families[data["student_id"]]
                ],
                catalogue_key="alert.early",
                sender_id=teacher,
                personal=True,
                cause=fall.event,
            )
        )
    compose(uow, ports, drafts)
    guides.send(uow, ports, [_help(fall) for fall in falls], known)


def _help(fall: _Fall) -> guides.Help:
    """What the home can do this week, with the alert."""
    data = fall.event.data
    return guides.Help(
        cause_id=fall.alert_id,
        student_id=data["student_id"],
        school_id=data["school_id"],
        teacher_id=fall.teacher_id,
        topic=topic_of_course(data["course_title"]),
        cause=fall.event,
    )
