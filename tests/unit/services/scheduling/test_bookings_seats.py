"""Places: given out once each, then a waitlist that moves up by itself."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.scheduling.handlers import roster, seats
from services.scheduling.tables.bookings import SIGN_UP, TAKEN
from shared.messaging.uow import DueItem
from tests.unit.services.scheduling.scene import NOW, World, reply, restriction

START = NOW + timedelta(days=10)
ANA, DANIEL = seats.SignUp("pool", "g-ana", "s-mateo"), seats.SignUp("pool", "g-daniel", "s-mateo")
MEERA = seats.SignUp("pool", "g-meera", "s-riya")


@pytest.fixture
def one_place(world: World) -> World:
    open_pool(world, 1)
    return world


def open_pool(world: World, capacity: int, *, offer_minutes: int = 60) -> None:
    pool = seats.Pool("pool", "org-greenview", capacity, START, START + timedelta(hours=1), offer_minutes)
    with world.unit() as uow:
        seats.open_pool(uow, world.ports, pool)


def ask(world: World, *wanted: seats.SignUp) -> list[str]:
    with world.unit() as uow:
        found = seats.sign_up(uow, world.ports, wanted)
    return [found[each.sign_up_id] for each in wanted]


def leave(world: World, who: seats.SignUp) -> None:
    with world.unit() as uow:
        seats.leave(uow, world.ports, [who.sign_up_id])


def accept(world: World, who: seats.SignUp) -> str:
    with world.unit() as uow:
        return seats.accept(uow, world.ports, who.sign_up_id)


def states(world: World) -> dict[str, str]:
    return {row.guardian_id: row.state for row in world.rows(SIGN_UP)}


def time_is_over(world: World, who: seats.SignUp) -> None:
    due = world.due()["place_over", who.sign_up_id]
    world.clock.advance_to(due)
    with world.unit() as uow:
        seats.place_over(uow, world.ports, [DueItem("place_over", who.sign_up_id, due, {}, 0)])


def test_the_last_place_goes_to_the_first_and_the_next_waits(one_place: World):
    assert ask(one_place, ANA, DANIEL) == ["seated", "waiting"]
    assert ask(one_place, MEERA, ANA) == ["waiting", "seated"], "asking twice changes nothing"
    assert len(one_place.rows(TAKEN)) == 1


def test_a_place_given_back_is_offered_to_who_has_waited_longest(one_place: World):
    ask(one_place, ANA, DANIEL, MEERA)
    leave(one_place, ANA)
    assert states(one_place) == {"g-ana": "left", "g-daniel": "offered", "g-meera": "waiting"}
    offered = one_place.events("place_changed")[-1].data
    assert (offered["guardian_id"], offered["state"], offered["until"]) == ("g-daniel", "offered", NOW + timedelta(hours=1))
    assert accept(one_place, DANIEL) == "seated"
    assert ask(one_place, ANA) == ["waiting"], "nobody overtakes who waits"


def test_an_offered_place_that_nobody_takes_goes_to_the_next(one_place: World):
    ask(one_place, ANA, DANIEL, MEERA)
    leave(one_place, ANA)
    time_is_over(one_place, DANIEL)
    assert states(one_place) == {"g-ana": "left", "g-daniel": "lapsed", "g-meera": "offered"}
    assert accept(one_place, DANIEL) == "lapsed"
    assert accept(one_place, MEERA) == "seated"


def test_a_one_by_text_message_takes_the_place_and_a_stranger_s_does_not(one_place: World):
    ask(one_place, ANA, DANIEL)
    leave(one_place, ANA)
    for who, text in (("g-meera", "1"), ("g-daniel", "maybe")):
        with one_place.unit() as uow:
            seats.reply_received(uow, one_place.ports, [reply(DANIEL.sign_up_id, text, who, kind="place_offer")])
    assert states(one_place)["g-daniel"] == "offered"
    with one_place.unit() as uow:
        seats.reply_received(uow, one_place.ports, [reply(DANIEL.sign_up_id, "1", "g-daniel", kind="place_offer")])
    assert states(one_place)["g-daniel"] == "seated"


def test_more_places_move_the_waitlist_up(one_place: World):
    ask(one_place, ANA, DANIEL, MEERA)
    open_pool(one_place, 3, offer_minutes=0)
    assert set(states(one_place).values()) == {"seated"}
    assert len({row.resource_id for row in one_place.rows(TAKEN)}) == 3


def test_a_restriction_keeps_a_guardian_out(one_place: World):
    with one_place.unit() as uow:
        roster.contact_restricted(uow, [restriction("g-daniel", "s-mateo", date(2026, 10, 1))])
    assert ask(one_place, DANIEL, ANA) == ["refused", "seated"]


def test_a_pool_that_is_not_there_refuses(world: World):
    assert ask(world, ANA) == ["refused"]
