"""Who wrote. A number that several guardians share says less than it seems to; one that nobody has, still something."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from services.notifications.domain.inbound import Inbound
from services.notifications.domain.replies import Keyword, OpenQuestion, belongs_to
from services.notifications.handlers.naming import names
from services.notifications.handlers.tasks import task
from services.notifications.store import conversation, ledger, messages, people, threads
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork

ANSWERED_WITHIN = timedelta(days=1)


def asked(uow: UnitOfWork, candidates: Sequence[str], text: str) -> dict[str, OpenQuestion]:
    """Those of them who have an open question that these words can answer, each with it."""
    still_open = threads.open_questions(uow.connection, candidates)
    found = {person: belongs_to(still_open.get(person, ()), text, uow.now) for person in candidates}
    return {person: question for person, question in found.items() if question is not None}


def writer(
    uow: UnitOfWork,
    candidates: Sequence[str],
    answering: Mapping[str, OpenQuestion],
    *,
    inbound: Inbound,
    word: Keyword | None,
) -> str | None:
    """None where nothing tells them apart: the words are then nobody's rather than perhaps another's.

    A keyword is the number's own, so whoever we wrote to last gets its answer. An answer is from the one who was asked,
    or whose message it quotes.
    """
    if len(candidates) == 1:
        return candidates[0]
    quoted = messages.delivery(uow.connection, inbound.delivery_id) if inbound.delivery_id else None
    if quoted is not None and quoted["recipient_id"] in candidates:
        return str(quoted["recipient_id"])
    if word is not None:
        return threads.latest_heard_by(uow.connection, candidates) or candidates[0]
    return next(iter(answering)) if len(answering) == 1 else None


def ask_a_person(uow: UnitOfWork, candidates: Sequence[str], *, provider_id: str, text: str) -> None:
    """The words go to the teacher of a child whom all of them have; else to the offices, which keep contact data."""
    guardians_of: dict[str, set[str]] = {}
    for guardian_id, student_id in people.children_of(uow.connection, candidates):
        guardians_of.setdefault(student_id, set()).add(guardian_id)
    known = names(uow, students=guardians_of)
    shared = [student for student, guardians in guardians_of.items() if guardians == set(candidates)]
    readers = {teacher: student for student in reversed(shared) for teacher in known.teachers.get(student, ())[:1]}
    if not readers:
        child_at = {row["school_id"]: student for student, row in known.students.items()}
        offices = people.offices(uow.connection, child_at)
        readers = {staff_id: child_at[school] for school, staff_id in offices.items()}
    ledger.save_tasks(
        uow.connection,
        [
            task(
                uow,
                derived_id("whose", provider_id, staff_id),
                staff_id=staff_id,
                kind="shared_number",
                student_id=student,
                note=text,
                due_at=uow.now + ANSWERED_WITHIN,
            )
            for staff_id, student in readers.items()
        ],
    )


def keep_unknown(uow: UnitOfWork, inbound: Inbound) -> str:
    """Words from a sender whom the roster does not know: kept, and a task for the offices; nothing is sent back.

    An answer would tell a stranger which school it is, and might go on for ever between two machines.
    """
    words_id, text = derived_id("unknown", inbound.channel, inbound.provider_id), inbound.text.strip()
    row = {
        "words_id": words_id,
        "channel": inbound.channel,
        "sender": inbound.sender or "",
        "text": text,
        "files": list(inbound.files),
        "school_id": inbound.school_id,
        "received_at": uow.now,
        "settled_at": None,
        "settled_by": None,
    }
    if not conversation.save_unknown(uow.connection, row):
        return "repeated"
    schools = [inbound.school_id] if inbound.school_id else conversation.school_ids(uow.connection)
    if len(schools) == 1:  # of many schools nobody knows which: the list that all offices share has it
        ledger.save_tasks(
            uow.connection,
            [
                task(
                    uow,
                    derived_id("unknown", words_id, staff_id),
                    staff_id=staff_id,
                    kind="unknown_words",
                    school_id=school_id,
                    note=text,
                    due_at=uow.now + ANSWERED_WITHIN,
                )
                for school_id, staff_id in people.offices(uow.connection, schools).items()
            ],
        )
    return "unknown"
