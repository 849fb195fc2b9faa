"""Interpreters and other resources of a meeting; that it was held, or that somebody did not come; places in a pool."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from shared.contracts.base import Contract, Lane, Sealed, event, ident, idents, instant, integer, word

MODES = ("phone", "video", "in_person")
_MEETING = {
    "meeting_id": "0198c0de-0000-7000-8000-0000000000f2",
    "student_id": "s-0100",
    "staff_id": "t-okafor",
    "school_id": "org-northgate",
}
_HOME = {**_MEETING, "guardian_id": "g-halima"}
_WHEN = {"start": "2026-10-06T22:30:00+00:00", "end": "2026-10-06T23:00:00+00:00"}


def _meeting(*, home: bool = True) -> dict[str, fields.Field[Any]]:
    names = ("meeting_id", "student_id", "staff_id", "school_id", *(("guardian_id",) if home else ()))
    return {name: ident() for name in names}


EVENTS: list[Contract] = [
    event(
        "scheduling.interpreter_requested",
        "N",
        {
            **_meeting(home=False),
            "language": word(),
            "start": instant(),
            "end": instant(),
            "mode": word(*MODES),
            "candidates": idents(),
            "links": Sealed(fields.List(fields.Str())),
        },
        sample={
            **_MEETING,
            **_WHEN,
            "language": "so",
            "mode": "video",
            "candidates": ["i-abdi"],
            "links": ["https://homeroom.example.org/scheduling/i/token"],
        },
        purpose="Who interprets this language is asked, each by an own link; the first to accept has it. No family is named.",
    ),
    event(
        "scheduling.interpreter_assigned",
        "N",
        {
            **_meeting(),
            "interpreter_id": ident(),
            "language": word(),
            "start": instant(),
            "end": instant(),
            "mode": word(*MODES),
            "dial_in": Sealed(allow_none=True),
        },
        sample={**_HOME, **_WHEN, "interpreter_id": "i-abdi", "language": "so", "mode": "video", "dial_in": None},
        purpose="An interpreter will be there; nobody else can book that time of theirs. Said again when the time has changed.",
    ),
    event(
        "scheduling.interpreter_released",
        "N",
        {"meeting_id": ident(), "school_id": ident(), "interpreter_id": ident(), "language": word(), "start": instant()},
        sample={
            "meeting_id": _MEETING["meeting_id"],
            "school_id": "org-northgate",
            "interpreter_id": "i-abdi",
            "language": "so",
            "start": _WHEN["start"],
        },
        purpose="The meeting is off or was moved: the interpreter's time is free again.",
        lane=Lane.URGENT,
    ),
    event(
        "scheduling.interpreter_unfilled",
        "N",
        {
            **_meeting(),
            "language": word(),
            "start": instant(),
            "fallback": word("phone", "rebook"),
            "link": Sealed(),
        },
        sample={
            **_HOME,
            "language": "so",
            "start": _WHEN["start"],
            "fallback": "rebook",
            "link": "https://homeroom.example.org/scheduling/m/token",
        },
        purpose="Nobody was found in time: an interpreter joins by telephone, or both sides may choose another time.",
    ),
    event(
        "scheduling.meeting_held",
        "N V A",
        {**_meeting(), "kind": word(), "mode": word(*MODES), "minutes": integer(allow_none=True), "at": instant()},
        sample={**_HOME, "kind": "alert", "mode": "video", "minutes": 25, "at": _WHEN["start"]},
        purpose="A meeting took place: a live, personal contact with this home.",
    ),
    event(
        "scheduling.meeting_missed",
        "N V A",
        {**_meeting(), "kind": word(), "who": word("guardian", "staff", "both"), "at": instant(), "link": Sealed(allow_none=True)},
        sample={**_HOME, "kind": "alert", "who": "guardian", "at": _WHEN["start"], "link": None},
        purpose="Somebody did not come; `link` leads the family to other times.",
    ),
    event(
        "scheduling.place_changed",
        "N",
        {
            "sign_up_id": ident(),
            "pool_id": ident(),
            "guardian_id": ident(),
            "student_id": ident(),
            "school_id": ident(),
            "state": word("seated", "waiting", "offered", "lapsed", "left"),
            "start": instant(),
            "until": instant(allow_none=True),
            "link": Sealed(allow_none=True),
        },
        sample={
            "sign_up_id": "0198c0de-0000-7000-8000-0000000000e1",
            "pool_id": "0198c0de-0000-7000-8000-0000000000e0",
            "guardian_id": "g-ana",
            "student_id": "s-0001",
            "school_id": "org-greenview",
            "state": "offered",
            "start": _WHEN["start"],
            "until": "2026-10-05T22:30:00+00:00",
            "link": "https://homeroom.example.org/scheduling/p/token",
        },
        purpose="A family has a place, waits for one, or is offered the place that somebody gave back, until a time.",
    ),
]
