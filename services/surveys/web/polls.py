"""Deciding together: staff ask, see the count without anybody's own vote, decide, and everybody hears why (F46)."""

from __future__ import annotations

from datetime import UTC
from typing import Any
from zoneinfo import ZoneInfo

from marshmallow import Schema, ValidationError, fields, pre_load, validate

from services.surveys.domain import polls as rules
from services.surveys.domain.polls import Method
from services.surveys.handlers import polls
from services.surveys.handlers.actions_asking import threshold
from services.surveys.handlers.polls import Opening, PollUndecidable
from services.surveys.store import polls as store
from services.surveys.store import roster
from services.surveys.web.access import OFFICE, staff_decision
from services.surveys.web.campaigns import audience
from services.surveys.web.card import language_name
from services.surveys.web.form import when
from services.surveys.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, ResourceKind
from shared.web import Request, Response, conflict, json_response, not_found, page, staff

LISTED = 50
_LABELS = {
    "options": "polls.options",
    "method": "polls.method",
    "quorum": "polls.quorum",
    "closes_at": "polls.closes",
    "class_id": "polls.class",
}
_LINE = validate.Length(1, 80)


class PollIn(Schema):
    """`options`: a list, or a line each. `closes_at` without an offset is the school's own clock."""

    question = fields.Str(required=True, validate=validate.Length(3, 160))
    options = fields.List(fields.Str(validate=_LINE), required=True, validate=validate.Length(2, rules.MOST_OPTIONS))
    method = fields.Str(load_default=Method.PLURALITY.value, validate=validate.OneOf([each.value for each in Method]))
    quorum = fields.Int(load_default=rules.QUORUM, validate=validate.Range(1, 100))
    closes_at = fields.DateTime(format="iso", required=True)
    class_id = fields.Str(validate=validate.Length(1, 255))

    @pre_load
    def _lines(self, data: dict[str, Any], **_: object) -> dict[str, Any]:
        plain = {name: value for name, value in data.items() if value != ""}
        given = plain.get("options")
        texts = [given] if isinstance(given, str) else given
        if isinstance(texts, list):  # a form's text area comes as a list of one text
            lines = [line.strip() for text in texts if isinstance(text, str) for line in text.splitlines()]
            plain["options"] = [line for line in lines if line]
            if len(set(plain["options"])) < len(plain["options"]):
                raise ValidationError({"options": ["Name each choice once."]})
        return plain


class PollOut(Schema):
    poll_id = fields.Str()


class DecisionIn(Schema):
    decision = fields.Str(required=True, validate=validate.Length(2, 300))
    reason = fields.Str(required=True, validate=validate.Length(2, 600))


@api.get("/polls", access=staff("teacher", *OFFICE), page=True, nav="polls.title")
def poll_list(request: Request) -> Response:
    """Polls of one's school (a teacher's: their own), and the form for a new one."""
    return _list(request, {})


def _list(request: Request, wrong: dict[str, list[str]]) -> Response:
    with request.unit_of_work() as uow:
        rows = store.of_schools(uow.connection, request.schools or list(roster.schools(uow.connection)), limit=LISTED)
        classes = sorted(roster.staff_facts(uow.connection, request.person_id)[1])
        schools = roster.schools(uow.connection, {row.school_id for row in rows})
    own = [
        row
        for row in rows
        if row.school_id in schools and (request.role in OFFICE or row.opened_by == request.person_id)
    ]
    return page(
        "surveys/polls.html",
        request,
        title=request.t("polls.title"),
        status=422 if wrong else 200,
        polls=[(row, when(row.closes_at, schools[row.school_id].timezone, request.locale)) for row in own],
        classes=[(each, each) for each in classes],
        methods=[(each.value, request.t(f"polls.method.{each.value}")) for each in Method],
        quorum=rules.QUORUM,
        given={name: values[-1] for name, values in (request.form or {}).items() if values},
        wrong=[request.t(_LABELS.get(name, "polls.question")) for name in sorted(wrong)],
    )


def _refused(request: Request, errors: dict[str, list[str]]) -> Response:
    return _list(request, errors)


@api.post(
    "/polls",
    access=staff("teacher", *OFFICE),
    body=PollIn(),
    response=PollOut(),
    status=201,
    idempotent=True,
    invalid=_refused,
)
def open_poll(request: Request) -> Response:
    """Ask the families of one's own class, or of one's school."""
    wanted = request.data
    with request.unit_of_work() as uow:
        school_id, resource = audience(uow, request)
        school = roster.schools(uow.connection, [school_id]).get(school_id)
        decision = staff_decision(uow, request, Action.SURVEY, resource, zone=school.timezone if school else "UTC")
        request.require(decision, action="open_poll", subject=resource.id, record_type=resource.kind.value)
        if school is None:
            raise not_found("school")
        closes_at = wanted["closes_at"]
        closes_at = closes_at if closes_at.tzinfo else closes_at.replace(tzinfo=ZoneInfo(school.timezone))
        if closes_at <= request.now:
            raise conflict("The time to close has passed.", code="CLOSES_IN_PAST", remedy="Choose a later time.")
        poll_id = polls.open_poll(
            uow,
            Opening(
                school_id=school_id,
                class_id=wanted.get("class_id"),
                question=wanted["question"],
                options=wanted["options"],
                method=Method(wanted["method"]),
                quorum=wanted["quorum"],
                closes_at=closes_at.astimezone(UTC),
                opened_by=request.person_id,
            ),
        )
    return json_response({"poll_id": poll_id}, then=f"/surveys/polls/{poll_id}")


def _poll(uow: UnitOfWork, request: Request, action: str) -> Any:
    """The poll of the path, for whoever opened it and the school's office (Problem 404, 403)."""
    row = store.poll(uow.connection, str(request.params["poll_id"]))
    if row is None or (row.opened_by != request.person_id and request.role not in OFFICE):
        raise not_found("poll")
    if request.role in OFFICE:
        resource = Resource(ResourceKind.SCHOOL, row.school_id, request.district, school=row.school_id)
        decision = staff_decision(uow, request, Action.VIEW, resource)
        request.require(decision, action=action, subject=row.poll_id, record_type="poll")
    return row


@api.get("/polls/{poll_id}", access=staff("teacher", *OFFICE))
def poll_result(request: Request) -> Response:
    """The count as it was frozen, by language, with the response rate; before the close only that it runs."""
    with request.unit_of_work() as uow:
        row = _poll(uow, request, "view")
        school = roster.schools(uow.connection, [row.school_id])[row.school_id]
    labels = {rules.option_value(place): label for place, label in enumerate(row.options, 1)}
    if not request.wants_html:
        kept = {
            "poll_id": row.poll_id,
            "question": row.question,
            "options": labels,
            "closed": row.closed_at is not None,
        }
        return json_response({**kept, "result": row.result, "decision": row.decision, "reason": row.reason})
    return page(
        "surveys/poll.html",
        request,
        title=row.question,
        poll=row,
        labels=labels,
        closes=when(row.closes_at, school.timezone, request.locale),
        language=lambda tag: language_name(tag, request.locale),
        least=threshold(school),
    )


@api.post("/polls/{poll_id}/decision", access=staff("teacher", *OFFICE), body=DecisionIn(), idempotent=True)
def decide_poll(request: Request) -> Response:
    """You said, we did, because: told once, to everybody who was asked."""
    with request.unit_of_work() as uow:
        row = _poll(uow, request, "decide_poll")
        try:
            polls.decide(uow, row.poll_id, **request.data, by=request.person_id)
        except PollUndecidable as refused:
            raise conflict(refused.message, code=refused.code, remedy=refused.remedy) from None
    return json_response({"poll_id": row.poll_id, **request.data}, then=f"/surveys/polls/{row.poll_id}")
