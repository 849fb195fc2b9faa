"""Families that write, and staff that answer."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from services.notifications.domain.inbound import Inbound
from services.notifications.handlers import concerns, listening, meetings
from tests.unit.services.notifications.world import District, person

ANA, DANIEL = "+13125550111", "daniel@example.org"
SATURDAY_NIGHT = datetime(2026, 10, 4, 2, 0, tzinfo=UTC)  # 21:00 on Saturday the 3rd in Chicago
MONDAY_MORNING = datetime(2026, 10, 5, 12, 30, tzinfo=UTC)  # 7:30 on Monday the 5th


def says(district: District, text: str, *, channel: str = "sms", key: str = "1", **more: Any) -> str:
    """A family writes; what it was taken for."""
    sender = None if "guardian_id" in more else more.pop("sender", ANA)
    with district.transaction() as uow:
        inbound = Inbound(channel, key, text, uow.now, sender=sender, **more)
        return listening.received(uow, district.ports, inbound)


def card(district: District, *, windows: list[dict[str, str]] | None = None, within: int = 1) -> None:
    """Ms Alvarez publishes her hours."""
    district.hear(meetings.availability_published, district.event(
        "scheduling.availability_published", staff_id="t-alvarez", version=1, windows=windows or [], modes=["phone"],
        reply_within_school_days=within,
    ))  # fmt: skip


def staff(district: District, staff_id: str, role: str, given: str, *, school: str = "greenview") -> None:
    district.project(
        "district.staff_listed", staff_id=staff_id, revision=1, school_ids=[school], role=role, class_ids=[], active=True,
        name=person(given, "Chen"), email=f"{staff_id}@school.example.org",
    )  # fmt: skip


def concern(district: District, *, due_at: datetime, topic: str = "peers", concern_id: str = "c-1") -> None:
    """Ana writes that Mateo eats alone."""
    district.hear(concerns.concern_raised, district.event(
        "surveys.concern_raised", concern_id=concern_id, guardian_id="g-ana", student_id="s-mateo", school_id="greenview",
        topic=topic, language="es", text="Come solo.", due_at=due_at,
    ))  # fmt: skip


def no_school(district: District, *days: date) -> None:
    district.project(
        "district.calendar_published", school_id="greenview", revision=2, midterm_release_on=None, holidays=list(days),
        terms=[{"id": "t1", "title": "Fall", "starts_on": "2026-09-01", "ends_on": "2026-12-18"}], cultural_days=[],
    )  # fmt: skip
