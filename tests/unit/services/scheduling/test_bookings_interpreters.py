"""An interpreter comes with the meeting: asked, taken once, replaced by a fallback when nobody is found."""

from __future__ import annotations

from datetime import timedelta

import pytest

from services.scheduling.handlers import booking, interpreters, roster
from services.scheduling.store import bookings_interpreters as store
from services.scheduling.tables.bookings import INTERPRETATION, TAKEN
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.scene import NOW, World, alert, reply, school, teacher


@pytest.fixture
def speaking(world: World) -> World:
    """Mr Abdi and Ms Omar interpret Spanish, which Ana speaks at home."""
    with world.unit() as uow:
        roster.staff_listed(
            uow, world.ports, [teacher("i-abdi", name="Yusuf Abdi"), teacher("i-omar", name="Hodan Omar")]
        )
        for who in ("i-abdi", "i-omar"):
            store.set_speaks(uow.connection, who, "es", interprets=True)
    return world


def book(world: World, guardian_id: str = "g-ana", text: str = "1") -> str:
    world.alert(alert(f"alert-{guardian_id}", "s-riya" if guardian_id == "g-meera" else "s-mateo"))
    world.reply(reply(world.offer_of(guardian_id).data["offer_id"], text, guardian_id))
    return world.events("meeting_booked")[-1].data["meeting_id"]


def accept(world: World, meeting_id: str, who: str) -> str:
    with world.unit() as uow:
        return interpreters.accept(uow, meeting_id, who)


def time_comes(world: World, meeting_id: str) -> None:
    due = world.due()["interpreter_undecided", meeting_id]
    world.clock.advance_to(max(due, world.clock.now()))
    with world.unit() as uow:
        interpreters.undecided(uow, world.ports, [DueItem("interpreter_undecided", meeting_id, due, {}, 0)])


def test_who_interprets_the_language_is_asked_and_no_family_is_named(speaking: World):
    meeting_id = book(speaking)
    [asked] = speaking.events("interpreter_requested")
    assert (asked.data["meeting_id"], asked.data["language"]) == (meeting_id, "es")
    assert asked.data["candidates"] == ["i-abdi", "i-omar"] and len(asked.data["links"]) == 2
    assert "guardian_id" not in asked.data


def test_a_meeting_said_in_two_languages_is_half_as_long_again(speaking: World):
    book(speaking)
    booked = speaking.events("meeting_booked")[0].data
    assert booked["end"] - booked["start"] == timedelta(minutes=30)


def test_a_family_that_shares_a_language_with_the_teacher_needs_nobody(speaking: World):
    with speaking.unit() as uow:
        store.set_speaks(uow.connection, "t-alvarez", "es", interprets=False)
    book(speaking)
    booked = speaking.events("meeting_booked")[0].data
    assert booked["end"] - booked["start"] == timedelta(minutes=20)
    assert speaking.events("interpreter_requested") == []


def test_the_first_to_accept_has_it_and_says_so_once(speaking: World):
    meeting_id = book(speaking)
    assert accept(speaking, meeting_id, "i-abdi") == "assigned"
    assert accept(speaking, meeting_id, "i-omar") == "covered"
    assert accept(speaking, meeting_id, "i-abdi") == "assigned"
    [assigned] = speaking.events("interpreter_assigned")
    assert assigned.data["interpreter_id"] == "i-abdi"
    assert ("interpreter_undecided", meeting_id) not in speaking.due()


def test_an_interpreter_cannot_be_in_two_meetings(speaking: World):
    first = book(speaking)
    assert accept(speaking, first, "i-abdi") == "assigned"
    row = speaking.rows(INTERPRETATION)[0]
    with speaking.unit() as uow:
        store.save(uow.connection, [{**row._mapping, "meeting_id": "another", "state": "requested", "interpreter_id": None}])
    assert accept(speaking, "another", "i-abdi") == "busy"


def test_somebody_who_does_not_interpret_it_cannot_accept(speaking: World):
    assert accept(speaking, book(speaking), "t-okafor") == "over"


def test_nobody_in_time_both_sides_may_choose_another_time(speaking: World):
    meeting_id = book(speaking)
    time_comes(speaking, meeting_id)
    [unfilled] = speaking.events("interpreter_unfilled")
    assert unfilled.data["fallback"] == "rebook" and "/scheduling/m/" in unfilled.data["link"]
    assert accept(speaking, meeting_id, "i-omar") == "assigned", "late is better than never"


def test_nobody_in_time_a_school_with_a_telephone_line_uses_it(speaking: World):
    event = school(revision=2)
    event.data["interpreting"] = {"phone_line": "+18005550100", "longer_percent": 25}
    with speaking.unit() as uow:
        roster.school_onboarded(uow, speaking.ports, [event])
    meeting_id = book(speaking)
    time_comes(speaking, meeting_id)
    [unfilled] = speaking.events("interpreter_unfilled")
    assert unfilled.data["fallback"] == "phone"
    booked = speaking.events("meeting_booked")[0].data
    assert booked["end"] - booked["start"] == timedelta(minutes=25)


def test_a_moved_meeting_keeps_its_interpreter_where_they_are_free(speaking: World):
    meeting_id = book(speaking)
    accept(speaking, meeting_id, "i-abdi")
    offer_id = speaking.events("meeting_booked")[0].data["offer_id"]
    speaking.reply(reply(offer_id, "2", "g-ana", at=NOW + timedelta(minutes=1)))
    again = speaking.events("interpreter_assigned")[-1].data
    moved = speaking.events("meeting_booked")[-1].data
    assert (again["interpreter_id"], again["start"]) == ("i-abdi", moved["start"])
    theirs = [row for row in speaking.rows(TAKEN) if row.kind == "interpreter"]
    assert [(row.resource_id, row.start_at) for row in theirs] == [("i-abdi", moved["start"])]


def test_a_meeting_called_off_sets_its_interpreter_free(speaking: World):
    meeting_id = book(speaking)
    accept(speaking, meeting_id, "i-abdi")
    with speaking.unit() as uow:
        booking.cancel(uow, [meeting_id], by="guardian")
    assert speaking.events("interpreter_released")[0].data["interpreter_id"] == "i-abdi"
    assert speaking.rows(TAKEN) == []
    assert accept(speaking, meeting_id, "i-omar") == "over"


def test_who_cannot_come_after_all_is_replaced(speaking: World):
    meeting_id = book(speaking)
    accept(speaking, meeting_id, "i-abdi")
    with speaking.unit() as uow:
        assert interpreters.give_back(uow, speaking.ports, meeting_id, "i-abdi")
    assert speaking.events("interpreter_requested")[-1].data["candidates"] == ["i-omar"]
    assert accept(speaking, meeting_id, "i-omar") == "assigned"
