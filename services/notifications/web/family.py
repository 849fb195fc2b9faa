"""A family at a glance, for those who work with the child: languages, last contacts, strengths. Facts, no opinions."""

from __future__ import annotations

from services.notifications.store import ledger, people
from services.notifications.web.routes import WRITERS, api, full_name, may_view, on_the_clock, zone_for
from shared.web import Request, Response, not_found, page


@api.get("/family/{student_id}", access=WRITERS, page=True)
def family_card(request: Request) -> Response:
    """Only one's own students; every look, allowed or not, is in the audit log."""
    student_id = str(request.params["student_id"])
    with request.unit_of_work() as uow:
        request.require(may_view(uow, request, student_id), action="view", subject=student_id)
        student = people.students(uow.connection, [student_id]).get(student_id)
        if student is None:
            raise not_found("student")
        links = people.families(uow.connection, [student_id])
        known = people.guardians(uow.connection, (link["guardian_id"] for link in links))
        zone = zone_for(uow, (student["school_id"],))
        contacts = ledger.contacts_of(uow.connection, student_id)
        strengths = ledger.strengths_of(uow.connection, student_id)
    return page(
        "notifications/family.html",
        request,
        title=full_name(student),
        guardians=[
            {"name": full_name(known[link["guardian_id"]]), "relation": link["relationship"], "language": link["language"]}
            for link in links
            if link["guardian_id"] in known
        ],
        contacts=[
            (on_the_clock(row["at"], zone, request.locale), request.t(f"kind.{row['kind']}"), row["mode"])
            for row in contacts
        ],
        strengths=[
            (on_the_clock(row["at"], zone, request.locale), request.t(f"strength.{row['category']}"), row["text"])
            for row in strengths
        ],
        student_id=student_id,
    )
