"""The decision: deny rules first, in order of precedence; then the few relations that allow; else no.

Pure: no clock, no database. Facts come from the caller's projection of the roster.
"""

from __future__ import annotations

from functools import cache

from shared.policy.model import (
    OUTBOUND,
    Action,
    Boundary,
    Decision,
    Facts,
    Purpose,
    Resource,
    ResourceKind,
    Subject,
    SubjectKind,
)

# Which staff act through teaching a child, through their school, or in the whole district. Interpreters act on texts and
# bookings they are given, so no relation of theirs opens a child's record.
BY_CLASS = frozenset({"teacher", "aide"})
BY_SCHOOL = frozenset({"office", "principal", "counselor"})
BY_DISTRICT = frozenset({"administrator"})
SAFETY_SENDERS = BY_DISTRICT | {"office", "principal"}
ROSTER_KEEPERS = BY_DISTRICT | {"office"}


def decide(subject: Subject, action: Action, resource: Resource, facts: Facts) -> Decision:
    """Whether `subject` may do `action` to `resource`, and why."""
    if not subject.district or subject.district != resource.district:
        return _no("other_district", "This belongs to another district.")
    if action in OUTBOUND or subject.kind is SubjectKind.GUARDIAN:
        refused = _restricted(subject, action, resource, facts)
        if refused is not None:
            return refused
    if subject.kind is SubjectKind.GUARDIAN:
        return _guardian(subject, action, resource, facts)
    if action in OUTBOUND:
        refused = _recipient(subject, action, resource, facts)
        if refused is not None:
            return refused
    if subject.kind is SubjectKind.SYSTEM:
        return _system(action)
    return _staff(subject, action, resource, facts)


def about_whom(subject: Subject, action: Action, resource: Resource, facts: Facts) -> tuple[str, ...]:
    """Those of `resource.students` whom something merged for this guardian may tell of; empty: nothing goes out."""
    return tuple(
        student
        for student in resource.students
        if decide(
            subject, action, Resource.guardian(resource.id, resource.district, students=(student,)), facts
        ).allowed
    )


def _restricted(subject: Subject, action: Action, resource: Resource, facts: Facts) -> Decision | None:
    """Contact restrictions: before everything else, and closed when they are not known (34 CFR 99.4)."""
    if facts.restrictions is None or facts.on is None:
        return _no("restrictions_unknown", "Contact restrictions could not be checked.")
    person = subject.id if subject.kind is SubjectKind.GUARDIAN else resource.id
    children = _children(resource)
    for restriction in facts.restrictions:
        theirs = restriction.guardian_id == person and restriction.student_id in children
        stops = restriction.stops_contact or action is Action.VIEW_CONTACT
        if theirs and stops and restriction.active(facts.on):
            return _no("restriction", "A contact restriction is in force.")
    return None


def _recipient(subject: Subject, action: Action, resource: Resource, facts: Facts) -> Decision | None:
    """Whether this guardian is one whom things about these children go to at all."""
    if resource.kind is not ResourceKind.GUARDIAN:
        # staff compose for a child's family, a class or a school; every recipient is then decided again, alone
        if subject.kind is SubjectKind.STAFF and action not in (Action.EXPORT, Action.BOOK):
            return None
        return _no("recipient_unnamed", "It is not said which guardian this goes to.")
    if not resource.students:
        return _no("about_nobody", "It is not said which children this is about.")
    for student in resource.students:
        link = facts.links.get((resource.id, student))
        if link is None:
            return _no("not_linked", "The roster does not name this guardian for every child concerned.")
        if action is Action.EXPORT:
            if not link.legal_guardian:
                return _no("not_legal_guardian", "Records are handed to legal guardians only.")
        elif not link.receives:
            return _no("does_not_receive", "The roster says that this guardian does not receive messages.")
    if action is Action.SURVEY and Boundary.NO_SURVEYS in facts.boundaries:
        return _no("boundary_no_surveys", "This guardian asked not to be surveyed.")
    if facts.about_parent and Boundary.STUDENT_ONLY in facts.boundaries:
        return _no("boundary_student_only", "This guardian asked to keep to the child's learning.")
    return None


def _guardian(subject: Subject, action: Action, resource: Resource, facts: Facts) -> Decision:
    if resource.kind is ResourceKind.GUARDIAN:
        if resource.id != subject.id:
            return _no("other_guardian", "Another guardian's data is not shown.")
        if action in (Action.VIEW, Action.VIEW_CONTACT, Action.EDIT, Action.EXPORT, Action.BOOK):
            return _links_decide(subject, action, resource, facts) if resource.students else _yes("self")
        return _no("not_for_guardians", "Guardians do not do this.")
    if resource.kind is not ResourceKind.STUDENT or action not in (Action.VIEW, Action.BOOK, Action.EXPORT):
        return _no("not_for_guardians", "Guardians do not do this.")
    return _links_decide(subject, action, resource, facts)


def _links_decide(subject: Subject, action: Action, resource: Resource, facts: Facts) -> Decision:
    """Parents have rights to the record; so has who lives with the child and acts as one (34 CFR 99.3, 99.4)."""
    for student in _children(resource):
        link = facts.links.get((subject.id, student))
        if link is None:
            return _no("not_linked", "The roster does not name this guardian for every child concerned.")
        if action is Action.EXPORT and not link.legal_guardian:
            return _no("not_legal_guardian", "Records are handed to legal guardians only.")
        if not (link.legal_guardian or link.lives_with):
            return _no("no_rights", "The roster gives this contact no right to the record.")
    return _yes("guardian_of_student")


def _system(action: Action) -> Decision:
    """A service sends on rules; it looks at no pages and changes no records in a person's name."""
    if action in OUTBOUND:
        return _yes("system_rule")
    return _no("not_for_system", "Services do not do this.")


def _staff(subject: Subject, action: Action, resource: Resource, facts: Facts) -> Decision:
    if action in OUTBOUND and facts.purpose is Purpose.SAFETY and not subject.roles & SAFETY_SENDERS:
        return _no("safety_office_only", "Safety notices come from the school office.")
    if action is Action.EDIT and resource.kind is ResourceKind.GUARDIAN and not subject.roles & ROSTER_KEEPERS:
        return _no("office_only", "The office keeps contact data.")
    if resource.kind is ResourceKind.CLASS:
        return _staff_class(subject, resource, facts)
    if resource.kind is ResourceKind.SCHOOL:
        return _staff_school(subject, resource)
    children = _children(resource)
    if not children:
        return _no("about_nobody", "It is not said which children this is about.")
    for student in children:
        refused = _no_relation(subject, student, facts)
        if refused is not None:
            return refused
    return _yes("works_with_student")


def _no_relation(subject: Subject, student: str, facts: Facts) -> Decision | None:
    """Why this member of staff has nothing to do with the student; None when they have."""
    schools = facts.schools_of.get(student)
    if not schools:
        return _no("student_unknown", "It is not known where this student is enrolled.")
    if subject.roles & BY_DISTRICT:
        return None
    if not schools & subject.schools:
        return _no("not_own_school", "This student is at another school.")
    if subject.roles & BY_SCHOOL or (subject.roles & BY_CLASS and student in facts.taught):
        return None
    return _no("not_own_student", "You do not teach this student.")


def _staff_class(subject: Subject, resource: Resource, facts: Facts) -> Decision:
    if subject.roles & BY_DISTRICT:
        return _yes("works_in_district")
    if resource.school is None or resource.school not in subject.schools:
        return _no("not_own_school", "This class is at another school.")
    if subject.roles & BY_SCHOOL or (subject.roles & BY_CLASS and resource.id in facts.classes):
        return _yes("works_with_class")
    return _no("not_own_class", "You do not teach this class.")


def _staff_school(subject: Subject, resource: Resource) -> Decision:
    if subject.roles & BY_DISTRICT or (subject.roles & BY_SCHOOL and resource.id in subject.schools):
        return _yes("works_at_school")
    return _no("not_own_school", "This is for the school's office and leadership.")


def _children(resource: Resource) -> tuple[str, ...]:
    if resource.students:
        return resource.students
    return (resource.id,) if resource.kind is ResourceKind.STUDENT else ()


@cache  # a handful of answers, each the same object every time
def _yes(rule: str) -> Decision:
    return Decision(True, "Allowed.", rule)


@cache
def _no(rule: str, reason: str) -> Decision:
    return Decision(False, reason, rule)
