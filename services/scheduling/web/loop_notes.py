"""Notes after a conversation: the teacher writes three lines, the guardian confirms or corrects them by a link."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.scheduling.handlers import loop_words, plans, promises, summaries
from services.scheduling.handlers.permission import may_invite
from services.scheduling.handlers.plans import homes_of
from services.scheduling.handlers.summaries import AlreadyNoted, Summary
from services.scheduling.store import loop_plans as plan_store
from services.scheduling.store import loop_said as store
from services.scheduling.store import meetings, people
from services.scheduling.web.loop_schemas import NoteIn, NoteOut, TalkQuery, WordsIn
from services.scheduling.web.loop_view import label_of
from services.scheduling.web.routes import HOSTS, api, local, name_of, require, today
from services.scheduling.when import spoken_day
from shared.ids import derived_id
from shared.messaging.uow import UnitOfWork
from shared.policy import Action
from shared.web import Request, Response, json_response, link, not_found, page, redirect
from shared.web.problems import invalid, link_refused

LOOK_BACK = timedelta(days=14)
ANSWER = "note-answer"  # purpose of the link that confirms or corrects, once
ASK = "plan-ask"  # purpose of the link that asks for a plan, once


@api.get("/notes", access=HOSTS, page=True, query=TalkQuery(), nav="notes.nav")
def notes(request: Request) -> Response:
    """Meetings that are over and have no note; own notes with what the guardians said to them."""
    return _page(request)


def _again(request: Request, errors: dict[str, list[str]]) -> Response:
    return _page(request, errors)


@api.post("/notes", access=HOSTS, body=NoteIn(), response=NoteOut(), status=201, idempotent=True, invalid=_again)
def post_note(request: Request) -> Response:
    """Say what was heard and agreed; where it is a promise, it is kept as one."""
    data = request.data
    with request.unit_of_work() as uow:
        require(request, uow, Action.VIEW, data["student_id"])
        student = people.students(uow.connection, [data["student_id"]])[data["student_id"]]
        on = today(uow, student.school_id)
        known = people.known(uow.connection, [data["student_id"]])
        if not may_invite(known, data["guardian_id"], data["student_id"], district=uow.district, on=on).allowed:
            raise invalid({"guardian_id": ["expected a guardian of this student who hears from school"]})  # never why
        if data["next_on"] is not None and data["next_on"] < on:
            raise invalid({"next_on": ["expected a day to come"]})
        _own_meeting(request, uow, data)
        about = (data["student_id"], data["guardian_id"], request.person_id, student.school_id)
        lines = (data["heard"], data["example"], data["agreed"])
        summary = Summary(*about, *lines, next_on=data["next_on"], meeting_id=data["meeting_id"])
        try:
            note_id = summaries.share(uow, request.ports, summary)
        except AlreadyNoted:
            raise invalid({"meeting_id": ["expected a meeting without a note: this one has its own"]}) from None
        if data["promise"]:
            _promise(request, uow, data, school_id=student.school_id)
    return json_response({"note_id": note_id}, then="/scheduling/notes")


def _own_meeting(request: Request, uow: UnitOfWork, data: dict[str, Any]) -> None:
    """The meeting, where one is named, is one's own and with this guardian; 404 else."""
    if data["meeting_id"] is None:
        return
    row = meetings.by_id(uow.connection, [data["meeting_id"]]).get(data["meeting_id"])
    named = (data["guardian_id"], data["student_id"], request.person_id)
    if row is None or (row.guardian_id, row.student_id, row.staff_id) != named or row.start_at > uow.now:
        raise not_found("meeting")


def _promise(request: Request, uow: UnitOfWork, data: dict[str, Any], *, school_id: str) -> None:
    staff = data["promise"] == promises.STAFF
    promises.make(
        uow,
        promises.Promise(
            request.person_id if staff else data["guardian_id"],
            data["student_id"],
            data["guardian_id"],
            school_id,
            data["next_on"],
            data["agreed"],
            owner_kind=data["promise"],
            staff_id=request.person_id,
        ),
    )


def _page(request: Request, errors: dict[str, list[str]] | None = None) -> Response:
    typed = {name: values[-1] for name, values in (request.form or {}).items()}
    about = request.query.get("student_id") or (typed.get("student_id") if not typed.get("meeting_id") else None)
    with request.unit_of_work() as uow:
        talk = _talk(request, uow, about) if about else None
        mine = people.students_of(uow.connection, request.person_id)
        waiting = store.without_note(uow.connection, request.person_id, uow.now, uow.now - LOOK_BACK)
        rows = store.notes_of(uow.connection, request.person_id)
        corrections = store.corrections(uow.connection, [row.note_id for row in rows])
        texts = {text for row in rows for text in (row.heard, row.example, row.agreed)}
        read = loop_words.read(uow, texts | {row.text_id for row in corrections}, request.locale)
        guardians = people.guardians(uow.connection, {row.guardian_id for row in [*waiting, *rows]})
        students = people.students(uow.connection, {row.student_id for row in [*waiting, *rows]})
        schools = people.schools(uow.connection, {row.school_id for row in [*waiting, *rows]})

        def card(row: Any) -> dict[str, Any]:
            said_at = getattr(row, "said_at", None) or row.start_at
            return {
                "meeting_id": row.meeting_id,
                "student_id": row.student_id,
                "guardian_id": row.guardian_id,
                "student": name_of(students.get(row.student_id)),
                "guardian": name_of(guardians.get(row.guardian_id)),
                "day": spoken_day(schools[row.school_id].today(said_at), language=request.locale),
            }

        context: dict[str, Any] = {
            "talk": talk,
            "students": [(row.student_id, name_of(row)) for row in mine],
            "waiting": [card(row) for row in waiting],
            "notes": [
                card(row)
                | {
                    "lines": [read[text] for text in (row.heard, row.example, row.agreed)],
                    "next": spoken_day(row.next_on, language=request.locale) if row.next_on else None,
                    "state": row.state,
                    "corrections": [read[each.text_id] for each in corrections if each.note_id == row.note_id],
                }
                for row in rows
            ],
        }
    return page("scheduling/loop_notes.html", request, title=request.t("notes.title"), errors=errors or {}, **context)


def _talk(request: Request, uow: UnitOfWork, student_id: str) -> dict[str, Any]:
    """A conversation that nobody had booked: about whom, and with which of the guardians who may be told."""
    require(request, uow, Action.VIEW, student_id)
    student = people.students(uow.connection, [student_id])[student_id]
    guardians = people.guardians(uow.connection, homes_of(uow, student_id))
    options = [(key, name_of(row)) for key, row in sorted(guardians.items())]
    return {"student_id": student_id, "student": name_of(student), "guardians": options}


@api.get("/n/{token}", access=link(summaries.KIND, single_use=False), page=True)
def my_note(request: Request) -> Response:
    """The note as this guardian reads it, with the own words beside it."""
    assert request.link is not None
    with request.unit_of_work() as uow:
        row = _note(request, uow, request.link.resource)
        corrections = store.corrections(uow.connection, [row.note_id])
        texts = [row.heard, row.example, row.agreed, *(each.text_id for each in corrections)]
        read = loop_words.read(uow, texts, request.link.language)
        teacher = people.staff(uow.connection, [row.staff_id]).get(row.staff_id)
        student = people.students(uow.connection, [row.student_id])[row.student_id]
        answer = _button(request, uow, row, purpose=ANSWER, jti=f"na-{row.note_id}-{len(corrections)}-{row.state}")
        asked = plan_store.by_id(uow.connection, [_asked_plan(row)])
        ask = _button(request, uow, row, purpose=ASK, jti=f"pk-{row.note_id}") if not asked else None
    return page(
        "scheduling/loop_note.html",
        request,
        title=request.t("note.title"),
        teacher=name_of(teacher),
        student=student.given_name,
        lines=[read[text] for text in (row.heard, row.example, row.agreed)],
        label=label_of([read[text] for text in texts]),
        next=spoken_day(row.next_on, language=request.locale) if row.next_on else None,
        state=row.state,
        corrections=[read[each.text_id] for each in corrections],
        answer_url=answer,
        ask_url=ask,
        language=request.link.language,
    )


@api.post("/note-answer/{token}", access=link(ANSWER), page=True)
def confirm_note(request: Request) -> Response:
    """It was so."""
    assert request.link is not None
    with request.unit_of_work() as uow:
        row = _note(request, uow, request.link.resource)
        summaries.confirm(uow, row.note_id)
        return _back(request, uow, row)


@api.post("/note-answer/{token}/words", access=link(ANSWER), body=WordsIn(), page=True)
def correct_note(request: Request) -> Response:
    """It was different: the guardian's words."""
    assert request.link is not None
    with request.unit_of_work() as uow:
        row = _note(request, uow, request.link.resource)
        summaries.correct(
            uow, row, request.data["text"], language=request.link.language, via="page", key=request.link.jti
        )
        return _back(request, uow, row)


@api.post("/plan-ask/{token}", access=link(ASK), body=WordsIn(), page=True)
def ask_for_plan(request: Request) -> Response:
    """A guardian asks for a plan: the teacher finds a draft with these words."""
    assert request.link is not None
    with request.unit_of_work() as uow:
        row = _note(request, uow, request.link.resource)
        plans.asked_for(
            uow,
            _asked_plan(row),
            row,
            guardian_id=request.person_id,
            text=request.data["text"],
            language=request.link.language,
        )
        return _back(request, uow, row)


def _asked_plan(row: Any) -> str:
    return derived_id("plan-asked", row.note_id)


def _button(request: Request, uow: UnitOfWork, row: Any, *, purpose: str, jti: str) -> str:
    """The address behind a button of the note's page."""
    assert request.link is not None
    url = request.ports.page_link(
        f"/scheduling/{purpose}",
        uow.district,
        request.person_id,
        purpose=purpose,
        resource=row.note_id,
        expires_at=request.link.expires_at,
        language=request.link.language,
        school=row.school_id,
        jti=jti,
    )
    return local(url)


def _note(request: Request, uow: UnitOfWork, note_id: str) -> Any:
    """The link's note, if it is its guardian's and policy still allows; one refusal for all else."""
    row = store.notes(uow.connection, [note_id]).get(note_id)
    if row is None or row.guardian_id != request.person_id or row.guardian_id not in homes_of(uow, row.student_id):
        raise link_refused()
    return row


def _back(request: Request, uow: UnitOfWork, row: Any) -> Response:
    return redirect(local(summaries.page_link(uow, request.ports, dict(row._mapping))))
