"""How a home can help this week: at most three steps and one page in its language, and how it went comes back."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.notifications.domain.sending import Weight
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import Names
from services.notifications.handlers.tasks import task
from services.notifications.library import guide_in
from services.notifications.ports import Ports
from services.notifications.store import briefs, ledger, people
from services.notifications.store import rhythm as store
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork

PAGE = "/notifications/guide"
ANSWER_WITHIN = timedelta(days=2)
TRIED, TOO_HARD = "tried", "too_hard"


@dataclass(frozen=True)
class Help:
    """A topic for one student's homes; `cause_id`: what it answers, so that asking twice sends one."""

    cause_id: str
    student_id: str
    school_id: str
    teacher_id: str | None
    topic: str
    cause: Event | None = None


def send(uow: UnitOfWork, ports: Ports, wanted: Sequence[Help], known: Names) -> None:
    """One message a home: the steps in its language where the library has it, else the page alone, behind a link."""
    families: dict[str, list[people.Row]] = defaultdict(list)
    for link in people.families(uow.connection, {one.student_id for one in wanted}):
        families[link["student_id"]].append(link)
    spoken = people.preferences(uow.connection, (link["guardian_id"] for links in families.values() for link in links))
    drafts, rows = [], []
    for one in wanted:
        readers: dict[str, list[Recipient]] = defaultdict(list)
        for link in families[one.student_id]:
            wish = spoken.get(link["guardian_id"])
            language = (wish["language"] if wish else None) or link["language"]
            row = _row(uow, one, link["guardian_id"], language)
            rows.append(row)
            readers[_key(language)].append(_recipient(uow, ports, one, row, language=language, known=known))
        drafts += [_draft(one, key, recipients) for key, recipients in readers.items()]
    compose(uow, ports, drafts)
    goes = store.planned_for(uow.connection, (draft.message_id for draft in drafts))
    given = [row for row in rows if (row["message_id"], row["guardian_id"]) in goes]
    briefs.save_guides(uow.connection, given)
    for row in given:
        named = ("guide_id", "student_id", "guardian_id", "topic", "language")
        uow.emit("notifications.guide_sent", {name: row[name] for name in named}, subject=row["student_id"])


def _key(language: str) -> str:
    return "guide.steps" if guide_in(language, "homework") else "guide.page"


def message_id(cause_id: str, key: str) -> str:
    return derived_id("guide-message", cause_id, key)


def _draft(one: Help, key: str, recipients: Sequence[Recipient]) -> Draft:
    return Draft(
        message_id=message_id(one.cause_id, key),
        kind="info",
        weight=Weight.IMPORTANT,  # it belongs to the alert: help must not wait for the month's end
        school_id=one.school_id,
        recipients=recipients,
        catalogue_key=key,
        sender_id=one.teacher_id,
        cause=one.cause,
    )


def _row(uow: UnitOfWork, one: Help, guardian_id: str, language: str) -> dict[str, Any]:
    return {
        "guide_id": derived_id("guide", one.cause_id, guardian_id),
        "message_id": message_id(one.cause_id, _key(language)),
        "guardian_id": guardian_id,
        "student_id": one.student_id,
        "teacher_id": one.teacher_id,
        "topic": one.topic,
        "language": language,
        "sent_at": uow.now,
    }


def _recipient(
    uow: UnitOfWork, ports: Ports, one: Help, row: dict[str, Any], *, language: str, known: Names
) -> Recipient:
    student = known.student(one.student_id)
    link = ports.link(
        PAGE,
        uow.district,
        row["guardian_id"],
        purpose="guide",
        resource=row["guide_id"],
        now=uow.now,
        language=language,
    )
    found = guide_in(language, one.topic)
    params = {
        "student": student,
        "teacher": known.teacher(one.teacher_id) or known.school(one.school_id),
        "steps": found[1].numbered.replace("{student}", student) if found else "",
        "link": link,
    }
    return Recipient(row["guardian_id"], (one.student_id,), params)


def answered(uow: UnitOfWork, row: people.Row, answer: str) -> None:
    """ "Tried it" is good to know; "too hard" is something for the teacher to make easier."""
    briefs.answer_guide(uow.connection, row["guide_id"], answer, uow.now)
    teacher = row["teacher_id"] or next(
        iter(people.teachers_of(uow.connection, [row["student_id"]]).get(row["student_id"], ())), None
    )
    kinds = {TRIED: "guide_tried", TOO_HARD: "guide_hard"}
    ledger.close_tasks(
        uow.connection,
        [derived_id(kind, row["guide_id"]) for name, kind in kinds.items() if name != answer],
        uow.now,
    )
    if teacher is None:
        return
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                derived_id(kinds[answer], row["guide_id"]),
                staff_id=teacher,
                kind=kinds[answer],
                student_id=row["student_id"],
                guardian_id=row["guardian_id"],
                due_at=uow.now + ANSWER_WITHIN if answer == TOO_HARD else None,
            )
        ],
    )
