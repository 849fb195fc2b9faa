"""Printed forms for the office: one family's, or a batch for a class; each with its own code, PIN and QR code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from marshmallow import Schema, fields, validate

from services.surveys.domain.asking import Ask
from services.surveys.domain.definition import Privacy, Question, Survey, survey_of, text_in
from services.surveys.handlers.life import Code, codes_for
from services.surveys.handlers.reach import still_asked
from services.surveys.paper.press import MOST, press
from services.surveys.paper.sheet import Item, Sheet
from services.surveys.paper.words import items_of
from services.surveys.store import campaigns, pages, roster
from services.surveys.web.access import OFFICE, school_of, staff_decision
from services.surveys.web.form import when
from services.surveys.web.form_fields import in_order, options_of
from services.surveys.web.routes import api
from services.surveys.web.staff import assignment_of
from services.surveys.words import words
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, ResourceKind
from shared.web import Request, Response, file_response, not_found, staff
from shared.web.i18n import Translator

PDF = "application/pdf"
OFFICE_DESK = ("office", "administrator")


class BatchQuery(Schema):
    """Whose forms: a survey's open ones at a school, of one class if it is named; `after` goes on behind a full batch."""

    survey = fields.Str(required=True, validate=validate.Length(1, 60))
    school = fields.Str(validate=validate.Length(1, 255))
    class_id = fields.Str(validate=validate.Length(max=255))
    after = fields.Str(load_default="", validate=validate.Length(max=80))
    duplex = fields.Bool(load_default=True)


@api.get("/assignments/{assignment_id}/paper.pdf", access=staff(*OFFICE_DESK))
def paper_form(request: Request) -> Response:
    """One family's form."""
    with request.unit_of_work() as uow:
        found = assignment_of(uow, request, action="print_form")
        # the link of one that was answered leads to what the family has said
        sheets = sheets_of(uow, request, [found]) if found.state == campaigns.OPEN else []
    return _printed(sheets, duplex=False, name="form")


@api.get("/paper.pdf", access=staff(*OFFICE_DESK), query=BatchQuery())
def paper_batch(request: Request) -> Response:
    """A class's forms, or a school's, sixty at a time; the header says where the next batch begins."""
    school_id = school_of(request)
    wanted = request.query
    with request.unit_of_work() as uow:
        resource = Resource(ResourceKind.SCHOOL, school_id, request.district, school=school_id)
        decision = staff_decision(uow, request, Action.EDIT, resource)
        request.require(decision, action="print_forms", subject=school_id, record_type="school")
        students = None
        if wanted.get("class_id"):
            students = roster.class_students(uow.connection, wanted["class_id"], school_ids=[school_id])
        rows = pages.open_of_survey(
            uow.connection, school_id, wanted["survey"], students=students, after=wanted["after"], limit=MOST
        )
        sheets = sheets_of(uow, request, rows)
    answer = _printed(sheets, duplex=wanted["duplex"], name=wanted["survey"])
    return answer.with_header("Next-Batch", rows[-1].assignment_id) if len(rows) == MOST else answer


class SampleQuery(Schema):
    language = fields.Str(load_default="en", validate=validate.Length(2, 20))


@api.get("/start/{survey}/paper.pdf", access=staff("teacher", *OFFICE), query=SampleQuery())
def paper_sample(request: Request) -> Response:
    """A survey as it will look on paper, for nobody."""
    survey = request.ports.library.find(request.district, str(request.params["survey"])).survey
    language = request.query["language"]
    said = words(language if language in survey.languages else "en")
    sheet = Sheet(
        language=said.locale,
        title=text_in(survey.title, said.locale),
        intro=text_in(survey.intro, said.locale),
        school="—",
        link=request.ports.base_url,
        code="0000-0000",
        pin="0000",
        guardian="—",
        about="",
        words=_words(said, due="—", phone=None),
        items=_items(survey, survey.questions, said, names=[]),
    )
    return _printed([sheet], duplex=False, name=survey.id)


def _printed(sheets: list[Sheet], *, duplex: bool, name: str) -> Response:
    if not sheets:
        raise not_found("open form")
    return file_response(press(sheets, duplex=duplex).pdf, media_type=PDF, filename=f"{name}.pdf")


def sheets_of(uow: UnitOfWork, request: Request, rows: Sequence[Any]) -> list[Sheet]:
    """A form for each assignment that may still be asked, in the family's own language."""
    asked = still_asked(uow, [dict(row._mapping) for row in rows])
    codes = codes_for(uow, request.ports, rows)
    names = roster.guardian_names(uow.connection, [row["guardian_id"] for row, _ in asked])
    children = roster.student_names(uow.connection, {child for _, ask in asked for child in ask.student_ids})
    schools = roster.schools(uow.connection, {row["school_id"] for row, _ in asked})
    surveys = {
        version: survey_of(content)
        for version, content in campaigns.contents(uow.connection, {row["version"] for row, _ in asked}).items()
    }
    found = []
    for row, ask in asked:
        if surveys[row["version"]].identified is Privacy.ANONYMOUS:
            continue  # the family's code beside its answers: whoever typed them in would know whose they are
        own = {child: children[child] for child in ask.student_ids if child in children}
        found.append(
            _sheet(
                request,
                row,
                ask,
                survey=surveys[row["version"]],
                school=schools[row["school_id"]],
                guardian=names.get(row["guardian_id"], ""),
                names=[name for _, name in in_order(own)],
                code=codes[row["assignment_id"]],
            )
        )
    return found


def _sheet(
    request: Request,
    row: dict[str, Any],
    ask: Ask,
    *,
    survey: Any,
    school: roster.School,
    guardian: str,
    names: Sequence[str],
    code: Code,
) -> Sheet:
    language = row["language"]
    said = words(language)
    due = when(row["due_at"], school.timezone, said.locale)
    phone = school.settings.get("office_phone")
    token = request.ports.survey_token(
        request.district,
        row["assignment_id"],
        row["guardian_id"],
        due_at=row["due_at"],
        language=language,
        school=row["school_id"],
    )
    return Sheet(
        language=said.locale,
        title=text_in(survey.title, said.locale),
        intro=text_in(survey.intro, said.locale),
        school=school.name,
        link=request.ports.survey_link(token),
        code=code.shown,
        pin=code.pin,
        guardian=guardian,
        about=said.text("paper.about", names=", ".join(names)),
        words=_words(said, due=due, phone=phone),
        items=_items(
            survey,
            [question for question in survey.questions if question.id in ask.question_ids],
            said,
            names=names,
        ),
    )


def _words(said: Translator, *, due: str, phone: str | None) -> dict[str, str]:
    return {
        "scan": said.text("paper.scan"),
        "code": said.text("paper.code"),
        "pin": said.text("paper.pin"),
        "return": said.text("paper.return", due=due),
        "call": said.text("paper.call", phone=f"\u2066{phone}\u2069") if phone else "",
        "thanks": said.text("paper.thanks"),
    }


def _items(
    survey: Survey, questions: Sequence[Question], said: Translator, *, names: Sequence[str]
) -> tuple[Item, ...]:
    bare = {"yes": said.text("paper.yes"), "no": said.text("paper.no"), "agree": said.text("page.agree")}

    def points(question: Question) -> Sequence[tuple[str, str]]:
        return options_of(question, said.locale, bare)

    return items_of(survey, questions, said.locale, say=said.text, points=points, names=names)
