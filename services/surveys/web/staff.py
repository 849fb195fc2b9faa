"""For the office: how a survey stands, who is still open, and the way to print and to type in."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from services.surveys.schemas import SchoolQuery
from services.surveys.store import campaigns, pages, roster
from services.surveys.web.access import OFFICE, school_of, staff_decision
from services.surveys.web.routes import api
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, ResourceKind
from shared.web import Request, Response, json_response, not_found, page, staff

LISTED = 200


@api.get("/assignments", access=staff(*OFFICE), query=SchoolQuery(), nav="Surveys")
def assignments(request: Request) -> Response:
    """How a school's surveys stand: counts and who is still open, never what anybody said."""
    school_id = school_of(request)
    with request.unit_of_work() as uow:
        resource = Resource(ResourceKind.SCHOOL, school_id, request.district, school=school_id)
        decision = staff_decision(uow, request, Action.VIEW, resource)
        request.require(decision, action="view", subject=school_id, record_type="school")
        surveys: dict[str, dict[str, int]] = defaultdict(lambda: dict.fromkeys(_COUNTS, 0))
        for row in campaigns.counts(uow.connection, school_id):
            counts = surveys[row.survey_id]
            counts[row.state] += row.number
            for name in ("reached", "unreached"):
                counts[name] += getattr(row, name)
            counts["overdue"] += row.overdue if row.state == campaigns.OPEN else 0
        waiting = campaigns.open_at(uow.connection, school_id, LISTED)
        names = roster.guardian_names(uow.connection, [row.guardian_id for row in waiting])
        children = roster.student_names(uow.connection, {child for row in waiting for child in row.student_ids})
        listed = [
            {
                "assignment_id": row.assignment_id,
                "survey": row.survey_id,
                "guardian": names.get(row.guardian_id, ""),
                "children": [children[child] for child in row.student_ids if child in children],
                "due_at": row.due_at.isoformat(),
                "overdue": row.overdue_at is not None,
                "unreached_by": row.unreached_by,
            }
            for row in waiting
        ]
        if request.wants_html:
            return page(
                "surveys/assignments.html",
                request,
                title=request.t("staff.assignments"),
                surveys=surveys,
                # whom no message reaches comes first: they need a call or paper
                listed=sorted(listed, key=lambda row: (row["unreached_by"] is None, not row["overdue"])),
                school=school_id,
                class_pairs=[(each, each) for each in pages.classes_of(uow.connection, school_id)],
                open_pairs=[(each, each) for each in sorted({row.survey_id for row in waiting})],
                desk=request.role in ("office", "administrator"),
            )
    return json_response({"school": school_id, "surveys": surveys, "open": listed})


_COUNTS = ("answered", "declined", "talk", "open", "overdue", "reached", "unreached")


def assignment_of(uow: UnitOfWork, request: Request, *, action: str = "enter_answers") -> Any:
    """The assignment of the path, if the caller's office works with its children (Problem 404, 403)."""
    assignment_id = str(request.params["assignment_id"])
    found = campaigns.assignments(uow.connection, [assignment_id]).get(assignment_id)
    if found is None:
        raise not_found("assignment")
    schools = roster.student_schools(uow.connection, found.student_ids)
    # a brother at another school is not this office's; entering for their own child is
    own = tuple(child for child, school in schools.items() if school == found.school_id)
    resource = Resource(ResourceKind.STUDENT, own[0] if own else "", request.district, own)
    decision = staff_decision(uow, request, Action.EDIT, resource)
    request.require(decision, action=action, subject=found.guardian_id, record_type="survey_response")
    return found
