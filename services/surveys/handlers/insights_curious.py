"""The month's curious question: one to each home that has nothing open, at the schools that want it (F06)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.surveys.domain import curious
from services.surveys.domain.calendar import SEND_AT
from services.surveys.handlers import campaigns as planning
from services.surveys.store import roster
from shared.ids import derived_id
from shared.messaging.uow import DueItem, UnitOfWork

STARTED_BY = "curious"


def plan(uow: UnitOfWork, school_ids: Iterable[str]) -> None:
    """The next tick of the schools that ask curious questions; of the others none."""
    for school in roster.schools(uow.connection, set(school_ids)).values():
        wanted = _wanted(school)
        if wanted is None:
            uow.cancel("curious_tick", school.id)
            continue
        month = uow.now.astimezone(ZoneInfo(school.timezone)).date().replace(day=1)
        for ahead in (month, curious.next_month(month), curious.next_month(curious.next_month(month))):
            at = _at(school, ahead, wanted)
            if at is not None and at > uow.now:
                uow.schedule("curious_tick", school.id, at)
                break


def curious_tick(uow: UnitOfWork, items: Sequence[DueItem]) -> None:
    """Ask this month's question, and think of the next month."""
    schools = roster.schools(uow.connection, [item.key for item in items])
    for school in schools.values():
        wanted = _wanted(school)
        if wanted is None:
            continue
        month = uow.now.astimezone(ZoneInfo(school.timezone)).date().replace(day=1)
        planning.plan(
            uow,
            {
                "campaign_id": derived_id("curious", school.id, month.isoformat()),
                "survey_id": curious.question_of(month, wanted.get("pool") or curious.POOL),
                "round": month.isoformat()[:7],
                "school_id": school.id,
                "class_id": None,
                "send_at": uow.now,
                "remind_at": None,
                "due_at": uow.now + timedelta(days=wanted.get("open_days", curious.OPEN_DAYS)),
                "started_by": STARTED_BY,
            },
        )
    plan(uow, schools)


def _wanted(school: roster.School) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = (school.settings.get("surveys") or {}).get("curious")
    return found


def _at(school: roster.School, month: date, wanted: Mapping[str, Any]) -> Any:
    day = wanted.get("day", curious.ASK_AT_DAY)
    return curious.ask_at(month, day, SEND_AT, school.timezone, terms=school.terms, holidays=school.holidays)
