"""Interpreters: accept by a link or on their own page, give back; and who of the staff speaks what, as the office enters it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from babel import Locale, UnknownLocaleError
from marshmallow import Schema, fields, validate

from services.scheduling.handlers import interpreters
from services.scheduling.store import bookings_interpreters as store
from services.scheduling.store import meetings, people
from services.scheduling.web.routes import api, name_of
from services.scheduling.when import locale_of, spoken_time
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, link, not_found, page, staff
from shared.web.problems import invalid, link_refused

OFFICE = staff("office", "administrator", "principal")
INTERPRETERS = staff("interpreter", "aide", "office")
_TAG = validate.Regexp(r"^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$", error="expected a language tag like so, es or zh-Hans")


class SpeaksIn(Schema):
    """`interprets` false: a teacher who needs no interpreter for it. `remove`: not any more."""

    staff_id = fields.Str(required=True, validate=validate.Length(min=1, max=255))
    language = fields.Str(required=True, validate=_TAG)
    interprets = fields.Bool(load_default=True)
    remove = fields.Bool(load_default=False)


@api.get("/i/{token}", access=link("interpret", single_use=False), page=True)
def asked(request: Request) -> Response:
    """When, how and with which teacher; no family is named before the meeting is theirs."""
    return _shown(request, None)


@api.post("/i/{token}", access=link("interpret", single_use=False), page=True)
def accepted(request: Request) -> Response:
    """The first to accept has it; the same click again changes nothing."""
    assert request.link is not None
    with request.unit_of_work() as uow:
        outcome = interpreters.accept(uow, request.link.resource, request.person_id)
    return _shown(request, outcome)


@api.get("/interpreting", access=INTERPRETERS, page=True, nav="interpreting.nav")
def mine(request: Request) -> Response:
    """Own bookings, and what waits for somebody who speaks the language."""
    with request.unit_of_work() as uow:
        rows = store.of_interpreter(uow.connection, request.person_id, uow.now)
        cards = _cards(request, uow, rows)
    return page("scheduling/interpreting.html", request, title=request.t("interpreting.title"), cards=cards)


@api.post("/interpreting/{meeting_id}/accept", access=INTERPRETERS)
def accept(request: Request) -> Response:
    """Take a meeting, as by the link."""
    meeting_id = str(request.params["meeting_id"])
    with request.unit_of_work() as uow:
        outcome = interpreters.accept(uow, meeting_id, request.person_id)
    if outcome == "over":
        raise not_found("meeting")
    return json_response({"meeting_id": meeting_id, "state": outcome}, then="/scheduling/interpreting")


@api.post("/interpreting/{meeting_id}/give-back", access=INTERPRETERS)
def give_back(request: Request) -> Response:
    """Cannot come after all: the others are asked."""
    meeting_id = str(request.params["meeting_id"])
    with request.unit_of_work() as uow:
        if not interpreters.give_back(uow, request.ports, meeting_id, request.person_id):
            raise not_found("meeting")
    return json_response({"meeting_id": meeting_id, "state": "requested"}, then="/scheduling/interpreting")


@api.get("/languages", access=OFFICE, page=True, nav="languages.nav")
def languages(request: Request) -> Response:
    """Who of the staff speaks what."""
    with request.unit_of_work() as uow:
        rows = store.spoken(uow.connection)
        choices = [(row.staff_id, name_of(row)) for row in store.staff_of(uow.connection, request.schools)]
    spoken = [(row.staff_id, name_of(row), row.language, _named(row.language, request.locale), row.interprets) for row in rows]
    return page("scheduling/languages.html", request, title=request.t("languages.title"), spoken=spoken, staff=choices)


@api.post("/languages", access=OFFICE, body=SpeaksIn(), idempotent=True)
def set_language(request: Request) -> Response:
    """Enter or remove a language of a member of staff."""
    data = request.data
    with request.unit_of_work() as uow:
        if data["staff_id"] not in people.staff(uow.connection, [data["staff_id"]]):
            raise invalid({"staff_id": ["expected a member of staff of this district"]})
        if data["remove"]:
            store.unset_speaks(uow.connection, data["staff_id"], data["language"])
        else:
            store.set_speaks(uow.connection, data["staff_id"], data["language"], interprets=data["interprets"])
    return json_response({"staff_id": data["staff_id"], "language": data["language"]}, then="/scheduling/languages")


def _shown(request: Request, outcome: str | None) -> Response:
    assert request.link is not None
    with request.unit_of_work() as uow:
        row = store.by_meeting(uow.connection, [request.link.resource]).get(request.link.resource)
        if row is None or outcome == "over" or row.state == store.OFF or row.end_at <= uow.now:
            raise link_refused()
        own = row.state == store.ASSIGNED and row.interpreter_id == request.person_id
        state = outcome or ("assigned" if own else "covered" if row.state == store.ASSIGNED else "open")
        [card] = _cards(request, uow, [row])
    token = request.params["token"]
    return page("scheduling/interpret.html", request, title=request.t("interpreting.title"), card=card, state=state, token=token)


def _named(tag: str, reader: str) -> str:
    """A language's name in the reader's, or its tag where nobody knows one."""
    try:
        return Locale.parse(tag.replace("-", "_")).get_display_name(locale_of(reader)) or tag
    except (UnknownLocaleError, ValueError):
        return tag


def _cards(request: Request, uow: UnitOfWork, rows: list[Any]) -> list[Mapping[str, Any]]:
    booked = meetings.by_id(uow.connection, [row.meeting_id for row in rows])
    schools = people.schools(uow.connection, {row.school_id for row in rows})
    staff_ = people.staff(uow.connection, {row.staff_id for row in booked.values()})
    return [
        {
            "meeting_id": row.meeting_id,
            "when": spoken_time(row.start_at, zone=schools[row.school_id].zone, language=request.locale),
            "minutes": int((row.end_at - row.start_at).total_seconds() // 60),
            "language": _named(row.language, request.locale),
            "teacher": name_of(staff_.get(booked[row.meeting_id].staff_id)),
            "way": booked[row.meeting_id].mode,
            "dial_in": booked[row.meeting_id].dial_in if row.interpreter_id == request.person_id else None,
            "mine": row.state == store.ASSIGNED,
        }
        for row in rows
        if row.meeting_id in booked
    ]
