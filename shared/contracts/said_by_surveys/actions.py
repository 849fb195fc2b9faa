"""Said by surveys: what answers lead to."""

from __future__ import annotations

from shared.contracts.base import Contract, Lane, Sealed, event, flag, ident, idents, instant, integer, word

BARRIERS = (
    "no_internet",
    "night_work",
    "transport",
    "child_care",
    "language",
    "reading",
    "phone_shared",
    "hours",
    "texts_fail",
    "email_fails",
    "meeting_missed",
)

EVENTS: list[Contract] = [
    event(
        "surveys.barrier_identified",
        "N A",
        {
            "guardian_id": ident(),
            "barrier": word(*BARRIERS),
            "active": flag(),
            "version": integer(),
            "source": word("answer", "guardian", "delivery_failed", "meeting_missed", "reply", "meeting_held"),
            "since": instant(),
        },
        sample={
            "guardian_id": "g-lan",
            "barrier": "no_internet",
            "active": True,
            "version": 1,
            "source": "answer",
            "since": "2026-09-03T21:00:00+00:00",
        },
        purpose="A circumstance stands between school and home: heard, said no more.",
    ),
    event(
        "surveys.barrier_identified",
        "N A",
        {
            "guardian_id": ident(),
            "barrier": Sealed(word(*BARRIERS)),
            "active": flag(),
            "version": integer(),
            "source": word("answer", "guardian", "delivery_failed", "meeting_missed", "reply", "meeting_held"),
            "since": instant(),
        },
        sample={
            "guardian_id": "g-lan",
            "barrier": "no_internet",
            "active": True,
            "version": 1,
            "source": "answer",
            "since": "2026-09-03T21:00:00+00:00",
        },
        purpose="A circumstance stands between school and home, or no longer does; which one is nobody's on the way. The way "
        "around it comes with surveys.preference_changed.",
        version=2,
    ),
    event(
        "surveys.words_spoken",
        "N",
        {
            "listen_id": ident(),
            "guardian_id": ident(),
            "student_id": ident(),
            "school_id": ident(),
            "role": word(),
            "page": Sealed(),
            "due_at": instant(),
        },
        sample={
            "listen_id": "0198c0de-0000-7000-8000-0000000000d9",
            "guardian_id": "g-meera",
            "student_id": "s-0002",
            "school_id": "org-greenview",
            "role": "counselor",
            "page": "https://homeroom.example.org/surveys/assignments/0198c0de/script",
            "due_at": "2026-09-03T21:00:00+00:00",
        },
        purpose="A guardian has answered aloud on the telephone: the safeguarding lead listens first, before anybody else.",
    ),
    event(
        "surveys.own_page_asked",
        "N",
        {
            "guardian_id": ident(),
            "student_ids": idents(),
            "school_id": ident(),
            "language": word(),
            "text": Sealed(),
        },
        sample={
            "guardian_id": "g-ana",
            "student_ids": ["s-0001"],
            "school_id": "org-greenview",
            "language": "es",
            "text": "Greenview: su propia página: https://homeroom.example.org/surveys/preferences/token",
        },
        purpose="Somebody who holds a survey's link wants the guardian's own page: its link goes to where the guardian is "
        "written to, and nowhere else. The text is final.",
        lane=Lane.URGENT,
    ),
    event(
        "surveys.insight_shared",
        "N",
        {
            "insight_id": ident(),
            "guardian_id": ident(),
            "student_id": ident(),
            "school_id": ident(),
            "category": word(),
            "language": word(),
            "text": Sealed(),
        },
        sample={
            "insight_id": "0198c0de-0000-7000-8000-0000000000f6",
            "guardian_id": "g-meera",
            "student_id": "s-0002",
            "school_id": "org-greenview",
            "category": "home",
            "language": "gu",
            "text": "તેણે ભાઈને વાર્તા વાંચી સંભળાવી",
        },
        purpose="What home sees in a child, in the family's words: a strength from home.",
    ),
    event(
        "surveys.safeguarding_raised",
        "N A",
        {
            "concern_id": ident(),
            "guardian_id": ident(),
            "student_id": ident(),
            "school_id": ident(),
            "role": word(),
            "language": word(),
            "text": Sealed(),
            "due_at": instant(),
        },
        sample={
            "concern_id": "0198c0de-0000-7000-8000-0000000000c9",
            "guardian_id": "g-meera",
            "student_id": "s-0002",
            "school_id": "org-greenview",
            "role": "counselor",
            "language": "es",
            "text": "Tiene miedo de volver a casa.",
            "due_at": "2026-09-03T21:00:00+00:00",
        },
        purpose="Words that may tell of a child in danger: for the school's safeguarding lead alone, at once.",
        lane=Lane.URGENT,
    ),
]
