"""What pages show of an occasion: its words, its time, what it clashes with, who came."""

from __future__ import annotations

from datetime import time
from typing import Any

from services.scheduling.domain.occasions import HIDDEN_UNDER
from services.scheduling.handlers import occasions, occasions_door
from services.scheduling.handlers.occasions_telling import CANCELLED, DRAFT, PUBLISHED
from services.scheduling.store import bookings_seats as seats
from services.scheduling.store import occasions as store
from services.scheduling.store import people
from services.scheduling.web.rounds_words import clock_words, language_name
from services.scheduling.when import spoken_day
from shared.messaging.uow import UnitOfWork
from shared.web import Request


def title(request: Request, row: Any) -> str:
    """As its makers named it; a Family Friday is called by what it is."""
    return str(row.title) or request.t(f"occasion.kind.{row.kind}")


def times(row: Any, *, language: str) -> str:
    """Its hours at school."""
    begins, ends = (clock_words(time.fromisoformat(each), language=language) for each in (row.begins, row.ends))
    return f"{begins} – {ends}"


def card(request: Request, row: Any, school: people.School) -> dict[str, Any]:
    return {
        "occasion_id": row.occasion_id,
        "title": title(request, row),
        "kind": row.kind,
        "school": school.name,
        "day": spoken_day(row.on, language=request.locale),
        "times": times(row, language=request.locale),
        "venue": row.venue,
        "state": row.state,
        "moved_from": spoken_day(row.moved_from, language=request.locale) if row.moved_from else "",
    }


def greeting(request: Request, row: Any) -> dict[str, Any]:
    """A reminder; a small group is not counted."""
    many = row.families >= HIDDEN_UNDER
    return {
        "observance": row.key,
        "name": request.t(f"observance.{row.key}"),
        "on": row.on.isoformat(),
        "day": spoken_day(row.on, language=request.locale),
        "text": request.t("greeting.families", n=row.families) if many else request.t("greeting.some"),
    }


def languages(row: Any, locale: str) -> str:
    return ", ".join(language_name(each, locale) for each in row.interpreters)


def staff_page(request: Request, uow: UnitOfWork, row: Any) -> dict[str, Any]:
    school = people.schools(uow.connection, [row.school_id])[row.school_id]
    came = store.attendance(uow.connection, [row.occasion_id]).get(row.occasion_id, [])
    places = None
    if row.capacity is not None and row.state == PUBLISHED:
        there = seats.of_pools(uow.connection, [row.occasion_id])[row.occasion_id]
        waiting = sum(each.state == seats.WAITING for each in there)
        places = {"taken": len(there) - waiting, "places": row.capacity, "waiting": waiting}
    draft = row.state == DRAFT
    return {
        "title": title(request, row),
        "one": card(request, row, school),
        "about": row.about,
        "online": row.online,
        "child_care": row.child_care,
        "interpreters": languages(row, request.locale),
        "shares": row.shares,
        "clashes": [
            {
                "text": request.t("occasion.clash_some", name=request.t(f"observance.{each.observance.key}"))
                if each.families is None
                else request.t(
                    "occasion.clash_n", families=each.families, name=request.t(f"observance.{each.observance.key}")
                ),
                "eve": each.observance.eve,
                "estimated": each.observance.estimated,
            }
            for each in (occasions.clashes(uow, row.on, row.school_id) if draft else [])
        ],
        "places": places,
        "came": {"n": len(came), "first": sum(each.first_time for each in came)} if came else None,
        "unknown": store.count_not_known(uow.connection, row.occasion_id),
        "draft": draft,
        "to_come": row.start_at > uow.now,
        "callable": row.state != CANCELLED and row.end_at > uow.now,
        "paper": row.state == PUBLISHED and occasions_door.paper_open(row, uow.now),
    }
