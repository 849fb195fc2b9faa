"""The first to answer has the time; the other is offered the next three; nobody is ever in two places."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import icalendar
import pytest

from services.scheduling.handlers import availability, booking, offers, resources, roster
from services.scheduling.handlers.claiming import claims_of
from services.scheduling.tables import MEETING, OFFER
from services.scheduling.tables.availability import AVAILABILITY, EXTERNAL_BUSY
from services.scheduling.tables.bookings import TAKEN, TAKEN_CELL
from shared.directory import projection
from shared.messaging.uow import UnitOfWork
from shared.store import insert_rows
from tests.unit.services.scheduling.scene import (
    NOW,
    World,
    alert,
    guardian,
    reply,
    restriction,
    said,
    student,
    teacher,
)


@pytest.fixture
def offered(world: World) -> World:
    world.alert(alert())
    return world


def offer_id(world: World, guardian_id: str) -> str:
    return world.offer_of(guardian_id).data["offer_id"]


def slot(world: World, guardian_id: str, n: int):
    return world.offer_of(guardian_id).data["slots"][n - 1]["start"]


@pytest.mark.parametrize("text", ["2", " 2. ", "(2)", "٢", "૨", "2️⃣"])
def test_a_digit_books_and_is_confirmed(offered: World, text: str):
    offered.reply(reply(offer_id(offered, "g-ana"), text, "g-ana"))

    [booked] = offered.events("meeting_booked")
    assert booked.data["start"] == slot(offered, "g-ana", 2)
    assert booked.data["end"] - booked.data["start"] == timedelta(minutes=20)
    assert (booked.data["mode"], booked.data["dial_in"], booked.data["sequence"]) == ("phone", "+13125550100", 0)
    assert {row.guardian_id: row.state for row in offered.rows(OFFER)} == {"g-ana": "accepted", "g-daniel": "open"}
    assert ("offer_expired", booked.data["offer_id"]) not in offered.due()


def test_the_calendar_file_is_an_invitation_to_one_home(offered: World):
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-ana"))
    ics = offered.events("meeting_booked")[0].data["ics"]

    calendar = icalendar.Calendar.from_ical(ics)
    [event] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "REQUEST"
    assert event["DTSTART"].dt == slot(offered, "g-ana", 2)
    assert event["SEQUENCE"] == 0 and event["CLASS"] == "PRIVATE"
    assert event["ORGANIZER"] == "mailto:t-alvarez@riverside.example.org"
    assert event["ATTENDEE"] == "mailto:g-ana@example.org"
    assert "daniel" not in ics.lower()
    assert all(len(line.encode()) <= 75 for line in ics.split("\r\n"))
    assert "URL" not in event and "/scheduling/" not in ics, "the teacher gets the file too: no link of the guardian's"


def test_two_homes_that_want_one_time_the_first_has_it_and_the_other_gets_the_next_three(offered: World):
    ana, daniel = offer_id(offered, "g-ana"), offer_id(offered, "g-daniel")
    offered.reply(
        reply(daniel, "2", "g-daniel", at=NOW + timedelta(seconds=2)),
        reply(ana, "2", "g-ana", at=NOW + timedelta(seconds=1)),
    )

    [booked] = offered.events("meeting_booked")
    assert booked.data["guardian_id"] == "g-ana"
    again = offered.offer_of("g-daniel").data
    assert again["again"] is True and len(again["slots"]) == 3
    assert booked.data["start"] not in [each["start"] for each in again["slots"]]
    offered.reply(reply(again["offer_id"], "1", "g-daniel"))
    assert len(offered.events("meeting_booked")) == 2


@pytest.mark.parametrize("text", ["3 pm", "2 or 3", "", "no", "7", "0"])
def test_what_names_no_slot_books_nothing_and_is_counted_for_the_teacher(offered: World, text: str):
    offered.reply(reply(offer_id(offered, "g-ana"), text, "g-ana"))
    assert offered.events("meeting_booked") == []
    assert {row.guardian_id: row.unclear for row in offered.rows(OFFER)} == {"g-ana": 1, "g-daniel": 0}


def test_an_answer_to_another_question_is_not_ours(offered: World):
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-ana", kind="survey"))
    assert offered.rows(MEETING) == []


def test_nobody_answers_another_guardian_s_offer(offered: World):
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-daniel"), reply("offer-of-nobody", "2", "g-daniel"))
    assert offered.rows(MEETING) == []


def test_the_same_digit_twice_changes_nothing(offered: World):
    ana = offer_id(offered, "g-ana")
    offered.reply(reply(ana, "2", "g-ana", reply_id="r-1"))
    offered.reply(reply(ana, "2", "g-ana", reply_id="r-2"))
    assert len(offered.events("meeting_booked")) == 1
    assert offered.rows(MEETING)[0].sequence == 0


def test_another_digit_moves_the_meeting_and_gives_the_old_time_back(offered: World):
    ana, daniel = offer_id(offered, "g-ana"), offer_id(offered, "g-daniel")
    offered.reply(reply(ana, "2", "g-ana"))
    offered.reply(reply(ana, "3", "g-ana", at=NOW + timedelta(minutes=1)))
    offered.reply(reply(daniel, "2", "g-daniel"))

    first, moved, other = offered.events("meeting_booked")
    assert moved.data["meeting_id"] == first.data["meeting_id"] and moved.data["sequence"] == 1
    assert other.data["start"] == first.data["start"]


def test_two_answers_in_one_batch_the_last_word_counts(offered: World):
    ana = offer_id(offered, "g-ana")
    offered.reply(reply(ana, "1", "g-ana"), reply(ana, "3", "g-ana", at=NOW + timedelta(seconds=9)))
    [booked] = offered.events("meeting_booked")
    assert booked.data["start"] == slot(offered, "g-ana", 3)


def test_a_guardian_is_not_booked_twice_at_one_time(world: World):
    with world.unit() as uow:
        projection.staff_listed(uow, [teacher("t-brown", name="Ada Brown")])
        projection.student_enrolled(uow, [student("s-lucia", "t-brown", name="Lucia Rivera")])
        projection.guardian_linked(uow, [guardian("g-ana", "s-lucia", "home-a", "es", "Ana Rivera")])
    world.alert(alert("alert-1"), alert("alert-2", "s-lucia", "t-brown"))
    mine = [e.data for e in world.events("meeting_offered") if e.data["guardian_id"] == "g-ana"]
    assert {offer["staff_id"] for offer in mine} == {"t-alvarez", "t-brown"}
    world.reply(*[reply(offer["offer_id"], "1", "g-ana") for offer in mine])

    assert len(world.events("meeting_booked")) == 1
    again = world.offer_of("g-ana").data
    assert again["again"] and world.events("meeting_booked")[0].data["start"] not in [s["start"] for s in again["slots"]]


def test_an_answer_after_the_time_has_passed_is_offered_the_next(offered: World):
    ana = offer_id(offered, "g-ana")
    offered.clock.advance_to(slot(offered, "g-ana", 1) + timedelta(minutes=1))
    offered.reply(reply(ana, "1", "g-ana"))
    assert offered.events("meeting_booked") == []
    again = offered.offer_of("g-ana").data
    assert again["again"] and all(each["start"] > offered.clock.now() for each in again["slots"])


def test_a_restriction_between_offer_and_answer_books_nothing(offered: World):
    with offered.unit() as uow:
        projection.contact_restricted(uow, [restriction("g-ana", "s-mateo", date(2026, 9, 29))])
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-ana"))
    assert offered.rows(MEETING) == []
    assert {row.guardian_id: row.state for row in offered.rows(OFFER)}["g-ana"] == "withdrawn"


def test_nothing_is_booked_for_a_day_on_which_a_restriction_will_hold(offered: World):
    with offered.unit() as uow:
        projection.contact_restricted(uow, [restriction("g-ana", "s-mateo", date(2026, 9, 30))])
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-ana"))
    assert offered.rows(MEETING) == []


def test_a_restriction_that_starts_before_the_meeting_calls_it_off(offered: World):
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-ana"))
    with offered.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-ana", "s-mateo", date(2026, 9, 30))])
    [off] = offered.events("meeting_cancelled")
    assert off.data["cancelled_by"] == "staff"


def test_a_child_that_leaves_has_no_meetings_left(offered: World):
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-ana"))
    gone = said("district.student_withdrawn", "directory", {"student_id": "s-mateo", "revision": 5})
    unlinked = [
        said("district.guardian_unlinked", "directory", {"guardian_id": g, "student_id": "s-mateo", "revision": 5})
        for g in ("g-ana", "g-daniel")
    ]
    with offered.unit() as uow:
        roster.student_withdrawn(uow, [gone])
        roster.guardian_unlinked(uow, unlinked)
    assert [row.state for row in offered.rows(MEETING)] == ["cancelled"]
    assert {row.state for row in offered.rows(OFFER)} == {"accepted", "withdrawn"}


def test_a_meeting_called_off_gives_its_time_back_and_says_so_once(offered: World):
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-ana"))
    meeting_id = offered.rows(MEETING)[0].meeting_id
    with offered.unit() as uow:
        assert booking.cancel(uow, [meeting_id], by="guardian") == 1
        assert booking.cancel(uow, [meeting_id], by="guardian") == 0

    [off] = offered.events("meeting_cancelled")
    calendar = icalendar.Calendar.from_ical(off.data["ics"])
    [event] = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "CANCEL" and event["STATUS"] == "CANCELLED" and event["SEQUENCE"] == 1
    assert offered.rows(TAKEN_CELL) == [] and offered.rows(TAKEN) == []
    offered.reply(reply(offer_id(offered, "g-daniel"), "2", "g-daniel"))
    assert len(offered.events("meeting_booked")) == 2


def test_an_alert_about_a_child_whose_family_meets_already_offers_nothing_more(offered: World):
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-ana"))
    before = len(offered.events("meeting_offered"))
    offered.alert(alert("alert-2"))
    told = offered.events("meeting_offered")[before:]
    assert [event.data["guardian_id"] for event in told] == ["g-daniel"]


def test_a_teacher_s_buffer_is_kept_free(world: World):
    with world.unit() as uow:
        wanted = {"windows": [{"weekday": "wed", "start": "15:30", "end": "17:30"}], "buffer_minutes": 10}
        availability.set_own(uow, world.ports, "t-alvarez", wanted=wanted)
    world.alert(alert())
    times = [each["start"] for each in world.offer_of("g-ana").data["slots"]]
    assert [later - sooner for sooner, later in pairwise(times)] == [timedelta(minutes=30)] * 2
    world.reply(reply(offer_id(world, "g-ana"), "1", "g-ana"))
    row = world.rows(MEETING)[0]
    assert row.blocked_until - row.end_at == timedelta(minutes=10)


def test_the_next_times_come_after_those_shown(offered: World):
    row = {r.guardian_id: r for r in offered.rows(OFFER)}["g-ana"]
    last = slot(offered, "g-ana", 3)
    with offered.unit() as uow:
        offers.offer(uow, offered.ports, [offers.wish_again(row, "offer-more", again=False, after=last)])
    assert all(each["start"] > last for each in offered.offer_of("g-ana").data["slots"])


def test_what_is_taken_is_refused_and_leaves_nothing(offered: World):
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-ana"))
    row = offered.rows(MEETING)[0]
    with offered.unit() as uow:
        claims = claims_of("another", staff=["t-alvarez"], guardian_id="g-meera", start=row.start_at, end=row.end_at)
        assert resources.take(uow, claims) == {"another"}
    assert {each.meeting_id for each in offered.rows(TAKEN)} == {row.meeting_id}


def test_who_loses_to_another_worker_is_offered_the_next_three(offered: World):
    """As on PostgreSQL, where another worker may commit between what a family saw and what it chose."""
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-ana"))
    offered.reply(reply(offer_id(offered, "g-daniel"), "2", "g-daniel"))
    assert len(offered.events("meeting_booked")) == 1
    assert offered.offer_of("g-daniel").data["again"] is True


def test_a_day_that_has_filled_since_the_offer_takes_nobody_more(offered: World):
    with offered.unit() as uow:
        cap_at(uow, per_day=1)
    daniel, ana = offer_id(offered, "g-daniel"), offer_id(offered, "g-ana")
    offered.reply(reply(ana, "1", "g-ana"))
    taken = slot(offered, "g-ana", 1)
    later = next(n for n in (1, 2, 3) if slot(offered, "g-daniel", n).date() == taken.date() and slot(offered, "g-daniel", n) != taken)
    offered.reply(reply(daniel, str(later), "g-daniel"))

    assert [event.data["guardian_id"] for event in offered.events("meeting_booked")] == ["g-ana"]
    again = offered.offer_of("g-daniel").data
    assert again["again"] and all(each["start"].date() != taken.date() for each in again["slots"])


def test_a_time_that_another_calendar_has_by_now_is_not_booked(offered: World):
    start = slot(offered, "g-ana", 2)
    busy = {"staff_id": "t-alvarez", "source": "caldav", "start_at": start, "end_at": start + timedelta(minutes=10)}
    with offered.unit() as uow:
        insert_rows(uow.connection, EXTERNAL_BUSY, [busy])
    offered.reply(reply(offer_id(offered, "g-ana"), "2", "g-ana"))

    assert not offered.events("meeting_booked")
    again = offered.offer_of("g-ana").data
    assert again["again"] and start not in {each["start"] for each in again["slots"]}


def cap_at(uow: UnitOfWork, *, per_day: int) -> None:
    row = {"staff_id": "t-alvarez", "breaks": [], "days_off": [], "seats": 1, "per_day": per_day, "set_at": uow.now}
    insert_rows(uow.connection, AVAILABILITY, [row], on_conflict="update")
