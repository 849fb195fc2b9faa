"""The roster as a service keeps it: who is whose guardian, who teaches whom, who may not be contacted.

A service adds these tables to its own schema and hears the `district.*` events with these handlers. Every row carries
the district's revision; what is older than the row is ignored, so events may come in any order and twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork
from shared.store import insert_rows

METADATA = sa.MetaData()


def _id(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.Text, primary_key=True)


def _revision() -> sa.Column[int]:
    return sa.Column("revision", sa.BigInteger, nullable=False)


def _active() -> sa.Column[bool]:
    return sa.Column("active", sa.Boolean, nullable=False, comment="false: gone from the roster")


SCHOOL = sa.Table(
    "school",
    METADATA,
    _id("school_id"),
    _revision(),
    sa.Column("config_version", sa.Text, nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("timezone", sa.Text, nullable=False),
    sa.Column("settings", sa.JSON, nullable=False, comment="the event's other fields, as they came"),
)
CALENDAR = sa.Table(
    "calendar",
    METADATA,
    _id("school_id"),
    _revision(),
    sa.Column("terms", sa.JSON, nullable=False),
    sa.Column("midterm_release_on", sa.Date),
    sa.Column("holidays", sa.JSON, nullable=False, comment="ISO dates"),
    sa.Column("cultural_days", sa.JSON, nullable=False),
)
STUDENT = sa.Table(
    "student",
    METADATA,
    _id("student_id"),
    _revision(),
    _active(),
    sa.Column("school_id", sa.Text, nullable=False, index=True),
    sa.Column("grade", sa.Text),
    sa.Column("class_ids", sa.JSON, nullable=False),
    sa.Column("teacher_ids", sa.JSON, nullable=False),
    sa.Column("sibling_group_id", sa.Text),
    sa.Column("given_name", sa.Text, nullable=False),
    sa.Column("family_name", sa.Text, nullable=False),
)
STAFF = sa.Table(
    "staff",
    METADATA,
    _id("staff_id"),
    _revision(),
    _active(),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("school_ids", sa.JSON, nullable=False),
    sa.Column("class_ids", sa.JSON, nullable=False),
    sa.Column("given_name", sa.Text, nullable=False),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
)
TEACHES = sa.Table(
    "teaches",
    METADATA,
    _id("staff_id"),
    _id("student_id"),
    sa.Index("teaches_by_student", "student_id"),
    comment="who teaches whom, from the student's own teacher list",
)
GUARDIAN = sa.Table(
    "guardian",
    METADATA,
    _id("guardian_id"),
    _revision(),
    sa.Column("language", sa.Text, nullable=False),
    sa.Column("given_name", sa.Text, nullable=False),
    sa.Column("family_name", sa.Text, nullable=False),
    sa.Column("email", sa.Text),
    sa.Column("sms", sa.Text, index=True),
    sa.Column("phone", sa.Text),
)
GUARDIAN_LINK = sa.Table(
    "guardian_link",
    METADATA,
    _id("guardian_id"),
    _id("student_id"),
    _revision(),
    _active(),
    sa.Column("household_id", sa.Text, nullable=False),
    sa.Column("relationship", sa.Text, nullable=False),
    sa.Column("legal_guardian", sa.Boolean, nullable=False),
    sa.Column("lives_with", sa.Boolean, nullable=False),
    sa.Column("priority", sa.Integer, nullable=False),
    sa.Column("receives", sa.Boolean, nullable=False),
    sa.Index("guardian_link_by_student", "student_id"),
)
CONTACT_RESTRICTION = sa.Table(
    "contact_restriction",
    METADATA,
    _id("restriction_id"),
    _revision(),
    sa.Column("guardian_id", sa.Text, nullable=False, index=True),
    sa.Column("student_id", sa.Text, nullable=False, index=True),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("starts_on", sa.Date, nullable=False),
    sa.Column("ends_on", sa.Date),
    sa.Column("lifted", sa.Boolean, nullable=False),
)


def projection_tables(metadata: sa.MetaData) -> None:
    """Add the projection to a service's own metadata."""
    for table in METADATA.sorted_tables:
        table.to_metadata(metadata)


def school_onboarded(uow: UnitOfWork, events: Sequence[Event]) -> None:
    own = ("school_id", "revision", "config_version", "name", "timezone")
    rows = [
        {**{name: e.data[name] for name in own}, "settings": {k: v for k, v in e.data.items() if k not in own}}
        for e in events
    ]
    insert_rows(uow.connection, SCHOOL, rows, on_conflict="update", newer_by="revision")


def calendar_published(uow: UnitOfWork, events: Sequence[Event]) -> None:
    rows = [
        {
            "school_id": e.data["school_id"],
            "revision": e.data["revision"],
            "terms": e.data["terms"],
            "midterm_release_on": e.data["midterm_release_on"],
            "holidays": [day.isoformat() for day in e.data["holidays"]],
            "cultural_days": e.data["cultural_days"],
        }
        for e in events
    ]
    insert_rows(uow.connection, CALENDAR, rows, on_conflict="update", newer_by="revision")


def student_enrolled(uow: UnitOfWork, events: Sequence[Event]) -> None:
    own = ("student_id", "revision", "school_id", "grade", "class_ids", "teacher_ids", "sibling_group_id")
    rows = [{**{name: e.data[name] for name in own}, **_name(e), "active": True} for e in events]
    insert_rows(uow.connection, STUDENT, rows, on_conflict="update", newer_by="revision")
    _retell_teaches(uow, [row["student_id"] for row in rows])


def student_withdrawn(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Leaves a tombstone, so that an older `student_enrolled` that comes late does not bring the student back."""
    blank: dict[str, Any] = {"school_id": "", "grade": None, "class_ids": [], "teacher_ids": [], "sibling_group_id": None}
    names = {"given_name": "", "family_name": ""}
    rows = [
        {"student_id": e.data["student_id"], "revision": e.data["revision"], "active": False, **blank, **names}
        for e in events
    ]
    insert_rows(uow.connection, STUDENT, rows, on_conflict="update", newer_by="revision")
    _retell_teaches(uow, [row["student_id"] for row in rows])


def _retell_teaches(uow: UnitOfWork, student_ids: Sequence[str]) -> None:
    """The pairs of these students, anew from their rows (which kept the newest revision)."""
    uow.connection.execute(sa.delete(TEACHES).where(TEACHES.c.student_id.in_(student_ids)))
    query = sa.select(STUDENT.c.student_id, STUDENT.c.teacher_ids).where(
        STUDENT.c.student_id.in_(student_ids), STUDENT.c.active
    )
    pairs = [
        {"staff_id": staff_id, "student_id": row.student_id}
        for row in uow.connection.execute(query)
        for staff_id in row.teacher_ids
    ]
    if pairs:
        insert_rows(uow.connection, TEACHES, pairs, on_conflict="ignore")


def staff_listed(uow: UnitOfWork, events: Sequence[Event]) -> None:
    own = ("staff_id", "revision", "active", "role", "school_ids", "class_ids", "email")
    rows = [{**{name: e.data[name] for name in own}, **_name(e)} for e in events]
    insert_rows(uow.connection, STAFF, rows, on_conflict="update", newer_by="revision")


def guardian_linked(uow: UnitOfWork, events: Sequence[Event]) -> None:
    links = (
        "guardian_id",
        "student_id",
        "revision",
        "household_id",
        "relationship",
        "legal_guardian",
        "lives_with",
        "priority",
        "receives",
    )
    people = [
        {
            "guardian_id": e.data["guardian_id"],
            "revision": e.data["revision"],
            "language": e.data["language"],
            **_name(e),
            **{kind: e.data["contact"].get(kind) for kind in ("email", "sms", "phone")},
        }
        for e in events
    ]
    insert_rows(uow.connection, GUARDIAN, people, on_conflict="update", newer_by="revision")
    rows = [{**{name: e.data[name] for name in links}, "active": True} for e in events]
    insert_rows(uow.connection, GUARDIAN_LINK, rows, on_conflict="update", newer_by="revision")


def guardian_unlinked(uow: UnitOfWork, events: Sequence[Event]) -> None:
    """Leaves a tombstone, as `student_withdrawn` does."""
    blank = {"household_id": "", "relationship": "", "legal_guardian": False, "lives_with": False}
    rows = [
        {
            **{name: e.data[name] for name in ("guardian_id", "student_id", "revision")},
            **blank,
            "priority": 0,
            "receives": False,
            "active": False,
        }
        for e in events
    ]
    insert_rows(uow.connection, GUARDIAN_LINK, rows, on_conflict="update", newer_by="revision")


def contact_restricted(uow: UnitOfWork, events: Sequence[Event]) -> None:
    own = ("restriction_id", "revision", "guardian_id", "student_id", "scope", "starts_on", "ends_on", "lifted")
    rows = [{name: e.data[name] for name in own} for e in events]
    insert_rows(uow.connection, CONTACT_RESTRICTION, rows, on_conflict="update", newer_by="revision")


def _name(event: Event) -> dict[str, Any]:
    name = event.data["name"]
    return {"given_name": name["given_name"], "family_name": name["family_name"]}


HANDLERS = {
    "district.school_onboarded": school_onboarded,
    "district.calendar_published": calendar_published,
    "district.student_enrolled": student_enrolled,
    "district.student_withdrawn": student_withdrawn,
    "district.staff_listed": staff_listed,
    "district.guardian_linked": guardian_linked,
    "district.guardian_unlinked": guardian_unlinked,
    "district.contact_restricted": contact_restricted,
}
