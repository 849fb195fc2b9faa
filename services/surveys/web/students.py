"""What a child's family has told us, for those who work with the child."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from services.surveys.domain import polls, pulse
from services.surveys.domain.definition import Survey, survey_of, text_in
from services.surveys.domain.effects import withheld
from services.surveys.domain.given import Given, given_of
from services.surveys.domain.kinds import Privacy
from services.surveys.store import actions, campaigns, people, responses, roster
from services.surveys.web.access import OFFICE, staff_decision
from services.surveys.web.form_said import chosen
from services.surveys.web.routes import api
from shared.policy import Action, Resource
from shared.web import Request, Response, json_response, page, staff

CONFIDANTS = ("counselor", "principal")


@api.get("/students/{student_id}", access=staff("teacher", *OFFICE))
def student_answers(request: Request) -> Response:
    """What a child's family has told us, for those who work with the child: facts and words, no opinions."""
    student_id = str(request.params["student_id"])
    with request.unit_of_work() as uow:
        decision = staff_decision(uow, request, Action.VIEW, Resource.student(student_id, request.district))
        request.require(decision, action="view", subject=student_id, record_type="survey_response")
        name = roster.student_names(uow.connection, [student_id]).get(student_id, "")
        told = responses.told_about(uow.connection, student_id)
        guardians = roster.guardians_of(uow.connection, student_id)
        names = roster.guardian_names(uow.connection, guardians)
        limits = people.boundaries(uow.connection, guardians)
        guarded = actions.guarded(uow.connection, guardians)
        versions = campaigns.contents(uow.connection, {row.version for row in told})
    surveys = {version: survey_of(content) for version, content in versions.items()}
    responded: dict[str, dict[str, Given]] = defaultdict(dict)
    for row in told:
        responded[row.assignment_id][row.question_id] = given_of(row.content)
    answers: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in told:
        if (row.assignment_id, row.question_id) in guarded:  # the safeguarding lead's alone
            continue
        survey = surveys[row.version]
        question = survey.question(row.question_id)
        if question is None or not _may_read(request, survey) or withheld(question, responded[row.assignment_id]):
            continue
        given = responded[row.assignment_id][row.question_id]
        # said about a brother or sister: their own teachers read it
        given = given.children.get(student_id, Given()) if given.children else given
        if given.empty or given.about not in (None, student_id):
            continue
        answers[row.guardian_id].append(
            {
                "question": text_in(question.text, request.locale),
                "declined": row.declined,
                "chosen": chosen(request, question, given),
                "text": given.text,
                "time": given.time,
                "media": given.media,
                "language": row.language,
            }
        )
    cards = [
        {
            "guardian": names[guardian],
            "boundaries": sorted(limits.get(guardian, ())),
            "answers": answers.get(guardian, []),
        }
        for guardian in guardians
        if guardian in names
    ]
    if request.wants_html:
        title = request.t("staff.student")
        return page("surveys/student.html", request, title=title, student=name, cards=cards)
    return json_response({"student_id": student_id, "families": cards})


def _may_read(request: Request, survey: Survey) -> bool:
    """What was asked in confidence is read by those it was promised to, not by everybody who works with the child.

    A vote, or an answer to the pulse, is counted and read by nobody.
    """
    if survey.kind in (polls.KIND, pulse.KIND):
        return False
    if survey.identified is Privacy.IDENTIFIED:
        return True
    return survey.identified is Privacy.CONFIDENTIAL and request.role in CONFIDANTS
