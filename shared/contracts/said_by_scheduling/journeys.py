"""Check-ins that are due, families to be called, series, late requests, and special-education notices and attempts."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from shared.contracts.base import Contract, Sealed, day, event, ident, instant, integer, word

MODES = ("phone", "video", "in_person")
_CHECKIN: dict[str, fields.Field[Any]] = {
    "checkin_id": ident(),
    "student_id": ident(),
    "guardian_id": ident(),
    "staff_id": ident(),
    "school_id": ident(),
    "plan_id": ident(allow_none=True),
    "due_on": day(),
    "misses": integer(),
}
_CHECKIN_SAMPLE = {
    "checkin_id": "0198c0de-0000-7000-8000-0000000000d1",
    "student_id": "s-0100",
    "guardian_id": "g-halima",
    "staff_id": "t-okafor",
    "school_id": "org-northgate",
    "plan_id": None,
    "due_on": "2026-10-09",
    "misses": 0,
}
_FAMILY: dict[str, fields.Field[Any]] = {name: ident() for name in ("student_id", "guardian_id", "staff_id", "school_id")}
_FAMILY_SAMPLE = {"student_id": "s-0001", "guardian_id": "g-ana", "staff_id": "t-alvarez", "school_id": "org-greenview"}

EVENTS: list[Contract] = [
    event(
        "scheduling.checkin_due",
        "A",
        _CHECKIN,
        sample=_CHECKIN_SAMPLE,
        purpose="A regular check-in has come up; the times are offered by meeting_offered. `misses`: in a row before it.",
    ),
    event(
        "scheduling.checkin_missed",
        "N",
        {**_CHECKIN, "limit": integer()},
        sample={**_CHECKIN_SAMPLE, "misses": 2, "limit": 2},
        purpose="A check-in did not take place; from `limit` in a row on it is on the teacher's Today list.",
    ),
    event(
        "scheduling.call_wanted",
        "N",
        {
            "call_id": ident(),
            **_FAMILY,
            "reason": word("campaign", "checkin"),
            "kind": word("welcome", "checkin", "conference", "asked"),
            "due_at": instant(),
        },
        sample={
            "call_id": "0198c0de-0000-7000-8000-0000000000d2",
            **_FAMILY_SAMPLE,
            "reason": "campaign",
            "kind": "welcome",
            "due_at": "2026-08-31T14:00:00+00:00",
        },
        purpose="A family has not answered an offer of times: somebody calls and books with it on the telephone.",
    ),
    event(
        "scheduling.series_set",
        "N",
        {
            "series_id": ident(),
            "version": integer(),
            **_FAMILY,
            "what": word("set", "cancelled"),
            "mode": word(*MODES),
            "starts": fields.List(instant(), required=True),
            "dial_in": Sealed(allow_none=True),
        },
        sample={
            "series_id": "0198c0de-0000-7000-8000-0000000000d3",
            "version": 1,
            **_FAMILY_SAMPLE,
            "what": "set",
            "mode": "phone",
            "starts": ["2026-10-06T20:00:00+00:00", "2026-10-20T20:00:00+00:00"],
            "dial_in": "+13125550100",
        },
        purpose="Meetings that repeat, told to the family in one message; `starts`: those ahead.",
    ),
    event(
        "scheduling.late_time_asked",
        "N",
        {"request_id": ident(), **_FAMILY, "start": instant(), "mode": word(*MODES)},
        sample={
            "request_id": "0198c0de-0000-7000-8000-0000000000d4",
            **_FAMILY_SAMPLE,
            "start": "2026-11-03T21:30:00+00:00",
            "mode": "phone",
        },
        purpose="After booking has closed a family asks for a private time: its teacher approves or declines.",
    ),
    event(
        "scheduling.late_time_answered",
        "N",
        {"request_id": ident(), **_FAMILY, "start": instant(), "approved": fields.Bool(required=True)},
        sample={
            "request_id": "0198c0de-0000-7000-8000-0000000000d4",
            **_FAMILY_SAMPLE,
            "start": "2026-11-03T21:30:00+00:00",
            "approved": False,
        },
        purpose="The teacher has answered; an approved time is a booked meeting and is confirmed as one.",
    ),
    event(
        "scheduling.iep_notice_given",
        "N A",
        {
            "iep_meeting_id": ident(),
            "version": integer(),
            **_FAMILY,
            "purpose": word("initial", "annual", "amendment", "transition"),
            "start": instant(),
            "place": Sealed(),
            "attendees": Sealed(),
            "team": fields.List(ident(required=False), load_default=list),
            "student_invited": fields.Bool(required=True),
            "link": Sealed(),
        },
        sample={
            "iep_meeting_id": "0198c0de-0000-7000-8000-0000000000d5",
            "version": 1,
            **_FAMILY_SAMPLE,
            "purpose": "annual",
            "start": "2026-10-20T15:00:00+00:00",
            "place": "Room 12",
            "attendees": "Elena Alvarez, Li Chen",
            "team": ["t-alvarez", "t-chen"],
            "student_invited": False,
            "link": "https://homeroom.example.org/scheduling/notice/token",
        },
        purpose="Notice of a special-education meeting to one home (34 CFR 300.322(a)-(b)).",
    ),
    event(
        "scheduling.iep_called_off",
        "N A",
        {
            "iep_meeting_id": ident(),
            "version": integer(),
            **_FAMILY,
            "start": instant(),
            "team": fields.List(ident(required=False), load_default=list),
        },
        sample={
            "iep_meeting_id": "0198c0de-0000-7000-8000-0000000000d5",
            "version": 1,
            **_FAMILY_SAMPLE,
            "start": "2026-10-20T15:00:00+00:00",
            "team": ["t-alvarez", "t-chen"],
        },
        purpose="A special-education meeting of which this home has had notice will not take place.",
    ),
    event(
        "scheduling.attempt_recorded",
        "A",
        {
            "attempt_id": ident(),
            "iep_meeting_id": ident(),
            "student_id": ident(),
            "guardian_id": ident(),
            "school_id": ident(),
            "by_id": ident(),
            "channel": word(),
            "result": word(),
            "content_version": integer(),
            "at": instant(),
            "digest": word(),
        },
        sample={
            "attempt_id": "0198c0de-0000-7000-8000-0000000000d6",
            "iep_meeting_id": "0198c0de-0000-7000-8000-0000000000d5",
            "student_id": "s-0001",
            "guardian_id": "g-ana",
            "school_id": "org-greenview",
            "by_id": "t-alvarez",
            "channel": "phone",
            "result": "no_answer",
            "content_version": 1,
            "at": "2026-10-08T15:00:00+00:00",
            "digest": "a3f5",
        },
        purpose="An attempt to have a parent take part (34 CFR 300.322(d)); its digest chains it to the ones before.",
    ),
]
