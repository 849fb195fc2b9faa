"""What families, teachers and interpreters hear of bookings: each what is theirs, nobody anything of another home."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from services.notifications.handlers import interpreters, meetings, places
from services.notifications.tables import OPEN_QUESTION

START, END = datetime(2026, 10, 6, 23, 0, tzinfo=UTC), datetime(2026, 10, 6, 23, 30, tzinfo=UTC)
MEETING = {"meeting_id": "m-1", "student_id": "s-mateo", "staff_id": "t-alvarez", "school_id": "greenview"}
HOME = {**MEETING, "guardian_id": "g-ana"}


def hear(district, handler, type_, **data):
    district.hear(handler, district.event(f"scheduling.{type_}", **data))
    district.settle()


def mails(district, person):
    return [mail.body for mail in district.email.to(f"{person}@school.example.org")]


def place(district, state, **changes):
    data = {"sign_up_id": "p-1", "pool_id": "pool", "guardian_id": "g-ana", "student_id": "s-mateo", "school_id": "greenview"}
    until = datetime(2026, 10, 2, 20, 0, tzinfo=UTC) if state == "offered" else None
    given = {**data, "state": state, "start": START, "until": until, "link": "https://h/p/t", **changes}
    hear(district, places.place_changed, "place_changed", **given)


def test_who_interprets_is_asked_by_mail_and_no_family_is_named(district):
    asked = {"language": "es", "start": START, "end": END, "mode": "phone", "candidates": ["t-okafor"], "links": ["https://h/i/x"]}
    hear(district, interpreters.interpreter_requested, "interpreter_requested", **MEETING, **asked)
    [body] = mails(district, "t-okafor")
    assert "interpreter.request" in body or "interpreter is needed" in body
    assert "https://h/i/x" in body and "Ana" not in body and "Mateo" not in body
    assert district.sms.took == []


def test_interpreter_teacher_and_family_hear_that_somebody_will_be_there(district):
    given = {"interpreter_id": "t-okafor", "language": "es", "start": START, "end": END, "mode": "phone", "dial_in": None}
    hear(district, interpreters.interpreter_assigned, "interpreter_assigned", **HOME, **given)
    assert len(mails(district, "t-okafor")) == len(mails(district, "t-alvarez")) == len(district.sms.took) == 1
    assert "Mateo" not in mails(district, "t-okafor")[0], "the interpreter needs the hour, not the child's name in a mail"
    assert district.email.to("daniel@example.org") == [], "the other home has no part in it"


def test_an_interpreter_whose_meeting_is_off_is_told(district):
    data = {"meeting_id": "m-1", "school_id": "greenview", "interpreter_id": "t-okafor", "language": "es", "start": START}
    hear(district, interpreters.interpreter_released, "interpreter_released", **data)
    assert len(mails(district, "t-okafor")) == 1


@pytest.mark.parametrize("fallback", ["phone", "rebook"])
def test_where_no_interpreter_was_found_both_sides_hear_it(district, fallback):
    data = {"language": "es", "start": START, "fallback": fallback, "link": "https://h/m/t"}
    hear(district, interpreters.interpreter_unfilled, "interpreter_unfilled", **HOME, **data)
    assert len(mails(district, "t-alvarez")) == 1 and "https://h/m/t" not in mails(district, "t-alvarez")[0]
    assert "https://h/m/t" in district.sms.took[0].body


def test_a_meeting_that_took_place_is_a_live_contact(district):
    hear(district, meetings.meeting_held, "meeting_held", **HOME, kind="alert", mode="phone", minutes=20, at=START)
    [logged] = district.told("contact_logged")
    assert (logged["guardian_id"], logged["live"], logged["personal"], logged["mode"]) == ("g-ana", True, True, "phone")


def test_a_family_that_came_in_vain_hears_that_we_are_sorry_and_one_that_could_not_come_hears_no_blame(district):
    missed = {"kind": "alert", "at": START, "link": "https://h/m/t"}
    hear(district, meetings.meeting_missed, "meeting_missed", **HOME, **missed, who="guardian")
    assert district.sms.took == []
    hear(district, meetings.meeting_missed, "meeting_missed", **HOME, **missed, who="staff")
    assert len(district.sms.took) == 1 and "https://h/m/t" in district.sms.took[0].body


def test_who_takes_part_beside_the_teacher_is_told(district):
    given = {
        "offer_id": None, "kind": "asked", "start": START, "end": END, "mode": "phone", "sequence": 0, "dial_in": None,
        "ics": "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "team": ["t-okafor"],
    }  # fmt: skip
    hear(district, meetings.meeting_booked, "meeting_booked", **HOME, **given)
    assert len(mails(district, "t-okafor")) == len(mails(district, "t-alvarez")) == len(district.sms.took) == 1


def test_an_offered_place_opens_a_question_that_closes_when_it_is_taken(district):
    place(district, "offered")
    assert [(row["kind"], row["ref"]) for row in district.rows(OPEN_QUESTION)] == [("place_offer", "p-1")]
    assert "https://h/p/t" in district.sms.took[0].body
    place(district, "seated")
    assert district.rows(OPEN_QUESTION) == []


@pytest.mark.parametrize(("state", "told"), [("seated", 1), ("waiting", 1), ("lapsed", 1), ("left", 0)])
def test_of_a_place_a_family_hears_what_it_does_not_know_yet(district, state, told):
    place(district, state)
    assert len(district.sms.took) == told
