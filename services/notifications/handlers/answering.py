"""Staff in a conversation: they answer, share it with the office, and see what each side wrote."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from services.notifications.domain.sending import Weight
from services.notifications.handlers import concerns, conversation
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import names
from services.notifications.handlers.tasks import task
from services.notifications.handlers.writing import Author
from services.notifications.ports import Ports
from services.notifications.store import concerns as clocks
from services.notifications.store import conversation as talk
from services.notifications.store import ledger, messages, people
from shared.ids import derived_id, new_id
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Decision, Facts, Resource, Subject, SubjectKind, decide


@dataclass(frozen=True)
class Sight:
    """Which of a guardian's children a member of staff may see, by policy; and why not the others."""

    children: tuple[str, ...]
    decisions: Mapping[str, Decision]


def sight(uow: UnitOfWork, author: Author, guardian_id: str) -> Sight:
    """Asked for each child alone: a conversation may be about several, at several schools."""
    linked = [student for _, student in people.children_of(uow.connection, [guardian_id])]
    enrolled = people.students(uow.connection, linked)
    teachers = people.teachers_of(uow.connection, enrolled)
    facts = Facts(
        on=uow.now.date(),
        restrictions=(),
        schools_of={student: frozenset({row["school_id"]}) for student, row in enrolled.items()},
        taught=frozenset(student for student, staff in teachers.items() if author.staff_id in staff),
    )
    subject = Subject(
        SubjectKind.STAFF, author.staff_id, uow.district, frozenset({author.role}), frozenset(author.schools)
    )
    decisions = {
        student: decide(subject, Action.VIEW, Resource.student(student, uow.district), facts) for student in linked
    }
    return Sight(tuple(student for student, decision in decisions.items() if decision.allowed), decisions)


def answer(
    uow: UnitOfWork,
    ports: Ports,
    author: Author,
    guardian_id: str,
    *,
    text: str,
    language: str,
    children: Sequence[str],
    concern_ids: Collection[str] = (),
) -> bool:
    """Send a member of staff's answer in the guardian's language; False where no way is open to it.

    `children`: those of the guardian's whom the author may see. `concern_ids`: concerns that it answers.
    """
    known = names(uow, students=children)
    school_id = next((known.students[s]["school_id"] for s in children if s in known.students), None)
    message_id = new_id()
    compose(
        uow,
        ports,
        [
            Draft(
                message_id=message_id,
                kind="info",
                weight=Weight.ANSWER,
                school_id=school_id,
                recipients=[Recipient(guardian_id, tuple(children), {"student": known.student(*children)})],
                text=text,
                source_language=language,
                sender_id=author.staff_id,
                personal=True,
                protected=tuple(known.students[s]["given_name"] for s in children if s in known.students),
                thread_id=guardian_id,
            )
        ],
    )
    if all(row["state"] == "refused" for row in messages.of_message(uow.connection, message_id)):
        return False
    _settle(uow, author, guardian_id)
    open_ones = {row["concern_id"] for row in clocks.open_clocks(uow.connection, [guardian_id])}
    concerns.answered(uow, ports, open_ones & set(concern_ids), by=author.staff_id)
    return True


def _settle(uow: UnitOfWork, author: Author, guardian_id: str) -> None:
    """The clock stops, and so do the tasks that it made."""
    thread = talk.thread(uow.connection, guardian_id)
    if thread is None or thread["answered_at"] is not None:
        return
    talk.change_threads(uow.connection, [guardian_id], {"answered_at": uow.now, "answered_by": author.staff_id})
    uow.cancel(conversation.DUE, guardian_id)
    uow.cancel(conversation.SHOWN, guardian_id)
    opened = thread["opened_at"].isoformat()
    made = [derived_id(kind, f"{guardian_id}:{opened}") for kind in ("reply_overdue", "thread_shared")]
    ledger.close_tasks(uow.connection, made, uow.now)


def share(uow: UnitOfWork, guardian_id: str) -> bool:
    """The school's office helps: one tap, and it is on their list too; False where there is nobody or nothing open."""
    thread = talk.thread(uow.connection, guardian_id)
    if thread is None or thread["answered_at"] is not None or not thread["school_id"]:
        return False
    office = people.offices(uow.connection, [thread["school_id"]]).get(thread["school_id"])
    if office is None:
        return False
    talk.change_threads(uow.connection, [guardian_id], {"shared_with": office})
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                derived_id("thread_shared", f"{guardian_id}:{thread['opened_at'].isoformat()}"),
                staff_id=office,
                kind="thread_shared",
                school_id=thread["school_id"],
                student_id=thread["student_id"],
                guardian_id=guardian_id,
                due_at=thread["due_at"],
            )
        ],
    )
    return True
