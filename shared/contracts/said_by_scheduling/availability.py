"""Said by scheduling: who came by in office hours."""

from __future__ import annotations

from shared.contracts.base import event, ident, instant

EVENTS = [
    event(
        "scheduling.walk_in_logged",
        "N",
        {
            "walk_in_id": ident(),
            "staff_id": ident(),
            "student_id": ident(),
            "guardian_id": ident(),
            "school_id": ident(),
            "at": instant(),
        },
        sample={
            "walk_in_id": "0198c0de-0000-7000-8000-0000000000a7",
            "staff_id": "t-alvarez",
            "student_id": "s-0001",
            "guardian_id": "g-meera",
            "school_id": "org-greenview",
            "at": "2026-10-07T20:40:00+00:00",
        },
        purpose="A family came by without an appointment and was heard: a live contact.",
    ),
]
