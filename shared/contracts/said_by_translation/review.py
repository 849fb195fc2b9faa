"""Said by translation: what a person must look at, and what they made of it."""

from __future__ import annotations

from shared.contracts.base import Contract, Sealed, event, flag, ident, idents, instant, integer, word, words

TIERS = ("none", "routine", "sensitive", "essential")
GROUNDS = ("essential", "sensitive", "untranslated", "reply", "asked", "corrected")
DECISIONS = ("approved", "edited", "withdrawn")

EVENTS: list[Contract] = [
    event(
        "translation.review_requested",
        "N A",
        {
            "text_id": ident(),
            "content_version": integer(),
            "target": word(),
            "risk": word(*TIERS),
            "ground": word(*GROUNDS),
            "topics": words(),
            "waits": flag(),
            "round": integer(),
            "opened_at": instant(),
            "warn_at": instant(),
            "due_at": instant(),
            "readers": idents(),
            "asked_by": ident(allow_none=True),
            "notice_phone": word(allow_none=True),
        },
        sample={
            "text_id": "0198c0de-0000-7000-8000-000000000001",
            "content_version": 1,
            "target": "so",
            "risk": "essential",
            "ground": "essential",
            "topics": ["discipline"],
            "waits": True,
            "round": 1,
            "opened_at": "2026-09-29T15:00:00+00:00",
            "warn_at": "2026-09-30T11:00:00+00:00",
            "due_at": "2026-09-30T15:00:00+00:00",
            "readers": ["i-abdi"],
            "asked_by": None,
            "notice_phone": "+18005550100",
        },
        purpose="A person is to read this text in this language. `waits`: nothing goes out in it before they have. "
        "`readers`: who may; none: nobody here can. `notice_phone`: families may be told meanwhile, with the interpreter's number.",
    ),
    event(
        "translation.review_completed",
        "N A",
        {
            "text_id": ident(),
            "content_version": integer(),
            "target": word(),
            "risk": word(*TIERS),
            "ground": word(*GROUNDS),
            "waited": flag(),
            "round": integer(),
            "reviewer_id": ident(),
            "decision": word(*DECISIONS),
            "edited": flag(),
            "asked_by": idents(),
            "completed_at": instant(),
            "text": Sealed(allow_none=True),
        },
        sample={
            "text_id": "0198c0de-0000-7000-8000-000000000001",
            "content_version": 1,
            "target": "so",
            "risk": "essential",
            "ground": "essential",
            "waited": True,
            "round": 1,
            "reviewer_id": "i-abdi",
            "decision": "edited",
            "edited": True,
            "asked_by": [],
            "completed_at": "2026-09-29T17:20:00+00:00",
            "text": "Riya waxaa laga joojiyay iskuulka hal maalin.",
        },
        purpose="A person has read it. `edited`: what had gone out, if anything had, was another text; `text` is the right one. "
        "`asked_by`: guardians who had asked for a person. "
        "`withdrawn`: it goes to nobody in this language; a person calls instead.",
    ),
]
