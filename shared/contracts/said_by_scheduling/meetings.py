"""Said by scheduling: offers, bookings and promises."""

from __future__ import annotations

from marshmallow import fields

from shared.contracts.base import Lane, Sealed, day, event, ident, instant, integer, word, words

MODES = ("phone", "video", "in_person")

EVENTS = [
    event(
        "scheduling.availability_published",
        "N",
        {
            "staff_id": ident(),
            "version": integer(),
            "windows": fields.List(fields.Dict(), required=True),
            "modes": words(*MODES),
            "reply_within_school_days": integer(),
        },
        sample={
            "staff_id": "t-alvarez",
            "version": 1,
            "windows": [{"weekday": "wed", "start": "15:30", "end": "16:30"}],
            "modes": ["phone", "video"],
            "reply_within_school_days": 1,
        },
        purpose="A teacher's contact card: hours, modes and promised answer time.",
    ),
    event(
        "scheduling.meeting_offered",
        "N",
        {
            "offer_id": ident(),
            "kind": word("alert", "welcome", "office_hours", "checkin", "conference", "asked"),
            "again": fields.Bool(load_default=False),
            "guardian_id": ident(),
            "student_id": ident(),
            "staff_id": ident(),
            "school_id": ident(),
            "modes": words(*MODES),
            "slots": fields.List(
                fields.Nested({"n": integer(), "start": instant(), "end": instant()}), required=True
            ),
            "expires_at": instant(),
            "link": Sealed(),
        },
        sample={
            "offer_id": "0198c0de-0000-7000-8000-0000000000f1",
            "kind": "alert",
            "again": False,
            "guardian_id": "g-ana",
            "student_id": "s-0001",
            "staff_id": "t-alvarez",
            "school_id": "org-greenview",
            "modes": ["phone"],
            "slots": [{"n": 1, "start": "2026-10-06T23:00:00+00:00", "end": "2026-10-06T23:20:00+00:00"}],
            "expires_at": "2026-10-05T23:00:00+00:00",
            "link": "https://homeroom.example.org/scheduling/o/token",
        },
        purpose="Slots to choose from, numbered as the guardian replies to them. `again`: the slot chosen was just taken.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.meeting_booked",
        "N A",
        {
            "meeting_id": ident(),
            "offer_id": ident(allow_none=True),
            "kind": word(),
            "guardian_id": ident(),
            "student_id": ident(),
            "staff_id": ident(),
            "school_id": ident(),
            "start": instant(),
            "end": instant(),
            "mode": word(*MODES),
            "sequence": integer(),
            "ics": Sealed(),
            "ics_staff": Sealed(allow_none=True),
            "dial_in": Sealed(allow_none=True),
            "team": fields.List(ident(required=False), load_default=list),
            "source": word(required=False, load_default="answer"),
            "quiet": fields.Bool(load_default=False),
        },
        sample={
            "meeting_id": "0198c0de-0000-7000-8000-0000000000f2",
            "offer_id": "0198c0de-0000-7000-8000-0000000000f1",
            "kind": "alert",
            "guardian_id": "g-ana",
            "student_id": "s-0001",
            "staff_id": "t-alvarez",
            "school_id": "org-greenview",
            "start": "2026-10-06T23:00:00+00:00",
            "end": "2026-10-06T23:20:00+00:00",
            "mode": "phone",
            "sequence": 0,
            "ics": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
            "ics_staff": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
            "dial_in": "+13125550100",
            "team": [],
            "source": "answer",
            "quiet": False,
        },
        purpose="A meeting is fixed; `ics` and `ics_staff` are its iCalendar files (RFC 5545): one reader each. `team`: staff "
        "beside the teacher. `quiet`: whoever decided it (`source`) tells the people itself.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.meeting_cancelled",
        "N A",
        {
            "meeting_id": ident(),
            "guardian_id": ident(),
            "student_id": ident(),
            "staff_id": ident(),
            "school_id": ident(),
            "start": instant(),
            "cancelled_by": word("guardian", "staff"),
            "ics": Sealed(),
            "ics_staff": Sealed(allow_none=True),
            "team": fields.List(ident(required=False), load_default=list),
        },
        sample={
            "meeting_id": "0198c0de-0000-7000-8000-0000000000f2",
            "guardian_id": "g-ana",
            "student_id": "s-0001",
            "staff_id": "t-alvarez",
            "school_id": "org-greenview",
            "start": "2026-10-06T23:00:00+00:00",
            "cancelled_by": "guardian",
            "ics": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
            "ics_staff": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
            "team": [],
        },
        purpose="A meeting will not take place.",
        lane=Lane.URGENT,
    ),
    *(
        event(
            f"scheduling.commitment_{what}",
            "N A",
            {
                "commitment_id": ident(),
                "owner_id": ident(),
                "owner_kind": word("staff", "guardian"),
                "student_id": ident(),
                "guardian_id": ident(),
                "school_id": ident(),
                "due_on": day(),
                "text": Sealed(),
            },
            sample={
                "commitment_id": "0198c0de-0000-7000-8000-0000000000b9",
                "owner_id": "t-okafor",
                "owner_kind": "staff",
                "student_id": "s-0100",
                "guardian_id": "g-halima",
                "school_id": "org-northgate",
                "due_on": "2026-10-02",
                "text": "extra practice sheet for Amina",
            },
            purpose=purpose,
        )
        for what, purpose in (
            ("made", "Somebody has promised something by a day."),
            ("due", "The promise is due tomorrow: its owner is reminded."),
            ("kept", "The promise was kept: the other side is told."),
            ("missed", "The day has passed: shown to its owner and in the school's promise rate."),
        )
    ),
]
