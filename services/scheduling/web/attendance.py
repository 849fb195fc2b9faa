"""Whether a meeting took place: one tap of the teacher afterwards."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from services.scheduling.handlers import attendance
from services.scheduling.store import meetings
from services.scheduling.web.routes import HOSTS, api
from shared.web import Request, Response, json_response, not_found


class AttendanceIn(Schema):
    """held, or who did not come; how long it took, where it is known."""

    outcome = fields.Str(required=True, validate=validate.OneOf(("held", "guardian", "staff", "both")))
    minutes = fields.Int(load_default=None, allow_none=True, validate=validate.Range(1, 600))


@api.post("/meetings/{meeting_id}/attendance", access=HOSTS, body=AttendanceIn())
def settle(request: Request) -> Response:
    """Say it of an own meeting that has begun, once; somebody else's, or one to come, does not exist here."""
    meeting_id, data = str(request.params["meeting_id"]), request.data
    with request.unit_of_work() as uow:
        row = meetings.by_id(uow.connection, [meeting_id]).get(meeting_id)
        if row is None or row.staff_id != request.person_id:
            raise not_found("meeting")
        if data["outcome"] == "held":
            done = attendance.held(uow, meeting_id, minutes=data["minutes"])
        else:
            done = attendance.missed(uow, request.ports, meeting_id, who=data["outcome"])
        if not done and row.state == meetings.BOOKED:
            raise not_found("meeting")
    return json_response({"meeting_id": meeting_id, "outcome": data["outcome"]}, then="/scheduling/calendar")
