"""A note in thirty seconds: a name, a strength or a few words, send. No JavaScript needed."""

from __future__ import annotations

from typing import Any

from services.notifications.handlers import balance, writing
from services.notifications.handlers.writing import Note
from services.notifications.schemas import CATEGORIES, ComposeQuery, NoteIn, ReachOut
from services.notifications.store import briefs, messages, people
from services.notifications.web.routes import WRITERS, api, author, day_on_the_clock, full_name, may_view, zone_for
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, page

KINDS = ("positive", "info", "ask", "concern")
CLASSMATES = 300  # of whom the coach knows the given names; a school's whole roster would swell the page
BY_SCHOOL = ("office", "principal", "counselor", "administrator")


@api.get("/compose", access=WRITERS, query=ComposeQuery(), page=True, nav="notifications.compose")
def compose_page(request: Request) -> Response:
    """Whom, what kind, which words."""
    return _page(request, dict(request.query), {})


def _page(request: Request, values: dict[str, Any], errors: dict[str, list[str]]) -> Response:
    with request.unit_of_work() as uow:
        if request.role in BY_SCHOOL:
            students = people.students_of_schools(uow.connection, request.schools)
        else:
            students = people.taught_by(uow.connection, request.person_id)
        given = {name: value for name, value in values.items() if value is not None}
        values = {**_of_nudge(uow, request, values.get("nudge")), **given}
        chosen = values.get("student_id")
        reach = None
        if chosen in {row["student_id"] for row in students}:
            reach = writing.reach(uow, request.ports, str(chosen))
        sent = _sent(uow, request, values.get("sent"))
        warned = _warning(uow, request, values)
    return page(
        "notifications/compose.html",
        request,
        title=request.t("notifications.compose"),
        students=[(row["student_id"], full_name(row)) for row in students],
        kinds=[(kind, request.t(f"kind.{kind}")) for kind in KINDS],
        categories=[(name, request.t(f"strength.{name}")) for name in CATEGORIES],
        roster="\n".join(f"{row['student_id']}={row['given_name'] or ''}" for row in students[:CLASSMATES]),
        values=values,
        errors=errors,
        reach=reach,
        sent=sent,
        warned=warned,
    )


def _of_nudge(uow: UnitOfWork, request: Request, nudge_id: str | None) -> dict[str, Any]:
    """The soft draft of the reader's own open nudge, where they have written nothing yet."""
    rows = briefs.open_nudges(uow.connection, request.person_id) if nudge_id else []
    row = next((row for row in rows if row["nudge_id"] == nudge_id), None)
    if row is None:
        return {}
    words = request.t(
        f"nudge.draft.{row['signal']}", student=row["given_name"], count=row["count"], days=row["window_days"]
    )
    return {"student_id": row["student_id"], "kind": "info", "text": words}


def _warning(uow: UnitOfWork, request: Request, values: dict[str, Any]) -> dict[str, Any] | None:
    """What balance says before a note of this kind goes to this student's home, in the reader's words."""
    student_id, kind = values.get("student_id"), values.get("kind")
    if not student_id or not kind or not may_view(uow, request, student_id).allowed:
        return None
    found = balance.warning(uow, teacher_id=request.person_id, student_id=student_id, kind=kind)
    if found is None:
        return None
    key = f"compose.warn.{found.direction}"
    if found.direction == "more_good" and found.last_good is None:
        key = "compose.warn.more_good_never"
    elif found.direction == "more_good" and found.positive:
        key = "compose.warn.more_good_since"
    zone = zone_for(uow, request.schools)
    since = day_on_the_clock(found.last_good, zone, request.locale) if found.last_good else ""
    counts = {"positive": found.positive, "concern": found.concern, "target": f"{found.target:g}", "days": found.days}
    return {
        "text": request.t(key, since=since, course=found.course or ""),
        "counts": request.t("compose.warn.counts", **counts),
        "good_news": found.direction == "more_good",
    }


def _sent(uow: Any, request: Request, message_id: str | None) -> dict[str, int] | None:
    """What became of the note just sent, in numbers; only the writer's own."""
    if not message_id:
        return None
    message = messages.messages(uow.connection, [message_id]).get(message_id)
    if message is None or message["sender_id"] != request.person_id:
        return None
    rows = messages.of_message(uow.connection, message_id)
    held = [row["due_at"] for row in rows if row["state"] == "held" and row["due_at"]]
    return {
        "planned": sum(row["state"] != "refused" for row in rows),
        "guardians": len(rows),
        "held": len(held),
        "waits": sum(row["reason"] == "needs_person" for row in rows),
    }


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _page(request, dict(request.data), errors)


@api.post("/messages", access=WRITERS, body=NoteIn(), response=ReachOut(), status=201, idempotent=True, invalid=_again)
def write_message(request: Request) -> Response:
    """Send a note to a student's homes or to a class's, each in its own language."""
    data = request.data
    session = request.session
    note = Note(
        kind=data["kind"],
        text=data["text"],
        student_id=data["student_id"],
        class_id=data["class_id"],
        category=data["category"],
        source_language=data["source_language"] or (session.language if session else "en"),
        risk=data["risk"],
    )
    if request.is_form and not data["seen"] and (warned := _warned(request, data)) is not None:
        return warned
    with request.unit_of_work() as uow:
        decision = writing.may_write(uow, author(request), note)
        request.require(
            decision,
            action="contact",
            subject=note.student_id or note.class_id or "",
            record_type="student" if note.student_id else "class",
        )
        reach = writing.write(uow, request.ports, author(request), note)
        if data["nudge"]:
            briefs.settle_nudge(uow.connection, data["nudge"], request.person_id, how="sent", now=uow.now)
    return json_response(
        {"message_id": reach.message_id, "planned": reach.planned, "guardians": reach.guardians},
        then=f"/notifications/compose?sent={reach.message_id}",
    )


def _warned(request: Request, data: dict[str, Any]) -> Response | None:
    """The page again with the warning, once: whoever has read it sends the same form, and it goes."""
    with request.unit_of_work() as uow:
        found = _warning(uow, request, data)
    return _page(request, {**data, "seen": True}, {}) if found is not None else None
