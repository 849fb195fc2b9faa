"""Occasions as families and teachers hear of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.notifications.handlers import occasions
from services.notifications.tables import CONTACT, DELIVERY, MESSAGE, TASK

START = datetime(2026, 10, 2, 13, 0, tzinfo=UTC)


def invited(district: Any, **changed: Any) -> Any:
    data = {
        "occasion_id": "o-1", "school_id": "greenview", "kind": "workshop", "change": "invited", "start": START,
        "end": START + timedelta(hours=1), "online": False, "words": ["Helping with homework", "Library"],
        "guardian_ids": ["g-ana"], "student_ids": [["s-mateo"]], "links": ["https://h.example/scheduling/e/token"],
    }  # fmt: skip
    return district.event("scheduling.event_invited", **(data | changed))


@pytest.mark.parametrize(
    ("kind", "change", "key"),
    [
        ("family_friday", "invited", "occasion.invited.family_friday"),
        ("family_friday", "moved", "occasion.moved.family_friday"),
        ("workshop", "invited", "occasion.invited.workshop"),
        ("volunteering", "moved", "occasion.moved"),
        ("celebration", "cancelled", "occasion.cancelled"),
    ],
)
def test_each_kind_has_words_of_its_own(district, kind, change, key):
    district.hear(occasions.heard, invited(district, kind=kind, change=change))
    (message,) = district.rows(MESSAGE)
    assert message["catalogue_key"] == key


def test_each_home_has_its_own_link(district):
    district.hear(
        occasions.heard,
        invited(district, guardian_ids=["g-ana", "g-daniel"], student_ids=[["s-mateo"], ["s-mateo"]], links=["https://h/a", "https://h/m"]),
    )
    links = {row["recipient_id"]: row["params"]["link"] for row in district.rows(DELIVERY)}
    assert links == {"g-ana": "https://h/a", "g-daniel": "https://h/m"}


def test_who_came_has_been_met(district):
    came = district.event(
        "scheduling.event_attended", occasion_id="o-1", school_id="greenview", kind="family_friday", guardian_id="g-ana",
        student_ids=["s-mateo"], via="poster", first_time=True,
    )  # fmt: skip
    district.hear(occasions.heard, came, came)
    (contact,) = district.rows(CONTACT)
    assert (contact["live"], contact["personal"], contact["mode"]) == (True, False, "in_person")


def test_a_teacher_is_reminded_once(district):
    due = district.event(
        "scheduling.greeting_due", staff_id="t-alvarez", school_id="greenview", observance="diwali", on=START.date(), families=None
    )
    district.hear(occasions.heard, due, due)
    assert [row["kind"] for row in district.rows(TASK)] == ["greeting_diwali"]
    other = district.event("scheduling.greeting_said", staff_id="t-lee", observance="diwali", on=START.date())
    district.hear(occasions.heard, other)
    assert [row["closed_at"] for row in district.rows(TASK)] == [None], "a colleague's word is the colleague's"
    district.hear(occasions.heard, district.event("scheduling.greeting_said", staff_id="t-alvarez", observance="diwali", on=START.date()))
    assert [row["closed_at"] for row in district.rows(TASK)] != [None]
