"""What is said back to a calendar program, and other times that families propose from theirs."""

from __future__ import annotations

from shared.contracts.base import Contract, Lane, Sealed, event, ident, instant, word

_MEETING = {
    "meeting_id": ident(),
    "guardian_id": ident(),
    "student_id": ident(),
    "staff_id": ident(),
    "school_id": ident(),
}
_SAMPLE = {
    "meeting_id": "0198c0de-0000-7000-8000-0000000000f2",
    "guardian_id": "g-ana",
    "student_id": "s-0001",
    "staff_id": "t-alvarez",
    "school_id": "org-greenview",
}

EVENTS: list[Contract] = [
    event(
        "scheduling.calendar_answered",
        "N",
        {
            **_MEETING,
            "reader": word("guardian", "staff"),
            "method": word("REQUEST", "CANCEL", "DECLINECOUNTER"),
            "start": instant(),
            "ics": Sealed(),
        },
        sample={
            **_SAMPLE,
            "reader": "guardian",
            "method": "DECLINECOUNTER",
            "start": "2026-10-06T23:00:00+00:00",
            "ics": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n",
        },
        purpose="The meeting as it stands (`start`), to the one reader whose calendar asked, or whose proposal cannot be.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.time_proposed",
        "N",
        {**_MEETING, "counter_id": ident(), "start": instant(), "instead_of": instant()},
        sample={
            **_SAMPLE,
            "counter_id": "0198c0de-0000-7000-8000-0000000000f3",
            "start": "2026-10-07T22:00:00+00:00",
            "instead_of": "2026-10-06T23:00:00+00:00",
        },
        purpose="A family's calendar proposes another time; it waits on the teacher's page.",
        lane=Lane.URGENT,
    ),
]
