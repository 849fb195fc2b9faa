"""Said by surveys: questions decided together, and the pulse."""

from __future__ import annotations

from marshmallow import fields

from shared.contracts.base import (
    Contract,
    Lane,
    Sealed,
    event,
    flag,
    ident,
    idents,
    instant,
    integer,
    number,
    word,
    words,
)

_POLL = {
    "poll_id": "0198c0de-0000-7000-8000-000000000046",
    "school_id": "org-greenview",
}

EVENTS: list[Contract] = [
    event(
        "surveys.words_written",
        "T",
        {
            "text_id": ident(),
            "source_language": word(),
            "targets": words(),
            "text": Sealed(),
            "protected": Sealed(fields.List(fields.Str())),
        },
        sample={
            "text_id": "0198c0de-0000-7000-8000-000000000047",
            "source_language": "en",
            "targets": ["vi"],
            "text": "Where shall the class go in May?",
            "protected": [],
        },
        purpose="A question or a choice that staff have written, to be read in these languages; the answer is "
        "translation.text_translated.",
        lane=Lane.URGENT,
    ),
    event(
        "surveys.poll_opened",
        "A",
        {
            "poll_id": ident(),
            "school_id": ident(),
            "class_id": word(allow_none=True),
            "method": word("plurality", "approval", "ranked"),
            "options": integer(),
            "quorum": integer(),
            "closes_at": instant(),
            "opened_by": ident(),
        },
        sample={
            **_POLL,
            "class_id": None,
            "method": "plurality",
            "options": 3,
            "quorum": 30,
            "closes_at": "2026-10-02T22:00:00+00:00",
            "opened_by": "t-alvarez",
        },
        purpose="Families are asked to decide something together.",
    ),
    event(
        "surveys.poll_closed",
        "N A",
        {
            "poll_id": ident(),
            "school_id": ident(),
            "opened_by": ident(),
            "asked": integer(),
            "answered": integer(allow_none=True),
            "response_rate": number(allow_none=True),
            "quorum_met": flag(),
            "leading": words(),
            "counts_by_language": fields.List(fields.Dict(), required=True),
        },
        sample={
            **_POLL,
            "opened_by": "t-alvarez",
            "asked": 41,
            "answered": 30,
            "response_rate": 0.73,
            "quorum_met": True,
            "leading": ["farm"],
            "counts_by_language": [{"language": "es", "answered": 12, "counts": {"museum": None, "farm": None, "river": None}}],
        },
        purpose="A poll has closed; small groups are hidden (null). Nobody's own vote is anywhere in it.",
    ),
    event(
        "surveys.poll_decided",
        "N A",
        {
            "poll_id": ident(),
            "school_id": ident(),
            "decided_by": ident(),
            "guardian_ids": idents(),
            "student_ids": fields.List(idents(), required=True),
            "language": word(),
            "text": Sealed(),
        },
        sample={
            **_POLL,
            "decided_by": "t-alvarez",
            "guardian_ids": ["g-ana"],
            "student_ids": [["s-0001"]],
            "language": "en",
            "text": "You said: the farm. We will go to the farm, because most of you chose it.",
        },
        purpose="You said, we did, because: told to everybody who was asked, a page of guardians at a time.",
        lane=Lane.BULK,
    ),
    event(
        "surveys.pulse_scored",
        "N A",
        {
            "school_id": ident(),
            "campaign_id": ident(),
            "term": word(),
            "item": ident(),
            "mean": number(allow_none=True),
            "margin": number(allow_none=True),
            "n": integer(allow_none=True),
            "invited": integer(),
            "suppressed": flag(),
            "ranked": fields.List(fields.Dict(), required=True),
        },
        sample={
            "school_id": "org-greenview",
            "campaign_id": "0198c0de-0000-7000-8000-000000000049",
            "term": "t1",
            "item": "welcome",
            "mean": 4.1,
            "margin": 0.3,
            "n": 120,
            "invited": 300,
            "suppressed": False,
            "ranked": [],
        },
        purpose="One item of a school's pulse: its mean with the margin of a finite group, or the needs in their order. "
        "Hidden where fewer than ten homes answered.",
    ),
]
