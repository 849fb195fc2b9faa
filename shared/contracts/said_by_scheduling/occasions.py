"""Family Fridays, workshops and what a day clashes with."""

from __future__ import annotations

from typing import Any

from marshmallow import fields

from shared.contracts.base import Lane, Sealed, day, event, flag, ident, idents, instant, integer, word

KINDS = ("family_friday", "workshop", "volunteering", "celebration")
VIA = ("link", "poster", "paper", "online")

_OCCASION = "0198c0de-0000-7000-8000-0000000000d7"


def _homes() -> dict[str, fields.Field[Any]]:
    """Guardians, each with the children that it concerns, in step."""
    return {"guardian_ids": idents(), "student_ids": fields.List(fields.List(fields.Str()), required=True)}


EVENTS = [
    event(
        "scheduling.event_scheduled",
        "A",
        {
            "occasion_id": ident(),
            "school_id": ident(),
            "kind": word(*KINDS),
            "state": word("scheduled", "moved", "cancelled"),
            "start": instant(),
            "end": instant(),
            "online": flag(),
            "moved_from": day(allow_none=True),
        },
        sample={
            "occasion_id": _OCCASION,
            "school_id": "org-greenview",
            "kind": "family_friday",
            "state": "scheduled",
            "start": "2026-10-02T13:00:00+00:00",
            "end": "2026-10-02T14:00:00+00:00",
            "online": True,
            "moved_from": None,
        },
        purpose="An occasion for families is fixed, has moved, or will not be.",
    ),
    event(
        "scheduling.event_invited",
        "N",
        {
            "occasion_id": ident(),
            "school_id": ident(),
            "kind": word(*KINDS),
            "change": word("invited", "moved", "cancelled"),
            "start": instant(),
            "end": instant(),
            "online": flag(),
            "words": Sealed(fields.List(fields.Str())),
            **_homes(),
            "links": Sealed(fields.List(fields.Str())),
        },
        sample={
            "occasion_id": _OCCASION,
            "school_id": "org-greenview",
            "kind": "workshop",
            "change": "invited",
            "start": "2026-10-14T23:00:00+00:00",
            "end": "2026-10-15T00:00:00+00:00",
            "online": False,
            "words": ["Helping with homework", "Library"],
            "guardian_ids": ["g-ana"],
            "student_ids": [["s-0001", "s-0002"]],
            "links": ["https://homeroom.example.org/scheduling/e/token"],
        },
        purpose="These guardians, who read one language, are told of an occasion. `words`: its title and place in that language; "
        "guardians, children and links in step.",
        lane=Lane.BULK,
    ),
    event(
        "scheduling.event_attended",
        "N A",
        {
            "occasion_id": ident(),
            "school_id": ident(),
            "kind": word(*KINDS),
            "guardian_id": ident(),
            "student_ids": idents(),
            "via": word(*VIA),
            "first_time": flag(),
        },
        sample={
            "occasion_id": _OCCASION,
            "school_id": "org-greenview",
            "kind": "family_friday",
            "guardian_id": "g-ana",
            "student_ids": ["s-0001", "s-0002"],
            "via": "poster",
            "first_time": True,
        },
        purpose="A guardian came.",
    ),
    event(
        "scheduling.event_thanked",
        "N",
        {"occasion_id": ident(), "school_id": ident(), "kind": word(*KINDS), **_homes()},
        sample={
            "occasion_id": _OCCASION,
            "school_id": "org-greenview",
            "kind": "volunteering",
            "guardian_ids": ["g-ana"],
            "student_ids": [["s-0001"]],
        },
        purpose="It is over: who came is thanked.",
        lane=Lane.BULK,
    ),
    event(
        "scheduling.clash_detected",
        "A",
        {
            "school_id": ident(),
            "occasion_id": ident(),
            "observance": word(),
            "on": day(),
            "estimated": flag(),
            "families": integer(allow_none=True),
        },
        sample={
            "school_id": "org-greenview",
            "occasion_id": _OCCASION,
            "observance": "diwali",
            "on": "2026-11-08",
            "estimated": True,
            "families": 14,
        },
        purpose="An occasion was published on a day that families asked to keep free. `families`: null for a small group.",
    ),
    event(
        "scheduling.greeting_due",
        "N",
        {
            "staff_id": ident(),
            "school_id": ident(),
            "observance": word(),
            "on": day(),
            "families": integer(allow_none=True),
        },
        sample={
            "staff_id": "t-alvarez",
            "school_id": "org-greenview",
            "observance": "diwali",
            "on": "2026-11-08",
            "families": None,
        },
        purpose="Families of this teacher keep a day soon: a word about it would be kind.",
    ),
    event(
        "scheduling.greeting_said",
        "N",
        {"staff_id": ident(), "observance": word(), "on": day()},
        sample={"staff_id": "t-alvarez", "observance": "diwali", "on": "2026-11-08"},
        purpose="The teacher has said the word: it need not stand on a list any more.",
    ),
]
