"""The loop's small world: Mr Okafor's Amina, her mother Halima who reads Somali, and a father in a home of his own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from services.scheduling.domain.plans import Draft, Step
from services.scheduling.handlers import loop_words, plans, roster
from services.scheduling.handlers.plans import Proposal
from shared.directory import projection
from shared.messaging.envelope import Event
from tests.unit.services.scheduling.scene import World, guardian, said, student, teacher

GOAL = "Algebra at 75 or better"
TUTORING, NIGHTLY, SET4 = "tutoring on Tuesdays", "15 minutes together every night", "hand in set 4"


def counselor(staff_id: str = "t-chen", school_id: str = "org-northgate") -> Event:
    event = teacher(staff_id, school_id, "Grace Chen")
    return said("district.staff_listed", "directory", {**event.data, "role": "counselor"})


def move_in(world: World) -> World:
    """Amina at Northgate with Halima (so, home H) and Yusuf (en, home Y); Ms Chen is the counselor there."""
    with world.unit() as uow:
        roster.staff_listed(uow, world.ports, [counselor()])
        projection.student_enrolled(uow, [student("s-amina", "t-okafor", "org-northgate", "Amina Warsame")])
        projection.guardian_linked(
            uow,
            [
                guardian("g-halima", "s-amina", "home-h", "so", "Halima Warsame"),
                guardian("g-yusuf", "s-amina", "home-y", "en", "Yusuf Abdi"),
            ],
        )
    return world


def draft(*, steps: Sequence[Step] | None = None, target: float | None = 75.0) -> Draft:
    given = steps or (
        Step("staff", "t-okafor", TUTORING),
        Step("guardian", "g-halima", NIGHTLY),
        Step("student", "s-amina", SET4, date(2026, 10, 7)),
    )
    return Draft(GOAL, date(2026, 10, 20), date(2026, 10, 9), tuple(given), target)


def propose(world: World, **changes: Any) -> tuple[str, int]:
    given = {"student_id": "s-amina", "staff_id": "t-okafor", "draft": draft(), "class_id": "class-alg1", **changes}
    with world.unit() as uow:
        return plans.propose(uow, world.ports, Proposal(**given))


def translate(world: World, language: str = "so") -> None:
    """As translation would: every text that was asked for, with the language in front."""
    asked = [event.data for event in world.events("words_written") if language in event.data["targets"]]
    answers = [
        said("translation.text_translated", "translation", {
            "text_id": data["text_id"], "content_version": 1, "source": data["source_language"], "target": language,
            "text": f"[{language}] {data['text']}", "engine": "fake", "machine": True, "labelled": False,
            "approved_by": None, "glossary_hits": 0, "checks": {},
        })
        for data in asked
    ]  # fmt: skip
    with world.unit() as uow:
        loop_words.text_translated(uow, answers)


def grade(score: float, as_of: date, revision: int = 1, *, class_id: str = "class-alg1") -> Event:
    return said("district.grade_recorded", "directory", {
        "student_id": "s-amina", "school_id": "org-northgate", "class_id": class_id, "course_id": "course-alg1",
        "course_title": "Algebra", "revision": revision, "score_pct": score, "previous_pct": None, "as_of": as_of,
    })  # fmt: skip


def told(world: World, type_: str) -> dict[str, Event]:
    """The newest event of that type by guardian."""
    return {event.data["guardian_id"]: event for event in world.events(type_)}
