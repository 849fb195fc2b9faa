"""Conference rounds: who is asked, who has not answered, what each home's evenings look like."""

from __future__ import annotations

from marshmallow import fields

from shared.contracts.base import Lane, Sealed, day, event, ident, idents, instant, integer, word

CHANGES = ("published", "moved", "called_off", "place_free")

_ROUND = "0198c0de-0000-7000-8000-0000000000e1"

EVENTS = [
    event(
        "scheduling.round_invited",
        "N",
        {
            "round_id": ident(),
            "guardian_id": ident(),
            "student_ids": idents(),
            "school_id": ident(),
            "first_on": day(),
            "last_on": day(),
            "answer_by": instant(),
            "link": Sealed(),
        },
        sample={
            "round_id": _ROUND,
            "guardian_id": "g-ana",
            "student_ids": ["s-0001", "s-0002"],
            "school_id": "org-greenview",
            "first_on": "2026-10-26",
            "last_on": "2026-10-30",
            "answer_by": "2026-10-19T22:00:00+00:00",
            "link": "https://homeroom.example.org/scheduling/r/token",
        },
        purpose="A home is asked whom it would like to meet in a conference round, and when it can come.",
    ),
    event(
        "scheduling.round_call_due",
        "N",
        {"round_id": ident(), "guardian_id": ident(), "student_ids": idents(), "school_id": ident(), "answer_by": instant()},
        sample={
            "round_id": _ROUND,
            "guardian_id": "g-halima",
            "student_ids": ["s-0100"],
            "school_id": "org-greenview",
            "answer_by": "2026-10-19T22:00:00+00:00",
        },
        purpose="A home has not answered a round's invitation: somebody calls.",
    ),
    event(
        "scheduling.round_call_done",
        "N",
        {"round_id": ident(), "guardian_id": ident()},
        sample={"round_id": _ROUND, "guardian_id": "g-halima"},
        purpose="The home has answered after all: nobody needs to call.",
    ),
    event(
        "scheduling.round_told",
        "N A",
        {
            "round_id": ident(),
            "version": integer(),
            "guardian_id": ident(),
            "student_ids": idents(),
            "school_id": ident(),
            "change": word(*CHANGES),
            "meetings": fields.List(
                fields.Nested({"staff_id": ident(), "student_ids": idents(), "start": instant(), "end": instant()}),
                required=True,
            ),
            "unmet": integer(),
            "link": Sealed(),
        },
        sample={
            "round_id": _ROUND,
            "version": 1,
            "guardian_id": "g-ana",
            "student_ids": ["s-0001", "s-0002"],
            "school_id": "org-greenview",
            "change": "published",
            "meetings": [
                {
                    "staff_id": "t-alvarez",
                    "student_ids": ["s-0001"],
                    "start": "2026-10-26T22:00:00+00:00",
                    "end": "2026-10-26T22:10:00+00:00",
                }
            ],
            "unmet": 1,
            "link": "https://homeroom.example.org/scheduling/r/token",
        },
        purpose="One home's whole itinerary of a round, new or changed: one message, never one per meeting.",
        lane=Lane.NORMAL,
    ),
    event(
        "scheduling.round_list_ready",
        "N",
        {
            "round_id": ident(),
            "version": integer(),
            "staff_id": ident(),
            "school_id": ident(),
            "meetings": integer(),
            "first_on": day(),
            "link": Sealed(),
        },
        sample={
            "round_id": _ROUND,
            "version": 1,
            "staff_id": "t-alvarez",
            "school_id": "org-greenview",
            "meetings": 14,
            "first_on": "2026-10-26",
            "link": "https://homeroom.example.org/scheduling/my-rounds/0198c0de",
        },
        purpose="A teacher's list of a round is fixed, or another one than before: one message, the list behind the sign-in.",
    ),
    event(
        "scheduling.round_published",
        "A",
        {
            "round_id": ident(),
            "school_id": ident(),
            "plan_id": ident(),
            "published_by": ident(),
            "change": word("published", "repaired", "moved"),
            "meetings": integer(),
            "homes_told": integer(),
        },
        sample={
            "round_id": _ROUND,
            "school_id": "org-greenview",
            "plan_id": "0198c0de-0000-7000-8000-0000000000e2",
            "published_by": "o-reyes",
            "change": "published",
            "meetings": 612,
            "homes_told": 298,
        },
        purpose="A round's plan was published, repaired or moved, and by whom.",
    ),
]
