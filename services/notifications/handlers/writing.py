"""What a teacher or the office writes: who may, to whom it goes, and what it leaves in the ledgers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.notifications.domain.sending import WEIGHT_OF_KIND
from services.notifications.handlers import balance
from services.notifications.handlers.composing import Draft, Recipient, compose
from services.notifications.handlers.naming import names
from services.notifications.handlers.rendering import school_zone
from services.notifications.ports import Ports
from services.notifications.store import ledger, messages, people
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Decision, Facts, Purpose, Resource, ResourceKind, Subject, SubjectKind, decide


@dataclass(frozen=True)
class Author:
    """Who writes, as the session says."""

    staff_id: str
    role: str
    schools: tuple[str, ...]


@dataclass(frozen=True)
class Note:
    """What they want sent: to one student's homes, or to a class's. An empty text with a strength takes the catalogue's."""

    kind: str
    text: str | None = field(repr=False)
    student_id: str | None = None
    class_id: str | None = None
    category: str | None = None
    source_language: str = "en"
    risk: str = "low"


@dataclass(frozen=True)
class Reach:
    """How many of the family's guardians it goes to; never why not to all."""

    message_id: str
    planned: int
    guardians: int


def may_write(uow: UnitOfWork, author: Author, note: Note) -> Decision:
    """Policy's answer for the author; every recipient is then asked about alone."""
    subject = Subject(
        SubjectKind.STAFF, author.staff_id, uow.district, frozenset({author.role}), frozenset(author.schools)
    )
    purpose = Purpose.SAFETY if note.kind == "emergency" else Purpose.ROUTINE
    on = uow.now.date()  # the author's right does not turn on the day; restrictions are the recipients' matter
    if note.class_id is not None:
        member = people.staff(uow.connection, [author.staff_id]).get(author.staff_id)
        school = people.school_of_class(uow.connection, note.class_id)
        resource = Resource(ResourceKind.CLASS, note.class_id, uow.district, school=school)
        classes = frozenset(member["class_ids"] if member else ())
        return decide(subject, Action.CONTACT, resource, Facts(on=on, restrictions=(), classes=classes, purpose=purpose))
    return decide(
        subject,
        Action.CONTACT,
        Resource.student(note.student_id or "", uow.district),
        student_facts(uow, author.staff_id, note.student_id or "", purpose=purpose),
    )


def student_facts(
    uow: UnitOfWork, staff_id: str, student_id: str, *, purpose: Purpose = Purpose.ROUTINE
) -> Facts:
    """What policy needs for a member of staff and a student."""
    student = people.students(uow.connection, [student_id]).get(student_id)
    teachers = people.teachers_of(uow.connection, [student_id]).get(student_id, [])
    return Facts(
        on=uow.now.date(),
        restrictions=(),
        schools_of={student_id: frozenset({student["school_id"]})} if student else {},
        taught=frozenset({student_id}) if staff_id in teachers else frozenset(),
        purpose=purpose,
    )


def write(uow: UnitOfWork, ports: Ports, author: Author, note: Note) -> Reach:
    """Message, strength and deliveries, in the caller's transaction; the caller has asked `may_write`."""
    if note.class_id is not None:
        children = [row["student_id"] for row in people.students_of_class(uow.connection, note.class_id)]
    else:
        children = [note.student_id or ""]
    known = names(uow, students=children, staff=[author.staff_id])
    families = people.families(uow.connection, children)
    message_id = new_id()
    school_id = next((row["school_id"] for row in known.students.values()), None)
    recipients = _recipients(families, known.student, known.teacher(author.staff_id), about_one=note.class_id is None)
    catalogue = f"positive.{note.category}" if note.kind == "positive" and note.category and not note.text else None
    draft = Draft(
        message_id=message_id,
        kind=note.kind,
        weight=WEIGHT_OF_KIND[note.kind],
        school_id=school_id,
        recipients=recipients,
        text=note.text if catalogue is None else None,
        catalogue_key=catalogue,
        source_language=note.source_language,
        sender_id=author.staff_id,
        class_id=note.class_id,
        category=note.category,
        personal=note.class_id is None,
        risk=note.risk,
        protected=tuple(sorted({row["given_name"] for row in known.students.values()})),
    )
    if note.kind == "positive" and note.category and note.student_id:
        _strength(uow, author, note)
    compose(uow, ports, [draft])
    planned = sum(1 for row in messages.of_message(uow.connection, message_id) if row["state"] not in ("refused",))
    if planned and note.student_id:
        balance.noted(
            uow,
            message_id=message_id,
            teacher_id=author.staff_id,
            student_id=note.student_id,
            kind=note.kind,
            text=note.text,
            category=note.category,
        )
    return Reach(message_id, planned, len({link["guardian_id"] for link in families}))


def _recipients(
    families: Sequence[people.Row], student_name: Any, teacher: str, *, about_one: bool
) -> list[Recipient]:
    """Each guardian once, however many of their children it is about."""
    children: dict[str, list[str]] = {}
    for link in families:
        children.setdefault(link["guardian_id"], []).append(link["student_id"])
    return [
        Recipient(
            guardian_id,
            tuple(students),
            {"teacher": teacher} | ({"student": student_name(*students)} if about_one else {}),
        )
        for guardian_id, students in children.items()
    ]


def _strength(uow: UnitOfWork, author: Author, note: Note) -> None:
    row: Mapping[str, Any] = {
        "strength_id": new_id(),
        "student_id": note.student_id,
        "category": note.category,
        "source": "school",
        "text": note.text or note.category,
        "noted_by": author.staff_id,
        "at": uow.now,
    }
    ledger.save_strengths(uow.connection, [row])
    uow.emit(
        "notifications.strength_recorded",
        {name: row[name] for name in ("strength_id", "student_id", "category", "source", "text")},
        subject=note.student_id,
    )


def reach(uow: UnitOfWork, ports: Ports, student_id: str) -> tuple[int, int]:
    """(would be reached, guardians) for the preview; a number, never a reason."""
    families = people.families(uow.connection, [student_id])
    guardians = {link["guardian_id"] for link in families}
    circle = people.circle(uow.connection, guardians, [student_id])
    schools = people.schools(uow.connection, (link["school_id"] for link in families))
    on = uow.now.astimezone(school_zone(next(iter(schools.values()), None))).date()
    system = Subject.system("notifications", uow.district)
    reached = sum(
        decide(
            system,
            Action.CONTACT,
            Resource.guardian(guardian, uow.district, students=(student_id,)),
            circle.facts(guardian, on),
        ).allowed
        for guardian in guardians
    )
    return reached, len(guardians)
