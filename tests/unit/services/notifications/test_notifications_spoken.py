"""Who is asked to listen to what a family has spoken on the telephone."""

from __future__ import annotations

from services.notifications.handlers import insights_spoken
from services.notifications.store import ledger
from tests.unit.services.notifications.world import person


def test_the_lead_is_asked_to_listen_once_and_no_teacher(district):
    district.project(
        "district.staff_listed", staff_id="c-reed", revision=1, school_ids=["greenview"], role="counselor", class_ids=[],
        active=True, name=person("June", "Reed"), email=None,
    )  # fmt: skip
    event = district.event(
        "surveys.words_spoken", listen_id="l-1", guardian_id="g-ana", student_id="s-mateo", school_id="greenview",
        role="counselor", page="https://h/surveys/assignments/a-1/script", due_at=district.now,
    )  # fmt: skip
    district.hear(insights_spoken.words_spoken, event, event)
    with district.transaction() as uow:
        (task,) = ledger.tasks_of(uow.connection, "c-reed")
        assert (task["kind"], task["note"]) == ("listen", "https://h/surveys/assignments/a-1/script")
        assert ledger.tasks_of(uow.connection, "t-alvarez") == []
