"""Contact repair: who cannot be reached, why, what to do next; the office corrects, marks as asked, or closes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from services.notifications.domain.repair import Reason
from services.notifications.handlers import repair as handler
from services.notifications.handlers import reporting
from services.notifications.handlers.rendering import school_zone
from services.notifications.reports import words
from services.notifications.reports.names import language
from services.notifications.schemas import AddressIn, RepairQuery
from services.notifications.store import people
from services.notifications.store import repair as store
from services.notifications.web.reach import own_schools
from services.notifications.web.routes import api, full_name, on_the_clock
from shared.messaging.uow import UnitOfWork
from shared.policy import Action, Resource, Subject, SubjectKind, decide
from shared.web import Request, Response, file_response, not_found, page, redirect, staff

READERS = staff("office", "principal", "administrator")
KEEPERS = staff("office", "administrator")
MOST = 200
COLUMNS = ("guardian", "children", "school", "language", "reason", "next", "since", "asked")


@dataclass(frozen=True)
class Entry:
    """One guardian on the list, in the reader's words."""

    repair_id: str
    name: str
    children: str
    contacts: str
    language: str
    school: str
    reason: str
    action: str
    since: str
    asked: str


def _entries(request: Request, uow: UnitOfWork, schools: dict[str, Any], *, limit: int) -> list[Entry]:
    zone = school_zone(next(iter(schools.values()), None))
    rows = store.listed(uow.connection, schools, reason=request.query.get("reason"), limit=limit)
    children = store.children_of(uow.connection, {row["guardian_id"] for row in rows}, schools)
    return [
        Entry(
            repair_id=row["repair_id"],
            name=full_name(row),
            children=", ".join(full_name(child) for child in children.get(row["guardian_id"], ())),
            contacts=", ".join(_isolated(row[kind]) for kind in ("sms", "phone", "email") if row[kind]) or "–",
            language=language(row["language"], request.locale),
            school=str(schools[row["school_id"]]["name"]),
            reason=request.t(f"repair.reason.{row['reason']}"),
            action=request.t(f"repair.action.{row['action']}"),
            since=on_the_clock(row["opened_at"], zone, request.locale),
            asked=on_the_clock(row["asked_at"], zone, request.locale),
        )
        for row in rows
    ]


def _isolated(contact: str) -> str:
    """A number reads from left to right in every script (Unicode isolates, UAX #9)."""
    return f"\u2066{contact}\u2069"


def _audit(request: Request, schools: dict[str, Any]) -> None:
    """Contact data of many families was shown: the log has a line per school."""
    for school in schools:
        request.audit("view_contact", school, "allowed", record_type="contact_repair", rule="works_at_school")


@api.get("/repair", access=READERS, query=RepairQuery(), page=True, nav="notifications.repair")
def repair_page(request: Request) -> Response:
    """Students whom nobody can be reached for on top; then every guardian with reason and next step."""
    with request.unit_of_work() as uow:
        schools = own_schools(uow, request)
        entries = _entries(request, uow, schools, limit=MOST)
        counts = store.counts(uow.connection, schools)
        without = store.students_without(uow.connection, schools, limit=MOST)
    _audit(request, schools)
    chosen = request.query.get("reason") or ""
    return page(
        "notifications/repair.html",
        request,
        title=request.t("notifications.repair"),
        entries=entries,
        students=[(full_name(row), str(schools[row["school_id"]]["name"])) for row in without],
        reasons=[
            (reason.value, f"{request.t(f'repair.reason.{reason.value}')} ({counts[reason.value]})")
            for reason in Reason
            if counts.get(reason.value)
        ],
        chosen=chosen,
        said=request.query.get("said"),
        channels=[(channel, request.t(f"channel.{channel}")) for channel in handler.CORRECTABLE],
        keeper=request.role != "principal",
        most=MOST if len(entries) == MOST else None,
    )


@api.get("/repair.csv", access=READERS, query=RepairQuery())
def repair_csv(request: Request) -> Response:
    """The list for a spreadsheet; without numbers and addresses, which stay in here."""
    with request.unit_of_work() as uow:
        schools = own_schools(uow, request)
        entries = _entries(request, uow, schools, limit=100_000)
    _audit(request, schools)
    table = [
        dict(
            zip(COLUMNS, (e.name, e.children, e.school, e.language, e.reason, e.action, e.since, e.asked), strict=True)
        )
        for e in entries
    ]
    return file_response(words.as_csv(table, COLUMNS), media_type="text/csv; charset=utf-8", filename="repair.csv")


@api.post("/repair/count", access=READERS)
def repair_count(request: Request) -> Response:
    """Look through everybody's contacts anew."""
    with request.unit_of_work() as uow:
        reporting.count(uow, review=True)
    return redirect("/notifications/repair?said=done")


def _mine(request: Request, uow: UnitOfWork) -> store.Row:
    """The open row, if its guardian has a child at a school of the reader's, and policy lets them keep contact data."""
    row = store.row(uow.connection, str(request.params["repair_id"]))
    if row is None:
        raise not_found("row")
    schools = own_schools(uow, request)
    children = tuple(
        child["student_id"]
        for child in store.children_of(uow.connection, [row["guardian_id"]], schools).get(row["guardian_id"], ())
    )
    zone = school_zone(next(iter(schools.values()), None))
    facts = people.circle(uow.connection, [row["guardian_id"]], children).facts(
        row["guardian_id"], uow.now.astimezone(zone).date()
    )
    decision = decide(
        Subject(
            SubjectKind.STAFF, request.person_id, uow.district, frozenset({request.role}), frozenset(request.schools)
        ),
        Action.EDIT,
        Resource.guardian(row["guardian_id"], uow.district, students=children),
        facts,
    )
    request.require(decision, action="edit", subject=row["guardian_id"], record_type="guardian_contact")
    return row


@api.post("/repair/{repair_id}/address", access=KEEPERS, body=AddressIn())
def repair_address(request: Request) -> Response:
    """A corrected number or address; the next message goes there."""
    with request.unit_of_work() as uow:
        row = _mine(request, uow)
        outcome = handler.correct(
            uow, row, channel=request.data["channel"], address=request.data["address"], by=request.person_id
        )
    return redirect(f"/notifications/repair?said={outcome.value}")


@api.post("/repair/{repair_id}/asked", access=KEEPERS)
def repair_asked(request: Request) -> Response:
    """Somebody has asked the family; the row goes to the end of the list."""
    with request.unit_of_work() as uow:
        store.asked(uow.connection, _mine(request, uow)["repair_id"], request.person_id, uow.now)
    return redirect("/notifications/repair?said=done")


@api.post("/repair/{repair_id}/close", access=KEEPERS)
def repair_close(request: Request) -> Response:
    """Nothing more to do; the same reason is not brought up again for two weeks."""
    with request.unit_of_work() as uow:
        store.close(uow.connection, [_mine(request, uow)["repair_id"]], uow.now, by=request.person_id)
    return redirect("/notifications/repair?said=done")
