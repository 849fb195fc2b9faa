"""A family at a glance, for those who work with the child: languages, last contacts, strengths. Facts, no opinions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.notifications.domain.balance import Counts
from services.notifications.domain.rhythm import Rhythm
from services.notifications.domain.strengths import Strengths, gather
from services.notifications.handlers import contacts
from services.notifications.schemas import ContactIn, StrengthsOut, StrengthsQuery
from services.notifications.store import briefs, ledger, people
from services.notifications.store import rhythm as store
from services.notifications.web.routes import WRITERS, api, full_name, may_view, on_the_clock, zone_for
from shared.messaging.uow import UnitOfWork
from shared.web import Request, Response, json_response, not_found, page, redirect


@api.get("/family/{student_id}", access=WRITERS, page=True)
def family_card(request: Request) -> Response:
    """Only one's own students; every look, allowed or not, is in the audit log."""
    student_id = str(request.params["student_id"])
    with request.unit_of_work() as uow:
        student = _student(uow, request, student_id)
        links = people.families(uow.connection, [student_id])
        known = people.guardians(uow.connection, (link["guardian_id"] for link in links))
        zone = zone_for(uow, (student["school_id"],))
        logged = ledger.contacts_of(uow.connection, student_id)
        strengths = gather(ledger.strengths_of(uow.connection, student_id))
        unspoken = bool(store.live_missing_of(uow.connection, [student_id]))
        guides = briefs.guides_of(uow.connection, student_id)
        balance = _balance(uow, request, student)
    clock = [
        (on_the_clock(row["at"], zone, request.locale), request.t(f"kind.{row['kind']}"), row["mode"]) for row in logged
    ]
    return page(
        "notifications/family.html",
        request,
        title=full_name(student),
        guardians=[
            {
                "name": full_name(known[link["guardian_id"]]),
                "relation": link["relationship"],
                "language": link["language"],
            }
            for link in links
            if link["guardian_id"] in known
        ],
        whom=[(key, full_name(row)) for key, row in known.items()],
        modes=[(mode, request.t(f"mode.{mode}")) for mode in contacts.LIVE_MODES],
        contacts=clock,
        noticed=_noticed(request, strengths, zone),
        unnoticed=[request.t(f"strength.{kind}") for kind in strengths.unnoticed],
        balance=balance,
        unspoken=unspoken,
        guides=[(on_the_clock(row["sent_at"], zone, request.locale), row["topic"], row["answer"]) for row in guides],
        student_id=student_id,
    )


def _student(uow: UnitOfWork, request: Request, student_id: str) -> people.Row:
    request.require(may_view(uow, request, student_id), action="view", subject=student_id)
    student = people.students(uow.connection, [student_id]).get(student_id)
    if student is None:
        raise not_found("student")
    return student


def _balance(uow: UnitOfWork, request: Request, student: people.Row) -> str:
    """The reader's own notes in the window; nobody else's."""
    school = people.schools(uow.connection, [student["school_id"]]).get(student["school_id"])
    days = Rhythm.of(school["settings"] if school else {}).balance_days
    counts = store.counts_of(uow.connection, student["student_id"], uow.now - timedelta(days=days))
    mine = counts.get((student["student_id"], request.person_id), Counts())
    return request.t("family.balance", days=days, positive=mine.positive, concern=mine.concern)


def _noticed(request: Request, strengths: Strengths, zone: Any) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Kinds with their examples, the newest first."""
    return [
        (
            request.t(f"strength.{kind}"),
            [
                (on_the_clock(example.at, zone, request.locale), example.text, request.t(f"strengths.{example.source}"))
                for example in examples
            ],
        )
        for kind, examples in strengths.examples.items()
    ]


@api.get("/strengths/{student_id}", access=WRITERS, query=StrengthsQuery(), response=StrengthsOut())
def strengths_of(request: Request) -> Response:
    """For a conference brief: dated specific examples by kind and what nobody has noticed yet; JSON, or a piece of HTML."""
    student_id = str(request.params["student_id"])
    with request.unit_of_work() as uow:
        student = _student(uow, request, student_id)
        strengths = gather(ledger.strengths_of(uow.connection, student_id))
        zone = zone_for(uow, (student["school_id"],))
    if request.query["fragment"]:
        return page(
            "notifications/strengths.html",
            request,
            title=request.t("strengths.title"),
            noticed=_noticed(request, strengths, zone),
            unnoticed=[request.t(f"strength.{kind}") for kind in strengths.unnoticed],
        )
    return json_response(
        {
            "student_id": student_id,
            "examples": {
                kind: [{"at": each.at, "text": each.text, "source": each.source} for each in examples]
                for kind, examples in strengths.examples.items()
            },
            "unnoticed": list(strengths.unnoticed),
        }
    )


@api.post("/family/{student_id}/contacts", access=WRITERS, body=ContactIn())
def contact_logged(request: Request) -> Response:
    """A call, a video call or a word in person that took place without us; ends the gap and the missing live contact."""
    student_id = str(request.params["student_id"])
    with request.unit_of_work() as uow:
        _student(uow, request, student_id)
        logged = contacts.log_live(
            uow,
            staff_id=request.person_id,
            student_id=student_id,
            guardian_id=request.data["guardian_id"],
            mode=request.data["mode"],
        )
    if not logged:
        raise not_found("guardian")
    return redirect(f"/notifications/family/{student_id}")
