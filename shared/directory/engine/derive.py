"""What services need to know, derived from the next state: schools, calendars, staff, students, links, restrictions.

Everything is computed for the people in scope (or all), into the staging file's `derived` table, as the data of the event
that would tell of it, less the revision.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any

from shared.directory.contacts import parse_restrictions
from shared.directory.engine import people
from shared.directory.engine.derive_schools import derive_schools, derive_staff
from shared.directory.engine.derived import Derived, only_scope
from shared.directory.engine.kinds import LINK, RESTRICTION, STUDENT, UNREACHABLE
from shared.directory.engine.people import Link, SiblingGroups
from shared.directory.engine.workspace import Workspace
from shared.ids import fingerprint

_NEVER = "9999-12-31"


def derive(workspace: Workspace, today: str) -> None:
    """Fill `derived` for everybody in scope. `today` (ISO date) decides which restrictions are in force."""
    derived = Derived(workspace)
    derive_schools(workspace, derived)
    schools = {row[0] for row in workspace.db.execute("SELECT sourcedId FROM orgs WHERE type = 'school'")}
    derive_staff(workspace, derived, schools)
    _families(workspace, derived, schools, today)
    derived.flush()


def _families(workspace: Workspace, derived: Derived, schools: set[str], today: str) -> None:
    _make_family_table(workspace)
    groups = _sibling_groups(workspace)
    links = _links_by_student(workspace)
    waiting = next(links, None)
    for student in _students(workspace, schools):
        key = student["student_id"]
        while waiting is not None and waiting[0] < key:
            waiting = next(links, None)
        rows: list[tuple[Any, ...]] = []
        if waiting is not None and waiting[0] == key:
            rows = waiting[1]
        group = groups.group(key)
        derived.add(STUDENT, key, {**student, "sibling_group_id": group}, a=student["school_id"], b=group)
        if not _guardians(workspace, derived, key, rows, today):
            derived.add(UNREACHABLE, key, {"student_id": key, "school_id": student["school_id"]}, a=key)


def _make_family_table(workspace: Workspace) -> None:
    """One row per student and guardian: the sidecar's pairs, and the agents of whom it says nothing."""
    db = workspace.db
    scope = only_scope(workspace, "c.studentSourcedId")
    db.execute("DROP TABLE IF EXISTS family")
    db.execute(
        f"""CREATE TABLE family AS SELECT c.studentSourcedId AS student, c.contactSourcedId AS guardian, c.relation,
            c.legalGuardian AS legal, c.livesWith AS lives, c.primaryContact AS first, c.emergencyContact AS emergency,
            c.priority, c.restrictions, c.correspondenceLanguage AS language, c.receives, c.household, 1 AS told
        FROM contacts c WHERE EXISTS (SELECT 1 FROM users u WHERE u.sourcedId = c.contactSourcedId) {scope}"""
    )
    scope = only_scope(workspace, "l.key")
    db.execute(
        f"""INSERT INTO family SELECT DISTINCT l.key, l.target, '', '', '', '', '', '', '', '', '', '', 0 FROM listref l
        WHERE l.kind = 'users' AND l.field = 'agentSourcedIds' {scope}
        AND EXISTS (SELECT 1 FROM users u WHERE u.sourcedId = l.target)
        AND EXISTS (SELECT 1 FROM users u WHERE u.sourcedId = l.key)
        AND NOT EXISTS (SELECT 1 FROM contacts c WHERE c.studentSourcedId = l.key AND c.contactSourcedId = l.target)"""
    )
    db.execute("CREATE INDEX family_by_student ON family (student)")
    db.execute("CREATE INDEX family_by_guardian ON family (guardian)")


def _sibling_groups(workspace: Workspace) -> SiblingGroups:
    """Children who share a legal guardian, or a guardian they live with."""
    groups = SiblingGroups()
    query = (
        "SELECT guardian, student FROM family WHERE (legal <> 'false' OR lives = 'true')"
        " AND EXISTS (SELECT 1 FROM roles r WHERE r.userSourcedId = family.student AND r.role = 'student')"
        " ORDER BY guardian, student"
    )
    for _, members in groupby(workspace.db.execute(query), key=itemgetter(0)):
        first: str | None = None
        for _, student in members:
            if first is not None and student != first:
                groups.join(first, student)
            first = first or student
    return groups


def _students(workspace: Workspace, schools: set[str]) -> Iterator[dict[str, Any]]:
    query = f"""
        SELECT u.sourcedId, coalesce(nullif(u.preferredGivenName, ''), u.givenName),
            coalesce(nullif(u.preferredFamilyName, ''), u.familyName), u.grades, u.primaryOrgSourcedId,
            (SELECT group_concat(roleType || '|' || orgSourcedId) FROM roles r
             WHERE r.userSourcedId = u.sourcedId AND r.role = 'student'),
            (SELECT group_concat(classSourcedId || '|' || schoolSourcedId) FROM enrollments e
             WHERE e.userSourcedId = u.sourcedId AND e.role = 'student'),
            (SELECT group_concat(DISTINCT t.userSourcedId) FROM enrollments e
             JOIN enrollments t ON t.classSourcedId = e.classSourcedId AND t.role = 'teacher'
             WHERE e.userSourcedId = u.sourcedId AND e.role = 'student')
        FROM users u WHERE EXISTS (SELECT 1 FROM roles r WHERE r.userSourcedId = u.sourcedId AND r.role = 'student')
            {only_scope(workspace, "u.sourcedId")} ORDER BY u.sourcedId"""
    for key, given, family, grades, primary, role_cells, class_cells, teachers in workspace.db.execute(query):
        roles = sorted(cell.partition("|")[::2] for cell in (role_cells or "").split(",") if cell)
        classes = sorted({cell.partition("|")[::2] for cell in (class_cells or "").split(",") if cell})
        candidates = [primary, *(org for _, org in roles), *(org for _, org in classes)]
        school = next((org for org in candidates if org in schools), None)
        if school is None:
            continue  # no school to belong to: validation has warned of it
        yield {
            "student_id": key, "school_id": school, "grade": (grades or "").split(",")[0] or None,
            "class_ids": sorted({one for one, _ in classes}),
            "teacher_ids": sorted(filter(None, (teachers or "").split(","))),
            "name": {"given_name": given, "family_name": family},
        }  # fmt: skip


def _links_by_student(workspace: Workspace) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    query = """
        SELECT f.student, f.guardian, f.relation, f.legal, f.lives, f.first, f.emergency, f.priority, f.restrictions,
            f.language, f.receives, f.household, f.told, coalesce(nullif(u.preferredGivenName, ''), u.givenName),
            coalesce(nullif(u.preferredFamilyName, ''), u.familyName), u.email, u.sms, u.phone,
            (SELECT group_concat(role) FROM roles r WHERE r.userSourcedId = f.guardian)
        FROM family f JOIN users u ON u.sourcedId = f.guardian ORDER BY f.student, f.guardian"""
    cursor = workspace.staging.db.cursor()
    for student, rows in groupby(cursor.execute(query), key=itemgetter(0)):
        yield student, list(rows)


def _guardians(workspace: Workspace, derived: Derived, student: str, rows: list[tuple[Any, ...]], today: str) -> bool:
    """Derive a student's links and restrictions; whether any guardian can be reached."""
    default = (workspace.district.get("languages") or ["en"])[0]
    links = [_link(row, default) for row in rows]
    homes = people.households(links)
    reachable = False
    for link, row in zip(links, rows, strict=True):
        given, family, email, sms, phone = row[13:18]
        contact = {
            "email": people.usable_email(email), "sms": people.usable_phone(sms), "phone": people.usable_phone(phone),
        }  # fmt: skip
        restricted = _restrictions(derived, student, link.guardian, row[8], today)
        usable = link.receives and any(contact.values())
        reachable = reachable or (usable and not restricted)
        data = {
            "guardian_id": link.guardian, "student_id": student, "household_id": homes[link.guardian],
            "relationship": link.relation, "legal_guardian": link.legal, "lives_with": link.lives,
            "priority": link.priority, "receives": link.receives, "language": link.language,
            "name": {"given_name": given, "family_name": family}, "contact": contact,
        }  # fmt: skip
        derived.add(LINK, f"{student}|{link.guardian}", data, a=student, b=link.guardian)
    return reachable


def _link(row: tuple[Any, ...], default_language: str) -> Link:
    _, guardian, relation, legal, lives, first, emergency, priority, _, language, receives, household, told = row[:13]
    roles = (row[18] or "").split(",")
    relation = relation or people.relation_of(roles)
    family = told == 1 or relation != "Other"
    only_emergency = emergency == "true" and legal == "false"
    return Link(
        guardian=guardian,
        relation=relation,
        legal=legal == "true" or (legal == "" and family and relation != "Emergency Contact"),
        lives=lives == "true" or (lives == "" and told == 0 and family),
        priority=int(priority) if priority else (1 if first == "true" else 2),
        receives=receives == "true" or (receives == "" and family and not only_emergency),
        language=language or default_language,
        household=household,
    )


def _restrictions(derived: Derived, student: str, guardian: str, cell: str, today: str) -> bool:
    """Derive the pair's restrictions; whether contact is barred today."""
    barred = False
    for restriction in parse_restrictions(cell) if cell else ():
        key = f"r-{fingerprint(student, guardian, restriction.scope, restriction.source, restriction.starts_on)}"
        data = {
            "restriction_id": key, "guardian_id": guardian, "student_id": student, "scope": restriction.scope,
            "starts_on": restriction.starts_on, "ends_on": restriction.ends_on, "lifted": False,
            "authority_ref": restriction.source,
        }  # fmt: skip
        derived.add(RESTRICTION, key, data, a=student, b=guardian)
        in_force = restriction.starts_on <= today <= (restriction.ends_on or _NEVER)
        barred = barred or (restriction.scope != "no_pickup" and in_force)  # as policy reads it: all else stops messages
    return barred
