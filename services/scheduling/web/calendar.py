"""A teacher's own calendar: whom they meet, what to know before, who waits for a time; and offers of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from services.scheduling.handlers import booking, offers
from services.scheduling.handlers.desk import Wish
from services.scheduling.handlers.permission import may_invite
from services.scheduling.schemas import OfferIn, OffersOut
from services.scheduling.store import briefs, journeys_iep, meetings, people
from services.scheduling.store import offers as offer_store
from services.scheduling.web.routes import HOSTS, api, name_of, require, today
from services.scheduling.when import spoken_time
from shared.ids import new_id
from shared.messaging.uow import UnitOfWork
from shared.policy import Action
from shared.web import Request, Response, json_response, not_found, page, staff

ASKED_FOR = timedelta(days=7)  # so long after a meeting its teacher is asked whether it took place


@api.get("/calendar", access=HOSTS, page=True, nav="calendar.nav")
def calendar(request: Request) -> Response:
    """Own meetings, offers and families without a time."""
    with request.unit_of_work() as uow:
        booked = meetings.of_staff(uow.connection, request.person_id, uow.now)
        open_offers = offer_store.of_staff(uow.connection, request.person_id, [offer_store.OPEN, offer_store.UNSERVED])
        over = meetings.unsettled(uow.connection, request.person_id, since=uow.now - ASKED_FOR, now=uow.now)
        teams = journeys_iep.on_calendars(uow.connection, "staff", [request.person_id], uow.now)
        cards = _Cards(request, uow, [*booked, *open_offers, *over, *teams])
        context: dict[str, Any] = {
            "meetings": [cards.meeting(row) for row in booked],
            "over": [cards.meeting(row) for row in over],
            "teams": [cards.team(row) for row in sorted(teams, key=lambda row: row.start_at)],
            "waiting": [cards.offer(row) for row in open_offers if row.state == offer_store.UNSERVED],
            "offers": [cards.offer(row) for row in open_offers if row.state == offer_store.OPEN],
        }
    return page("scheduling/calendar.html", request, title=request.t("calendar.title"), **context)


@api.get("/students/{student_id}", access=staff("teacher", "counselor", "principal", "office"), page=True)
def brief(request: Request) -> Response:
    """What to know before meeting a student's family."""
    student_id = str(request.params["student_id"])
    with request.unit_of_work() as uow:
        require(request, uow, Action.VIEW, student_id)
        student = people.students(uow.connection, [student_id])[student_id]
        known = people.known(uow.connection, [student_id])
        reachable = people.links_of(uow.connection, [student_id])
        guardians = people.guardians(uow.connection, (link.guardian_id for link in reachable))
        on = today(uow, student.school_id)
        options = [
            (link.guardian_id, f"{name_of(guardians.get(link.guardian_id))} ({link.relationship})")
            for link in reachable
            if may_invite(known, link.guardian_id, student_id, district=uow.district, on=on).allowed
        ]
        facts = briefs.read(uow.connection, [student_id]).get(student_id, briefs.EMPTY)
        limits = sorted({limit.value for each in known.boundaries.values() for limit in each})
    title = name_of(student)
    return page(
        "scheduling/brief.html", request, title=title, student_id=student_id, guardians=options, brief=facts, limits=limits
    )


@api.post("/offers", access=HOSTS, body=OfferIn(), response=OffersOut(), status=201, idempotent=True)
def post_offer(request: Request) -> Response:
    """Offer times with oneself to the family of an own student."""
    data = request.data
    with request.unit_of_work() as uow:
        require(request, uow, Action.VIEW, data["student_id"])
        student = people.students(uow.connection, [data["student_id"]])[data["student_id"]]
        known = people.known(uow.connection, [student.student_id])
        on = today(uow, student.school_id)
        theirs = [data["guardian_id"]] if data["guardian_id"] else [guardian for guardian, _ in known.links]
        allowed = [
            guardian
            for guardian in theirs
            if may_invite(known, guardian, student.student_id, district=uow.district, on=on).allowed
        ]
        wishes = [
            Wish(new_id(), data["kind"], guardian, student.student_id, request.person_id, student.school_id)
            for guardian in allowed
        ]
        made = offers.offer(uow, request.ports, wishes)
    answer = {"offers": list(made.values()), "refused": len(theirs) - len(allowed)}
    return json_response(answer, then="/scheduling/calendar")


@api.post("/meetings/{meeting_id}/cancel", access=HOSTS)
def cancel_meeting(request: Request) -> Response:
    """Call an own meeting off; somebody else's does not exist here."""
    meeting_id = str(request.params["meeting_id"])
    with request.unit_of_work() as uow:
        row = meetings.by_id(uow.connection, [meeting_id]).get(meeting_id)
        if row is None or row.staff_id != request.person_id:
            raise not_found("meeting")
        booking.cancel(uow, [meeting_id], by="staff")
    return json_response({"meeting_id": meeting_id, "state": "cancelled"}, then="/scheduling/calendar")


class _Cards:
    """Names, times and briefs for a page of rows, read once."""

    def __init__(self, request: Request, uow: UnitOfWork, rows: list[Any]) -> None:
        self._language = request.locale
        self._students = people.students(uow.connection, (row.student_id for row in rows))
        self._guardians = people.guardians(uow.connection, (row.guardian_id for row in rows))
        self._schools = people.schools(uow.connection, (row.school_id for row in rows))
        self._briefs = briefs.read(uow.connection, (row.student_id for row in rows))

    def meeting(self, row: Any) -> dict[str, Any]:
        return {
            **self.offer(row),
            "meeting_id": row.meeting_id,
            "when": spoken_time(row.start_at, zone=self._schools[row.school_id].zone, language=self._language),
            "mode": row.mode,
            "dial_in": row.dial_in,
            "brief": self._briefs.get(row.student_id, briefs.EMPTY),
        }

    def team(self, row: Any) -> dict[str, Any]:
        """A special-education meeting: who and when; its papers are the organizer's to show."""
        return {
            "student": name_of(self._students.get(row.student_id)),
            "when": spoken_time(row.start_at, zone=self._schools[row.school_id].zone, language=self._language),
            "place": row.dial_in,
        }

    def offer(self, row: Any) -> dict[str, Any]:
        return {
            "student_id": row.student_id,
            "student": name_of(self._students.get(row.student_id)),
            "guardian": name_of(self._guardians.get(row.guardian_id)),
            "kind": row.kind,
            "unclear": getattr(row, "unclear", 0),
        }
