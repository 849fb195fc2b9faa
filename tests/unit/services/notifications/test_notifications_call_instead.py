"""Who calls a family that has not answered, where the child has no teacher yet."""

from __future__ import annotations

from datetime import timedelta

from services.notifications.handlers import asking
from services.notifications.tables import TASK
from tests.unit.services.notifications.world import person


def test_the_office_calls_where_the_roster_names_no_teacher(district):
    district.project(
        "district.staff_listed", staff_id="o-chen", revision=1, school_ids=["greenview"], role="office", class_ids=[],
        active=True, name=person("Wei", "Chen"), email=None,
    )  # fmt: skip
    district.project(
        "district.student_enrolled", student_id="s-mateo", school_id="greenview", revision=9, grade="03", class_ids=[],
        teacher_ids=[], sibling_group_id=None, name=person("Mateo", "Rivera"),
    )  # fmt: skip
    overdue = district.event(
        "surveys.response_overdue", assignment_id="a-1", survey_id="intake", guardian_id="g-ana", student_ids=["s-mateo"],
        school_id="greenview", due_at=district.now - timedelta(days=1),
    )  # fmt: skip
    district.hear(asking.response_overdue, overdue)
    assert [(row["staff_id"], row["kind"]) for row in district.rows(TASK)] == [("o-chen", "call_instead")]
