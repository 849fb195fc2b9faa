"""What needs doing today: five cards at most, or the good news that nothing does."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from services.notifications.domain.cadence import share_in_cadence
from services.notifications.handlers import concerns
from services.notifications.store import ledger, people, threads
from services.notifications.web.routes import WRITERS, api, full_name, on_the_clock, zone_for
from shared.web import Request, Response, not_found, page, redirect, staff

MOST_CARDS = 5
RECENT = timedelta(days=7)


@dataclass(frozen=True)
class Card:
    """One thing: a heading, a line about it, the words it is about, and what to press."""

    heading: str
    line: str
    quote: str = ""
    original: str = ""
    language: str = "en"
    done: str | None = None
    student_id: str | None = None


@api.get("/today", access=WRITERS, page=True, nav="notifications.today")
def today(request: Request) -> Response:
    """Replies, tasks and gaps of the reader's own students."""
    with request.unit_of_work() as uow:
        zone = zone_for(uow, request.schools)
        mine = [row["student_id"] for row in people.taught_by(uow.connection, request.person_id)]
        gaps = ledger.gaps_of(uow.connection, mine)
        cards = [
            *(_task(request, row, zone) for row in ledger.tasks_of(uow.connection, request.person_id)),
            *(_reply(request, row, zone) for row in _replies(uow, request)),
            *(_gap(request, row) for row in gaps),
        ]
        schools = people.schools(uow.connection, request.schools)
        nights = [
            {
                "school": schools[row["school_id"]]["name"],
                "percent": share_in_cadence(row["students"], row["gaps"]),
                "gaps": row["gaps"],
            }
            for row in ledger.cadence(uow.connection, request.schools)
            if row["school_id"] in schools
        ]
    return page(
        "notifications/today.html",
        request,
        title=request.t("notifications.today"),
        cards=cards[:MOST_CARDS],
        more=max(0, len(cards) - MOST_CARDS),
        nights=nights,
        gaps=len(gaps),
    )


def _replies(uow: Any, request: Request) -> list[Any]:
    return threads.replies_for(uow.connection, request.person_id, uow.now - RECENT, limit=MOST_CARDS)


def _task(request: Request, row: Any, zone: Any) -> Card:
    due = on_the_clock(row["due_at"], zone, request.locale)
    return Card(
        heading=request.t(f"task.{row['kind']}", student=full_name(row)),
        line=request.t("task.due", due=due) if due else "",
        quote=row["note"],
        done=row["task_id"],
        student_id=row["student_id"],
    )


def _reply(request: Request, row: Any, zone: Any) -> Card:
    return Card(
        heading=request.t("today.reply", guardian=full_name(row)),
        line=on_the_clock(row["received_at"], zone, request.locale),
        quote=row["english"] or row["text"],
        original=row["text"] if row["english"] and row["english"] != row["text"] else "",
        language=row["language"],
    )


def _gap(request: Request, row: Any) -> Card:
    days = row["days_since"]
    line = request.t("today.gap_never") if days is None else request.t("today.gap_days", days=days)
    return Card(request.t("today.gap", student=full_name(row)), line, student_id=row["student_id"])


@api.post("/tasks/{task_id}/done", access=staff("teacher", "aide", "counselor", "principal", "office"))
def task_done(request: Request) -> Response:
    """The reader's own task is done."""
    with request.unit_of_work() as uow:
        closed = ledger.close_task(uow.connection, str(request.params["task_id"]), request.person_id, uow.now)
        if closed is not None and closed["kind"] in ("concern", "concern_again"):  # only the guardian closes the concern
            concerns.of_task(uow, request.ports, closed, by=request.person_id)
    if closed is None:
        raise not_found("task")
    return redirect("/notifications/today")
