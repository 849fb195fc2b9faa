"""Policy's answers for scheduling: whom an invitation may go to, who may book, what a member of staff may open."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import sqlalchemy as sa

from services.scheduling.store import people
from shared.policy import Action, Decision, Resource, Subject, SubjectKind, decide


def may_invite(known: people.Known, guardian_id: str, student_id: str, *, district: str, on: date) -> Decision:
    """Whether an offer about this child may go to this guardian."""
    resource = Resource.guardian(guardian_id, district, students=(student_id,))
    return decide(Subject.system("scheduling", district), Action.INVITE, resource, known.facts(guardian_id, on))


def may_book(known: people.Known, guardian_id: str, student_id: str, *, district: str, on: date) -> Decision:
    """Whether this guardian may meet staff about this child."""
    subject = Subject(SubjectKind.GUARDIAN, guardian_id, district)
    return decide(subject, Action.BOOK, Resource.student(student_id, district), known.facts(guardian_id, on))


def staff_subject(staff_id: str, *, district: str, role: str, schools: Collection[str]) -> Subject:
    return Subject(SubjectKind.STAFF, staff_id, district, frozenset({role}), frozenset(schools))


def staff_may(connection: sa.Connection, subject: Subject, action: Action, student_id: str, *, on: date) -> Decision:
    """Whether staff may do this about the child."""
    known = people.known(connection, [student_id], staff_id=subject.id)
    return decide(subject, action, Resource.student(student_id, subject.district), known.facts(None, on))
