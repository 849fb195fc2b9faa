"""Calendars of staff: the feed of their own meetings, their calendars elsewhere, and times that families propose."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from services.scheduling.handlers import calendars_answers, calendars_feeds, calendars_sync
from services.scheduling.store import calendars, calendars_elsewhere, people
from services.scheduling.web.calendars_schemas import CalendarIn, ToldQuery
from services.scheduling.web.routes import HOSTS, api, name_of
from services.scheduling.when import spoken_time
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, not_found, page, redirect

PAGE = "/scheduling/calendars"
_NOTES = {"event": "moment", "line": "moment", "range": "rule", "too_long": "rule"}


@api.get("/calendars", access=HOSTS, query=ToldQuery(), page=True, nav="calendars.nav")
def calendars_page(request: Request) -> Response:
    """Own feed, own calendars elsewhere, proposals."""
    return _page(request)


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _page(request, errors)


@api.post("/calendars", access=HOSTS, body=CalendarIn(), invalid=_again)
def add_calendar(request: Request) -> Response:
    """Add a calendar elsewhere; it is looked at within moments, by the worker."""
    data = request.data
    account = data["kind"] == "caldav"
    with request.unit_of_work() as uow:
        made = calendars_sync.add(
            uow,
            request.person_id,
            kind=data["kind"],
            url=data["url"],
            user=data["user"] if account else "",
            password=data["password"] if account else "",
        )
    return json_response({"calendar_id": made}, then=PAGE if made else f"{PAGE}?told=many")


@api.post("/calendars/{calendar_id}/look", access=HOSTS)
def look_now(request: Request) -> Response:
    """Read it again, whatever is known."""
    with request.unit_of_work() as uow:
        if not calendars_sync.look_again(uow, request.person_id, str(request.params["calendar_id"])):
            raise not_found("calendar")
    return redirect(PAGE)


@api.post("/calendars/{calendar_id}/off", access=HOSTS)
def take_off(request: Request) -> Response:
    """Take our meetings out of it and forget it."""
    with request.unit_of_work() as uow:
        if not calendars_sync.take_off(uow, request.person_id, str(request.params["calendar_id"])):
            raise not_found("calendar")
    return redirect(PAGE)


@api.post("/calendar-feed/renew", access=HOSTS)
def renew_feed(request: Request) -> Response:
    """A fresh address; the old one stops working."""
    with request.unit_of_work() as uow:
        calendars_feeds.renew(uow, request.ports, "staff", request.person_id)
    return redirect(PAGE)


@api.post("/calendar-feed/off", access=HOSTS)
def switch_off_feed(request: Request) -> Response:
    """No address works any more."""
    with request.unit_of_work() as uow:
        calendars_feeds.switch_off(uow, "staff", request.person_id)
    return redirect(PAGE)


@api.post("/proposals/{counter_id}/accept", access=HOSTS)
def accept_proposal(request: Request) -> Response:
    """Move the meeting to the time that the family proposes."""
    with request.unit_of_work() as uow:
        told = calendars_answers.accept(uow, request.ports, request.person_id, str(request.params["counter_id"]))
    return redirect(f"{PAGE}?told={told}")


@api.post("/proposals/{counter_id}/decline", access=HOSTS)
def decline_proposal(request: Request) -> Response:
    """Leave the meeting as it is, and say so."""
    with request.unit_of_work() as uow:
        done = calendars_answers.decline(uow, request.person_id, str(request.params["counter_id"]))
    return redirect(f"{PAGE}?told={'declined' if done else 'gone'}")


def _page(request: Request, errors: dict[str, list[str]] | None = None) -> Response:
    typed = {name: values[-1] for name, values in (request.form or {}).items() if name in ("kind", "url", "user")}
    told = None if errors else request.query.get("told")
    with request.unit_of_work() as uow:
        context: dict[str, Any] = {
            "proposals": _proposals(request, uow),
            "answers": _answers(request, uow),
            "feed": calendars_feeds.link_of(uow, request.ports, "staff", request.person_id),
            "calendars": _cards(request, uow),
        }
    return page(
        "scheduling/calendars.html",
        request,
        title=request.t("calendars.title"),
        told="gone" if told == "refused" else told,
        typed=typed,
        kinds=[(kind, request.t(f"calendars.kind.{kind}")) for kind in ("caldav", "ics")],
        errors=errors or {},
        **context,
    )


def _proposals(request: Request, uow: UnitOfWork) -> list[dict[str, Any]]:
    rows = calendars.counters_of(uow.connection, request.person_id, uow.now)
    students = people.students(uow.connection, (row.student_id for row in rows))
    guardians = people.guardians(uow.connection, (row.guardian_id for row in rows))
    schools = people.schools(uow.connection, (row.school_id for row in rows))
    return [
        {
            "counter_id": row.counter_id,
            "student": name_of(students.get(row.student_id)),
            "guardian": name_of(guardians.get(row.guardian_id)),
            "proposed": spoken_time(row.start_at, zone=schools[row.school_id].zone, language=request.locale),
            "now": spoken_time(row.now_at, zone=schools[row.school_id].zone, language=request.locale),
        }
        for row in rows
    ]


def _answers(request: Request, uow: UnitOfWork) -> list[dict[str, Any]]:
    rows = calendars.answers_of(uow.connection, request.person_id, uow.now)
    students = people.students(uow.connection, (row.student_id for row in rows))
    schools = people.schools(uow.connection, (row.school_id for row in rows))
    return [
        {
            "student": name_of(students.get(row.student_id)),
            "when": spoken_time(row.start_at, zone=schools[row.school_id].zone, language=request.locale),
            "reader": row.reader_kind,
            "partstat": row.partstat,
        }
        for row in rows
    ]


def _cards(request: Request, uow: UnitOfWork) -> list[dict[str, Any]]:
    schools = people.schools(uow.connection, request.schools).values()
    zone = next((school.zone for school in schools), None)
    return [_card(request, row, zone) for row in calendars_elsewhere.of_staff(uow.connection, request.person_id)]


def _card(request: Request, row: Any, zone: ZoneInfo | None) -> dict[str, Any]:
    notes: dict[str, int] = {}
    for code, count in row.notes:
        kind = _NOTES.get(code, code)
        notes[kind] = notes.get(kind, 0) + count
    return {
        "calendar_id": row.calendar_id,
        "host": row.host,
        "kind": row.kind,
        "state": row.state,
        "worked": spoken_time(row.worked_at, zone=zone, language=request.locale) if row.worked_at and zone else None,
        "notes": sorted(notes.items()),
    }
