"""For a person who calls in place of a voice: what to say, what was spoken before; and the sound of a spoken answer."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import urllib3
from marshmallow import Schema, fields, validate

from services.surveys.domain.definition import FALLBACK, Privacy
from services.surveys.domain.walk_prompts import filled
from services.surveys.handlers import spoken
from services.surveys.handlers.life import Opening, open_assignment, survey_version
from services.surveys.handlers.replies_setting import setting_of
from services.surveys.handlers.voice_saying import script_lines
from services.surveys.store import actions, campaigns, phones, roster
from services.surveys.web.access import OFFICE, staff_decision
from services.surveys.web.routes import api
from services.surveys.web.students import CONFIDANTS
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource
from shared.web import Request, Response, json_response, not_found, page, staff
from shared.web.problems import Problem, forbidden

LARGEST = 8_000_000  # bytes of a recording: two minutes are far less
TIMEOUT = urllib3.Timeout(connect=5, read=20)


@api.get("/assignments/{assignment_id}/script", access=staff("teacher", *OFFICE))
def call_script(request: Request) -> Response:
    """The questions that are open, in the family's language and in the reader's, to be read aloud by whoever calls."""
    with request.unit_of_work() as uow:
        opening = _opened(uow, request)
        heard = [
            row
            for row in phones.recordings(uow.connection, opening.assignment.assignment_id)
            if _may_hear(request, opening)
        ]
        guarded = actions.guarded(uow.connection, [opening.assignment.guardian_id])
    language = opening.assignment.language
    reader = request.locale if request.locale in opening.survey.languages else FALLBACK
    setting = setting_of(opening, language)
    asked = [] if opening.receipt is not None or opening.closed else setting.prompts(opening.draft.answers)
    prompts = [
        {
            "own": script_lines(each, opening, language),
            "beside": script_lines(each, opening, reader) if language != reader else [],
            "answered": filled(each, opening.draft.answers),
        }
        for each in asked
    ]
    lead = spoken.may_screen(request.role, opening.settings)
    recordings = [
        {
            "media_id": row.media_id,
            "question": row.question_id,
            "seconds": row.seconds,
            "heard": row.heard_at is not None,
            "open": lead or (row.heard_at is not None and (row.assignment_id, row.question_id) not in guarded),
        }
        for row in heard
    ]
    if not request.wants_html:
        return json_response({"language": language, "prompts": prompts, "recordings": recordings})
    return page(
        "surveys/voice_script.html",
        request,
        title=request.t("staff.call_script"),
        prompts=prompts,
        recordings=recordings,
        lead=lead,
        language=language,
        reader=reader,
        enter=f"/surveys/assignments/{opening.assignment.assignment_id}/answers",
        may_enter=request.role in ("office", "administrator"),
    )


@api.get("/recordings/{media_id}", access=staff("teacher", *OFFICE))
def spoken_answer(request: Request) -> Response:
    """The sound of one spoken answer, fetched from the provider that keeps it; each listening is written down."""
    with request.unit_of_work() as uow:
        row = phones.recording(uow.connection, str(request.params["media_id"]))
        if row is None:
            raise not_found("recording")
        _may_hear_about(uow, request, row)
        assignment = campaigns.assignments(uow.connection, [row.assignment_id])[row.assignment_id]
        private = survey_version(uow, assignment.version).identified is not Privacy.IDENTIFIED
        guarded = (row.assignment_id, row.question_id) in actions.guarded(uow.connection, [row.guardian_id])
        lead = _lead(uow, request, assignment.school_id)
    if not lead and (guarded or (private and request.role not in CONFIDANTS)):
        raise forbidden("This was said in confidence.")
    if not lead and row.heard_at is None:
        raise forbidden("The safeguarding lead listens first.")
    account = next((one for one in request.ports.telephones if one.get("account_sid") == row.account), None)
    if account is None:
        raise Problem(404, "RECORDING_GONE", "The account that keeps this recording is not configured any more.",
                      remedy="Ask the district's IT for the recording.")  # fmt: skip
    return Response(200, _sound(account, row.recording), "audio/mpeg")


class HeardIn(Schema):
    """`danger`: a child may be in danger; `text`: what was said, if the listener writes it down."""

    danger = fields.Bool(load_default=False)
    text = fields.Str(load_default="", validate=validate.Length(max=4000))


@api.post("/recordings/{media_id}/heard", access=staff("teacher", *OFFICE), body=HeardIn())
def heard_recording(request: Request) -> Response:
    """The safeguarding lead, or the principal, has listened: for all who work with the child, or for the lead alone."""
    with request.unit_of_work() as uow:
        row = phones.recording(uow.connection, str(request.params["media_id"]))
        if row is None:
            raise not_found("recording")
        _may_hear_about(uow, request, row)
        assignment = campaigns.assignments(uow.connection, [row.assignment_id])[row.assignment_id]
        if not _lead(uow, request, assignment.school_id):
            raise forbidden("The safeguarding lead listens first.")
        text = request.data["text"].strip()
        guarded = spoken.heard(uow, row, by=request.person_id, danger=request.data["danger"], text=text)
    then = f"/surveys/assignments/{row.assignment_id}/script"
    return json_response({"media_id": row.media_id, "guarded": guarded}, then=then)


def _lead(uow: UnitOfWork, request: Request, school_id: str) -> bool:
    school = roster.schools(uow.connection, [school_id]).get(school_id)
    return spoken.may_screen(request.role, school.settings if school else None)


def _opened(uow: UnitOfWork, request: Request) -> Opening:
    """The assignment of the path, if the caller works with one of its children at its school (Problem 404, 403)."""
    opening = open_assignment(uow, str(request.params["assignment_id"]))
    if opening is None:
        raise not_found("assignment")
    schools = roster.student_schools(uow.connection, opening.assignment.student_ids)
    own = tuple(child for child, school in schools.items() if school == opening.assignment.school_id)
    resource = Resource.student(own[0] if own else "", request.district)
    decision = staff_decision(uow, request, Action.VIEW, resource)
    request.require(decision, action="call", subject=opening.assignment.guardian_id, record_type="survey_response")
    return opening


def _may_hear_about(uow: UnitOfWork, request: Request, row: Any) -> None:
    """Who works with any of the children it is about (Problem 403)."""
    children = list(row.student_ids)
    decisions = [
        staff_decision(uow, request, Action.VIEW, Resource.student(child, request.district)) for child in children
    ]
    child, decision = next(
        ((child, each) for child, each in zip(children, decisions, strict=True) if each.allowed),
        (children[0], decisions[0]),
    )
    request.require(decision, action="listen", subject=child, record_type="survey_response")


def _may_hear(request: Request, opening: Opening) -> bool:
    return opening.survey.identified is Privacy.IDENTIFIED or request.role in CONFIDANTS


def _sound(account: Any, recording: str) -> bytes:
    """Bytes of the MP3 (Problem 502 where the provider does not give it)."""
    sid = quote(str(account["account_sid"]))
    url = f"{str(account['base']).rstrip('/')}/2010-04-01/Accounts/{sid}/Recordings/{quote(recording)}.mp3"
    headers = urllib3.make_headers(basic_auth=f"{account['account_sid']}:{account['auth_token']}")
    pool = urllib3.PoolManager(timeout=TIMEOUT, retries=False)
    try:
        answer = pool.request("GET", url, headers=headers, preload_content=False)
        sound = answer.read(LARGEST)
        answer.release_conn()
    except urllib3.exceptions.HTTPError:
        answer, sound = None, b""
    if answer is None or answer.status != 200:
        raise Problem(
            502, "RECORDING_UNREACHABLE", "The provider did not give the recording.", remedy="Try again later."
        )
    return bytes(sound)
