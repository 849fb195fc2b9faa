"""Something small was counted: the teacher gets a soft draft to send or bin. Nothing goes home by itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from services.notifications.domain.nudges import worth_a_word
from services.notifications.handlers.naming import names
from services.notifications.ports import Ports
from services.notifications.store import briefs, people
from services.notifications.store import rhythm as store
from shared.ids import derived_id
from shared.messaging.envelope import Event
from shared.messaging.uow import UnitOfWork


def signal_recorded(uow: UnitOfWork, ports: Ports, events: Sequence[Event]) -> None:
    """A draft for the class's teacher, else for the one who knows the child best."""
    children = {event.data["student_id"] for event in events}
    known = names(uow, students=children, schools={event.data["school_id"] for event in events})
    of_class = people.teachers_of_classes(uow.connection, {e.data["class_id"] for e in events if e.data["class_id"]})
    scores = store.score_of(uow.connection, children)
    rows: list[dict[str, Any]] = []
    for event in sorted(events, key=lambda event: event.data["revision"]):
        data, school = event.data, known.schools.get(event.data["school_id"])
        teacher = of_class.get(data["class_id"] or "") or known.first_teacher([data["student_id"]])
        standing = scores.get(data["student_id"])
        score = data["score_pct"] if data["score_pct"] is not None else standing["score"] if standing else None
        if school is None or teacher is None or data["student_id"] not in known.students:
            continue
        if not worth_a_word(
            data["type"], count=data["count"], score=score, threshold=float(school["settings"]["alert_threshold"])
        ):
            continue
        rows.append(
            {
                "nudge_id": derived_id("nudge", data["student_id"], data["type"], str(data["revision"])),
                "student_id": data["student_id"],
                "teacher_id": teacher,
                "signal": data["type"],
                "count": data["count"],
                "window_days": data["window_days"],
                "score": score,
                "created_at": uow.now,
            }
        )
    newest = {(row["student_id"], row["signal"]): row for row in rows}
    fresh = briefs.save_nudges(uow.connection, list(newest.values()), uow.now)
    for row in newest.values():
        if row["nudge_id"] in fresh:
            named = ("nudge_id", "student_id", "teacher_id", "signal", "count", "window_days")
            uow.emit("notifications.nudge_suggested", {name: row[name] for name in named}, subject=row["student_id"])
