"""Figures for a spreadsheet, and the responses themselves for those entitled to them; each look is kept in the audit log."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import BinaryIO, cast

from services.surveys.domain.kinds import Privacy
from services.surveys.handlers import results as handlers
from services.surveys.handlers import results_export
from services.surveys.results.exports import FORMATS, Format
from services.surveys.results.exports.csv_file import figures_csv
from services.surveys.results.report import blocks
from services.surveys.schemas import ResultsQuery
from services.surveys.web.access import staff_decision
from services.surveys.web.results import READERS, scope_of
from services.surveys.web.results_words import Wording
from services.surveys.web.routes import api
from shared.policy import Action, Resource, ResourceKind
from shared.web import Request, Response, conflict, file_response, not_found, staff
from shared.web.problems import forbidden

HELD = 1_000_000  # bytes in memory; a longer file is written to a nameless one on disk, and sent from there
KEEPERS = staff("principal", "administrator")


@api.get("/results/{survey_id}/{round}/figures.csv", access=READERS, query=ResultsQuery())
def results_figures(request: Request) -> Response:
    """The published figures, as on the page: a row a question, school and answer."""
    survey_id, round_ = str(request.params["survey_id"]), str(request.params["round"])
    with request.unit_of_work() as uow:
        scope = scope_of(uow, request, survey_id, round_)
        told = handlers.for_page(uow, survey_id, round_, as_of=request.query.get("as_of"))
    if told is None:
        raise not_found("results")
    wording = Wording(request.t, request.locale, zone=scope.zone, names=scope.schools)
    rows = [
        (wording.text(block.title), wording.text(block.part or {}), wording.school(line.school), str(line.n),
         wording.column(cell), wording.cell(cell))
        for block in blocks(told.survey, told.content, schools=scope.schools, whole=scope.whole)
        for line in block.lines
        for cell in line.cells
    ]  # fmt: skip
    body = figures_csv([("question", "part", "school", "n", "answer", "share"), *rows])
    return file_response(body, media_type="text/csv; charset=utf-8", filename=f"{survey_id}-figures.csv")


@api.get("/results/{survey_id}/{round}/responses/{format}", access=KEEPERS, query=ResultsQuery())
def results_responses(request: Request) -> Response:
    """Every response as a row. Of a confidential survey only for the district, and without names."""
    survey_id, round_ = str(request.params["survey_id"]), str(request.params["round"])
    if request.params["format"] not in list(Format):
        raise not_found("format")
    form = Format(str(request.params["format"]))
    with request.unit_of_work() as uow:
        scope = scope_of(uow, request, survey_id, round_)
        survey = results_export.survey_asked(uow, survey_id, round_)
        if survey is None:
            raise not_found("results")
        if survey.identified is not Privacy.IDENTIFIED and request.role != "administrator":
            request.audit("export", survey_id, "denied", record_type="survey_responses", rule="confidential")
            raise forbidden("These answers were given in confidence.", rule="confidential")
        for school in scope.schools:
            resource = Resource(ResourceKind.SCHOOL, school, request.district, school=school)
            decision = staff_decision(uow, request, Action.VIEW, resource)
            request.require(decision, action="export", subject=school, record_type="survey_responses")
        out = SpooledTemporaryFile(max_size=HELD)  # noqa: SIM115 - closed by the server when it has been sent
        as_of = request.query.get("as_of")
        try:
            results_export.export(
                uow, cast(BinaryIO, out), form, survey=survey, round_=round_, schools=list(scope.schools), as_of=as_of
            )
        except results_export.NotYet as refused:
            out.close()
            raise conflict(refused.message, code=refused.code, remedy=refused.remedy) from None
    ending, media_type = FORMATS[form]
    return file_response(out, media_type=media_type, filename=f"{survey_id}.{ending}")
