"""What families' calendar programs answer: heard from whoever was invited, and from nobody else; nothing twice, nothing stale."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import icalendar
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.calendars.component import Unreadable
from services.scheduling.calendars.itip import Ask, Partstat, read
from services.scheduling.handlers import booking, calendars_answers, roster
from services.scheduling.tables import MEETING
from services.scheduling.tables.calendars import CALENDAR_ANSWER, COUNTER
from shared.messaging.envelope import Event
from tests.unit.services.scheduling.scene import NOW, World, alert, restriction, said

ANA, TEACHER = "g-ana@example.org", "t-alvarez@riverside.example.org"


@pytest.fixture
def meeting(world: World) -> str:
    world.alert(alert())
    offer_id = world.offer_of("g-ana").data["offer_id"]
    with world.unit() as uow:
        answer = booking.Answer("k", offer_id, 1, "g-ana", uow.now)
        ref = booking.book(uow, world.ports, [answer])["k"].ref
    assert ref is not None
    return ref


def file(
    meeting_id: str,
    method: str = "REPLY",
    *,
    by: str = ANA,
    said_: str = "ACCEPTED",
    sequence: int = 0,
    at: datetime = NOW,
    more: str = "",
) -> str:
    return (
        f"BEGIN:VCALENDAR\r\nPRODID:-//Google Inc//EN\r\nVERSION:2.0\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\n"
        f"UID:{meeting_id}@riverside.homeroom\r\nSEQUENCE:{sequence}\r\nDTSTAMP:{at:%Y%m%dT%H%M%SZ}\r\n{more}"
        f"ATTENDEE;CN=Ana;PARTSTAT={said_}:mailto:{by}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )


def reply(meeting_id: str, ics: str, *, sender: str = ANA) -> Event:
    data = {"mail_id": f"mail-{hash(ics)}", "meeting_id": meeting_id, "received_at": NOW, "sender": sender, "ics": ics}
    return said("notifications.calendar_replied", "notifications", data)


def hear(world: World, *events: Event) -> None:
    with world.unit() as uow:
        calendars_answers.calendar_replied(uow, events)


def proposed(start: datetime, minutes: int = 20) -> str:
    return f"DTSTART:{start:%Y%m%dT%H%M%SZ}\r\nDTEND:{start + timedelta(minutes=minutes):%Y%m%dT%H%M%SZ}\r\n"


def state(world: World) -> list[str]:
    return [row.state for row in world.rows(MEETING)]


def partstats(world: World) -> list[tuple[str, str]]:
    return [(row.reader_kind, row.partstat) for row in world.rows(CALENDAR_ANSWER)]


def test_accepting_is_noted_and_changes_nothing(world: World, meeting: str):
    hear(world, reply(meeting, file(meeting)))
    assert partstats(world) == [("guardian", "accepted")] and state(world) == ["booked"]


def test_declining_calls_the_meeting_off_and_tells_both_sides_once(world: World, meeting: str):
    event = reply(meeting, file(meeting, said_="DECLINED"))
    hear(world, event, event)
    hear(world, event)
    assert state(world) == ["cancelled"]
    [off] = world.events("meeting_cancelled")
    assert off.data["cancelled_by"] == "guardian"


def test_the_later_word_counts_whichever_comes_first(world: World, meeting: str):
    later = reply(meeting, file(meeting, said_="TENTATIVE", at=NOW))
    earlier = reply(meeting, file(meeting, said_="DECLINED", at=NOW - timedelta(minutes=5)))
    hear(world, later)
    hear(world, earlier)
    assert partstats(world) == [("guardian", "tentative")] and state(world) == ["booked"]


@pytest.mark.parametrize(
    "changed",
    [
        {"by": "eve@example.com"},
        {"by": TEACHER},
        {"sequence": -1},
        {"uid": "another"},
        {"method": "CANCEL"},
        {"method": "REQUEST"},
    ],
)
def test_what_nobody_invited_says_counts_for_nothing(world: World, meeting: str, changed: dict[str, Any]):
    with world.unit() as uow:
        start = datetime(2026, 10, 14, 20, 30, tzinfo=UTC)
        booking.move(uow, world.ports, meeting, start=start, end=start + timedelta(minutes=20))
    ics = file(
        changed.get("uid", meeting),
        changed.get("method", "REPLY"),
        by=changed.get("by", ANA),
        said_="DECLINED",
        sequence=1 + changed.get("sequence", 0),
    )
    hear(world, reply(meeting, ics, sender=changed.get("sender", ANA)))
    assert state(world) == ["booked"] and world.rows(CALENDAR_ANSWER) == []


@pytest.mark.parametrize("sender", ["eve@example.com", "g-daniel@example.org"])
def test_what_another_address_answers_is_shown_and_changes_nothing(world: World, meeting: str, sender: str):
    """A family that reads its mail at another address may have meant it: the teacher asks."""
    hear(
        world,
        reply(meeting, file(meeting, said_="DECLINED", by=sender), sender=sender),
        reply(meeting, file(meeting, "COUNTER", more=proposed(NOW + timedelta(days=3))), sender=sender),
        reply(meeting, file(meeting, "REFRESH"), sender=sender),
    )
    assert partstats(world) == [("other", "declined")] and state(world) == ["booked"]
    assert world.events("calendar_answered") == world.events("time_proposed") == world.rows(COUNTER) == []


def test_the_teacher_s_own_declining_is_noted_and_calls_nothing_off(world: World, meeting: str):
    hear(world, reply(meeting, file(meeting, by=TEACHER, said_="DECLINED"), sender=TEACHER))
    assert partstats(world) == [("staff", "declined")] and state(world) == ["booked"]


def test_another_time_waits_for_the_teacher_who_takes_it(world: World, meeting: str):
    wanted = datetime(2026, 10, 15, 22, 0, tzinfo=UTC)
    event = reply(meeting, file(meeting, "COUNTER", more=proposed(wanted)))
    hear(world, event)
    hear(world, event)
    [asked] = world.events("time_proposed")
    assert asked.data["start"] == wanted and [row.start_at for row in world.rows(MEETING)] != [wanted]
    with world.unit() as uow:
        assert calendars_answers.accept(uow, world.ports, "t-okafor", asked.data["counter_id"]) == "gone", (
            "only the meeting's teacher"
        )
        assert calendars_answers.accept(uow, world.ports, "t-alvarez", asked.data["counter_id"]) == "booked"
    [row] = world.rows(MEETING)
    assert (row.start_at, row.sequence) == (wanted, 1)
    [event_] = icalendar.Calendar.from_ical(world.events("meeting_booked")[-1].data["ics"]).walk("VEVENT")
    assert event_["SEQUENCE"] == 1
    with world.unit() as uow:
        assert calendars_answers.accept(uow, world.ports, "t-alvarez", asked.data["counter_id"]) == "gone", "once"


def test_a_proposal_that_is_declined_leaves_the_meeting_and_tells_the_family_s_calendar(world: World, meeting: str):
    hear(world, reply(meeting, file(meeting, "COUNTER", more=proposed(datetime(2026, 10, 15, 22, 0, tzinfo=UTC)))))
    [asked] = world.events("time_proposed")
    before = world.rows(MEETING)
    with world.unit() as uow:
        assert calendars_answers.decline(uow, "t-alvarez", asked.data["counter_id"])
        assert not calendars_answers.decline(uow, "t-alvarez", asked.data["counter_id"])
    [answer] = world.events("calendar_answered")
    calendar = icalendar.Calendar.from_ical(answer.data["ics"])
    assert (calendar["METHOD"], answer.data["reader"]) == ("DECLINECOUNTER", "guardian")
    assert calendar.walk("VEVENT")[0]["DTSTART"].dt == datetime(2026, 10, 15, 22, 0, tzinfo=UTC)
    assert world.rows(MEETING) == before


def test_a_newer_proposal_takes_the_place_of_the_older(world: World, meeting: str):
    for hour in (20, 22):
        hear(world, reply(meeting, file(meeting, "COUNTER", more=proposed(datetime(2026, 10, 15, hour, tzinfo=UTC)))))
    assert sorted((row.start_at.hour, row.state) for row in world.rows(COUNTER)) == [(20, "replaced"), (22, "open")]


def test_a_time_that_is_past_or_far_too_long_is_declined_at_once(world: World, meeting: str):
    hear(world, reply(meeting, file(meeting, "COUNTER", more=proposed(NOW - timedelta(days=1)))))
    hear(world, reply(meeting, file(meeting, "COUNTER", more=proposed(NOW + timedelta(days=3), 600))))
    assert (
        world.rows(COUNTER) == []
        and [e.data["method"] for e in world.events("calendar_answered")] == ["DECLINECOUNTER"] * 2
    )


def test_a_proposal_for_a_meeting_that_moved_since_is_void(world: World, meeting: str):
    hear(world, reply(meeting, file(meeting, "COUNTER", more=proposed(datetime(2026, 10, 15, 22, 0, tzinfo=UTC)))))
    [asked] = world.events("time_proposed")
    with world.unit() as uow:
        start = datetime(2026, 10, 14, 20, 30, tzinfo=UTC)
        booking.move(uow, world.ports, meeting, start=start, end=start + timedelta(minutes=20))
        assert calendars_answers.accept(uow, world.ports, "t-alvarez", asked.data["counter_id"]) == "gone"


def test_a_time_the_teacher_no_longer_has_is_taken(world: World, meeting: str):
    world.alert(alert("alert-2", "s-riya"))
    offer_id = world.offer_of("g-meera").data["offer_id"]
    with world.unit() as uow:
        answer = booking.Answer("m", offer_id, 2, "g-meera", uow.now)
        assert booking.book(uow, world.ports, [answer])["m"].outcome == "booked"
    theirs = next(row for row in world.rows(MEETING) if row.guardian_id == "g-meera")
    hear(world, reply(meeting, file(meeting, "COUNTER", more=proposed(theirs.start_at))))
    [asked] = world.events("time_proposed")
    with world.unit() as uow:
        assert calendars_answers.accept(uow, world.ports, "t-alvarez", asked.data["counter_id"]) == "taken"
    assert len({row.start_at for row in world.rows(MEETING)}) == 2


def test_a_refresh_is_answered_with_the_meeting_as_it_is_to_the_one_who_asked(world: World, meeting: str):
    hear(world, reply(meeting, file(meeting, "REFRESH")))
    [answer] = world.events("calendar_answered")
    assert (
        answer.data["method"] == "REQUEST"
        and answer.data["reader"] == "guardian"
        and ANA in answer.data["ics"].replace("\r\n ", "")
    )
    with world.unit() as uow:
        booking.cancel(uow, [meeting], by="staff")
    hear(world, reply(meeting, file(meeting, "REFRESH", by=TEACHER), sender=TEACHER))
    assert [(e.data["method"], e.data["reader"]) for e in world.events("calendar_answered")][1:] == [
        ("CANCEL", "staff")
    ]


def test_a_guardian_who_may_not_meet_any_more_is_answered_nothing(world: World, meeting: str):
    with world.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-ana", "s-mateo", date(2026, 9, 1))])
    before = len(world.events())
    hear(
        world,
        reply(meeting, file(meeting, "REFRESH")),
        reply(meeting, file(meeting, "COUNTER", sequence=5, more=proposed(NOW + timedelta(days=9)))),
    )
    assert len(world.events()) == before


def test_garbage_changes_nothing_and_stops_no_other_answer(world: World, meeting: str):
    hear(
        world,
        reply(meeting, "BEGIN:VCALENDAR\r\nMETHOD:REPLY"),
        reply("nobody", file("nobody")),
        reply(meeting, file(meeting)),
    )
    assert partstats(world) == [("guardian", "accepted")]


def test_each_side_has_a_file_of_its_own_with_one_attendee(world: World, meeting: str):
    [event] = world.events("meeting_booked")
    for name, reader in (("ics", ANA), ("ics_staff", TEACHER)):
        [found] = icalendar.Calendar.from_ical(event.data[name]).walk("VEVENT")
        assert str(found["ATTENDEE"]) == f"mailto:{reader}"
    assert "daniel" not in (event.data["ics"] + event.data["ics_staff"]).lower(), "nothing of the other home"


UTC_ZONE = ZoneInfo("UTC")


def test_an_answer_for_several_people_or_about_several_meetings_is_none():
    two = file("m").replace("END:VEVENT", "ATTENDEE:mailto:b@example.org\r\nEND:VEVENT")
    both = file("m").replace("END:VCALENDAR", "BEGIN:VEVENT\r\nUID:x\r\nEND:VEVENT\r\nEND:VCALENDAR")
    for ics in (two, both, file("m", "COUNTER"), file("m", "COUNTER", more="DTSTART;VALUE=DATE:20261010\r\n")):
        with pytest.raises(Unreadable):
            read(ics, home=UTC_ZONE, now=NOW)


def test_a_stamp_from_the_future_is_ours():
    word = read(file("m", at=NOW + timedelta(days=900)), home=UTC_ZONE, now=NOW)
    assert (word.ask, word.partstat, word.stamp, word.attendee) == (Ask.REPLY, Partstat.ACCEPTED, NOW, ANA)


@given(st.text(max_size=120), st.sampled_from(["REPLY", "COUNTER", "REFRESH"]))
def test_no_answer_whatever_is_in_it_makes_the_reader_fall_over(text: str, method: str):
    for ics in (text, file("m", method, more=text + "\r\n"), file("m", method, said_=text), file("m", method, by=text)):
        try:
            read(ics, home=UTC_ZONE, now=NOW)
        except Unreadable:
            pass
