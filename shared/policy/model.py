"""The words that policy is spoken in: who asks, to do what, with whom, and what is known about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum


class SubjectKind(StrEnum):
    STAFF = "staff"
    GUARDIAN = "guardian"
    SYSTEM = "system"  # a service at work on a rule (an early alert, a reminder); never a person


class Action(StrEnum):
    """What is asked for. The first seven are ways out to a guardian."""

    CONTACT = "contact"  # a message, call, copy, alert
    DIGEST = "digest"
    LETTER = "letter"
    INVITE = "invite"  # meetings, events, calendar invitations
    SURVEY = "survey"
    EXPORT = "export"  # a record handed over
    BOOK = "book"  # a meeting about a child
    VIEW = "view"
    VIEW_CONTACT = "view_contact"  # how a guardian is reached, where they live
    EDIT = "edit"


OUTBOUND = frozenset(
    {Action.CONTACT, Action.DIGEST, Action.LETTER, Action.INVITE, Action.SURVEY, Action.EXPORT, Action.BOOK}
)


class ResourceKind(StrEnum):
    STUDENT = "student"
    GUARDIAN = "guardian"
    CLASS = "class"
    SCHOOL = "school"


class Purpose(StrEnum):
    """Why something goes out, the strongest first."""

    SAFETY = "safety"  # a notice from the school office about safety
    CONCERN = "concern"  # about this child
    ROUTINE = "routine"


class Boundary(StrEnum):
    """A limit a guardian set; undone only by that guardian."""

    STUDENT_ONLY = "student_only"  # keep to my child's learning
    NO_SURVEYS = "no_surveys"


class Scope(StrEnum):
    """What a restriction covers. Any other word is read as the full one."""

    NO_CONTACT = "no_contact"
    NO_RECORDS = "no_records"  # every message tells of a record: also nothing goes out
    NO_PICKUP = "no_pickup"  # about collecting the child only: messages go on


@dataclass(frozen=True, slots=True)
class Subject:
    """Who asks. `roles` and `schools` as the session or the roster says; empty for a guardian or the system."""

    kind: SubjectKind
    id: str
    district: str
    roles: frozenset[str] = frozenset()
    schools: frozenset[str] = frozenset()

    @classmethod
    def system(cls, service: str, district: str) -> Subject:
        return cls(SubjectKind.SYSTEM, service, district)


@dataclass(frozen=True, slots=True)
class Resource:
    """What it is done to.

    For a way out, `kind` is GUARDIAN, `id` the recipient and `students` *every* child the content tells of: all
    children of a merged digest. For a page about a child, `kind` is STUDENT and `students` may stay empty.
    """

    kind: ResourceKind
    id: str
    district: str
    students: tuple[str, ...] = ()
    school: str | None = None

    @classmethod
    def student(cls, student_id: str, district: str) -> Resource:
        return cls(ResourceKind.STUDENT, student_id, district, (student_id,))

    @classmethod
    def guardian(cls, guardian_id: str, district: str, *, students: tuple[str, ...] = ()) -> Resource:
        return cls(ResourceKind.GUARDIAN, guardian_id, district, students)


@dataclass(frozen=True, slots=True)
class Link:
    """What a guardian is to a student, as the roster says."""

    legal_guardian: bool
    lives_with: bool
    receives: bool = True


@dataclass(frozen=True, slots=True)
class Restriction:
    """No contact with this guardian about this student. Days are the school's; `ends_on` is its last day."""

    guardian_id: str
    student_id: str
    scope: str
    starts_on: date | None
    ends_on: date | None = None
    lifted: bool = False

    def active(self, on: date) -> bool:
        """In force on that day; one without a known start is."""
        if self.lifted:
            return False
        return (self.starts_on is None or self.starts_on <= on) and (self.ends_on is None or on <= self.ends_on)

    @property
    def stops_contact(self) -> bool:
        """Everything but a pure pick-up restriction does: an unknown scope is the full one."""
        return self.scope != Scope.NO_PICKUP


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known. A fact that is not given is unknown, and what is unknown is denied.

    `on`: today in the school's time zone. `restrictions`: all of the recipient's (or the reading guardian's); None means
    they could not be looked up. `links`: by (guardian id, student id). `schools_of`: schools by student.
    `taught`: students the subject teaches. `classes`: classes the subject teaches.
    """

    on: date | None = None
    restrictions: tuple[Restriction, ...] | None = None
    links: Mapping[tuple[str, str], Link] = field(default_factory=dict)
    schools_of: Mapping[str, frozenset[str]] = field(default_factory=dict)
    taught: frozenset[str] = frozenset()
    classes: frozenset[str] = frozenset()
    boundaries: frozenset[Boundary] = frozenset()
    purpose: Purpose = Purpose.ROUTINE
    about_parent: bool = False


@dataclass(frozen=True, slots=True)
class Decision:
    """`rule` is a stable word for logs and tests; `reason` a sentence for people, without anybody's data."""

    allowed: bool
    reason: str
    rule: str
